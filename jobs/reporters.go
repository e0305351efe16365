package jobs

import (
	"context"
	"errors"

	"github.com/sealpost/sealpost/models"
)

// Reporters goes on where the page that blocks or unblocks a reporter has
// stopped: an account may have more of its reports than one request can settle.
type Reporters struct {
	Store *models.Store
}

// Run settles all reporters that are not. Those that fail do not keep the
// others waiting.
func (r *Reporters) Run(ctx context.Context) error {
	unsettled, err := r.Store.UnsettledReporters(ctx)
	errs := []error{err}
	for _, u := range unsettled {
		errs = append(errs, r.Store.SettleReporter(ctx, u.AccountID, u.Identity))
	}
	return errors.Join(errs...)
}
