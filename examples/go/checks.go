package main

import (
	"context"
	"sync"
	"time"

	identity "roster/identity/v1"
)

const (
	// How many answers are remembered at most.
	remembered = 100_000
	// How long remembered answers hold after the stream was heard.
	trust = 6 * time.Second
)

type question struct{ user, permission string }

type answer struct {
	allowed bool
	// When it ends without a change, as a grant expires; zero: it does not.
	until time.Time
}

// checks remembers answers until a change may have made them wrong.
type checks struct {
	roster  *roster
	mutex   sync.Mutex
	answers map[question]answer
	// The revision up to which changes have been applied.
	applied      int64
	trustedUntil time.Time
}

func newChecks(roster *roster) *checks {
	return &checks{roster: roster, answers: map[question]answer{}}
}

func (c *checks) check(ctx context.Context, user, permission string) (bool, error) {
	asked, now := question{user, permission}, time.Now()
	if known, is := c.known(asked, now); is {
		return known.allowed, nil
	}
	ctx, cancel := context.WithTimeout(c.roster.authorized(ctx), callTimeout)
	defer cancel()
	response, err := c.roster.access.CheckAccess(ctx, &identity.CheckAccessRequest{
		Check: &identity.AccessCheck{UserId: user, Permission: permission},
	})
	if err != nil {
		return false, err
	}
	found := answer{allowed: response.Allowed}
	if response.ValidFor != nil {
		found.until = now.Add(response.ValidFor.AsDuration())
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if response.Revision >= c.applied { // else a change has overtaken it
		if len(c.answers) >= remembered {
			c.answers = map[question]answer{}
		}
		c.answers[asked] = found
	}
	return found.allowed, nil
}

func (c *checks) known(asked question, now time.Time) (answer, bool) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	known, is := c.answers[asked]
	return known, is && now.Before(c.trustedUntil) && (known.until.IsZero() || now.Before(known.until))
}

func (c *checks) apply(response *identity.WatchResponse) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for _, change := range response.Changes {
		switch change.EntityType {
		case identity.EntityType_ENTITY_TYPE_TOKEN, identity.EntityType_ENTITY_TYPE_SCHEMA: // they decide nothing here
		case identity.EntityType_ENTITY_TYPE_USER:
			for asked := range c.answers {
				if asked.user == change.EntityId {
					delete(c.answers, asked)
				}
			}
		default:
			c.answers = map[question]answer{}
		}
	}
	if response.Revision > c.applied {
		c.applied = response.Revision
	}
	if response.Revision >= response.CurrentRevision {
		c.trustedUntil = time.Now().Add(trust)
	}
}

// distrust asks Roster each time until the stream is back.
func (c *checks) distrust() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.trustedUntil = time.Time{}
}

func (c *checks) forget() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.answers, c.applied = map[question]answer{}, 0
}
