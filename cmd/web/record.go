package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/sealpost/sealpost/internal/domainname"
	"github.com/sealpost/sealpost/internal/tlsrpt"
)

// recordCmd groups what can be done with the text of a record.
type recordCmd struct {
	Lint  recordLintCmd  `cmd:"" help:"Judge the text of a TLS-RPT record."`
	Write recordWriteCmd `cmd:"" help:"Compose a TLS-RPT record from its destinations."`
}

type recordLintCmd struct {
	Texts []string `arg:"" name:"text" help:"The TXT record, as v=TLSRPTv1; rua=mailto:reports@example.com; - for the output of dig +short on stdin."`
	JSON  bool     `help:"Print JSON."`
}

// Help is the long text of record lint --help.
func (recordLintCmd) Help() string {
	return `Judges the text of the TXT record of _smtp._tls.<domain> by the grammar of
RFC 8460 section 3, and by what known senders really read. Nothing is looked up.
Give the text as DNS serves it, without the quotes of a zone file, as one
argument. Several arguments are several TXT records at that name.

With - the records are read from stdin: the output of dig +short, or one record
as plain text on each line. What stands in quotes is joined as senders do it.

Without --json it prints the verdict, the record taken apart, each finding with
its fix and the senders that drop the record or lose destinations because of it,
and what each known sender makes of the record.

With --json: verdict, effective, record, destinations and findings (id, severity
and text). "effective" is true when a sender that follows the RFC to the letter
finds a destination it can use.

EXIT CODES
  0  the verdict is pass or warn
  1  the verdict is fail
  2  the arguments are wrong

EXAMPLES
  web record lint 'v=TLSRPTv1; rua=mailto:tls@example.com'
  dig +short TXT _smtp._tls.example.com | web record lint --json -`
}

// Run implements the command. It exits with 1 when the verdict is fail.
func (r recordLintCmd) Run(std streams) error {
	var in tlsrpt.LintInput
	for _, text := range r.Texts {
		if text != "-" {
			in.TXT = append(in.TXT, tlsrpt.TXT{text})
			continue
		}
		txts, err := readDig(std.in)
		if err != nil {
			return err
		}
		in.TXT = append(in.TXT, txts...)
	}
	result := tlsrpt.Lint(in)
	if !r.JSON {
		lintText{std.out}.result(result)
	} else if err := printJSON(std.out, result); err != nil {
		return err
	}
	if result.Verdict == tlsrpt.Fail {
		return exitCode(1)
	}
	return nil
}

type recordWriteCmd struct {
	Destinations []string `arg:"" help:"mailto: and https: destinations, the most important first."`
	Domain       string   `help:"Print a line for the zone file of this domain." placeholder:"NAME"`
}

// Help is the long text of record write --help.
func (recordWriteCmd) Help() string {
	return `Prints the one TXT record that every known sender reads: the version, one rua
list without blanks, no final semicolon. Commas, semicolons and exclamation
marks in a destination are percent-encoded. Put the mail address first: some
senders read only the first destination, and some never post over HTTPS.

With --domain it prints a line for the zone file, cut into strings of at most
255 bytes.

EXIT CODES
  0  the record is printed
  1  it cannot be written: a destination is malformed, given twice or neither
     mailto: nor https:, or the record is too long for DNS
  2  the arguments are wrong

EXAMPLES
  web record write mailto:tls@example.com https://example.com/tls-reports
  web record write --domain example.com mailto:tls@example.com`
}

// Run implements the command.
func (r recordWriteCmd) Run(std streams) error {
	text, err := tlsrpt.WriteRecord(r.Destinations)
	if err != nil {
		return err
	}
	if r.Domain == "" {
		fmt.Fprintln(std.out, text)
		return nil
	}
	name, err := domainname.Parse(r.Domain)
	if err != nil {
		return err
	}
	fmt.Fprintf(std.out, "_smtp._tls.%s. 3600 IN TXT \"%s\"\n", name, strings.Join(tlsrpt.SplitTXT(text), `" "`))
	return nil
}

// printJSON prints v on one line, safe for a terminal like all that is printed.
func printJSON(out io.Writer, v any) error {
	var line bytes.Buffer
	encoder := json.NewEncoder(&line)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return err
	}
	_, err := fmt.Fprintln(out, printableJSON(strings.TrimSuffix(line.String(), "\n")))
	return err
}
