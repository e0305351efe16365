package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/sealpost/sealpost/handlers"
	"github.com/sealpost/sealpost/models"
)

type userFactorsCmd struct {
	Email    string `arg:"" help:"Address that the user logs in with."`
	App      bool   `help:"Remove the authenticator app and its recovery codes."`
	Passkeys bool   `help:"Remove all passkeys."`
}

// Run implements the command. Whoever uses it has made sure by another way that
// it is the person who asks.
func (u userFactorsCmd) Run(ctx context.Context, std streams) error {
	lost := models.Factors{App: u.App, Passkeys: u.Passkeys}
	if lost == (models.Factors{}) {
		return errors.New("say what is lost: --app, --passkeys or both")
	}
	email, err := handlers.NormalizeEmail(u.Email)
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
		removed, err := store.RemoveLostFactors(models.By(ctx, models.Actor{Name: "operator"}), user.ID, lost, handlers.LostFactorsMail())
		if errors.Is(err, models.ErrNotFound) {
			return fmt.Errorf("%s has none of that", email)
		}
		if err == nil {
			fmt.Fprintf(std.out, "Removed %s of %s and ended all sessions.\n", strings.Join(words(removed), " and "), email)
		}
		return err
	})
}

func words(f models.Factors) (out []string) {
	if f.App {
		out = append(out, "the authenticator app")
	}
	if f.Passkeys {
		out = append(out, "the passkeys")
	}
	return out
}
