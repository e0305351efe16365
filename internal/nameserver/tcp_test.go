package nameserver

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// client is one socket of a test.
type client struct {
	t    testing.TB
	conn net.Conn
	buf  []byte
}

func dial(t testing.TB, network string, addr netip.AddrPort) *client {
	t.Helper()
	conn, err := net.Dial(network, addr.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &client{t, conn, make([]byte, dns.MaxMsgSize)}
}

func (c *client) tcp() bool { return c.conn.RemoteAddr().Network() == "tcp" }

func (c *client) send(m *dns.Msg) {
	c.t.Helper()
	packed, err := m.Pack()
	if err != nil {
		c.t.Fatal(err)
	}
	c.write(framed(packed, c.tcp()))
}

func (c *client) write(p []byte) {
	c.t.Helper()
	c.conn.SetWriteDeadline(time.Now().Add(hang))
	if _, err := c.conn.Write(p); err != nil {
		c.t.Fatal(err)
	}
}

func framed(packed []byte, tcp bool) []byte {
	if !tcp {
		return packed
	}
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(packed))), packed...)
}

func (c *client) receive() *dns.Msg {
	c.t.Helper()
	buf, n, err := c.buf, 0, error(nil)
	c.conn.SetReadDeadline(time.Now().Add(hang))
	if c.tcp() {
		if _, err = io.ReadFull(c.conn, buf[:2]); err == nil {
			n, err = io.ReadFull(c.conn, buf[:binary.BigEndian.Uint16(buf)])
		}
	} else {
		n, err = c.conn.Read(buf)
	}
	if err != nil {
		c.t.Fatal(err)
	}
	return unpack(c.t, buf[:n])
}

// ended waits for the server to close the connection and gives how much it still sent.
func (c *client) ended() int {
	c.t.Helper()
	c.conn.SetReadDeadline(time.Now().Add(hang))
	n, err := io.Copy(io.Discard, c.conn)
	if err, timeout := err.(net.Error); timeout && err.Timeout() {
		c.t.Error("connection stays open")
	}
	return int(n)
}

func TestTCPPipeline(t *testing.T) {
	t.Parallel()
	s, _ := serve(t, testZone(t), Options{})
	c := dial(t, "tcp", s.Addr())
	const queries = 10_000
	go func() {
		var all bytes.Buffer
		for i := range queries {
			m := question(testOwner, dns.TypeTXT)
			m.Id = uint16(i)
			packed, _ := m.Pack()
			all.Write(framed(packed, true))
		}
		c.conn.Write(all.Bytes())
	}()
	for i := range queries {
		if r := c.receive(); r.Id != uint16(i) || len(r.Answer) != 1 {
			t.Fatal(i, r)
		}
	}
}

// A reply does not wait for the rest of the query behind it.
func TestTCPHalfQueryBehind(t *testing.T) {
	t.Parallel()
	s, _ := serve(t, testZone(t), Options{})
	c := dial(t, "tcp", s.Addr())
	packed, _ := question(testOwner, dns.TypeTXT).Pack()
	one := framed(packed, true)
	for _, cut := range []int{1, 2, 3, len(one) - 1} {
		c.write(append(bytes.Clone(one), one[:cut]...))
		c.receive()
		c.write(one[cut:])
		c.receive()
	}
}

func TestTCPOctetByOctet(t *testing.T) {
	t.Parallel()
	s, _ := serve(t, testZone(t), Options{})
	c := dial(t, "tcp", s.Addr())
	packed, _ := question(testOwner, dns.TypeTXT).Pack()
	for _, b := range framed(packed, true) {
		c.write([]byte{b})
	}
	if r := c.receive(); len(r.Answer) != 1 {
		t.Error(r)
	}
}

