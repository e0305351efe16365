package main

import (
	"context"
	"crypto/rand"

	"github.com/sealpost/sealpost/models"
)

// openStore opens the configured database and brings its schema up to date.
func openStore(ctx context.Context, c config) (*models.Store, error) {
	key, err := c.secretKey()
	if err != nil {
		return nil, err
	}
	return models.Open(ctx, c.DatabaseURL, models.Options{
		Now:       c.now,
		Random:    rand.Reader,
		SecretKey: key,
		Quotas:    c.quotas(),
	})
}

func (c *config) quotas() models.Quotas {
	return models.Quotas{
		Domains: c.Limits.Domains, PendingDomains: c.Limits.PendingDomains,
		DayDeliveries: c.Limits.TokenDeliveries, DayBytes: c.Limits.TokenBytes,
	}
}
