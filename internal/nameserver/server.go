package nameserver

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// Options are the limits of a server. The zero value works; only the rate limit is then off.
type Options struct {
	RRL          int              // UDP answers per second and client prefix (/24, /64); 0 turns the limit off
	Sockets      int              // UDP sockets on the port; default one fewer than GOMAXPROCS, at least one
	MaxTCP       int              // TCP connections at once; default 1000
	MaxTCPPrefix int              // of these from one client prefix; default 100
	Idle         time.Duration    // for one TCP query to come or one answer to go; default 10 s
	CookieSecret []byte           // 16 octets, the same on all nodes (RFC 9018 §5); default random
	Now          func() time.Time // default time.Now
	Log          *slog.Logger     // default slog.Default
}

const (
	defaultMaxTCP       = 1000
	defaultMaxTCPPrefix = 100
	defaultIdle         = 10 * time.Second

	// With port 0 the system picks a UDP port; another process may hold it for TCP.
	portTries = 20
)

func (o *Options) defaults() error {
	o.Sockets = cmp.Or(max(o.Sockets, 0), max(1, runtime.GOMAXPROCS(0)-1))
	o.MaxTCP = cmp.Or(max(o.MaxTCP, 0), defaultMaxTCP)
	o.MaxTCPPrefix = cmp.Or(max(o.MaxTCPPrefix, 0), defaultMaxTCPPrefix)
	o.Idle = cmp.Or(max(o.Idle, 0), defaultIdle)
	o.Log = cmp.Or(o.Log, slog.Default())
	if o.Now == nil {
		o.Now = time.Now
	}
	switch len(o.CookieSecret) {
	case cookieSecretLen:
	case 0:
		o.CookieSecret = make([]byte, cookieSecretLen)
		rand.Read(o.CookieSecret)
	default:
		return fmt.Errorf("cookie secret has %d octets, not %d", len(o.CookieSecret), cookieSecretLen)
	}
	return nil
}

// Server answers for a zone over UDP and TCP on one port.
type Server struct {
	opts    Options
	zone    atomic.Pointer[Zone]
	limiter *limiter
	udp     []*udpSocket
	tcp     *tcpListener
}

// Listen binds UDP and TCP on addr, such as 127.0.0.1:5354 or :53; port 0 gives both the same free
// port. A port that another process uses is an error, also when that process would share it. Queries
// wait in the sockets until Serve.
func Listen(ctx context.Context, addr string, opts Options) (*Server, error) {
	if err := opts.defaults(); err != nil {
		return nil, err
	}
	s := &Server{opts: opts}
	if opts.RRL > 0 {
		s.limiter = newLimiter(opts.RRL, opts.Now())
	}
	var err error
	for range portTries {
		if err = s.bind(ctx, addr); err == nil {
			return s, nil
		}
		s.close()
		if _, port, _ := net.SplitHostPort(addr); port != "0" {
			break
		}
	}
	return nil, fmt.Errorf("dns listener: %w", err)
}

// bind opens all sockets. The first UDP socket binds alone, so that it fails on a port in use, and
// is shared with the others only afterwards.
func (s *Server) bind(ctx context.Context, addr string) error {
	var lc net.ListenConfig
	first, err := lc.ListenPacket(ctx, "udp", addr)
	if err != nil {
		return err
	}
	shared := s.opts.Sockets > 1 && sharePort(first.(*net.UDPConn)) == nil
	if err := s.addSocket(first); err != nil {
		return err
	}
	addr = s.Addr().String()
	if shared {
		lc.Control = controlShared
		for range s.opts.Sockets - 1 {
			next, err := lc.ListenPacket(ctx, "udp", addr)
			if err != nil {
				return err
			}
			if err := s.addSocket(next); err != nil {
				return err
			}
		}
	}
	lc.Control = nil
	listener, err := lc.Listen(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	s.tcp = newTCPListener(s, listener)
	return nil
}

func (s *Server) addSocket(conn net.PacketConn) error {
	socket, err := newUDPSocket(s, conn.(*net.UDPConn))
	if err == nil {
		s.udp = append(s.udp, socket)
	}
	return err
}

func (s *Server) close() {
	for _, socket := range s.udp {
		socket.packets.close()
	}
	if s.tcp != nil {
		s.tcp.listener.Close()
	}
	s.udp, s.tcp = nil, nil
}

// Addr is the address bound for UDP and TCP.
func (s *Server) Addr() netip.AddrPort {
	return s.udp[0].addr
}

// SetZone makes queries from now on be answered from z. Before the first zone they get SERVFAIL,
// which sends resolvers to the next name server.
func (s *Server) SetZone(z *Zone) { s.zone.Store(z) }

// Zone is the zone that is served, nil before the first SetZone.
func (s *Server) Zone() *Zone { return s.zone.Load() }

// Serve answers queries until ctx is done, then finishes the TCP queries in hand, closes all sockets
// and returns nil. Any other end is an error.
func (s *Server) Serve(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(ctx, s.stop)
	defer stop()
	ends := make(chan error, len(s.udp)+1)
	var running sync.WaitGroup
	start := func(serve func() error) {
		running.Go(func() {
			err := serve()
			if ctx.Err() == nil {
				ends <- err
				cancel() // one socket's failure ends the others
			}
		})
	}
	for _, socket := range s.udp {
		start(socket.serve)
	}
	start(s.tcp.serve)
	running.Wait()
	s.tcp.wait()
	for _, socket := range s.udp {
		socket.packets.close()
	}
	close(ends)
	var errs []error
	for err := range ends {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// stop makes every reader return.
func (s *Server) stop() {
	for _, socket := range s.udp {
		socket.stop()
	}
	s.tcp.stop()
}

// aLongTimeAgo, as a deadline, ends a read at once.
var aLongTimeAgo = time.Unix(1, 0)

// Stats adds up the counters.
func (s *Server) Stats() Stats {
	st := Stats{Queries: map[string]uint64{}, Answers: map[string]uint64{}}
	for _, socket := range s.udp {
		st.add(&socket.counters)
		st.UDP += socket.counters.read.Load()
	}
	st.add(&s.tcp.counters)
	st.TCP = s.tcp.counters.read.Load()
	st.TCPAccepted, st.TCPEvicted = s.tcp.accepted.Load(), s.tcp.evicted.Load()
	st.TCPOpen = int64(s.tcp.open())
	return st
}

// survive logs a panic that one packet has caused: the rest of the process goes on.
func (s *Server) survive(c *counters) {
	if fault := recover(); fault != nil {
		c.panics.Add(1)
		buf := make([]byte, 4096)
		s.opts.Log.Error("dns: panic while answering", "fault", fault, "stack", string(buf[:runtime.Stack(buf, false)]))
	}
}
