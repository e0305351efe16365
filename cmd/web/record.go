package main

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/sealpost/sealpost/internal/tlsrpt"
)

// recordCmd groups what can be done with the text of a record.
type recordCmd struct {
	Lint recordLintCmd `cmd:"" help:"Judge the text of a TLS-RPT record."`
}

type recordLintCmd struct {
	Text string `arg:"" help:"The TXT record, as v=TLSRPTv1; rua=mailto:reports@example.com"`
	JSON bool   `help:"Print JSON."`
}

// Run implements the command. It exits with 1 when the verdict is fail.
func (r recordLintCmd) Run(std streams) error {
	result := tlsrpt.LintText(r.Text)
	var err error
	if r.JSON {
		err = printJSON(std.out, result)
	} else {
		err = printLint(std.out, result)
	}
	if err == nil && result.Verdict == tlsrpt.Fail {
		return exitCode(1)
	}
	return err
}

func printLint(out io.Writer, r tlsrpt.LintResult) error {
	fmt.Fprintf(out, "%s\n", r.Verdict)
	if r.Effective {
		fmt.Fprintln(out, "A strict sender would use this record.")
	} else {
		fmt.Fprintln(out, "A strict sender would act as if there were no record.")
	}
	for _, d := range r.Destinations {
		fmt.Fprintf(out, "  reports to %s\n", printable(d))
	}
	for _, f := range r.Findings {
		fmt.Fprintf(out, "  %-4s %-4s %s\n", f.ID, f.Severity, printable(f.Text))
	}
	return nil
}

func printJSON(out io.Writer, v any) error {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(v)
}
