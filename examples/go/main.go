// Serves a report to people with an access token for "reports" and a permission in Roster. README.md says how to run it.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"math/rand"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	identity "roster/identity/v1"
)

const (
	audience    = "reports"
	callTimeout = 5 * time.Second
	// Waits before the stream is opened again: the first and the longest.
	firstWait, longestWait = 50 * time.Millisecond, 5 * time.Second
)

// roster makes the calls of this service.
type roster struct {
	access        identity.AccessServiceClient
	changes       identity.ChangeServiceClient
	organizations identity.OrganizationServiceClient
	tokens        identity.TokenServiceClient
	token         string
}

func connect(endpoint, token string) (*roster, error) {
	security := grpc.WithInsecure() // in new versions of grpc: grpc.WithTransportCredentials(insecure.NewCredentials())
	if strings.HasPrefix(endpoint, "https:") {
		security = grpc.WithTransportCredentials(credentials.NewTLS(nil))
	}
	reconnect := backoff.DefaultConfig
	reconnect.MaxDelay = longestWait
	_, target, _ := strings.Cut(endpoint, "://")
	connection, err := grpc.Dial(target, security,
		grpc.WithConnectParams(grpc.ConnectParams{Backoff: reconnect, MinConnectTimeout: callTimeout}),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 20 * time.Second}))
	if err != nil {
		return nil, err
	}
	return &roster{
		access:        identity.NewAccessServiceClient(connection),
		changes:       identity.NewChangeServiceClient(connection),
		organizations: identity.NewOrganizationServiceClient(connection),
		tokens:        identity.NewTokenServiceClient(connection),
		token:         token,
	}, nil
}

func (r *roster) authorized(ctx context.Context) context.Context {
	return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+r.token)
}

var errNoToken = errors.New("an access token is missing")

// user returns the subject of an access token for this service, as Roster introspects it.
func (r *roster) user(ctx context.Context, token string) (string, error) {
	if token == "" {
		return "", errNoToken
	}
	ctx, cancel := context.WithTimeout(r.authorized(ctx), callTimeout)
	defer cancel()
	found, err := r.tokens.IntrospectToken(ctx, &identity.IntrospectTokenRequest{Token: token})
	if err != nil {
		return "", err
	}
	for _, recipient := range found.Audience {
		if recipient == audience && found.Active && found.Kind == identity.SubjectKind_SUBJECT_KIND_USER {
			return found.Subject, nil
		}
	}
	return "", errNoToken
}

// follow goes through the changes, from where the last run of this service ended, for as long as it runs.
func (r *roster) follow(checks *checks, state string) {
	start := &identity.WatchRequest{}
	if kept, err := os.ReadFile(state); err == nil {
		start.ResumeToken = string(kept)
	}
	for wait := firstWait; ; wait *= 2 {
		received, err := r.receive(start, checks, state)
		checks.distrust()
		log.Print("the stream ended: ", err)
		if status.Code(err) == codes.OutOfRange { // RESYNC_REQUIRED: the log does not go on from there
			r.resync(start, checks)
		}
		if received {
			wait = firstWait
		}
		if wait > longestWait {
			wait = longestWait
		}
		time.Sleep(wait/2 + time.Duration(rand.Int63n(int64(wait/2))))
	}
}

// receive handles what one stream sends until it ends, and moves the start of the next one.
func (r *roster) receive(start *identity.WatchRequest, checks *checks, state string) (received bool, err error) {
	start.HeartbeatInterval = durationpb.New(trust / 3)
	ctx, cancel := context.WithCancel(r.authorized(context.Background()))
	defer cancel()
	stream, err := r.changes.Watch(ctx, start)
	if err != nil {
		return false, err
	}
	for {
		response, err := stream.Recv()
		if err != nil {
			return received, err
		}
		received = true
		checks.apply(response)
		for _, change := range response.Changes {
			handle(change)
		}
		start.ResumeToken, start.AfterRevision = response.ResumeToken, nil
		if err := keep(state, response.ResumeToken); err != nil {
			return received, err
		}
	}
}

// handle does what the service has to do at a change, for example ends the sessions of a user who is deactivated.
func handle(change *identity.Change) {
	kind := strings.ToLower(strings.TrimPrefix(change.EntityType.String(), "ENTITY_TYPE_"))
	fmt.Printf("change %d.%d %s %s\n", change.Revision, change.Sequence, kind, change.EntityId)
}

// resync begins anew at the present revision. A service with a copy of users reads it here, all pages.
func (r *roster) resync(start *identity.WatchRequest, checks *checks) {
	ctx, cancel := context.WithTimeout(r.authorized(context.Background()), callTimeout)
	defer cancel()
	answer, err := r.organizations.GetOrganization(ctx, &identity.GetOrganizationRequest{})
	if err != nil {
		return
	}
	checks.forget()
	revision := answer.Organization.Revision
	start.ResumeToken, start.AfterRevision = "", &revision
	fmt.Println("resync", revision)
}

// keep keeps the token, also if the machine stops in between. With a database: in the transaction of handle.
func keep(state, token string) error {
	if err := os.WriteFile(state+".new", []byte(token), 0o600); err != nil {
		return err
	}
	return os.Rename(state+".new", state)
}

func (r *roster) report(checks *checks, permission string) http.HandlerFunc {
	return func(w http.ResponseWriter, request *http.Request) {
		token := strings.TrimPrefix(request.Header.Get("authorization"), "Bearer ")
		user, err := r.user(request.Context(), token)
		allowed := false
		if err == nil {
			allowed, err = checks.check(request.Context(), user, permission)
		}
		switch {
		case err == errNoToken:
			http.Error(w, err.Error(), http.StatusUnauthorized)
		case err != nil:
			http.Error(w, "try again", http.StatusServiceUnavailable)
		case !allowed:
			http.Error(w, permission+" is missing", http.StatusForbidden)
		default:
			fmt.Fprintln(w, "the report for", user)
		}
	}
}

func setting(name, otherwise string) string {
	if value, is := os.LookupEnv(name); is {
		return value
	}
	return otherwise
}

func main() {
	r, err := connect(os.Getenv("ROSTER_ENDPOINT"), os.Getenv("ROSTER_TOKEN"))
	if err != nil {
		log.Fatal(err)
	}
	checks := newChecks(r)
	go r.follow(checks, setting("STATE", "watch.token"))
	listener, err := net.Listen("tcp", setting("LISTEN", "127.0.0.1:8090"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("listening", listener.Addr().(*net.TCPAddr).Port)
	log.Fatal(http.Serve(listener, r.report(checks, setting("PERMISSION", "organization.view"))))
}
