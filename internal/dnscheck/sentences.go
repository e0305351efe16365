package dnscheck

import (
	"strings"

	"github.com/sealpost/sealpost/internal/tlsrpt"
)

// sentences holds one sentence per state; the blanks in braces are filled in.
var sentences = map[string]string{
	"A1": "{domain} does not exist in DNS: check the spelling or the registration.",
	"A2": "{domain} publishes a null MX and takes no mail, so TLS-RPT is not needed.",
	"A3": "Remove either the null MX or the other MX records of {domain}: they contradict each other.",
	"A4": "{domain} has no mail server, so TLS-RPT is not needed until you add an MX record.",
	"A5": "Add an MX record if {domain} takes mail; without one most setups receive none.",
	"A6": "Nothing to fix: the record is harmless on a domain that takes no mail.",

	"N1":  "DNSSEC for {zone} is broken: renew the signatures or correct the DS record at your registrar.",
	"N2":  "Your DNS servers did not answer; we try again in 10 minutes, and you should check {ns list}.",
	"N3":  "Repair or remove the name server {ns}: it does not answer for {domain}.",
	"N4":  "{ns} still serves the old zone: wait for the transfer or reload that server.",
	"N5":  "Published correctly; {resolver} still has the old answer and forgets it by {time}.",
	"N6":  "The record was removed at your DNS host; put it back before caches expire at {time}.",
	"N7":  "Your DNS host wrongly answers NXDOMAIN for _tls.{domain}; ask it to return an empty answer, or some senders will miss the record.",
	"N8":  "The old record may live in caches until {time}; lower its TTL before the next change.",
	"N9":  "Allow DNS over TCP port 53 on {ns}.",
	"N10": "Nothing to fix: the answer is usable, only part of the chain is signed.",
	"N11": "The name server {ns} has the address {addr}, which the internet cannot reach, so it was not asked.",

	"D1":  "TLS-RPT is delegated correctly; reports will arrive within 1 to 3 days of mail traffic.",
	"D2":  "Your DNS host flattens the CNAME; this works as long as it keeps refreshing it.",
	"D3":  "Point _smtp._tls straight to {T} and drop the intermediate CNAME.",
	"D4":  "Break the CNAME loop at _smtp._tls.{domain}: it must point only to {T}",
	"D5":  "Create a CNAME record with host _smtp._tls and value {T}",
	"D6":  "Your DNS host appended {domain} to the value: enter it with the final dot, {T}",
	"D7":  "Enter only _smtp._tls as host; your DNS host adds {domain} itself.",
	"D8":  "Move the record from {wrong} to _smtp._tls.{domain}.",
	"D9":  "Move the TLS-RPT record from {domain} itself to the host _smtp._tls.",
	"D10": "Change the CNAME value to {T} It now points to {got}.",
	"D11": "TLS-RPT is run by {provider}; replace the CNAME value with {T} to move it here.",
	"D12": "{got} has no TLS-RPT record: change the CNAME value to {T}",
	"D13": "Delete the TXT record at _smtp._tls.{domain}: a CNAME must stand alone.",
	"D14": "Change the record type from TXT to CNAME and keep the value {value}",
	"D15": "Make _smtp._tls a plain CNAME (“DNS only”, not proxied) to {T}",
	"D16": "A wildcard answers for _smtp._tls; create the explicit CNAME to {T}",
	"D17": "Add the CNAME in the delegated zone on {ns}, or remove that delegation.",
	"D18": "Add and verify {domain} in your account, or remove the CNAME: it must point to {T}",
	"D19": "Nothing to fix on your side: we are publishing your record.",
	"D20": "Works, but is not managed here: replace the TXT with a CNAME to {T}",
	"D21": "Reports go to {rua}: replace the TXT with a CNAME to {T} to receive them here.",
	"D22": "TLS-RPT is delegated correctly; reports will arrive within 1 to 3 days of mail traffic.",
	"D23": "{domain} is too long for delegation; publish our TXT value directly.",
}

// add appends a finding with the sentence of its id.
func (j *judge) add(id string, severity tlsrpt.Severity, blanks ...string) {
	j.say(id, severity, sentences[id], blanks...)
}

// say appends a finding. {T} is the full target, whose own final dot ends a
// sentence.
func (j *judge) say(id string, severity tlsrpt.Severity, sentence string, blanks ...string) {
	target := j.target
	if target == "" {
		target = j.zone.Target(j.o.Domain, "<your token>")
	}
	blanks = append(blanks, "{domain}", j.o.Domain, "{T}", target+".")
	text := strings.NewReplacer(blanks...).Replace(sentence)
	j.res.Findings = append(j.res.Findings, tlsrpt.Finding{ID: id, Severity: severity, Text: text})
}
