package models

import "context"

// Actor is who causes a change, as the audit log names them.
type Actor struct {
	UserID  string // "" when it is no person
	Name    string // the e-mail address of a person, the name of a token, or "operator"
	Address string // the network address that it came from; "" when it came from none
}

type actorKey struct{}

// By gives a context whose changes the audit log puts down to an actor. What
// is done without one was done by Sealpost itself.
func By(ctx context.Context, a Actor) context.Context {
	return context.WithValue(ctx, actorKey{}, a)
}

// actorOf is who the changes of a context are put down to.
func actorOf(ctx context.Context) Actor {
	if a, ok := ctx.Value(actorKey{}).(Actor); ok {
		return a
	}
	return Actor{Name: "sealpost"}
}
