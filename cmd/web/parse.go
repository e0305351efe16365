package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/sealpost/sealpost/internal/tlsrpt"
)

// parseCmd reads reports from files, whatever they are wrapped in.
type parseCmd struct {
	Files []string `arg:"" help:"Files to read: .json, .gz, .zip, .eml, or - for stdin."`
	JSON  bool     `help:"Print one JSON object per report."`
}

// Help is the long text of parse --help.
func (parseCmd) Help() string {
	return `Reads SMTP TLS reports (RFC 8460) and prints what is in them. What a file is
shows in its bytes, never in its name: JSON, gzip, zip, or a mail that carries
any of these, forwarded mails included. A file may hold several reports.

Without --json, each report is a block of text: the UTC day, who reports, the
report-id, each policy with its numbers and the text the sender applied, each
kind of failure with its fix, and notes on what departs from the RFC. Control
characters in reports are spelled out.

With --json, each report is one object on a line: organization, report_id,
contact, start and end (RFC 3339, UTC, end exclusive), policies, warnings.

LIMITS
  A file of 25 MiB, 64 MiB after decompression and at most 300 times the
  compressed size after the first MiB, 1 000 policies, 20 000 failure details,
  JSON 32 levels deep, mail parts 10 levels deep and 50 in all.

EXIT CODES
  0  every file holds at least one report and nothing unreadable beside it
  1  a file cannot be opened or is no report; its line on stderr ends with the
     reason in one word, such as (malformed) or (duplicate-key). The other files
     are printed all the same
  2  the arguments are wrong

EXAMPLES
  web parse report.eml
  web parse --json *.json.gz | jq .policies
  curl -s https://example.com/report.gz | web parse -`
}

// Run implements the command. It exits with 1 when a file holds no report.
func (p parseCmd) Run(std streams) error {
	failed := false
	for _, name := range p.Files {
		if err := p.file(std, name); err != nil {
			fmt.Fprintf(std.err, "web: %s: %v\n", name, err)
			failed = true
		}
	}
	if failed {
		return exitCode(1)
	}
	return nil
}

func (p parseCmd) file(std streams, name string) error {
	limits := tlsrpt.DefaultLimits()
	data, err := readInput(std.in, name, limits.Message)
	if err != nil {
		return err
	}
	found, err := tlsrpt.Read(data, limits)
	if err != nil {
		return fmt.Errorf("%s (%s)", printable(err.Error()), tlsrpt.Reason(err))
	}
	for _, r := range found.Reports {
		if !p.JSON {
			reportText{std.out}.report(r)
			continue
		}
		if err := printJSON(std.out, tlsrpt.Listing(r)); err != nil {
			return err
		}
	}
	return errors.Join(found.Problems...)
}

// readInput reads a file or stdin, and refuses what is larger than limit.
func readInput(stdin io.Reader, name string, limit int) ([]byte, error) {
	in := stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	data, err := io.ReadAll(io.LimitReader(in, int64(limit)+1))
	if err == nil && len(data) > limit {
		return nil, fmt.Errorf("larger than %d bytes", limit)
	}
	return data, err
}
