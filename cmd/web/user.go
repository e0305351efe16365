package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/sealpost/sealpost/handlers"
	"github.com/sealpost/sealpost/internal/password"
	"github.com/sealpost/sealpost/models"
)

// userCmd groups what an operator does with users.
type userCmd struct {
	Add     userAddCmd     `cmd:"" help:"Add a user with an account of its own. The password is read from stdin."`
	Factors userFactorsCmd `cmd:"" name:"remove-factors" help:"Remove a lost authenticator app or lost passkeys of a user and end all sessions."`
	Passwd  userPasswdCmd  `cmd:"" help:"Set a user's password and end all sessions. The password is read from stdin."`
}

type userAddCmd struct {
	Email string `arg:"" help:"Address that the user logs in with."`
}

// Run implements the command.
func (u userAddCmd) Run(ctx context.Context, std streams) error {
	return withCredentials(ctx, std, u.Email, func(store *models.Store, email, hash string) error {
		_, _, err := store.SignUp(ctx, email, hash)
		if errors.Is(err, models.ErrTaken) {
			return fmt.Errorf("%s is known already", email)
		}
		if err == nil {
			fmt.Fprintln(std.out, "Added", email)
		}
		return err
	})
}

type userPasswdCmd struct {
	Email string `arg:"" help:"Address that the user logs in with."`
}

// Run implements the command.
func (u userPasswdCmd) Run(ctx context.Context, std streams) error {
	return withCredentials(ctx, std, u.Email, func(store *models.Store, email, hash string) error {
		user, err := store.UserByEmail(ctx, email)
		if errors.Is(err, models.ErrNotFound) {
			return fmt.Errorf("%s is not known", email)
		}
		if err != nil {
			return err
		}
		if err := store.SetPassword(ctx, user.ID, hash, nil); err != nil {
			return err
		}
		fmt.Fprintln(std.out, "Changed the password of", email, "and ended all sessions.")
		return nil
	})
}

// withCredentials reads the password, hashes it and opens the store for act.
func withCredentials(ctx context.Context, std streams, email string, act func(store *models.Store, email, hash string) error) error {
	email, err := handlers.NormalizeEmail(email)
	if err != nil {
		return err
	}
	fmt.Fprint(std.err, "Password: ")
	line, err := bufio.NewReader(std.in).ReadString('\n')
	if err != nil && line == "" {
		return fmt.Errorf("read the password: %w", err)
	}
	chosen := strings.TrimRight(line, "\r\n")
	passwords, err := password.NewPolicy()
	if err != nil {
		return err
	}
	if err := passwords.Judge(chosen, email); err != nil {
		return err
	}
	hash, err := handlers.HashPassword(chosen)
	if err != nil {
		return err
	}
	return withStore(ctx, func(store *models.Store) error { return act(store, email, hash) })
}
