//go:build e2e

package dnscheck_test

import (
	"crypto"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"
	"github.com/sealpost/sealpost/internal/dnscheck"
	"github.com/sealpost/sealpost/internal/testkit"
)

// real is two scripted authoritative servers, our own, and one real Unbound
// that validates.
type real struct {
	t        *testing.T
	c        *dnscheck.Checker
	auth     []*testkit.DNS
	own      *testkit.DNS
	resolver string
	zones    map[string]signedZone // those that the resolver has a trust anchor for
}

type signedZone struct {
	key    *dns.DNSKEY
	signer crypto.Signer
}

// realState is a state as DNS shows it. In lines and targets $D is the domain,
// $O its owner name, $T the target that it was given.
type realState struct {
	id, told, verdict string
	public            bool // as a visitor sees it
	seen              bool // delegated before
	lines             []string
	spoil             func(r *real, domain string)
}

const (
	takesMail = "$D. 300 MX 10 mx.plain.test."
	alias     = "$O. 300 CNAME $T."
)

func ours(id, told, verdict string, lines ...string) realState {
	return realState{id: id, told: told, verdict: verdict, lines: append(lines, takesMail)}
}

func anybodys(id, told, verdict string, lines ...string) realState {
	s := ours(id, told, verdict, lines...)
	s.public = true
	return s
}

func bare(id, told, verdict string, lines ...string) realState {
	return realState{id: id, told: told, verdict: verdict, public: true, lines: lines}
}

func (s realState) but(spoil func(r *real, domain string)) realState {
	s.spoil = spoil
	return s
}

func text(rdata string) string { return "$O. 300 TXT " + rdata }

