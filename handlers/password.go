package handlers

import (
	"context"
	"errors"
	"time"

	"github.com/alexedwards/argon2id"
)

// The bounds of a password, in bytes. The upper one keeps the cost of a hash
// bounded; no rule says what a password must be made of.
const (
	minPassword = 8
	maxPassword = 1000
)

// passwordSentence tells the person who chose a password what it may be.
const passwordSentence = "A password has 8 to 1000 characters."

// ErrPassword says that a password is too short or too long.
var ErrPassword = errors.New("a password has 8 to 1000 characters")

// passwordParams cost about 25 ms and 19 MiB: the least that OWASP advises for
// argon2id with two passes.
func passwordParams() *argon2id.Params {
	return &argon2id.Params{Memory: 19456, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}
}

// nobodysHash fits no password. A login for an unknown address is compared
// with it, so that it takes as long as one with a wrong password.
const nobodysHash = "$argon2id$v=19$m=19456,t=2,p=1$Kc8mS1bT0fQ2x7uWm9aZ4w$7pYg3nQeVxw0T5sB1kJr8uLhZ2cM6dAfoXyR9iNtK4E"

// HashPassword gives what is stored of a password. ErrPassword when its length
// is not allowed.
func HashPassword(password string) (string, error) {
	if len(password) < minPassword || len(password) > maxPassword {
		return "", ErrPassword
	}
	return argon2id.CreateHash(password, passwordParams())
}

const (
	hashesAtOnce = 4
	hashPatience = 20 * time.Second
)

// errHashing says that more passwords wait to be hashed than can be.
var errHashing = errors.New("too many passwords are being checked")

// passwordGate lets a few passwords be hashed at once, so that a flood of
// logins cannot use up the memory.
type passwordGate struct {
	slots chan struct{}
}

func newPasswordGate() *passwordGate {
	return &passwordGate{slots: make(chan struct{}, hashesAtOnce)}
}

// enter waits for a turn; leave must be called after it.
func (g *passwordGate) enter(ctx context.Context) (leave func(), err error) {
	patience := time.NewTimer(hashPatience)
	defer patience.Stop()
	select {
	case g.slots <- struct{}{}:
		return func() { <-g.slots }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-patience.C:
		return nil, errHashing
	}
}

// hash makes the hash of a new password.
func (g *passwordGate) hash(ctx context.Context, password string) (string, error) {
	leave, err := g.enter(ctx)
	if err != nil {
		return "", err
	}
	defer leave()
	return HashPassword(password)
}

// passwordFits compares a password with a hash; one that cannot be read fits nothing.
func passwordFits(password, hash string) bool {
	if len(password) > maxPassword {
		password = ""
	}
	ok, err := argon2id.ComparePasswordAndHash(password, hash)
	return ok && err == nil
}
