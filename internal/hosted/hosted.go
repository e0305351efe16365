// Package hosted knows every name and address that Sealpost hands out: the
// token of a domain, the target of its CNAME, the TXT record behind it, the
// mail address and the secret URL that reports go to, in both directions.
// It is pure and never imports a database, a network or another package of ours.
package hosted

import "strings"

// Host is the label pair below a domain that carries its TLS-RPT record
// (RFC 8460 §3), in the relative form that DNS hosts ask for.
const Host = "_smtp._tls"

// maxNameOctets is the longest name in its text form without the final dot
// (RFC 1035 §2.3.4: 255 octets on the wire).
const maxNameOctets = 253

// Zone is the pair of names that Sealpost is reached by.
type Zone struct {
	// Name is the zone this installation is authoritative for, in lower
	// case and without a final dot.
	Name string
	// ReportDomain is the domain of the rua addresses, in the same form.
	ReportDomain string
}

// Owner is the name at which domain publishes its TLS-RPT record.
func Owner(domain string) string { return Host + "." + domain }

// Target is the name that the CNAME of domain points to, without a final dot.
func (z Zone) Target(domain, token string) string {
	return domain + "." + Host + "." + token + "." + z.Name
}

// Fits reports whether the CNAME of domain and its target can exist in DNS.
func (z Zone) Fits(domain string) bool {
	target := z.Target(domain, strings.Repeat("x", TokenLen))
	return len(target) <= maxNameOctets && len(Owner(domain)) <= maxNameOctets
}

// ParseTarget takes a name apart that Target has made. Case and a final dot
// do not matter. It does not say whether the token was ever issued.
func (z Zone) ParseTarget(name string) (domain, token string, ok bool) {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	rest, ok := strings.CutSuffix(name, "."+z.Name)
	if !ok {
		return "", "", false
	}
	cut := strings.LastIndexByte(rest, '.')
	if cut < 0 {
		return "", "", false
	}
	rest, token = rest[:cut], rest[cut+1:]
	domain, ok = strings.CutSuffix(rest, "."+Host)
	if !ok || domain == "" || !ValidToken(token) {
		return "", "", false
	}
	return domain, token, true
}

// Address is the mailbox that reports about the domain with token are sent to.
func (z Zone) Address(token string) string { return token + "@" + z.ReportDomain }

// RUA is Address as the URI that stands in the record.
func (z Zone) RUA(token string) string { return "mailto:" + z.Address(token) }

// Record is the text of the hosted TXT record: exactly one rua, directly after
// the version, in the form that every known sender reads (RFC 8460 §3).
func (z Zone) Record(token string) string { return "v=TLSRPTv1; rua=" + z.RUA(token) }

// ParseAddress gives the token of an envelope recipient. Case and a final dot
// do not matter; anything but the bare token before the @ is refused, so that
// no address of ours has two spellings.
func (z Zone) ParseAddress(address string) (token string, ok bool) {
	local, domain, found := strings.Cut(address, "@")
	if !found || !strings.EqualFold(strings.TrimSuffix(domain, "."), z.ReportDomain) {
		return "", false
	}
	token = strings.ToLower(local)
	return token, ValidToken(token)
}

// IsOurs reports whether name is the zone, the report domain, or below one of them.
func (z Zone) IsOurs(name string) bool {
	return within(name, z.Name) || within(name, z.ReportDomain)
}

func within(name, zone string) bool {
	return name == zone || strings.HasSuffix(name, "."+zone)
}