// realStates are the states that DNS can show: all but D23, which needs a name
// that is refused, and R29, which is about reports.
func realStates() []realState {
	const rua = "rua=mailto:a@plain.test"
	own := func(record string) string { return text(strconv.Quote(record)) }
	record := func(id, verdict, rdata string) realState { return anybodys(id, id, verdict, text(`"`+rdata+`"`)) }
	return []realState{
		bare("A1", "A1", "fail"),
		bare("A2", "A2", "not applicable", "$D. 300 MX 0 ."),
		ours("A3", "A3 D1", "warn", alias, "$D. 300 MX 0 ."),
		bare("A4", "A4", "not applicable", `$D. 300 TXT "x"`),
		{id: "A5", told: "A5 D1", verdict: "not applicable", lines: []string{"$D. 300 A 192.0.2.1", alias}},
		{id: "A6", told: "A2 A6", verdict: "not applicable", lines: []string{"$D. 300 MX 0 .", alias}},

		ours("N1", "N1 D1", "fail").but(func(r *real, d string) { r.sign(d, -72*time.Hour) }),
		ours("N2", "N2", "pending", `x._tls.$D. 300 TXT "x"`).but(func(r *real, d string) { r.fail(r.auth, d) }),
		ours("N3", "N3 D1", "warn", alias).but(func(r *real, d string) {
			r.auth[1].Set(ownerOf(d), dns.TypeTXT, testkit.Answer{Rcode: dns.RcodeRefused, NoAA: true})
		}),
		ours("N4", "N4 D1", "pending", alias).but(func(r *real, d string) { r.clear(r.auth[1:], d) }),
		ours("N5", "N5 D1", "pending", `$O. 3600 TXT "v=TLSRPTv1; rua=mailto:a@plain.test"`).but((*real).replace),
		{id: "N6", told: "N6 D1", verdict: "warn", seen: true, lines: []string{takesMail, alias}, spoil: func(r *real, d string) {
			r.prime(d)
			r.clear(r.auth, d)
		}},
		ours("N7", "N5 N7 D1", "pending", alias).but(func(r *real, d string) {
			for _, a := range r.auth {
				for _, qtype := range []uint16{dns.TypeA, dns.TypeTXT} {
					a.Set("_tls."+d, qtype, testkit.Answer{Rcode: dns.RcodeNameError, Ns: []string{d + ". 300 SOA ns1.plain.test. h.plain.test. 1 2 3 4 300"}})
				}
			}
		}),
		ours("N8", "N5 N8 D1", "pending", `$O. 172800 TXT "v=TLSRPTv1; rua=mailto:a@plain.test"`).but((*real).replace),
		ours("N9", "N9 D1", "warn", alias).but(func(r *real, d string) {
			r.auth[1].Set(ownerOf(d), dns.TypeTXT, testkit.Answer{Truncate: true, NoTCP: true})
		}),
		ours("N10", "N10 D1", "pass").but(func(r *real, d string) { r.sign(d, 24*time.Hour) }),
		ours("N11", "N11 D1", "pass", alias, "$D. 300 NS ns3.plain.test."),

		ours("D1", "D1", "pass", alias),
		ours("D2", "D2", "pass").but(func(r *real, d string) { r.add(d, own(ourText)) }),
		ours("D3", "D3", "warn", "$O. 300 CNAME hop.$D.", "hop.$D. 300 CNAME $T."),
		ours("D4", "D4", "fail", "$O. 300 CNAME a.$D.", "a.$D. 300 CNAME b.$D.", "b.$D. 300 CNAME a.$D."),
		ours("D5", "D5", "fail"),
		ours("D6", "D6", "fail", "$O. 300 CNAME $T.$D."),
		ours("D7", "D7", "fail", "$O.$D. 300 CNAME $T."),
		ours("D8", "D8", "fail", "_tls._smtp.$D. 300 CNAME $T."),
		anybodys("D9", "D9", "fail", `$D. 300 TXT "v=TLSRPTv1; rua=mailto:a@plain.test"`),
		ours("D10", "D10", "fail", "$O. 300 CNAME "+zone.Target("example.org", token)+"."),
		ours("D11", "D11", "warn", "$O. 300 CNAME x.plain.test."),
		anybodys("D12", "D12", "fail", "$O. 300 CNAME gone.plain.test."),
		ours("D13", "D13", "fail").but(func(r *real, d string) {
			for _, a := range r.auth {
				a.Set(ownerOf(d), dns.TypeTXT, testkit.Answer{RR: []string{txt(ownerOf(d), "v=TLSRPTv1; rua=mailto:a@plain.test")}})
				a.Set(ownerOf(d), dns.TypeCNAME, testkit.Answer{RR: []string{cname(ownerOf(d), zone.Target(d, token))}})
			}
		}),
		ours("D14", "D14", "fail", text(`"$T"`)),
		ours("D15", "D15", "fail", "$O. 300 A 192.0.2.1"),
		ours("D16", "D16", "fail", "*.$D. 300 CNAME $T."),
		ours("D17", "D17", "fail").but(func(r *real, d string) {
			r.auth[0].Set(ownerOf(d), dns.TypeTXT, testkit.Answer{NoAA: true, Ns: []string{"_tls." + d + ". 60 NS ns2.plain.test."}})
		}),
		ours("D18", "D18", "fail").but(func(r *real, d string) { r.add(d, "$O. 300 CNAME "+zone.Target(d, "aaaaaaaaaaaa")+".") }),
		ours("D19", "D19", "pending", alias).but(func(r *real, d string) { r.own.Clear(zone.Target(d, token), dns.TypeTXT) }),
		ours("D20", "D20", "warn").but(func(r *real, d string) { r.add(d, own(ourText+",mailto:b@plain.test")) }),
		ours("D21", "D21", "warn", text(`"v=TLSRPTv1; rua=mailto:a@plain.test"`)),
		ours("D22", "D22", "pass").but(func(r *real, d string) {
			r.add(d, "$O. 300 CNAME "+strings.Replace(zone.Target(d, token), "sealpost", "SealPost", 1)+".")
		}),

		anybodys("R1", "R1", "fail", text(`"v=TLSRPTv1; `+rua+`"`), text(`"v=TLSRPTv1; rua=mailto:b@plain.test"`)),
		anybodys("R2", "R2", "pass", text(`"v=TLSRPTv1; `+rua+`"`), text(`"v=spf1 -all"`)),
		record("R3", "fail", "v=spf1 -all"),
		record("R4", "fail", "v=tlsrptv1; "+rua),
		record("R5", "fail", "v=TLSRPTv2; "+rua),
		record("R6", "fail", `\"v=TLSRPTv1; `+rua+`\"`),
		record("R7", "fail", `v=TLSRPTv1\\; `+rua),
		record("R8", "warn", "v=TLSRPTv1;"),
		record("R9", "fail", "v=TLSRPTv1; rua="),
		record("R10", "fail", "v=TLSRPTv1; rua=a@plain.test"),
		record("R11", "fail", "v=TLSRPTv1; rua=http://plain.test/r"),
		record("R12", "fail", "v=TLSRPTv1; "+rua+",rua=mailto:b@plain.test"),
		record("R13", "warn", "v=TLSRPTv1; "+rua+"; rua=mailto:b@plain.test"),
		record("R14", "fail", "v=TLSRPTv1; "+rua+"; mailto:b@plain.test"),
		record("R15", "fail", "v=TLSRPTv1; "+rua+"!10m"),
		record("R16", "fail", "v=TLSRPTv1; rua=mailto:a@plain.test."),
		record("R17", "fail", "v=TLSRPTv1; rua=mailto:a@nowhere.plain.test"),
		record("R18", "fail", "v=TLSRPTv1; rua=https://nowhere.plain.test/r"),
		ours("R19", "D20 R19", "warn", text(`"v=TLSRPTv1; `+rua+","+zone.RUA(token)+`"`)),
		record("R20", "warn", "v=TLSRPTv1; "+rua+",mailto:a@plain.test"),
		record("R21", "warn", "v=TLSRPTv1 ; "+rua),
		record("R22", "fail", "v=TLSRPTv1 "+rua),
		record("R23", "pass", "v=TLSRPTv1; "+rua+"; ext=1"),
		record("R24", "fail", "v=TLSRPTv1; "+rua+"; nonsense"),
		anybodys("R25", "R25", "pass", text(`"v=TLSRPTv1; " "`+rua+`"`)),
		anybodys("R26", "R26", "fail", text(`"v=TLSRPTv1" "`+rua+`"`)),
		anybodys("R27", "R27", "warn", `$O. 60 TXT "v=TLSRPTv1; `+rua+`"`),
		ours("R28", "D1 R28", "pass", alias).but(func(r *real, d string) {
			for _, a := range r.auth {
				a.Clear("_mta-sts."+d, dns.TypeTXT)
			}
		}),
	}
}

