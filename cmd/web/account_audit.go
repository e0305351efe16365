package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sealpost/sealpost/models"
)

type accountAuditCmd struct {
	ID string `arg:"" help:"Id of the account, as account list shows it."`
}

// Run implements the command. What it prints when all fits is worth noting
// elsewhere: a later run with another hash for that number shows a log that was
// written anew.
func (a accountAuditCmd) Run(ctx context.Context, std streams) error {
	return withStore(ctx, func(store *models.Store) error {
		p, err := store.VerifyAudit(ctx, a.ID)
		if errors.Is(err, models.ErrNotFound) {
			return fmt.Errorf("there is no account %s", a.ID)
		}
		if err != nil {
			return err
		}
		if p.Before > 0 {
			fmt.Fprintln(std.out, p.Before, "entries are older than the chain and proven by nothing.")
		}
		if p.Misfit != nil {
			return fmt.Errorf("the audit log of %s does not fit at %s: %s", a.ID, entryOf(*p.Misfit), p.Why)
		}
		if p.Fit == 0 {
			fmt.Fprintln(std.out, "No entries are chained yet.")
			return nil
		}
		fmt.Fprintf(std.out, "%d entries fit, from number %d to %d.\n%d %x\n", p.Fit, p.First, p.Number, p.Number, p.Hash)
		return nil
	})
}

func entryOf(e models.AuditEvent) string {
	if e.At.IsZero() {
		return fmt.Sprintf("number %d", e.Number)
	}
	return fmt.Sprintf("number %d (%s, %s, %s, %s)", e.Number, e.At.UTC().Format(time.RFC3339), printable(e.Actor), printable(string(e.Action)), printable(e.Object))
}
