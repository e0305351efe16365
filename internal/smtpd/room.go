package smtpd

import "sync/atomic"

// room is the memory that all messages being received share.
type room struct{ left atomic.Int64 }

func newRoom(bytes int) *room {
	r := &room{}
	r.left.Store(int64(bytes))
	return r
}

func (r *room) take(n int) bool {
	if r.left.Add(-int64(n)) < 0 {
		r.left.Add(int64(n))
		return false
	}
	return true
}

func (r *room) give(n int) { r.left.Add(int64(n)) }
