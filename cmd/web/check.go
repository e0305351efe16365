package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/sealpost/sealpost/internal/dnscheck"
	"github.com/sealpost/sealpost/internal/domainname"
	"github.com/sealpost/sealpost/internal/tlsrpt"
)

// checkCmd checks a domain in DNS as a visitor would, without an account.
type checkCmd struct {
	Domain string `arg:"" help:"Domain to check."`
	JSON   bool   `help:"Print JSON."`
}

// Help stands below the flags in --help.
func (checkCmd) Help() string {
	return `Asks every name server of the domain and the configured RESOLVERS, as a visitor would, and judges the answers.

Exit codes: 0 the verdict is pass or not applicable; 1 it is fail, or the check could not be made (the reason is on stderr); 2 the command line is wrong; 3 it is warn; 4 it is pending: nobody answered, or caches still hold an old answer.`
}

// Run implements the command. The verdict decides the exit code.
func (cmd checkCmd) Run(ctx context.Context, std streams) error {
	c, err := loadConfig()
	if err != nil {
		return err
	}
	domain, err := cmd.name()
	if err != nil {
		return err
	}
	result := checkDomain(ctx, c, domain)
	if cmd.JSON {
		err = printJSON(std.out, result.Report())
	} else {
		err = printCheck(std.out, result)
	}
	if code := checkCode(result.Verdict); err == nil && code != 0 {
		return code
	}
	return err
}

// checkCode is the exit code by verdict. Errors have 1 too, and a wrong command
// line has 2.
func checkCode(v tlsrpt.Verdict) exitCode {
	switch v {
	case tlsrpt.Fail:
		return 1
	case tlsrpt.Warn:
		return 3
	case tlsrpt.Pending:
		return 4
	default:
		return 0
	}
}

// name is the one spelling of the domain to check.
func (cmd checkCmd) name() (string, error) { return domainname.ParseRecordDomain(cmd.Domain) }

func checkDomain(ctx context.Context, c config, domain string) dnscheck.Result {
	checker := dnscheck.Checker{Zone: c.names(), Resolvers: c.Resolvers, AuthPort: c.authPort, Allow: c.OutboundAllow, Now: c.now}
	seen := checker.Check(ctx, domain, dnscheck.Expect{})
	return dnscheck.Judge(c.names(), seen, dnscheck.Expect{}, dnscheck.State{})
}

func printCheck(out io.Writer, r dnscheck.Result) error {
	fmt.Fprintf(out, "%s: %s\n", r.Domain, r.Verdict)
	for _, f := range r.Findings {
		fmt.Fprintf(out, "  %-4s %-14s %s\n", f.ID, f.Severity, printable(f.Text))
	}
	if r.Record != "" {
		fmt.Fprintf(out, "  record  %s\n", printable(r.Record))
	}
	for _, s := range r.Servers {
		answer := s.Rcode
		switch {
		case s.Err != "":
			answer = s.Err
		case s.CNAME != "":
			answer = "CNAME " + s.CNAME
		case len(s.TXT) > 0:
			answer = "TXT " + strings.Join(s.TXT, " | ")
		}
		fmt.Fprintf(out, "  %-14s %-40s %s\n", s.Kind, printable(s.Server), printable(answer))
	}
	return nil
}
