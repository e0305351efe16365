package demo

import (
	"math/rand/v2"
	"slices"

	"github.com/sealpost/sealpost/internal/tlsrpt"
)

// incident is something that went wrong for a while.
type incident struct {
	domain   string
	from, to int // days ago, both included; to 0 is still going on
	result   string
	host     string            // the MX where it happens; "" when it is not about one
	share    float64           // of the sessions with that MX, or of all
	only     []string          // the reporters that meet it; nil for all
	policy   tlsrpt.PolicyType // the policy that it breaks; "" for whichever applies
	reason   string            // failure-reason-code, of reporters that give one
}

// stories lists what went wrong, oldest first.
func stories() []incident {
	return []incident{
		{domain: "university.test", from: 210, to: 207, result: "certificate-not-trusted", host: "mx1.university.test", share: 0.9, policy: tlsrpt.PolicySTS,
			reason: "x509: certificate signed by unknown authority"},
		{domain: "shop.example", from: 151, to: 150, result: "sts-webpki-invalid", share: 0.35, policy: tlsrpt.PolicySTS, only: []string{google, mailru, harrow},
			reason: "x509: certificate is valid for shop.example, not mta-sts.shop.example"},
		{domain: "example.org", from: 93, to: 90, result: "certificate-host-mismatch", host: "mail.example.org", share: 0.8, policy: tlsrpt.PolicySTS,
			reason: "x509: certificate is valid for www.example.org, not mail.example.org"},
		{domain: "university.test", from: 60, result: "starttls-not-supported", host: "mx3.university.test", share: 0.85, only: []string{northmail}},
		{domain: "shop.example", from: 46, to: 45, result: "sts-policy-fetch-error", share: 0.55, policy: tlsrpt.PolicySTS, only: []string{google, mailru, harrow},
			reason: `Get "https://mta-sts.shop.example/.well-known/mta-sts.txt": context deadline exceeded`},
		{domain: "harbour.example", from: 33, to: 33, result: "starttls-not-supported", host: "mx.harbour.example", share: 0.4},
		{domain: "example.net", from: rollover, to: rollover - 2, result: "tlsa-invalid", host: "mx1.example.net", share: 1, policy: tlsrpt.PolicyTLSA,
			reason: "no TLSA record matches the certificate"},
		{domain: "example.com", from: 9, result: "certificate-expired", host: "mx2.example.com", share: 0.97, policy: tlsrpt.PolicySTS,
			reason: "x509: certificate has expired or is not yet valid"},
	}
}

// rollover is when example.net changed a key and forgot its TLSA record.
const rollover = 26

// hits is how many of n sessions that r had with d met the incident.
func (i *incident) hits(d *domain, r *reporter, ago int, n int64, rnd *rand.Rand) int64 {
	if i.domain != d.name || ago > i.from || ago < i.to || i.only != nil && !slices.Contains(i.only, r.identity) {
		return 0
	}
	share := i.share
	if i.host != "" {
		at := slices.IndexFunc(d.hosts(ago), func(m mailHost) bool { return m.name == i.host })
		if at < 0 {
			return 0
		}
		share *= d.hosts(ago)[at].share
	}
	return min(n, rounded(float64(n)*share, rnd))
}

// trifle is the failure that happens anywhere now and then; nil on most days.
func trifle(d *domain, ago int, n int64, rnd *rand.Rand) *incident {
	if n < 40 || rnd.IntN(25) > 0 {
		return nil
	}
	kinds := []incident{
		{result: "validation-failure", reason: "read tcp: connection reset by peer"},
		{result: "validation-failure", reason: "tls: handshake failure"},
		{result: "starttls-not-supported"},
	}
	i := kinds[rnd.IntN(len(kinds))]
	hosts := d.hosts(ago)
	i.host = hosts[rnd.IntN(len(hosts))].name
	return &i
}
