package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/sealpost/sealpost/internal/tlsrpt"
)

// parseCmd reads reports from files, whatever they are wrapped in.
type parseCmd struct {
	Files []string `arg:"" help:"Files to read: .json, .gz, .zip, .eml, .mbox, or - for stdin."`
	JSON  bool     `help:"Print one JSON object per report."`
}

// Help is the long text of parse --help.
func (parseCmd) Help() string {
	return `Reads SMTP TLS reports (RFC 8460) and prints what is in them. What a file is
shows in its bytes, never in its name: JSON, gzip, zip, a mail that carries any
of these, forwarded mails included, or a mailbox (mbox) of such mails. A file may
hold several reports. Folders are not walked: give their files.

Without --json, each report is a block of text: the UTC day, who reports, the
report-id, each policy with its numbers and the text the sender applied, each
kind of failure with its fix, and notes on what departs from the RFC.

With --json, each report is one object on a line: organization, report_id,
contact, start and end (RFC 3339, UTC, end exclusive), policies, warnings.

Either way, characters that act on a terminal are spelled out.

LIMITS
  A file or message of 25 MiB, 64 MiB after decompression and at most 300 times the
  compressed size after the first MiB, 1 000 policies, 20 000 failure details,
  JSON 32 levels deep, mail parts 10 levels deep and 50 in all.

EXIT CODES
  0  every file, and every message of a mailbox, holds at least one report and
     nothing unreadable beside it
  1  a file cannot be opened, or something in it cannot be read: each has a line
     on stderr, which ends with the reason in one word, such as (malformed),
     (duplicate-key) or (not-a-report). All other reports are printed all the same
  2  the arguments are wrong

EXAMPLES
  web parse report.eml
  web parse --json *.json.gz | jq .policies
  curl -s https://example.com/report.gz | web parse -`
}

// Run implements the command. It exits with 1 when something in a file cannot
// be read, or is no report.
func (p parseCmd) Run(std streams) error {
	failed := false
	for _, name := range p.Files {
		for _, err := range p.file(std, name) {
			fmt.Fprintf(std.err, "web: %s: %s\n", printable(name), printable(err.Error()))
			failed = true
		}
	}
	if failed {
		return exitCode(1)
	}
	return nil
}

// file prints the reports in a file and gives what could not be read.
func (p parseCmd) file(std streams, name string) (failures []error) {
	in, err := openInput(std.in, name)
	if err != nil {
		return []error{bare(err)}
	}
	defer in.Close()
	messages := tlsrpt.NewMessages(in, tlsrpt.DefaultLimits().Message)
	for n := 1; ; n++ {
		data, err := messages.Next()
		switch {
		case errors.Is(err, io.EOF):
			return failures
		case err != nil && !errors.Is(err, tlsrpt.ErrTooLarge):
			return append(failures, bare(err))
		}
		for _, problem := range p.message(std.out, data, err) {
			if messages.Mbox() {
				problem = fmt.Errorf("message %d: %w", n, problem)
			}
			failures = append(failures, problem)
		}
	}
}

// message prints the reports in one message, unless err already says that it
// cannot be read, and gives what cannot be, each with its reason in one word.
func (p parseCmd) message(out io.Writer, data []byte, err error) (failures []error) {
	var found tlsrpt.Found
	if err == nil {
		found, err = tlsrpt.Read(data, tlsrpt.DefaultLimits())
	}
	for _, r := range found.Reports {
		if err := p.print(out, r); err != nil {
			return append(failures, err)
		}
	}
	problems := found.Problems
	if len(problems) == 0 && err != nil {
		problems = []error{err}
	}
	for _, problem := range problems {
		failures = append(failures, fmt.Errorf("%w (%s)", problem, tlsrpt.Reason(problem)))
	}
	return failures
}

func (p parseCmd) print(out io.Writer, r *tlsrpt.Report) error {
	if p.JSON {
		return printJSON(out, tlsrpt.Listing(r))
	}
	reportText{out}.report(r)
	return nil
}

// openInput opens a file, or gives stdin for -.
func openInput(stdin io.Reader, name string) (io.ReadCloser, error) {
	if name == "-" {
		return io.NopCloser(stdin), nil
	}
	return os.Open(name) // #nosec G304 -- who runs the program names it
}

// bare is the error of a file without the file's name, which stands before it.
func bare(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}
