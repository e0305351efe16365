package gate

import (
	"net"
	"net/netip"
	"sync"
	"time"
)

// Listener lets connections through a gate.
type Listener struct {
	net.Listener
	Gate *Gate
	// Exempt says of an address that stands for many clients, such as a proxy's:
	// it is counted nowhere. May be nil.
	Exempt func(netip.Addr) bool
	// Refusal is what who finds no place is told; nil is nothing.
	Refusal []byte
}

// Accept waits for the next connection that finds a place. Closing it gives the place back.
func (l *Listener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		addr := addrOf(conn)
		if l.Exempt != nil && l.Exempt(addr) {
			return conn, nil
		}
		if l.Gate.Enter(addr) {
			return &guest{Conn: conn, leave: sync.OnceFunc(func() { l.Gate.Leave(addr) })}, nil
		}
		// A fresh connection has room for it, so the write does not wait.
		conn.SetWriteDeadline(time.Now().Add(time.Second))
		conn.Write(l.Refusal)
		conn.Close()
	}
}

func addrOf(conn net.Conn) netip.Addr {
	tcp, ok := conn.RemoteAddr().(*net.TCPAddr)
	if !ok {
		return netip.Addr{}
	}
	return tcp.AddrPort().Addr().Unmap()
}

// guest is a connection that has a place.
type guest struct {
	net.Conn
	leave func()
}

// Close implements net.Conn.
func (g *guest) Close() error {
	defer g.leave()
	return g.Conn.Close()
}