// Every state has its case, but those that DNS cannot show.
func TestE2EStatesAreComplete(t *testing.T) {
	t.Parallel()
	shown := map[string]bool{
		"D23": true, // the name is refused before anybody asks
		"R29": true, // is about reports
	}
	for _, s := range realStates() {
		shown[s.id] = true
	}
	for _, id := range stateIDs() {
		if !shown[id] {
			t.Errorf("%s is not shown by a real resolver", id)
		}
	}
}

func ownerOf(domain string) string { return "_smtp._tls." + domain }

// TestE2EStates: every state that DNS can show is seen through a real, strict
// and validating resolver.
func TestE2EStates(t *testing.T) {
	t.Parallel()
	r := newReal(t)
	states := realStates()
	r.startUnbound(states)
	for _, s := range states {
		t.Run(s.id, func(t *testing.T) {
			t.Parallel()
			d := strings.ToLower(s.id) + ".test"
			if s.spoil != nil {
				s.spoil(r, d)
			}
			e := dnscheck.Expect{Token: token, Seen: s.seen}
			if s.public {
				e = dnscheck.Expect{}
			}
			o := r.c.Check(t.Context(), d, e)
			got := dnscheck.Judge(zone, o, e, grown)
			if ids := idsOf(got); ids != s.told || string(got.Verdict) != s.verdict {
				t.Errorf("got %s with %q, want %s with %q\n%s", got.Verdict, ids, s.verdict, s.told, show(o, got))
			}
			if s.id == "N1" {
				checkBogus(t, o)
			}
		})
	}
}

// checkBogus: the resolver said why.
func checkBogus(t *testing.T, o dnscheck.Observation) {
	t.Helper()
	for _, a := range o.Servers {
		if a.Kind == dnscheck.Resolver && (!a.Bogus || a.EDE == "" || a.Rcode != "SERVFAIL") {
			t.Errorf("the resolver's answer is %+v", a)
		}
	}
}

