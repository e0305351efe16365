package main

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/sealpost/sealpost/handlers"
	"github.com/sealpost/sealpost/internal/demo"
	"github.com/sealpost/sealpost/internal/dnscheck"
)

// The login of the demo's owner.
const (
	demoEmail    = "demo@sealpost.test"
	demoPassword = "demo-demo-demo" // #nosec G101 -- of the throw-away database that web demo makes
)

// demoCmd serves a throw-away database in which much has happened.
type demoCmd struct {
	Days int `default:"400" help:"Days of reports to fill in, 400 at most."`

	at time.Time // the moment of the demo, at which it stays; zero is now, and it goes on
}

// Run implements the command.
func (cmd demoCmd) Run(ctx context.Context, std streams) error {
	c, err := loadConfig()
	if err != nil {
		return err
	}
	if _, given := os.LookupEnv("BASE_URL"); !given {
		c.BaseURL = localURL(c)
	}
	return cmd.serve(ctx, c, std)
}

// localURL is where the pages are reached from this machine.
func localURL(c config) string {
	_, port, err := net.SplitHostPort(c.HTTPAddr)
	if err != nil || port == "0" {
		return c.BaseURL
	}
	return "http://" + net.JoinHostPort("localhost", port)
}

// serve fills a database in a folder of its own and serves it until it is told
// to stop. Nothing is left behind.
func (cmd demoCmd) serve(ctx context.Context, c config, std streams) error {
	if cmd.Days < 1 || cmd.Days > demo.Days {
		return fmt.Errorf("--days: give a number from 1 to %d", demo.Days)
	}
	folder, err := os.MkdirTemp("", "sealpost-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	clock := &demo.Clock{}
	names, err := demo.ListenDNS(clock)
	if err != nil {
		return err
	}
	defer names.Close()
	// The listeners are opened first: a port in use is told before the wait.
	n, err := start(ctx, apart(c, folder, clock, names), slog.New(slog.NewTextHandler(std.err, nil)))
	if err != nil {
		return err
	}
	filled, err := cmd.fill(ctx, n, clock, names, std)
	if err != nil {
		n.close()
		if ctx.Err() != nil {
			return nil // stopped while filling
		}
		return err
	}
	for _, line := range n.doors() {
		fmt.Fprintln(std.out, line)
	}
	fmt.Fprintf(std.out, "The demo has %d domains and %d deliveries of %d days. It is gone when this stops.\n", filled.Domains, filled.Deliveries, cmd.Days)
	fmt.Fprintf(std.out, "  e-mail   %s\n  password %s\n", demoEmail, demoPassword)
	return n.run(ctx)
}

// apart keeps the demo to itself: its own database, its own DNS, no mail out.
func apart(c config, folder string, clock *demo.Clock, names *demo.DNS) config {
	c.DatabaseURL, c.ZoneSnapshot = "sqlite:"+filepath.Join(folder, "demo.db"), ""
	c.Resolvers, c.authPort = names.Resolvers(), names.AuthPort()
	c.OutboundAllow = append(c.OutboundAllow, netip.MustParsePrefix("127.0.0.0/8"))
	c.MailURL = ""
	c.now = clock.Now
	return c
}

func (cmd demoCmd) fill(ctx context.Context, n *node, clock *demo.Clock, names *demo.DNS, std streams) (demo.Totals, error) {
	hash, err := handlers.HashPassword(demoPassword)
	if err != nil {
		return demo.Totals{}, err
	}
	// The heap is small and its garbage plenty: collect less often for the while.
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	c := n.config
	progress, done := showProgress(std, cmd.Days)
	defer done()
	end := cmd.at
	if end.IsZero() {
		end = time.Now()
	} else {
		n.store.Random = rand.NewChaCha8([32]byte{}) // the same names on every day
	}
	return demo.Fill(ctx, demo.Options{
		Store: n.store, Clock: clock, DNS: names, Zone: c.names(), Email: demoEmail, PasswordHash: hash,
		Days: cmd.Days, End: end, Stays: !cmd.at.IsZero(), Limits: c.reportLimits(),
		Pace:    dnscheck.Pace{Min: c.CheckMinInterval, Max: c.CheckMaxInterval},
		RawKept: time.Duration(c.RetentionRaw), RowsKept: time.Duration(c.RetentionRows),
		Log: slog.New(slog.NewTextHandler(std.err, &slog.HandlerOptions{Level: slog.LevelWarn})), Progress: progress,
	})
}

// showProgress tells how far the filling is: in one line that changes on a
// terminal, in one line that does not elsewhere.
func showProgress(std streams, days int) (progress func(done, all int), done func()) {
	if !isTerminal(std.err) {
		fmt.Fprintf(std.err, "Filling a throw-away database with %d days of reports ...\n", days)
		return nil, func() {}
	}
	progress = func(done, all int) { fmt.Fprintf(std.err, "\rFilling ... %d %%", done*100/max(all, 1)) }
	return progress, func() { fmt.Fprint(std.err, "\r\x1b[K") }
}

func isTerminal(w any) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
