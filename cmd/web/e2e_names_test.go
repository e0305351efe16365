//go:build e2e

package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miekg/dns"
	"github.com/sealpost/sealpost/internal/nameserver"
)

// digProbe is one line of the compliance tests behind RFC 8906, and what dig
// must say of the answer: its status, its flags, its EDNS line (version, flags;
// empty for none) and whether the SOA is in it.
type digProbe struct{ name, args, status, flags, edns, soa string }

const probeZone = "tls.sealpost.test"

func digProbes() []digProbe {
	const plain, with, one = "+noedns +noad +norec ", "+edns=0 +noad +norec ", "+edns=1 +noednsneg +noad +norec "
	return []digProbe{
		{"dns", plain + "soa", "NOERROR", "qr aa", "", "soa"},
		{"aa", plain + "+aaflag soa", "NOERROR", "qr aa", "", "soa"},
		{"ad", "+noedns +norec +adflag soa", "NOERROR", "qr aa", "", "soa"},
		{"cd", plain + "+cdflag soa", "NOERROR", "qr aa", "", "soa"},
		{"rd", "+noedns +noad +rec soa", "NOERROR", "qr aa rd", "", "soa"},
		{"zflag", plain + "+zflag soa", "NOERROR", "qr aa", "", "soa"},
		{"opcode", plain + "+opcode=15 +header-only soa", "NOTIMP", "qr", "", ""},
		{"type666", plain + "type666", "NOERROR", "qr aa", "", "authority"},
		{"tcp", plain + "+tcp soa", "NOERROR", "qr aa", "", "soa"},
		{"edns", with + "+nocookie soa", "NOERROR", "qr aa", "0 ", "soa"},
		{"edns1", one + "+nocookie soa", "BADVERS", "qr", "0 ", ""},
		{"edns@512", with + "+nocookie +dnssec +bufsize=512 +ignore dnskey", "NOERROR", "qr aa", "0 do", "authority"},
		{"ednsopt", with + "+nocookie +ednsopt=100 soa", "NOERROR", "qr aa", "0 ", "soa"},
		{"edns1opt", one + "+nocookie +ednsopt=100 soa", "BADVERS", "qr", "0 ", ""},
		{"do", with + "+nocookie +dnssec soa", "NOERROR", "qr aa", "0 do", "soa"},
		{"docd", with + "+nocookie +cdflag +dnssec soa", "NOERROR", "qr aa", "0 do", "soa"},
		{"edns1do", one + "+nocookie +dnssec soa", "BADVERS", "qr", "0 do", ""},
		{"ednsflags", with + "+nocookie +ednsflags=0x80 soa", "NOERROR", "qr aa", "0 ", "soa"},
		{"optlist", with + "+nsid +subnet=0.0.0.0/0 +expire +cookie soa", "NOERROR", "qr aa", "0 ", "soa"},
		{"ednsnsid", with + "+nocookie +nsid soa", "NOERROR", "qr aa", "0 ", "soa"},
		{"ednscookie", with + "+cookie soa", "NOERROR", "qr aa", "0 ", "soa"},
		{"ednsexpire", with + "+nocookie +expire soa", "NOERROR", "qr aa", "0 ", "soa"},
		{"ednssubnet", with + "+nocookie +subnet=0.0.0.0/0 soa", "NOERROR", "qr aa", "0 ", "soa"},
		{"edns1nsid", one + "+nocookie +nsid soa", "BADVERS", "qr", "0 ", ""},
		{"edns1cookie", one + "+cookie soa", "BADVERS", "qr", "0 ", ""},
		{"edns1expire", one + "+nocookie +expire soa", "BADVERS", "qr", "0 ", ""},
		{"edns1subnet", one + "+nocookie +subnet=0.0.0.0/0 soa", "BADVERS", "qr", "0 ", ""},
		{"ednstcp", with + "+nocookie +bufsize=512 +dnssec +tcp dnskey", "NOERROR", "qr aa", "0 do", "authority"},
		{"bind11", with + "+cookie +dnssec soa", "NOERROR", "qr aa", "0 do", "soa"},
		{"dig11", "+edns=0 +cookie +ad +rec soa", "NOERROR", "qr aa rd", "0 ", "soa"},
	}
}

