package nameserver

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// acceptPause is how long accepting rests when the system has no descriptor left.
const acceptPause = 50 * time.Millisecond

// tcpListener answers over TCP (RFC 7766), every connection in order. Its connections are few, short
// in memory and never idle for long; when there are too many, the one that has been idle for longest
// makes room.
type tcpListener struct {
	server   *Server
	listener net.Listener
	counters counters
	accepted atomic.Uint64
	evicted  atomic.Uint64
	stopping atomic.Bool
	done     chan struct{}
	running  sync.WaitGroup

	mu    sync.Mutex
	conns map[*tcpConn]struct{}
}

func newTCPListener(s *Server, l net.Listener) *tcpListener {
	return &tcpListener{server: s, listener: l, done: make(chan struct{}), conns: map[*tcpConn]struct{}{}}
}

// serve accepts until the listener is closed.
func (t *tcpListener) serve() error {
	for {
		conn, err := t.listener.Accept()
		if err == nil {
			t.add(conn)
			continue
		}
		if errors.Is(err, net.ErrClosed) {
			return err
		}
		t.server.opts.Log.Warn("dns: accept", "err", err)
		select {
		case <-time.After(acceptPause):
		case <-t.done:
		}
	}
}

// stop closes the listener and lets every connection finish the queries it has received.
func (t *tcpListener) stop() {
	t.stopping.Store(true)
	close(t.done)
	t.listener.Close()
	t.mu.Lock()
	defer t.mu.Unlock()
	for c := range t.conns {
		c.conn.SetReadDeadline(aLongTimeAgo)
	}
}

func (t *tcpListener) wait() { t.running.Wait() }

func (t *tcpListener) open() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.conns)
}

func (t *tcpListener) add(conn net.Conn) {
	client := conn.RemoteAddr().(*net.TCPAddr).AddrPort()
	if !answerable(client) {
		conn.Close()
		return
	}
	t.accepted.Add(1)
	c := &tcpConn{listener: t, conn: conn, client: client.Addr(), prefix: prefixOf(client.Addr())}
	c.active.Store(t.server.opts.Now().UnixNano())
	t.mu.Lock()
	t.makeRoom(c.prefix)
	t.conns[c] = struct{}{}
	t.mu.Unlock()
	t.running.Go(c.serve)
}

// makeRoom closes the idlest connection of the prefix when that has its share, or of all when all
// places are taken.
func (t *tcpListener) makeRoom(prefix [9]byte) {
	var idlest, idlestOfPrefix *tcpConn
	ofPrefix := 0
	for c := range t.conns {
		if c.prefix == prefix {
			ofPrefix++
			idlestOfPrefix = idler(idlestOfPrefix, c)
		}
		idlest = idler(idlest, c)
	}
	switch {
	case ofPrefix >= t.server.opts.MaxTCPPrefix:
		t.evict(idlestOfPrefix)
	case len(t.conns) >= t.server.opts.MaxTCP:
		t.evict(idlest)
	}
}

func idler(a, b *tcpConn) *tcpConn {
	if a == nil || b.active.Load() < a.active.Load() {
		return b
	}
	return a
}

func (t *tcpListener) evict(c *tcpConn) {
	t.evicted.Add(1)
	delete(t.conns, c)
	c.conn.Close()
}

func (t *tcpListener) remove(c *tcpConn) {
	t.mu.Lock()
	delete(t.conns, c)
	t.mu.Unlock()
	c.conn.Close()
}

// tcpConn is one connection.
type tcpConn struct {
	listener *tcpListener
	conn     net.Conn
	client   netip.Addr
	prefix   [9]byte
	active   atomic.Int64 // when the last query came, in Unix nanoseconds
	query    query
}

const tcpBuffer = 2048

// serve answers until the client ends, is silent, or sends what is no query.
func (c *tcpConn) serve() {
	defer c.listener.remove(c)
	defer c.listener.server.survive(&c.listener.counters)
	in, out := bufio.NewReaderSize(c.conn, tcpBuffer), bufio.NewWriterSize(c.conn, tcpBuffer)
	defer out.Flush()
	var packet, reply []byte
	for {
		var err error
		if packet, err = c.receive(in, packet); err != nil {
			return
		}
		if reply = c.answer(reply[:0], packet); reply == nil {
			return
		}
		if err := c.send(out, reply, !queryWaits(in)); err != nil {
			c.listener.counters.failed.Add(1)
			return
		}
	}
}

// receive reads one framed message (RFC 1035 §4.2.2). The deadline is for all of it: an octet now
// and then does not hold a connection open.
func (c *tcpConn) receive(in *bufio.Reader, packet []byte) ([]byte, error) {
	c.conn.SetReadDeadline(c.deadline())
	if c.listener.stopping.Load() { // after stop has set its own deadline, ours must not undo it
		c.conn.SetReadDeadline(aLongTimeAgo)
	}
	var length [2]byte
	if _, err := io.ReadFull(in, length[:]); err != nil {
		return packet, err
	}
	n := int(binary.BigEndian.Uint16(length[:]))
	if n > cap(packet) {
		packet = make([]byte, n)
	}
	_, err := io.ReadFull(in, packet[:n])
	return packet[:n], err
}

// answer frames the reply to a message; nil ends the connection.
func (c *tcpConn) answer(dst, packet []byte) []byte {
	t := c.listener
	now := t.server.opts.Now()
	c.active.Store(now.UnixNano())
	tr := Transport{TCP: true, Client: c.client, Now: now, CookieSecret: t.server.opts.CookieSecret, Idle: t.server.opts.Idle}
	if !c.query.read(packet, &tr) {
		t.counters.ignored.Add(1)
		return nil
	}
	t.counters.read.Add(1)
	dst, reply := t.server.zone.Load().respond(append(dst, 0, 0), packet, &c.query, &tr)
	t.counters.count(&c.query, reply.rcode, reply.truncated)
	binary.BigEndian.PutUint16(dst, uint16(len(dst)-2))
	return dst
}

// queryWaits says whether a whole further query has been received already.
func queryWaits(in *bufio.Reader) bool {
	if in.Buffered() < 2 {
		return false
	}
	length, _ := in.Peek(2)
	return in.Buffered() >= 2+int(binary.BigEndian.Uint16(length))
}

// send writes a reply, and with it those before, unless a further one follows at once.
func (c *tcpConn) send(out *bufio.Writer, reply []byte, flush bool) error {
	c.conn.SetWriteDeadline(c.deadline())
	if _, err := out.Write(reply); err != nil {
		return err
	}
	if !flush {
		return nil
	}
	return out.Flush()
}

// deadline is by the system's clock, which is what the system compares it with.
func (c *tcpConn) deadline() time.Time { return time.Now().Add(c.listener.server.opts.Idle) }
