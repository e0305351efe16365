package views

import "strings"

// failureWords explains a result type (RFC 8460 §4.3) and says what to do.
type failureWords struct {
	// cause continues the sentence that begins with the MX.
	cause string
	fix   string
}

// wordsFor returns the explanation of a result type; {mx} and {domain} stand
// for the names.
func wordsFor(resultType string) failureWords {
	switch resultType {
	case "starttls-not-supported":
		return failureWords{"offers no STARTTLS", "Enable STARTTLS on {mx}, and check that no firewall strips it from the EHLO reply."}
	case "certificate-host-mismatch":
		return failureWords{"presents a certificate for another name", "Install a certificate on {mx} whose subject alternative names list {mx}."}
	case "certificate-expired":
		return failureWords{"presents an expired certificate", "Renew the certificate on {mx} and reload the mail server."}
	case "certificate-not-trusted":
		return failureWords{"presents a certificate that senders do not trust", "Serve the full chain from a public CA on {mx}."}
	case "tlsa-invalid":
		return failureWords{"has no TLSA record that matches", "Publish a TLSA record at _25._tcp.{mx} that matches the certificate in use."}
	case "dnssec-invalid":
		return failureWords{"has broken DNSSEC", "Repair the DNSSEC chain of the zone of {mx}: signatures or DS are broken."}
	case "dane-required":
		return failureWords{"has no secure TLSA record, and the sender demands one", "Publish DNSSEC-signed TLSA records for {mx}, or ask the sender to drop its DANE-only rule."}
	case "sts-policy-fetch-error":
		return failureWords{"has an MTA-STS policy that senders could not fetch", "Make https://mta-sts.{domain}/.well-known/mta-sts.txt answer 200 within a minute."}
	case "sts-policy-invalid":
		return failureWords{"has an MTA-STS policy that does not parse", "Correct the policy file of {domain}: version, mode, mx and max_age must parse."}
	case "sts-webpki-invalid":
		return failureWords{"has an MTA-STS host without a valid certificate", "Put a valid public certificate for mta-sts.{domain} on the policy host."}
	case "validation-failure":
		return failureWords{"failed validation", "Read the reporter's reason; without one, test {mx} with an MTA-STS and a DANE check."}
	default:
		return failureWords{"failed in a way that RFC 8460 does not name", "Read the reporter's reason, or ask the reporter named in the report."}
	}
}

// title names the thing and what is wrong with it.
func (g FailureGroup) title() string {
	return or(g.MX, or(g.Domain, "Your mail server")) + " " + wordsFor(g.ResultType).cause
}

func (g FailureGroup) fix(domain string) string {
	if g.Fix != "" {
		return g.Fix
	}
	r := strings.NewReplacer("{mx}", or(g.MX, "your mail server"), "{domain}", or(g.Domain, or(domain, "your domain")))
	return r.Replace(wordsFor(g.ResultType).fix)
}

// lead is the sentence on top of the page.
func (p FailuresPage) lead() string {
	if len(p.Groups) == 0 {
		return "Failures " + rangeWords(p.Range)
	}
	s := plural(int64(len(p.Groups)), "failure", "failures") + " " + rangeWords(p.Range)
	if p.Sessions.Total() > 0 {
		s += ": " + count(p.Sessions.Failed) + " of " + plural(p.Sessions.Total(), "session", "sessions")
	}
	return s
}