// probeTypes are asked for at the apex, which has but three of them.
const probeTypes = "A NS MD MF CNAME SOA MB MG MR NULL WKS PTR HINFO MINFO MX TXT RP AFSDB X25 ISDN RT NSAP NSAP-PTR SIG KEY PX GPOS AAAA LOC NXT " +
	"SRV NAPTR KX CERT A6 DNAME APL DS SSHFP IPSECKEY RRSIG NSEC DNSKEY DHCID NSEC3 NSEC3PARAM TLSA SMIMEA HIP CDS CDNSKEY OPENPGPKEY CSYNC SPF " +
	"NID L32 L64 LP EUI48 EUI64 URI CAA TYPE65533"

var (
	digStatus = regexp.MustCompile(`status: (\w+)`)
	digFlags  = regexp.MustCompile(`;; flags: ([a-z ]*);`)
	digEDNS   = regexp.MustCompile(`EDNS: version: (\d+), flags: ?([a-z ]*);`)
	digSOA    = regexp.MustCompile(`(?m)^tls\.sealpost\.test\.\s+\d+\s+IN\s+SOA\s`)
)

// TestE2EDig: every probe over UDP and TCP, IPv4 and IPv6.
func TestE2EDig(t *testing.T) {
	t.Parallel()
	dig := require(t, "/usr/bin/dig")
	w := newWorld(t)
	n := w.startNode(t, "DNS_ADDR=[::]:0", "DNS_RRL=0")
	_, port, err := net.SplitHostPort(n.dns.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range []string{"127.0.0.1", "::1"} {
		if c, err := net.ListenPacket("udp", net.JoinHostPort(host, "0")); err != nil {
			refuse(t, "no address "+host+" here")
		} else {
			c.Close()
		}
		for _, transport := range []string{"+notcp", "+tcp"} {
			at := host + " " + transport
			ask := func(args string) string {
				return runTool(t, exec.Command(dig, append([]string{"@" + host, "-p", port, transport, "+tries=2", "+time=20", "-q", probeZone}, strings.Fields(args)...)...))
			}
			for _, p := range digProbes() {
				if fault := p.fault(ask(p.args)); fault != "" {
					t.Errorf("%s at %s: %s", p.name, at, fault)
				}
			}
			checkTypes(t, at, ask)
			checkRaw(t, host, port, transport == "+tcp")
			if out := ask("+cookie soa"); !strings.Contains(out, "(good)") {
				t.Errorf("%s: dig does not find the cookie good\n%s", at, out)
			}
		}
	}
}

func (p digProbe) fault(out string) string {
	match := func(r *regexp.Regexp) string {
		if m := r.FindStringSubmatch(out); m != nil {
			return strings.TrimSpace(strings.Join(m[1:], " "))
		}
		return ""
	}
	soa := ""
	if digSOA.MatchString(out) {
		soa = "soa"
		if strings.Contains(out, "AUTHORITY SECTION") {
			soa = "authority"
		}
	}
	got := digProbe{p.name, p.args, match(digStatus), match(digFlags), match(digEDNS), soa}
	p.edns = strings.TrimSpace(p.edns)
	if got != p || strings.Contains(out, "WARNING: ") && !strings.Contains(out, "recursion requested but not available") || strings.Contains(out, "MBZ") || strings.Contains(out, "OPT=100") || strings.Contains(out, "NSID") {
		return fmt.Sprintf("got %+v\n%s", got, out)
	}
	return ""
}

// checkTypes asks for all types in one go.
func checkTypes(t *testing.T, at string, ask func(string) string) {
	t.Helper()
	types := strings.Fields(probeTypes)
	var args []string
	for _, typ := range types[1:] {
		args = append(args, "-q "+probeZone+" -t "+typ)
	}
	out := ask("-t " + types[0] + " +noad +norec " + strings.Join(args, " "))
	if n := strings.Count(out, "status: NOERROR"); n != len(types) {
		t.Errorf("%s: %d of %d types are NOERROR", at, n, len(types))
	}
}

// checkRaw sends the three probes that dig cannot: flags that a query never has.
func checkRaw(t *testing.T, host, port string, tcp bool) {
	t.Helper()
	question := append(dnsName(probeZone), 0, 6, 0, 1)
	for _, p := range []struct {
		name  string
		flags uint16
		body  []byte
		want  uint16
	}{{"ra", 0x80, question, 0x8400}, {"tc", 0x200, question, 0x8400}, {"opcodeflg", 15<<11 | 0x7F0, nil, 15<<11 | 0x8004}} {
		msg := []byte{0xAB, 0xCD, byte(p.flags >> 8), byte(p.flags), 0, byte(min(len(p.body), 1)), 0, 0, 0, 0, 0, 0}
		if got := rawFlags(t, host, port, tcp, append(msg, p.body...)); got != p.want {
			t.Errorf("%s at %s, tcp %v: flags %#x, want %#x", p.name, host, tcp, got, p.want)
		}
	}
}

func dnsName(name string) []byte {
	packed := make([]byte, 255)
	n, _ := dns.PackDomainName(dns.Fqdn(name), packed, 0, nil, false)
	return packed[:n]
}

func rawFlags(t *testing.T, host, port string, tcp bool, msg []byte) uint16 {
	t.Helper()
	network := "udp"
	if tcp {
		network = "tcp"
		msg = append(binary.BigEndian.AppendUint16(nil, uint16(len(msg))), msg...)
	}
	conn, err := net.Dial(network, net.JoinHostPort(host, port))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(hang))
	reply := make([]byte, 512)
	if _, err = conn.Write(msg); err == nil && tcp {
		_, err = io.ReadFull(conn, reply[:2])
	}
	if err == nil {
		_, err = io.ReadAtLeast(conn, reply, 12)
	}
	if err != nil {
		t.Fatal(err)
	}
	return binary.BigEndian.Uint16(reply[2:])
}

