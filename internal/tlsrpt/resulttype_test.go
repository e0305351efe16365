package tlsrpt

import (
	"strings"
	"testing"
)

func TestFixFor(t *testing.T) {
	t.Parallel()
	full := ResultContext{MX: "mx1.x.example", Domain: "x.example", Org: "Example Inc.", Code: "bad chain"}
	cases := []struct {
		name       string
		group      ResultGroup
		actor      Actor
		with, bare string
	}{
		{"starttls-not-supported", GroupNegotiation, ActorMail,
			"Enable STARTTLS on mx1.x.example, and check that no firewall strips it from the EHLO reply.",
			"Enable STARTTLS on the MX host, and check that no firewall strips it from the EHLO reply."},
		{"certificate-host-mismatch", GroupNegotiation, ActorMail,
			"Install a certificate on mx1.x.example whose SAN lists mx1.x.example.",
			"Install a certificate on the MX host whose SAN lists the MX host."},
		{"certificate-expired", GroupNegotiation, ActorMail,
			"Renew the certificate on mx1.x.example and reload the mail server.",
			"Renew the certificate on the MX host and reload the mail server."},
		{"certificate-not-trusted", GroupNegotiation, ActorMail,
			"Serve the full chain from a public CA on mx1.x.example.",
			"Serve the full chain from a public CA on the MX host."},
		{"validation-failure", GroupNegotiation, ActorMail,
			`Read the reason code "bad chain", and test mx1.x.example with an MTA-STS and DANE check.`,
			"Test the MX host with an MTA-STS and DANE check."},
		{"tlsa-invalid", GroupDANE, ActorDNS,
			"Publish a TLSA record at _25._tcp.mx1.x.example that matches the certificate in use.",
			"Publish a TLSA record at _25._tcp below the name of the MX host that matches the certificate in use."},
		{"dnssec-invalid", GroupDANE, ActorDNS,
			"Repair the DNSSEC chain of the zone of mx1.x.example; signatures or DS are broken.",
			"Repair the DNSSEC chain of the zone of the MX host; signatures or DS are broken."},
		{"dane-required", GroupDANE, ActorSender,
			"Publish DNSSEC-signed TLSA for mx1.x.example, or ask Example Inc. to drop its DANE-only rule.",
			"Publish DNSSEC-signed TLSA for the MX host, or ask the reporter to drop its DANE-only rule."},
		{"sts-policy-fetch-error", GroupMTASTS, ActorWeb,
			"Make https://mta-sts.x.example/.well-known/mta-sts.txt answer 200 within a minute.",
			"Make https://mta-sts.<your domain>/.well-known/mta-sts.txt answer 200 within a minute."},
		{"sts-policy-invalid", GroupMTASTS, ActorWeb,
			"Correct the policy file: version, mode, mx and max_age must parse.",
			"Correct the policy file: version, mode, mx and max_age must parse."},
		{"sts-webpki-invalid", GroupMTASTS, ActorWeb,
			"Put a valid public certificate for mta-sts.x.example on the policy host.",
			"Put a valid public certificate for mta-sts.<your domain> on the policy host."},
	}
	types := ResultTypes()
	if len(types) != len(cases) {
		t.Fatalf("%d result types", len(types))
	}
	for i, c := range cases {
		r := DescribeResult(" " + strings.ToUpper(c.name))
		if r != types[i] || r.Name != c.name || !r.Known || r.Group != c.group || r.Actor != c.actor || r.Meaning == "" {
			t.Errorf("%s is described as %+v", c.name, r)
		}
		if got := r.FixFor(full); got != c.with {
			t.Errorf("%s: %q, want %q", c.name, got, c.with)
		}
		if got := r.FixFor(ResultContext{}); got != c.bare {
			t.Errorf("%s, bare: %q, want %q", c.name, got, c.bare)
		}
	}
}

func TestUnknownResult(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", "Dane-Requiredish", "<script>", "starttls_not_supported"} {
		r := DescribeResult(name)
		if r.Known || r.Name != name || r.Group != GroupOther || r.Actor != ActorUnknown || r.Meaning == "" {
			t.Errorf("%q is described as %+v", name, r)
		}
	}
	r := DescribeResult("new-thing")
	if got := r.FixFor(ResultContext{Org: "Example"}); got != "Ask Example what it means." {
		t.Errorf("without a code: %q", got)
	}
	if got := r.FixFor(ResultContext{Code: "c"}); got != `Read the reason code "c", and ask the reporter what it means.` {
		t.Errorf("with a code: %q", got)
	}
}

// Values come from reports: they must not fill other blanks, nor steer a terminal.
func TestFixForHostileValues(t *testing.T) {
	t.Parallel()
	c := ResultContext{MX: "{code}", Code: "\x1b]8;;{mx}\a" + strings.Repeat("z", 4000)}
	got := DescribeResult("validation-failure").FixFor(c)
	if !strings.HasPrefix(got, `Read the reason code "\x1b]8;;{mx}\azz`) || !strings.HasSuffix(got, "…\", and test {code} with an MTA-STS and DANE check.") {
		t.Errorf("%q", got)
	}
	if len(got) > 300 {
		t.Errorf("%d bytes", len(got))
	}
}
