package mailbox

import (
	"net"
	"sync/atomic"
)

// chatter is how many bytes a server may send beside a message it was asked for.
const chatter = 4 << 20

// meteredConn reads no more than was allowed: a server that goes on sending
// costs no memory.
type meteredConn struct {
	net.Conn
	left    atomic.Int64
	flooded atomic.Bool
}

// allow sets how many bytes may come until the next call.
func (c *meteredConn) allow(n int64) { c.left.Store(n) }

// Read implements net.Conn.
func (c *meteredConn) Read(p []byte) (int, error) {
	left := c.left.Load()
	if left <= 0 {
		c.flooded.Store(true)
		return 0, ErrFlood
	}
	n, err := c.Conn.Read(p[:min(int64(len(p)), left)])
	c.left.Add(-int64(n))
	return n, err
}
