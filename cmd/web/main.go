// Command web is Sealpost: it serves the pages, answers DNS, receives mail and
// runs the scheduled jobs. It holds configuration, wiring and subcommands;
// everything else lives in the packages below it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

// cli is the command line. Each field is a subcommand in a file of its own.
type cli struct {
	Serve   serveCmd   `cmd:"" default:"1" help:"Serve pages, DNS, mail and jobs (the default)."`
	Demo    demoCmd    `cmd:"" help:"Serve a throw-away database with a demo account and 400 days of reports."`
	Check   checkCmd   `cmd:"" help:"Check the TLS-RPT record of a domain in DNS."`
	Parse   parseCmd   `cmd:"" help:"Read report files (.json, .gz, .zip, .eml, .mbox, - for stdin)."`
	Record  recordCmd  `cmd:"" help:"Judge and compose TLS-RPT records."`
	Import  importCmd  `cmd:"" help:"Import report files and folders into an account."`
	Send    sendCmd    `cmd:"" help:"Send a synthetic report by mail or HTTPS."`
	User    userCmd    `cmd:"" help:"Add users, set passwords, remove lost second steps."`
	Account accountCmd `cmd:"" help:"List, suspend and resume accounts, check their audit logs."`
	Migrate migrateCmd `cmd:"" help:"Bring the database schema up to date."`
	Zone    zoneCmd    `cmd:"" help:"Print the zone file."`
	Version versionCmd `cmd:"" help:"Print the version."`
}

// usageError is the exit code for arguments that are wrong.
const usageError = 2

// streams are where a command reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// exitCode is an error that has been told to the user already, or needs no
// words, and only decides how the process ends.
type exitCode int

func (e exitCode) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The first signal stops gracefully. After it the default is back, so that
	// a second one ends the process at once.
	context.AfterFunc(ctx, stop)
	code := run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr})
	stop()
	os.Exit(code)
}

// run is main without the process: it returns the exit code.
func run(ctx context.Context, args []string, std streams) int {
	var commands cli
	exited := -1
	parser, err := kong.New(&commands,
		kong.Name("web"),
		kong.Description("Sealpost: hosted SMTP TLS Reporting (RFC 8460)."),
		kong.Writers(std.out, std.err),
		kong.Exit(func(code int) { exited = code }),
		kong.UsageOnError(),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(std),
	)
	if err != nil {
		return complain(std, err)
	}
	parsed, err := parser.Parse(args)
	if exited >= 0 {
		return exited // --help
	}
	if err != nil {
		complain(std, err)
		return usageError
	}
	return complain(std, parsed.Run())
}

// complain tells an error in one line on stderr and gives the exit code.
func complain(std streams, err error) int {
	var code exitCode
	switch {
	case err == nil:
		return 0
	case errors.As(err, &code):
		return int(code)
	default:
		fmt.Fprintf(std.err, "web: %v\n", err)
		return 1
	}
}