// D18: what is no query ends the connection; a query that is only malformed gets its error.
func TestTCPHostile(t *testing.T) {
	t.Parallel()
	s, _ := serve(t, testZone(t), Options{})
	response := packet{flags: 0x8000, qd: 1, body: asks(testOwner, dns.TypeTXT)}.bytes()
	good, _ := question(testOwner, dns.TypeTXT).Pack()
	for _, c := range []struct {
		name string
		in   []byte
		sent bool // something comes before the end
	}{
		{"length 0", []byte{0, 0}, false},
		{"length 5", []byte{0, 5, 1, 2, 3, 4, 5}, false},
		{"a response", framed(response, true), false},
		{"good, then length 0", append(framed(good, true), 0, 0), true},
		{"text", []byte("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"), false},
		{"length beyond the end", append([]byte{0xFF, 0xFF}, good...), false},
	} {
		client := dial(t, "tcp", s.Addr())
		client.write(c.in)
		client.conn.(*net.TCPConn).CloseWrite()
		if n := client.ended(); (n > 0) != c.sent {
			t.Errorf("%s: %d octets", c.name, n)
		}
	}
	c := dial(t, "tcp", s.Addr())
	c.write(framed(bytes.Repeat([]byte{0}, 65535), true))
	if r := c.receive(); r.Rcode != dns.RcodeFormatError {
		t.Error("64 KiB:", r)
	}
	c.send(question(testOwner, dns.TypeTXT))
	if r := c.receive(); len(r.Answer) != 1 {
		t.Error("after it:", r)
	}
}

// A client that is silent, or that sends an octet now and then, is let go.
func TestTCPIdle(t *testing.T) {
	t.Parallel()
	s, _ := serve(t, testZone(t), Options{Idle: 50 * time.Millisecond})
	silent, slow := dial(t, "tcp", s.Addr()), dial(t, "tcp", s.Addr())
	slow.write([]byte{0})
	silent.ended()
	slow.ended()
}

// A full server lets the idlest connection go, one prefix does not take all places, and UDP goes on.
func TestTCPPlaces(t *testing.T) {
	t.Parallel()
	for _, opts := range []Options{{MaxTCP: 10}, {MaxTCPPrefix: 10}} {
		s, _ := serve(t, testZone(t), opts)
		var clients []*client
		for range 30 {
			c := dial(t, "tcp", s.Addr())
			c.send(question(testOwner, dns.TypeTXT))
			c.receive()
			clients = append(clients, c)
		}
		for _, c := range clients[:20] {
			c.ended()
		}
		for i, c := range clients[20:] {
			c.send(question(testOwner, dns.TypeTXT))
			if r := c.receive(); len(r.Answer) != 1 {
				t.Error(i, r)
			}
		}
		if r := exchange(t, "udp", s.Addr(), question(testOwner, dns.TypeTXT)); len(r.Answer) != 1 {
			t.Error(r)
		}
		if st := s.Stats(); st.TCPOpen != 10 || st.TCPEvicted != 20 || st.TCPAccepted != 30 {
			t.Errorf("%+v", st)
		}
	}
}