// TestE2EUnboundAtSize: ten thousand customers' names through a resolver that
// is as strict as they come: minimised, in random case, hardened. No SERVFAIL,
// and what is missing is missing.
func TestE2EUnboundAtSize(t *testing.T) {
	t.Parallel()
	program := require(t, "/usr/sbin/unbound")
	const names = 10_000
	server := serveNames(t, names)
	resolver := "127.0.0.1:" + unusedPort(t)
	startUnbound(t, program, resolver, map[string]string{probeZone: server})
	var next, wrong atomic.Int64
	var askers sync.WaitGroup
	for range 8 {
		askers.Go(func() {
			for i := next.Add(1) - 1; i < names; i = next.Add(1) - 1 {
				if fault := askResolver(resolver, int(i)); fault != "" && wrong.Add(1) < 10 {
					t.Error(fault)
				}
			}
		})
	}
	askers.Wait()
	if n := wrong.Load(); n > 0 {
		t.Errorf("%d of %d names went wrong", n, names)
	}
}

// askResolver asks for a name, and for every tenth also for an empty
// non-terminal above it and for a name that is not there.
func askResolver(resolver string, i int) string {
	client := &dns.Client{Timeout: hang}
	owner, text := sizedName(i)
	asks := []struct {
		name  string
		rcode int
		text  string
	}{{owner, dns.RcodeSuccess, text}}
	if i%10 == 0 {
		_, parent, _ := strings.Cut(owner, ".")
		asks = append(asks, asks[0], asks[0])
		asks[1].name, asks[1].text = parent, ""
		asks[2].name, asks[2].rcode, asks[2].text = "missing."+owner, dns.RcodeNameError, ""
	}
	for _, a := range asks {
		q := new(dns.Msg)
		q.SetQuestion(a.name+".", dns.TypeTXT)
		m, _, err := client.Exchange(q, resolver)
		if err != nil {
			return err.Error()
		}
		if m.Rcode != a.rcode || recordOf(m) != a.text {
			return fmt.Sprintf("%s: %s %q", a.name, dns.RcodeToString[m.Rcode], recordOf(m))
		}
	}
	return ""
}

func sizedName(i int) (owner, text string) {
	token := fmt.Sprintf("%012x", uint64(i)*0x9E3779B97F4A7C15>>16)
	return fmt.Sprintf("customer%d.example._smtp._tls.%s.%s", i, token, probeZone), "v=TLSRPTv1; rua=mailto:" + token + "@rpt." + probeZone
}

// serveNames serves a zone with many names until the test ends.
func serveNames(t *testing.T, names int) (addr string) {
	t.Helper()
	zone, err := nameserver.NewZone(nameserver.Config{Origin: probeZone, NS: []nameserver.Host{{Name: "ns1." + probeZone}}}, 1, func(yield func(nameserver.Entry) bool) {
		for i := range names {
			owner, text := sizedName(i)
			if !yield(nameserver.Entry{Owner: owner, TXT: text}) {
				return
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	s, err := nameserver.Listen(context.Background(), "127.0.0.1:0", nameserver.Options{Log: slog.New(slog.NewTextHandler(t.Output(), nil))})
	if err != nil {
		t.Fatal(err)
	}
	s.SetZone(zone)
	served := begin(s.Serve)
	t.Cleanup(served.stop)
	return s.Addr().String()
}
