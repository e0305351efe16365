package main

import (
	"context"
	"fmt"
)

// migrateCmd brings the schema up to date and ends.
type migrateCmd struct{}

// Run implements the command.
func (migrateCmd) Run(ctx context.Context, std streams) error {
	c, err := loadConfig()
	if err != nil {
		return err
	}
	store, err := openStore(ctx, c) // opening migrates
	if err != nil {
		return err
	}
	defer store.Close()
	_, err = fmt.Fprintln(std.out, "The database schema is up to date.")
	return err
}