func newReal(t *testing.T) *real {
	r := &real{t: t, auth: samePort(t, "127.0.0.2", "127.0.0.3"), own: testkit.NewDNS(t), resolver: "127.0.0.1:" + unusedPort(t)}
	_, port, err := net.SplitHostPort(r.auth[0].Addr)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		t.Fatal(err)
	}
	r.c = &dnscheck.Checker{
		Zone: zone, Own: r.own.Addr, Resolvers: []string{r.resolver}, AuthPort: uint16(n), Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
		Now: func() time.Time { return start }, PerSecond: 10000, InFlight: 100, Timeout: 20 * time.Second, Total: time.Minute,
	}
	r.zones = map[string]signedZone{}
	for _, d := range []string{"n1.test", "n10.test"} {
		key, signer := keyOf(t, d)
		r.zones[d] = signedZone{key, signer}
	}
	r.own.Zone(zone.Name)
	for _, a := range r.auth {
		a.Zone("test", "plain.test")
		a.Add(t, "ns1.plain.test. 300 A 127.0.0.2", "ns2.plain.test. 300 A 127.0.0.3", "ns3.plain.test. 300 A 10.1.2.3",
			"plain.test. 300 MX 10 mx.plain.test.", `x.plain.test. 300 TXT "v=TLSRPTv1; rua=mailto:a@plain.test"`)
	}
	for _, s := range realStates() {
		d := strings.ToLower(s.id) + ".test"
		r.own.Add(t, txt(zone.Target(d, token), ourText))
		if len(s.lines) > 0 {
			for _, a := range r.auth {
				a.Zone(d)
			}
			r.add(d, "$D. 300 NS ns1.plain.test.", "$D. 300 NS ns2.plain.test.", `_mta-sts.$D. 300 TXT "v=STSv1; id=1"`)
			r.add(d, s.lines...)
		}
	}
	return r
}

// add puts lines at both servers.
func (r *real) add(d string, lines ...string) {
	fill := strings.NewReplacer("$O", ownerOf(d), "$D", d, "$T", zone.Target(d, token))
	for _, line := range lines {
		for _, a := range r.auth {
			a.Add(r.t, fill.Replace(line))
		}
	}
}

func (r *real) clear(servers []*testkit.DNS, d string) {
	for _, a := range servers {
		for _, qtype := range []uint16{dns.TypeTXT, dns.TypeCNAME, dns.TypeA, dns.TypeAAAA} {
			a.Clear(ownerOf(d), qtype)
		}
	}
}

func (r *real) fail(servers []*testkit.DNS, d string) {
	for _, a := range servers {
		for _, qtype := range []uint16{dns.TypeTXT, dns.TypeCNAME, dns.TypeA} {
			a.Set(ownerOf(d), qtype, testkit.Answer{Rcode: dns.RcodeServerFailure})
		}
	}
}

// replace publishes the delegation while the resolver remembers what was there.
func (r *real) replace(d string) {
	r.prime(d)
	r.clear(r.auth, d)
	r.add(d, alias)
}

// prime makes the resolver learn what the servers say now.
func (r *real) prime(d string) {
	m := new(dns.Msg)
	m.SetQuestion(ownerOf(d)+".", dns.TypeTXT)
	c := dns.Client{Timeout: 30 * time.Second}
	if _, _, err := c.Exchange(m, r.resolver); err != nil {
		r.t.Errorf("priming the resolver: %v", err)
	}
}

// keyOf makes the key of a signed zone; the resolver trusts it.
func keyOf(t *testing.T, d string) (*dns.DNSKEY, crypto.Signer) {
	t.Helper()
	key := &dns.DNSKEY{
		Hdr:   dns.RR_Header{Name: d + ".", Rrtype: dns.TypeDNSKEY, Class: dns.ClassINET, Ttl: 300},
		Flags: 257, Protocol: 3, Algorithm: dns.ECDSAP256SHA256,
	}
	private, err := key.Generate(256)
	if err != nil {
		t.Fatal(err)
	}
	signer, ok := private.(crypto.Signer)
	if !ok {
		t.Fatal("the key cannot sign")
	}
	return key, signer
}

// signed answers for one name and type with its signature, which ends at a time
// from now.
func signed(t *testing.T, key *dns.DNSKEY, signer crypto.Signer, life time.Duration, lines ...string) testkit.Answer {
	t.Helper()
	var set []dns.RR
	for _, line := range lines {
		rr, err := dns.NewRR(line)
		if err != nil {
			t.Fatal(err)
		}
		set = append(set, rr)
	}
	now := time.Now()
	sig := &dns.RRSIG{
		Hdr:       dns.RR_Header{Ttl: 300},
		Inception: uint32(now.Add(-60 * 24 * time.Hour).Unix()), Expiration: uint32(now.Add(life).Unix()),
		KeyTag: key.KeyTag(), SignerName: key.Hdr.Name, Algorithm: key.Algorithm,
	}
	if err := sig.Sign(signer, set); err != nil {
		t.Fatal(err)
	}
	return testkit.Answer{RR: append(lines, sig.String())}
}

