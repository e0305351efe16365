package main

import (
	"context"

	"github.com/sealpost/sealpost/jobs"
)

// zoneCmd prints the zone as a zone file.
type zoneCmd struct{}

// Run implements the command.
func (zoneCmd) Run(ctx context.Context, std streams) error {
	c, err := loadConfig()
	if err != nil {
		return err
	}
	content, err := c.zoneContent()
	if err != nil {
		return err
	}
	store, err := openStore(ctx, c)
	if err != nil {
		return err
	}
	defer store.Close()
	content.TXT = selfTestKey(c.names(), store.SecretKey)
	zone, _, err := jobs.BuildZone(ctx, store, c.names(), content)
	if err != nil {
		return err
	}
	_, err = zone.WriteTo(std.out)
	return err
}
