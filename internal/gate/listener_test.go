package gate

import (
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// Who finds no place is told so and let go; a place is free again when its
// connection is closed, once, and who is exempt needs none.
func TestListener(t *testing.T) {
	t.Parallel()
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &Listener{
		Listener: socket, Gate: New(Limits{All: 10, PerBlock: [3]int{2, 9, 9}}), Refusal: []byte("full"),
		Exempt: func(addr netip.Addr) bool { return addr == netip.MustParseAddr("127.0.0.3") },
	}
	t.Cleanup(func() { l.Close() })
	in := make(chan net.Conn, 10)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				close(in)
				return
			}
			in <- conn
		}
	}()
	first := dialFrom(t, "127.0.0.1", socket.Addr())
	second := dialFrom(t, "127.0.0.1", socket.Addr())
	inside := []net.Conn{<-in, <-in}
	refused := dialFrom(t, "127.0.0.1", socket.Addr())
	if said, err := io.ReadAll(refused); err != nil || string(said) != "full" {
		t.Errorf("the third is told %q, %v", said, err)
	}
	for range 5 {
		dialFrom(t, "127.0.0.3", socket.Addr())
		<-in
	}
	dialFrom(t, "127.0.0.2", socket.Addr())
	<-in
	if n := l.Gate.Open(); n != 3 {
		t.Errorf("%d places are taken, want 3", n)
	}
	inside[0].Close()
	inside[0].Close() // once more gives nothing back
	if n := l.Gate.Open(); n != 2 {
		t.Errorf("%d places are taken after one was given back", n)
	}
	dialFrom(t, "127.0.0.1", socket.Addr())
	<-in
	first.Close()
	second.Close()
}

func dialFrom(t *testing.T, host string, to net.Addr) net.Conn {
	t.Helper()
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(host)}, Timeout: time.Minute}
	conn, err := d.Dial("tcp", to.String())
	if err != nil {
		if strings.Contains(err.Error(), "cannot assign") {
			t.Skip("loopback has one address here")
		}
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(time.Minute))
	return conn
}