// sign fills a signed zone in, whose delegation's signature ends at a time from
// now. What the check asks of the zone is signed; absences are not, which a
// resolver finds bogus as well.
func (r *real) sign(d string, life time.Duration) {
	key, signer := r.zones[d].key, r.zones[d].signer
	long := 24 * time.Hour
	sets := []struct {
		name  string
		qtype uint16
		life  time.Duration
		lines []string
	}{
		{d, dns.TypeDNSKEY, long, []string{key.String()}},
		{d, dns.TypeMX, long, []string{d + ". 300 MX 10 mx.plain.test."}},
		{d, dns.TypeNS, long, []string{d + ". 300 NS ns1.plain.test.", d + ". 300 NS ns2.plain.test."}},
		{"_mta-sts." + d, dns.TypeTXT, long, []string{txt("_mta-sts."+d, "v=STSv1; id=1")}},
		{ownerOf(d), dns.TypeCNAME, life, []string{cname(ownerOf(d), zone.Target(d, token))}},
	}
	for _, s := range sets {
		a := signed(r.t, key, signer, s.life, s.lines...)
		for _, server := range r.auth {
			server.Set(s.name, s.qtype, a)
			if s.qtype == dns.TypeCNAME {
				server.Set(s.name, dns.TypeTXT, a)
			}
		}
	}
}

const unboundConfig = `server:
	username: ""
	chroot: ""
	pidfile: ""
	directory: "%[1]s"
	use-syslog: no
	interface: %[2]s@%[3]s
	outgoing-interface: 127.0.0.1
	do-ip6: no
	do-not-query-localhost: no
	module-config: "validator iterator"
	ede: yes
	trust-anchor-signaling: no
	use-caps-for-id: yes
	qname-minimisation: yes
	qname-minimisation-strict: yes
	cache-max-ttl: 604800
	local-zone: "." refuse
remote-control:
	control-enable: no
`

// startUnbound starts a resolver that asks for each zone at its servers alone.
func (r *real) startUnbound(states []realState) {
	t := r.t
	t.Helper()
	const program = "/usr/sbin/unbound"
	if _, err := os.Stat(program); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip("no Unbound here")
	}
	dir := t.TempDir()
	host, port, _ := strings.Cut(r.resolver, ":")
	config := fmt.Sprintf(unboundConfig, dir, host, port)
	for _, z := range r.zones {
		config += fmt.Sprintf("server:\n\ttrust-anchor: %q\n", strings.ReplaceAll(z.key.String(), "\t", " "))
	}
	stub := func(zone string, servers ...*testkit.DNS) {
		config += fmt.Sprintf("server:\n\tlocal-zone: %q transparent\nstub-zone:\n\tname: %q\n", zone, zone)
		for _, s := range servers {
			config += "\tstub-addr: " + strings.Replace(s.Addr, ":", "@", 1) + "\n"
		}
	}
	stub("test", r.auth...)
	stub("plain.test", r.auth...)
	stub(zone.Name, r.own)
	for _, s := range states {
		stub(strings.ToLower(s.id)+".test", r.auth...)
	}
	file := filepath.Join(dir, "unbound.conf")
	if err := os.WriteFile(file, []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	unbound := exec.Command(program, "-d", "-c", file)
	unbound.Stdout, unbound.Stderr = log, log
	if err := unbound.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = unbound.Process.Kill()
		_ = unbound.Wait()
		if said, err := os.ReadFile(log.Name()); err == nil && t.Failed() {
			t.Logf("Unbound said:\n%s", said)
		}
	})
	r.await()
}

// await asks the resolver until it answers.
func (r *real) await() {
	r.t.Helper()
	m := new(dns.Msg)
	m.SetQuestion("plain.test.", dns.TypeMX)
	c := dns.Client{Timeout: time.Second}
	for deadline := time.Now().Add(time.Minute); ; {
		if _, _, err := c.Exchange(m, r.resolver); err == nil {
			return
		} else if time.Now().After(deadline) {
			r.t.Fatalf("Unbound does not answer: %v", err)
		}
		<-time.After(50 * time.Millisecond)
	}
}