// The queries that have arrived are answered when the server ends.
func TestServeEndsGracefully(t *testing.T) {
	t.Parallel()
	s, stop := serve(t, testZone(t), Options{})
	idle := dial(t, "tcp", s.Addr())
	busy := dial(t, "tcp", s.Addr())
	for i := range 20 {
		busy.send(question(testOwner, dns.TypeTXT))
		if i == 0 {
			busy.receive()
		}
	}
	for s.Stats().TCP < 20 { // all are in hand
		runtime.Gosched()
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	for range 19 {
		busy.receive()
	}
	idle.ended()
	if _, err := net.Dial("tcp", s.Addr().String()); err == nil {
		t.Error("still listening")
	}
	if conn, err := net.ListenPacket("udp", s.Addr().String()); err != nil {
		t.Error("UDP port still taken:", err)
	} else {
		conn.Close()
	}
}

// One packet that trips over a defect is logged and lost; the next one is answered.
func TestServeSurvivesPanic(t *testing.T) {
	t.Parallel()
	broken := *testZone(t)
	broken.entries = nil
	s, _ := serve(t, &broken, Options{Log: discard()})
	udp := dial(t, "udp", s.Addr())
	udp.send(question(testOwner, dns.TypeTXT))
	tcp := dial(t, "tcp", s.Addr())
	tcp.send(question(testOwner, dns.TypeTXT))
	tcp.ended()
	udp.send(question("example.com", dns.TypeTXT)) // refused without a look at the entries
	if r := udp.receive(); r.Rcode != dns.RcodeRefused {
		t.Error(r)
	}
	if st := s.Stats(); st.Panics != 2 {
		t.Errorf("%+v", st)
	}
}

func TestAnswerable(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"192.0.2.1:53": true, "192.0.2.1:1024": true, "192.0.2.1:0": false, "192.0.2.1:7": false, "192.0.2.1:19": false,
		"255.255.255.255:53": false, "[::ffff:255.255.255.255]:53": false, "224.0.0.1:53": false, "[ff02::1]:53": false, "0.0.0.0:53": false, "[::]:5353": false, "[2001:db8::1]:53": true,
	} {
		if got := answerable(netip.MustParseAddrPort(text)); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}

func FuzzAnswer(f *testing.F) {
	z := testZone(f)
	for _, name := range []string{testOwner, testOrigin, "x." + testOrigin, "rpt." + testOrigin, "long.example._smtp._tls.long0000000a." + testOrigin, "example.com", strings.ToUpper(testOwner)} {
		for _, qtype := range []uint16{dns.TypeTXT, dns.TypeSOA, dns.TypeNS, dns.TypeMX, dns.TypeANY, dns.TypeAXFR} {
			packed, _ := question(name, qtype).Pack()
			f.Add(packed, false)
			packed, _ = withOPT(question(name, qtype), 4096, &dns.EDNS0_COOKIE{Code: dns.EDNS0COOKIE, Cookie: "0102030405060708"}).Pack()
			f.Add(packed, true)
		}
	}
	f.Add(packet{qd: 1, ar: 2, body: join(asks(testOwner, 16), opt(1232, 0x8000, option(10, make([]byte, 24)...)...), rawTSIG())}.bytes(), false)
	f.Add(packet{ar: 1, body: opt(1232, 0, option(10, make([]byte, 8)...)...)}.bytes(), true)
	f.Add(packet{qd: 1, ns: 1, body: join(asks(testOrigin, 251), rawRecord([]byte{0xC0, 12}, 6, 1, 0, make([]byte, 22)))}.bytes(), true)
	f.Fuzz(func(t *testing.T, in []byte, tcp bool) {
		tr := testTransport()
		tr.TCP, tr.Idle = tcp, time.Second
		out := z.Answer(nil, in, tr)
		if out == nil {
			if len(in) >= headerLen && in[2]&0x80 == 0 {
				t.Fatalf("a query without reply: %x", in)
			}
			return
		}
		if err := checkReply(in, out, tcp); err != nil {
			t.Fatalf("%v\nquery %x\nreply %x", err, in, out)
		}
	})
}

// checkReply holds for every reply to anything.
func checkReply(in, out []byte, tcp bool) error {
	m := new(dns.Msg)
	if err := m.Unpack(out); err != nil {
		return err
	}
	limit := dns.MaxMsgSize
	if !tcp {
		limit = maxUDP
		if m.IsEdns0() == nil && m.IsTsig() == nil {
			limit = minUDP
		}
	}
	switch {
	case len(in) < headerLen || in[2]&0x80 != 0:
		return fmt.Errorf("must not be answered")
	case out[0] != in[0] || out[1] != in[1] || !m.Response || m.Opcode != int(in[2]>>3&0xF):
		return fmt.Errorf("header does not match")
	case len(out) > limit:
		return fmt.Errorf("%d octets", len(out))
	case m.RecursionAvailable || m.Zero || m.AuthenticatedData || m.CheckingDisabled:
		return fmt.Errorf("flags set")
	case len(m.Question) == 1 && len(in) >= headerLen && !bytes.HasPrefix(in[headerLen:], out[headerLen:headerLen+questionLen(out)]):
		return fmt.Errorf("question changed")
	}
	return nil
}

func questionLen(msg []byte) int {
	end, _ := skipName(msg, headerLen)
	return end + 4 - headerLen
}
