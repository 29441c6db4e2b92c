// Asks what a user may do, and asks again whenever something changed, until the answer is no.
//
// docs/clients/README.md says how to generate the stubs. The token needs the scopes access:read and changes:read.
//
//	go run . HOST:PORT TOKEN USER PERMISSION [PROJECT]
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	identity "roster/identity/v1"
)

type roster struct {
	access  identity.AccessServiceClient
	changes identity.ChangeServiceClient
	context context.Context
}

// check answers from the state at that revision, or a later one.
func (r *roster) check(check *identity.AccessCheck, revision int64) (*identity.CheckAccessResponse, error) {
	ctx, cancel := context.WithTimeout(r.context, 5*time.Second)
	defer cancel()
	fresh := &identity.Consistency_AtLeastAsFresh{AtLeastAsFresh: revision}
	return r.access.CheckAccess(ctx, &identity.CheckAccessRequest{
		Check:       check,
		Consistency: &identity.Consistency{Requirement: fresh},
	})
}

// follow goes through changes from now on until one of its answers is no. A stream ends with a status, never with io.EOF; whoever keeps
// the last event's ResumeToken goes on from there with another one.
func (r *roster) follow(check *identity.AccessCheck) error {
	stream, err := r.changes.Watch(r.context, &identity.WatchRequest{})
	if err != nil {
		return err
	}
	for {
		event, err := stream.Recv()
		if err != nil {
			return err
		}
		answer, err := r.check(check, event.Revision)
		if err != nil {
			return err
		}
		word := map[bool]string{true: "yes", false: "no"}[answer.Allowed]
		fmt.Println(word, "as of revision", answer.Revision)
		if !answer.Allowed {
			return nil
		}
	}
}

func main() {
	if len(os.Args) < 5 {
		log.Fatal("give HOST:PORT TOKEN USER PERMISSION, and perhaps PROJECT")
	}
	// With a newer grpc: grpc.NewClient, grpc.WithTransportCredentials(insecure.NewCredentials()). Outside of this machine: TLS.
	connection, err := grpc.Dial(os.Args[1], grpc.WithInsecure())
	if err != nil {
		log.Fatal(err)
	}
	defer connection.Close()
	r := roster{
		access:  identity.NewAccessServiceClient(connection),
		changes: identity.NewChangeServiceClient(connection),
		context: metadata.AppendToOutgoingContext(context.Background(), "authorization", "Bearer "+os.Args[2]),
	}
	check := &identity.AccessCheck{UserId: os.Args[3], Permission: os.Args[4]}
	if len(os.Args) > 5 {
		check.ProjectId = os.Args[5]
	}
	if err := r.follow(check); err != nil {
		log.Fatal(err)
	}
}
