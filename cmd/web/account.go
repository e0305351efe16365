package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/sealpost/sealpost/handlers"
	"github.com/sealpost/sealpost/models"
)

// accountCmd groups what an operator does with accounts.
type accountCmd struct {
	List    accountListCmd    `cmd:"" help:"List the accounts that a user is a member of."`
	Suspend accountSuspendCmd `cmd:"" help:"Keep the members of an account out. Its reports are taken in and its records served as before."`
	Resume  accountResumeCmd  `cmd:"" help:"Let the members of a suspended account in again."`
	Audit   accountAuditCmd   `cmd:"" help:"Compute the chain of an account's audit log anew and say the first entry that does not fit."`
}

type accountListCmd struct {
	Email string `arg:"" help:"Address that the user logs in with."`
}

// Run implements the command.
func (a accountListCmd) Run(ctx context.Context, std streams) error {
	email, err := handlers.NormalizeEmail(a.Email)
	if err != nil {
		return err
	}
	return withStore(ctx, func(store *models.Store) error {
		user, err := store.UserByEmail(ctx, email)
		if errors.Is(err, models.ErrNotFound) {
			return fmt.Errorf("%s is not known", email)
		}
		if err != nil {
			return err
		}
		accounts, err := store.AccountsOf(ctx, user.ID)
		for _, a := range accounts {
			fmt.Fprintf(std.out, "%s  %-9s  %-9s  %s\n", a.ID, a.State, a.Role, printable(a.Name))
		}
		return err
	})
}

type accountSuspendCmd struct {
	ID string `arg:"" help:"Id of the account, as account list shows it."`
}

// Run implements the command.
func (a accountSuspendCmd) Run(ctx context.Context, std streams) error {
	return setSuspended(ctx, std, a.ID, true, "Suspended")
}

type accountResumeCmd struct {
	ID string `arg:"" help:"Id of the account, as account list shows it."`
}

// Run implements the command.
func (a accountResumeCmd) Run(ctx context.Context, std streams) error {
	return setSuspended(ctx, std, a.ID, false, "Resumed")
}

func setSuspended(ctx context.Context, std streams, id string, suspended bool, done string) error {
	return withStore(ctx, func(store *models.Store) error {
		err := store.SuspendAccount(models.By(ctx, models.Actor{Name: "operator"}), id, suspended)
		if errors.Is(err, models.ErrNotFound) {
			return fmt.Errorf("there is no account %s", id)
		}
		if errors.Is(err, models.ErrState) {
			return fmt.Errorf("the account %s is being deleted; only its owner can take that back", id)
		}
		if err == nil {
			fmt.Fprintln(std.out, done, id)
		}
		return err
	})
}

// withStore opens the configured database for act.
func withStore(ctx context.Context, act func(*models.Store) error) error {
	c, err := loadConfig()
	if err != nil {
		return err
	}
	store, err := openStore(ctx, c)
	if err != nil {
		return err
	}
	defer store.Close()
	return act(store)
}
