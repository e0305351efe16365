package jobs

import (
	"context"
	"errors"
	"log/slog"

	"github.com/sealpost/sealpost/models"
)

// Removals removes the accounts whose owners have deleted them, once that
// cannot be taken back any more. Each is removed in short transactions, so that
// accepting reports never waits long; a run that is cut off is gone on with.
type Removals struct {
	Store *models.Store
	Log   *slog.Logger
}

// removalsAtOnce bounds the accounts of one run.
const removalsAtOnce = 20

// Run removes what is due. An account that cannot be removed does not keep the
// others from it.
func (r *Removals) Run(ctx context.Context) error {
	due, err := r.Store.DueRemovals(ctx, removalsAtOnce)
	errs := []error{err}
	for _, id := range due {
		done, err := r.Store.RemoveAccount(ctx, id)
		if done {
			r.Log.Info("an account was removed, as its owner asked", "account", id)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if errors.Is(err, models.ErrNotFound) || errors.Is(err, models.ErrState) {
			continue // another node was faster
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
