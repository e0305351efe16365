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
		if p.JSON {
			err = printJSON(std.out, tlsrpt.Listing(r))
		} else {
			err = printReport(std.out, r)
		}
		if err != nil {
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

func printReport(out io.Writer, r *tlsrpt.Report) error {
	fmt.Fprintf(out, "%s  %s  %s\n", r.Day().Format("2006-01-02"), printable(r.Organization), printable(r.ReportID))
	for _, p := range r.Policies {
		fmt.Fprintf(out, "  %-16s %-30s %8d successful %8d failed\n", printable(string(p.Type)), printable(p.Domain), p.Successful.N, p.Failed.N)
		for _, f := range p.Failures {
			fmt.Fprintf(out, "    %8d × %s  %s  %s\n", f.Sessions, printable(f.ResultType), printable(f.ReceivingMXHostname), printable(f.ReasonCode))
		}
	}
	for _, w := range r.Warnings {
		fmt.Fprintf(out, "  note: %s (%s)\n", printable(w.Text), w.Code)
	}
	return nil
}
