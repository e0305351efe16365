package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/miekg/dns"
	"github.com/sealpost/sealpost/internal/hosted"
)

const token = "k7m2q9x4w1ab"

func names() hosted.Zone {
	return hosted.Zone{Name: "tls.sealpost.test", ReportDomain: "rpt.tls.sealpost.test"}
}

// serveScript answers for every domain below test as if it were delegated to
// us, and never for those that are called silent, on one port of three
// addresses. It prints the first of them.
func serveScript() error {
	first, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	_, port, err := net.SplitHostPort(first.LocalAddr().String())
	if err != nil {
		return err
	}
	all := []net.PacketConn{first}
	for _, host := range hosts()[1:] {
		more, err := net.ListenPacket("udp", net.JoinHostPort(host, port))
		if err != nil {
			return err
		}
		all = append(all, more)
	}
	fmt.Println(first.LocalAddr())
	ended := make(chan error)
	for _, conn := range all {
		go func() { ended <- answerAll(conn) }()
	}
	return <-ended
}

// hosts are the addresses of the scripted servers.
func hosts() []string { return []string{"127.0.0.1", "127.0.0.2", "127.0.0.3"} }

// quick answers a question for the TXT of an owner name by its CNAME.
func quick(q, reply []byte) ([]byte, bool) {
	const prefix = "\x05_smtp\x04_tls"
	if len(q) < 12+len(prefix) || !bytes.EqualFold(q[12:12+len(prefix)], []byte(prefix)) {
		return nil, false
	}
	end := 12
	for end < len(q) && q[end] != 0 {
		end += int(q[end]) + 1
	}
	if end+5 > len(q) || binary.BigEndian.Uint16(q[end+1:]) != dns.TypeTXT {
		return nil, false
	}
	domain := q[12+len(prefix) : end]
	if bytes.Contains(bytes.ToLower(domain), []byte("silent")) {
		return nil, true
	}
	var target [255]byte
	size, err := dns.PackDomainName(names().Name+".", target[:], 0, nil, false)
	if err != nil {
		return nil, false
	}
	reply = append(reply, q[0], q[1], 0x84|q[2]&1, 0, 0, 1, 0, 1, 0, 0, 0, 0)
	reply = append(reply, q[12:end+5]...)
	length := len(domain) + len(prefix) + 1 + len(token) + size
	reply = append(reply, 0xc0, 12, 0, byte(dns.TypeCNAME), 0, 1, 0, 0, 1, 44, byte(length>>8), byte(length))
	reply = append(append(reply, bytes.ToLower(domain)...), prefix...)
	reply = append(append(reply, byte(len(token))), token...)
	return append(reply, target[:size]...), true
}

func slow(question []byte) []byte {
	q := new(dns.Msg)
	if q.Unpack(question) != nil || len(q.Question) != 1 {
		return nil
	}
	m := script(q)
	if m == nil {
		return nil
	}
	wire, err := m.Pack()
	if err != nil {
		return nil
	}
	return wire
}

// script answers a question; nil is silence.
func script(q *dns.Msg) *dns.Msg {
	name := strings.ToLower(q.Question[0].Name)
	if strings.Contains(name, "silent") {
		return nil
	}
	m := new(dns.Msg)
	m.SetReply(q)
	m.Authoritative = true
	owner := q.Question[0].Name
	line := scripted(name, q.Question[0].Qtype)
	if line == "" {
		m.Ns = []dns.RR{&dns.SOA{Hdr: dns.RR_Header{Name: "zone.test.", Rrtype: dns.TypeSOA, Class: dns.ClassINET, Ttl: 300}, Ns: "ns.test.", Mbox: "h.test.", Minttl: 300}}
		if strings.HasPrefix(name, "_") && !strings.HasPrefix(name, "_tls.") {
			m.Rcode = dns.RcodeNameError
		}
	} else if rr, err := dns.NewRR(owner + " 300 " + line); err == nil {
		m.Answer = []dns.RR{rr}
	}
	return m
}

func scripted(name string, qtype uint16) string {
	domain, delegated := strings.CutPrefix(name, "_smtp._tls.")
	switch {
	case delegated && (qtype == dns.TypeTXT || qtype == dns.TypeCNAME):
		return "CNAME " + names().Target(strings.TrimSuffix(domain, "."), token) + "."
	case strings.HasSuffix(name, "."+names().Name+".") && qtype == dns.TypeTXT:
		return `TXT "` + names().Record(token) + `"`
	case strings.HasPrefix(name, "_mta-sts.") && qtype == dns.TypeTXT:
		return `TXT "v=STSv1; id=1"`
	case strings.HasPrefix(name, "_"):
		return ""
	case qtype == dns.TypeMX:
		return "MX 10 mx.test."
	case name == "zone.test." && qtype == dns.TypeNS:
		return "NS ns.host.test."
	case qtype == dns.TypeA:
		return "A 127.0.0.1"
	}
	return ""
}

// stage is the servers that the measurements talk to.
type stage struct {
	server  string // the scripted one
	unbound string // "" where it is not installed
	ends    []func()
}

func (s *stage) stop() {
	for _, end := range s.ends {
		end()
	}
}

func startStage() (*stage, error) {
	s := &stage{}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	child := exec.Command(self, "-serve")
	out, err := child.StdoutPipe()
	if err != nil {
		return nil, err
	}
	child.Stderr = os.Stderr
	if err := s.start(child); err != nil {
		return nil, err
	}
	if _, err := fmt.Fscanln(out, &s.server); err != nil {
		s.stop()
		return nil, err
	}
	if err := s.startUnbound(); err != nil {
		s.stop()
		return nil, err
	}
	return s, nil
}

func (s *stage) start(c *exec.Cmd) error {
	if err := c.Start(); err != nil {
		return err
	}
	s.ends = append(s.ends, func() { _ = c.Process.Kill(); _ = c.Wait() })
	return nil
}

const unboundConfig = `server:
	username: ""
	chroot: ""
	pidfile: ""
	directory: "%[1]s"
	use-syslog: no
	interface: %[2]s
	do-ip6: no
	do-not-query-localhost: no
	module-config: "iterator"
	so-rcvbuf: 4m
	local-zone: "test" transparent
	access-control: 127.0.0.0/8 allow_snoop
stub-zone:
	name: "test"
	stub-addr: %[3]s
stub-zone:
	name: "zone.test"
	stub-addr: %[3]s
remote-control:
	control-enable: no
`

func (s *stage) startUnbound() error {
	const program = "/usr/sbin/unbound"
	if _, err := os.Stat(program); err != nil {
		fmt.Println("Unbound is not installed: it is left out")
		return nil
	}
	dir, err := os.MkdirTemp("", "checks")
	if err != nil {
		return err
	}
	s.ends = append(s.ends, func() { _ = os.RemoveAll(dir) })
	free, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	addr := free.LocalAddr().String()
	free.Close()
	at := func(addr string) string { return strings.Replace(addr, ":", "@", 1) }
	file := filepath.Join(dir, "unbound.conf")
	if err := os.WriteFile(file, fmt.Appendf(nil, unboundConfig, dir, at(addr), at(s.server)), 0o600); err != nil {
		return err
	}
	if err := s.start(exec.Command(program, "-d", "-c", file)); err != nil {
		return err
	}
	m := new(dns.Msg)
	m.SetQuestion("_smtp._tls.d1.zone.test.", dns.TypeTXT) // which it remembers
	c := dns.Client{Timeout: time.Second}
	for range 100 {
		if _, _, err := c.Exchange(m, addr); err == nil {
			s.unbound = addr
			return nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	return fmt.Errorf("no answer from Unbound at %s", addr)
}
