package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/sealpost/sealpost/internal/tlsrpt"
)

// lintText prints the outcome of record lint for a person.
type lintText struct{ out io.Writer }

func (t lintText) result(r tlsrpt.LintResult) {
	fmt.Fprintln(t.out, r.Verdict)
	if r.Effective {
		fmt.Fprintln(t.out, "A strict sender would use this record.")
	} else {
		fmt.Fprintln(t.out, "A strict sender would act as if there were no record.")
	}
	t.anatomy(r.Parsed)
	for _, f := range r.Findings {
		t.finding(f)
	}
	t.senders(r.Senders)
}

// anatomy prints each part with the place of its first byte.
func (t lintText) anatomy(r tlsrpt.Record) {
	for _, p := range r.Parts {
		if p.Kind != tlsrpt.PartDelim && p.Kind != tlsrpt.PartComma {
			fmt.Fprintf(t.out, "  at %-4d %-9s %s\n", p.Start, p.Kind, printable(r.Text[p.Start:p.End]))
		}
	}
}

func (t lintText) finding(f tlsrpt.Finding) {
	fmt.Fprintf(t.out, "  %-4s %-4s %s\n", f.ID, f.Severity, printable(f.Text))
	if len(f.Drops) > 0 {
		fmt.Fprintf(t.out, "            dropped by %s\n", families(f.Drops))
	}
	if len(f.Cuts) > 0 {
		fmt.Fprintf(t.out, "            cut by %s\n", families(f.Cuts))
	}
}

func (t lintText) senders(rs []tlsrpt.SenderReading) {
	for _, r := range rs {
		fmt.Fprintf(t.out, "  %-10s %-8s %s\n", r.Family, r.Outcome, printable(strings.Join(r.Useful, " ")))
	}
}

func families(fs []tlsrpt.SenderFamily) string {
	words := make([]string, len(fs))
	for i, f := range fs {
		words[i] = string(f)
	}
	return strings.Join(words, ", ")
}
