package testkit

import "strings"

// Name is something that is typed where a domain is asked for (catalogue N of
// the reliability document). Every place that takes a domain from outside is
// tested with all of them: it accepts the name under one spelling, or refuses
// it with a sentence of its own.
type Name struct {
	ID    string // of the catalogue
	Typed string
	// Want is the spelling it is known under, "" for a name that is refused.
	Want string
	// Says is a part of the sentence that refuses it.
	Says string
	// Registration restricts a refusal to where domains are registered: a check
	// has no reason for it.
	Registration bool
}

// Names are the names of the catalogue, N1 to N14 and N18. Zone is the zone of
// the installation under test.
func Names(zone string) []Name {
	label := strings.Repeat("a", 63)
	long := func(n int) string { // a name of n characters
		name := label + "." + label + "." + label + "."
		return name + strings.Repeat("b", n-len(name)-4) + ".com"
	}
	return []Name{
		{ID: "N1", Typed: "example.com.", Want: "example.com"},
		{ID: "N2", Typed: "Example.COM", Want: "example.com"},
		{ID: "N3", Typed: " \texample.com ", Want: "example.com"},
		{ID: "N3", Typed: "\u00a0example.com", Says: "U+00A0"},
		{ID: "N3", Typed: "\ufeffexample.com", Says: "U+FEFF"},
		{ID: "N3", Typed: "exam\u200bple.com", Says: "Did you mean example.com?"},
		{ID: "N3", Typed: "exam\u00adple.com", Says: "U+00AD"},
		{ID: "N4", Typed: "https://example.com/x", Says: "is a web address; enter only the domain, without https://. Did you mean example.com?"},
		{ID: "N4", Typed: "user@example.com", Says: "Did you mean example.com?"},
		{ID: "N4", Typed: "example.com:25", Says: "has a port"},
		{ID: "N4", Typed: "mailto:user@example.com", Says: "is a mail address"},
		{ID: "N5", Typed: "com", Says: "is a top-level domain"},
		{ID: "N5", Typed: "co.uk", Says: "is a public suffix"},
		{ID: "N5", Typed: "github.io", Says: "is a public suffix"},
		{ID: "N5", Typed: "is-a.dev", Says: "is a public suffix"},
		{ID: "N5", Typed: "someone.github.io", Want: "someone.github.io"},
		{ID: "N5", Typed: "child.dpdns.org", Want: "child.dpdns.org"},
		{ID: "N5", Typed: "localhost", Says: "are reserved"},
		{ID: "N5", Typed: "foo.local", Says: ".local are reserved"},
		{ID: "N5", Typed: "2.0.192.in-addr.arpa", Says: ".arpa are reserved"},
		{ID: "N5", Typed: "example.invalid", Says: ".invalid are reserved"},
		{ID: "N5", Typed: "abc.onion", Says: ".onion are reserved"},
		{ID: "N5", Typed: "192.0.2.1", Says: "is an IP address"},
		{ID: "N5", Typed: "2001:db8::1", Says: "is an IP address"},
		{ID: "N5", Typed: "1.2.3", Says: "is an IP address"},
		{ID: "N5", Typed: "0x7f.1", Says: "is an IP address"},
		{ID: "N5", Typed: "[::1]", Says: "is an IP address"},
		{ID: "N5", Typed: "intranet", Says: "has only one part"},
		{ID: "N6", Typed: "bücher.de", Want: "xn--bcher-kva.de"},
		{ID: "N6", Typed: "xn--bcher-kva.de", Want: "xn--bcher-kva.de"},
		{ID: "N7", Typed: "faß.de", Want: "xn--fa-hia.de"},
		{ID: "N7", Typed: "fass.de", Want: "fass.de"},
		{ID: "N8", Typed: "аррӏе.com", Want: "xn--80ak6aa92e.com"},
		{ID: "N8", Typed: "paypa1.com", Want: "paypa1.com"},
		{ID: "N9", Typed: "caf\u00e9.fr", Want: "xn--caf-dma.fr"},
		{ID: "N9", Typed: "cafe\u0301.fr", Want: "xn--caf-dma.fr"},
		{ID: "N10", Typed: "İstanbul.com", Says: "Did you mean"},
		{ID: "N10", Typed: "\u212aelvin.com", Says: "Did you mean kelvin.com?"},
		{ID: "N10", Typed: "example\u3002com", Says: "Did you mean example.com?"},
		{ID: "N10", Typed: "exa①.com", Says: "Did you mean exa1.com?"},
		{ID: "N11", Typed: "xn--a.com", Says: "xn--"},
		{ID: "N11", Typed: "xn--0.com", Says: "xn--"},
		{ID: "N11", Typed: "XN--BCHER-KVA.de", Want: "xn--bcher-kva.de"},
		{ID: "N12", Typed: "\u202eexample.com", Says: "U+202E"},
		{ID: "N12", Typed: "\u0627\u0031\u0661.com", Says: "not a valid international name"},
		{ID: "N13", Typed: label + ".com", Want: label + ".com"},
		{ID: "N13", Typed: label + "a.com", Says: "DNS allows 63"},
		{ID: "N13", Typed: long(242), Want: long(242), Registration: true, Says: "is too long: the name that its CNAME points to"},
		{ID: "N13", Typed: long(243), Says: "is too long"},
		{ID: "N13", Typed: long(253), Says: "is too long"},
		{ID: "N13", Typed: long(254), Says: "DNS allows 253"},
		{ID: "N14", Typed: "a..b", Says: "has an empty part"},
		{ID: "N14", Typed: ".example.com", Says: "has an empty part"},
		{ID: "N14", Typed: "-a.com", Says: "hyphen"},
		{ID: "N14", Typed: "a-.com", Says: "hyphen"},
		{ID: "N14", Typed: "ab--c.com", Want: "ab--c.com"},
		{ID: "N14", Typed: "_x.example.com", Says: "underscore"},
		{ID: "N14", Typed: "*.example.com", Says: "is a wildcard"},
		{ID: "N14", Typed: "example.com\x00.evil.com", Says: "U+0000"},
		{ID: "N14", Typed: `ex\.ample.com`, Says: `contains \`},
		{ID: "N18", Typed: zone, Want: zone, Registration: true, Says: "belongs to Sealpost itself"},
		{ID: "N18", Typed: "mail." + zone, Want: "mail." + zone, Registration: true, Says: "belongs to Sealpost itself"},
	}
}
