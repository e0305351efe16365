package dnscheck

import (
	"context"
	"math/rand/v2"
	"net"
	"sync"
	"time"
)

const (
	// socketsPerServer is how many sockets, each with a random port of its own,
	// take turns at one server. Whoever wants to forge an answer has to guess
	// the port, the id and the case of every letter (0x20).
	socketsPerServer = 64
	// maxIdleSockets bounds the sockets that wait for a next question, over all
	// servers; idleSocket is how long one waits, usesOfSocket how often it is
	// used, so that ports do not become known.
	maxIdleSockets = 512
	idleSocket     = 10 * time.Second
	usesOfSocket   = 256
)

// sockets keeps connected UDP sockets for servers that are asked again and
// again. One question at a time owns a socket. The zero value is ready.
type sockets struct {
	mu      sync.Mutex
	servers map[string]*shelf
	idle    int
	swept   time.Time
}

// shelf holds the sockets of one server.
type shelf struct {
	idle  []*socket
	alive int // idle and in use
}

type socket struct {
	net.Conn
	server string
	uses   int
	used   time.Time
	extra  bool // not counted: all others are in use
}

// take gives a socket to ask server with: a new one until there are enough to
// choose from, then any.
func (s *sockets) take(ctx context.Context, server string) (*socket, error) {
	k, dialing := s.pick(server)
	if !dialing {
		return k, nil
	}
	var d net.Dialer
	conn, err := d.DialContext(ctx, "udp", server)
	if err != nil {
		s.drop(k)
		return nil, err
	}
	k.Conn = conn
	return k, nil
}

func (s *sockets) pick(server string) (k *socket, dialing bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.servers == nil {
		s.servers = map[string]*shelf{}
	}
	h := s.servers[server]
	if h == nil {
		h = &shelf{}
		s.servers[server] = h
	}
	switch n := len(h.idle); {
	case h.alive < socketsPerServer:
		h.alive++
		return &socket{server: server}, true
	case n == 0:
		return &socket{server: server, extra: true}, true
	default:
		i := rand.IntN(n)
		k, h.idle[i] = h.idle[i], h.idle[n-1]
		h.idle = h.idle[:n-1]
		s.idle--
		return k, false
	}
}

// give takes a socket back whose question was answered.
func (s *sockets) give(k *socket) {
	k.uses++
	k.used = time.Now()
	s.mu.Lock()
	s.sweep(k.used)
	if k.extra || k.uses >= usesOfSocket || s.idle >= maxIdleSockets {
		s.mu.Unlock()
		s.drop(k)
		return
	}
	h := s.servers[k.server]
	h.idle = append(h.idle, k)
	s.idle++
	s.mu.Unlock()
}

// drop ends a socket: an answer that comes late finds nobody.
func (s *sockets) drop(k *socket) {
	if k.Conn != nil {
		k.Close()
	}
	if k.extra {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.servers[k.server]
	h.alive--
	if h.alive == 0 {
		delete(s.servers, k.server)
	}
}

// sweep ends the sockets that nobody has used for a while.
func (s *sockets) sweep(now time.Time) {
	if now.Sub(s.swept) < idleSocket {
		return
	}
	s.swept = now
	for server, h := range s.servers {
		kept := h.idle[:0]
		for _, k := range h.idle {
			if now.Sub(k.used) < idleSocket {
				kept = append(kept, k)
				continue
			}
			k.Close()
			h.alive--
			s.idle--
		}
		clear(h.idle[len(kept):])
		h.idle = kept
		if h.alive == 0 {
			delete(s.servers, server)
		}
	}
}
