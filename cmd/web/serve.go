package main

import (
	"context"
	"fmt"
	"log/slog"
)

// serveCmd serves until it is told to stop.
type serveCmd struct{}

// Run implements the command.
func (serveCmd) Run(ctx context.Context, std streams) error {
	c, err := loadConfig()
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(std.err, nil))
	n, err := start(ctx, c, log)
	if err != nil {
		return err
	}
	for _, line := range n.doors() {
		fmt.Fprintln(std.out, line)
	}
	return n.run(ctx)
}
