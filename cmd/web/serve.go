package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"runtime"

	"github.com/sealpost/sealpost/internal/collector"
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
	if c.has("dns") && os.Getenv("GOMAXPROCS") == "" {
		// A socket of the name server waits in the system and keeps its place in
		// the scheduler meanwhile. With one place to spare nobody looks for it.
		runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + 1)
	}
	defer collector.Spare()()
	n, err := start(ctx, c, log)
	if err != nil {
		return err
	}
	if n.pending != nil {
		n.showDoors(std)
		if err := n.await(ctx); err != nil {
			n.close()
			if ctx.Err() != nil {
				return nil // stopped while waiting
			}
			return err
		}
	}
	n.showDoors(std)
	return n.run(ctx)
}

func (n *node) showDoors(std streams) {
	for _, line := range n.doors() {
		fmt.Fprintln(std.out, line)
	}
}
