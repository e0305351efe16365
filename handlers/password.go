package handlers

import (
	"context"
	"errors"
	"runtime"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/sealpost/sealpost/internal/password"
)

// passwordRefusal tells the person who chose a password what is wrong with it,
// where err is what its judge has said; "" for any other error.
func passwordRefusal(err error) string {
	switch {
	case errors.Is(err, password.ErrLength):
		return "A password has 8 to 1000 characters."
	case errors.Is(err, password.ErrKnown):
		return "This password is one of the most common: whoever guesses tries it first. Choose another, such as four words that have nothing to do with each other."
	case errors.Is(err, password.ErrWords):
		return "Without your address, the account's name and ours, this password has less than 8 characters. Choose one that nobody can guess from them."
	default:
		return ""
	}
}

// newPassword is the hash of a password that a person chooses, about whom this
// and that is known. The errors of password.Policy.Judge say what is wrong with it.
func (s *site) newPassword(ctx context.Context, chosen string, about ...string) (string, error) {
	if err := s.Passwords.Judge(chosen, about...); err != nil {
		return "", err
	}
	return s.hashing.hash(ctx, chosen)
}

// passwordParams cost about 25 ms and 19 MiB: the least that OWASP advises for
// argon2id with two passes.
func passwordParams() *argon2id.Params {
	return &argon2id.Params{Memory: 19456, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}
}

// nobodysHash fits no password. A login for an unknown address is compared
// with it, so that it takes as long as one with a wrong password.
const nobodysHash = "$argon2id$v=19$m=19456,t=2,p=1$Kc8mS1bT0fQ2x7uWm9aZ4w$7pYg3nQeVxw0T5sB1kJr8uLhZ2cM6dAfoXyR9iNtK4E"

// HashPassword gives what is stored of a password, whose length its judge has
// allowed.
func HashPassword(chosen string) (string, error) {
	return argon2id.CreateHash(chosen, passwordParams())
}

const (
	mostHashes   = 2
	hashPatience = 20 * time.Second
)

// hashesAtOnce is how many passwords are hashed at a time: one processor is
// left to the pages. What a hash has used is memory until it is collected,
// which is not before as much again is used (G23 bounds it at 100 MiB).
func hashesAtOnce() int { return min(max(runtime.GOMAXPROCS(0)-1, 1), mostHashes) }

// errHashing says that more passwords wait to be hashed than can be.
var errHashing = errors.New("too many passwords are being checked")

// passwordGate lets a few passwords be hashed at once, so that a flood of
// logins cannot use up the memory.
type passwordGate struct {
	slots chan struct{}
}

func newPasswordGate() *passwordGate {
	return &passwordGate{slots: make(chan struct{}, hashesAtOnce())}
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
func (g *passwordGate) hash(ctx context.Context, chosen string) (string, error) {
	leave, err := g.enter(ctx)
	if err != nil {
		return "", err
	}
	defer leave()
	return HashPassword(chosen)
}

// passwordFits compares a password with a hash; one that cannot be read fits nothing.
func passwordFits(typed, hash string) bool {
	if password.TooLong(typed) {
		typed = ""
	}
	ok, err := argon2id.ComparePasswordAndHash(typed, hash)
	return ok && err == nil
}
