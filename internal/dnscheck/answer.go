package dnscheck

import (
	"strconv"
	"strings"

	"github.com/miekg/dns"
	"github.com/sealpost/sealpost/internal/domainname"
	"github.com/sealpost/sealpost/internal/tlsrpt"
)

// read takes what a reply says about name into a.
func (a *ServerAnswer) read(name string, got reply) {
	a.RTT, a.Err = got.rtt, got.err
	if got.msg == nil {
		return
	}
	m := got.msg
	a.Rcode, a.AA, a.AD, a.EDE = rcodeName(m.Rcode), m.Authoritative, m.AuthenticatedData, extendedErrors(m)
	a.readCNAME(name, m.Answer)
	a.readTXT(name, m.Answer)
	if a.CNAME == "" && len(a.TXT) == 0 {
		a.TTL = negativeTTL(m.Ns)
	}
}

func (a *ServerAnswer) readCNAME(name string, answer []dns.RR) {
	if target, ttl, ok := alias(name, answer); ok {
		a.CNAME, a.TTL = strings.TrimSuffix(target, "."), ttl
	}
}

// readTXT takes the TXT at name itself, else those at the end of the aliases
// that the answer holds.
func (a *ServerAnswer) readTXT(name string, answer []dns.RR) {
	texts, ttl := txtAt(name, answer)
	a.Beside = a.CNAME != "" && len(texts) > 0
	for range maxHops {
		target, _, ok := alias(name, answer)
		if !ok || len(texts) > 0 {
			break
		}
		name = target
		texts, _ = txtAt(name, answer)
	}
	if len(texts) == 0 {
		return
	}
	a.Strings, a.TXT = texts, nil
	for _, s := range a.Strings {
		a.TXT = append(a.TXT, readable(wire(s).Text()))
	}
	if a.CNAME == "" {
		a.TTL = ttl
	}
}

// alias finds the CNAME of name in an answer.
func alias(name string, answer []dns.RR) (target string, ttl uint32, ok bool) {
	for _, rr := range answer {
		if c, is := rr.(*dns.CNAME); is && sameName(c.Hdr.Name, name) {
			return c.Target, ttlOf(rr), true
		}
	}
	return "", 0, false
}

func txtAt(name string, answer []dns.RR) (texts [][]string, ttl uint32) {
	for _, rr := range answer {
		if t, is := rr.(*dns.TXT); is && sameName(t.Hdr.Name, name) {
			texts, ttl = append(texts, t.Txt), ttlOf(rr)
		}
	}
	return texts, ttl
}

// ttlOf reads a TTL with its top bit set as zero (RFC 2181 §8).
func ttlOf(rr dns.RR) uint32 {
	if ttl := rr.Header().Ttl; ttl < 1<<31 {
		return ttl
	}
	return 0
}

// negativeTTL is how long a resolver remembers an absence (RFC 2308 §5).
func negativeTTL(authority []dns.RR) uint32 {
	for _, rr := range authority {
		if soa, ok := rr.(*dns.SOA); ok {
			return min(ttlOf(soa), soa.Minttl)
		}
	}
	return 0
}

func sameName(a, b string) bool {
	return strings.EqualFold(strings.TrimSuffix(a, "."), strings.TrimSuffix(b, "."))
}

func rcodeName(rcode int) string {
	if name, ok := dns.RcodeToString[rcode]; ok {
		return name
	}
	return "UNKNOWN"
}

func extendedErrors(m *dns.Msg) string {
	opt := m.IsEdns0()
	if opt == nil {
		return ""
	}
	var all []string
	for _, o := range opt.Option {
		if ede, ok := o.(*dns.EDNS0_EDE); ok && len(all) < 4 {
			all = append(all, edeText(ede))
		}
	}
	return strings.Join(all, "; ")
}

func edeText(ede *dns.EDNS0_EDE) string {
	text := dns.ExtendedErrorCodeToString[ede.InfoCode]
	if text == "" {
		text = "code " + strconv.Itoa(int(ede.InfoCode))
	}
	if ede.ExtraText != "" {
		text += ": " + domainname.Show(ede.ExtraText)
	}
	return text
}

// wire undoes the escapes of the zone-file form: \" and \\ and \DDD.
func wire(strs []string) tlsrpt.TXT {
	out := make(tlsrpt.TXT, len(strs))
	for i, s := range strs {
		out[i] = unescape(s)
	}
	return out
}

func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b = append(b, s[i])
			continue
		}
		if n, ok := decimal(s[i+1:]); ok {
			b = append(b, n)
			i += 3
			continue
		}
		b = append(b, s[i+1])
		i++
	}
	return string(b)
}

func decimal(s string) (byte, bool) {
	if len(s) < 3 {
		return 0, false
	}
	n := 0
	for _, c := range []byte(s[:3]) {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return byte(n), n < 256
}

// readable makes the text of a record fit for storage and JSON.
func readable(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\ufffd"), "\x00", "\ufffd")
}
