package tlsrpt

import "strings"

// ResultGroup is the part of the handshake that a result type speaks of.
type ResultGroup string

// The groups of RFC 8460 §4.3.1 and §4.3.2, and one for values it does not know.
const (
	GroupNegotiation ResultGroup = "negotiation"
	GroupDANE        ResultGroup = "DANE"
	GroupMTASTS      ResultGroup = "MTA-STS"
	GroupOther       ResultGroup = "other"
)

// Actor is who has to act on a failure.
type Actor string

// The people a failure can be handed to.
const (
	ActorMail    Actor = "mail administrator of the receiving domain"
	ActorDNS     Actor = "DNS team of the receiving domain"
	ActorWeb     Actor = "web host of the MTA-STS policy"
	ActorSender  Actor = "sending operator"
	ActorUnknown Actor = "not known"
)

// ResultType is one of the STARTTLS validation result types (RFC 8460 §4.3).
type ResultType struct {
	Name    string // as registered; an unknown one as the reporter wrote it
	Group   ResultGroup
	Meaning string // what the sender met, in one sentence
	Actor   Actor
	Fix     string // one sentence with the blanks {mx}, {domain}, {org} and {code}
	Known   bool
}

// ResultContext fills the blanks of a fix. Empty fields give a sentence without
// the detail.
type ResultContext struct {
	MX     string // the receiving MX host
	Domain string // the policy domain
	Org    string // the reporter's name
	Code   string // the reporter's failure-reason-code
}

// ResultTypes lists the eleven result types of RFC 8460 §4.3, in its order.
func ResultTypes() []ResultType {
	return []ResultType{
		{"starttls-not-supported", GroupNegotiation, "The MX host did not offer STARTTLS to the sender.", ActorMail,
			"Enable STARTTLS on {mx}, and check that no firewall strips it from the EHLO reply.", true},
		{"certificate-host-mismatch", GroupNegotiation, "The certificate does not carry the name that MTA-STS or DANE demands, such as the MX host in its SAN.", ActorMail,
			"Install a certificate on {mx} whose SAN lists {mx}.", true},
		{"certificate-expired", GroupNegotiation, "The certificate of the MX host has expired.", ActorMail,
			"Renew the certificate on {mx} and reload the mail server.", true},
		{"certificate-not-trusted", GroupNegotiation, "The sender could not build a trusted chain: unknown CA, name constraints or a missing intermediate.", ActorMail,
			"Serve the full chain from a public CA on {mx}.", true},
		{"validation-failure", GroupNegotiation, "The sender met a failure that no other result type names; its reason code may tell.", ActorMail,
			`Read the reason code "{code}"; without one, test {mx} with an MTA-STS and DANE check.`, true},
		{"tlsa-invalid", GroupDANE, "None of the TLSA records fits the certificate, or none is usable.", ActorDNS,
			"Publish a TLSA record at _25._tcp.{mx} that matches the certificate in use.", true},
		{"dnssec-invalid", GroupDANE, "The sender's resolver gave no validated answer.", ActorDNS,
			"Repair the DNSSEC chain of {mx's zone}; signatures or DS are broken.", true},
		{"dane-required", GroupDANE, "The sender is set to demand DANE and found no secure TLSA record.", ActorSender,
			"Publish DNSSEC-signed TLSA for {mx}, or ask {org} to drop its DANE-only rule.", true},
		{"sts-policy-fetch-error", GroupMTASTS, "The sender could not fetch the MTA-STS policy.", ActorWeb,
			"Make https://mta-sts.{domain}/.well-known/mta-sts.txt answer 200 within a minute.", true},
		{"sts-policy-invalid", GroupMTASTS, "The sender fetched an MTA-STS policy that it could not accept.", ActorWeb,
			"Correct the policy file: version, mode, mx and max_age must parse.", true},
		{"sts-webpki-invalid", GroupMTASTS, "The policy host's certificate failed the sender's check.", ActorWeb,
			"Put a valid public certificate for mta-sts.{domain} on the policy host.", true},
	}
}

// DescribeResult looks a result type up, whatever its letter case. One that RFC
// 8460 does not name keeps its spelling and comes back with Known false.
func DescribeResult(name string) ResultType {
	word := strings.TrimSpace(name)
	for _, r := range ResultTypes() {
		if strings.EqualFold(r.Name, word) {
			return r
		}
	}
	return ResultType{name, GroupOther, "The reporter used a result type that RFC 8460 does not name.", ActorUnknown,
		`Read the reason code "{code}"; without one, ask {org} what it means.`, false}
}

// FixFor fills the blanks of the fix. The values come from reports: they are
// shortened and made printable, but not escaped for HTML.
func (r ResultType) FixFor(c ResultContext) string {
	fix := aboutCode(r.Fix, c.Code != "")
	if c.MX == "" {
		fix = strings.ReplaceAll(fix, "_25._tcp.{mx}", "_25._tcp below the name of the MX host")
	}
	mx := orElse(c.MX, "the MX host")
	return capital(strings.NewReplacer(
		"{mx}", mx,
		"{mx's zone}", "the zone of "+mx,
		"{domain}", orElse(c.Domain, "<your domain>"),
		"{org}", orElse(c.Org, "the reporter"),
		"{code}", shown(c.Code),
	).Replace(fix))
}

// aboutCode keeps what a sentence about the reason code says with, or without, one.
func aboutCode(fix string, given bool) string {
	with, without, ok := strings.Cut(fix, "; without one, ")
	switch {
	case !ok:
		return fix
	case given:
		return with + ", and " + without
	}
	return without
}

func orElse(value, fallback string) string {
	if value == "" {
		return fallback
	}
	return shown(value)
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
