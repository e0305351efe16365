package smtpd

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/sealpost/sealpost/internal/gate"
)

// Server is a listening SMTP server. Make one with Listen.
type Server struct {
	config   Config
	listener net.Listener
	gate     *gate.Gate
	pace     *gate.Pace
	room     *gate.Memory
	stats    counters
	sessions sync.WaitGroup
}

// Listen binds addr (host:port; port 0 takes a free one) and returns a Server that answers once Serve is
// called. An error says that the configuration or the address cannot be used.
func Listen(config Config, addr string) (*Server, error) {
	s, err := newServer(config)
	if err != nil {
		return nil, err
	}
	// A session has deadlines of its own; the system need not look after it.
	listening := net.ListenConfig{KeepAlive: -1}
	if s.listener, err = listening.Listen(context.Background(), "tcp", addr); err != nil {
		return nil, fmt.Errorf("smtpd: %w", err)
	}
	return s, nil
}

func newServer(config Config) (*Server, error) {
	config, err := config.withDefaults()
	if err != nil {
		return nil, err
	}
	l := config.Limits
	return &Server{
		config: config, room: gate.NewMemory(int64(l.BufferBytes)), pace: gate.NewPace(l.Rate),
		gate: gate.New(gate.Limits{All: l.Connections, PerBlock: l.PerBlock}),
	}, nil
}

// Addr is the address that was bound.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// Serve takes connections until ctx is done. Then it answers new connections and further commands with
// 421, lets data in flight be finished and stored for up to Limits.Grace, closes the listener and returns
// nil. Call it once.
func (s *Server) Serve(ctx context.Context) error {
	stopping, stop := context.WithCancel(ctx)
	defer stop()
	cut, cutOff := context.WithCancel(context.WithoutCancel(ctx))
	defer cutOff()
	closing, closeDown := context.WithCancel(context.WithoutCancel(ctx))
	defer closeDown()

	arrivals, broken := make(chan net.Conn), make(chan error, 1)
	go func() {
		broken <- s.listen(closing, arrivals)
		close(arrivals)
	}()
	s.admitAll(stopping, cut, arrivals)
	stop()
	var late sync.WaitGroup
	late.Go(func() {
		for conn := range arrivals {
			s.turnAway(conn, "the server is stopping, try again later")
		}
	})
	s.finish(cutOff)
	closeDown()
	s.listener.Close()
	late.Wait()
	return <-broken
}

// finish waits for the sessions, and cuts off what is left after the grace period.
func (s *Server) finish(cutOff func()) {
	if s.finished(s.config.Limits.Grace) {
		return
	}
	cutOff()
	// What is left has no connection and a cancelled context; it needs a moment, not patience.
	if !s.finished(5 * time.Second) {
		s.config.Log.Error("smtp: stopped while a message was being stored; it was not answered")
	}
}

// listen passes on what arrives. It returns nil when closing is done.
func (s *Server) listen(closing context.Context, arrivals chan<- net.Conn) error {
	pause := time.Duration(0)
	for {
		conn, err := s.listener.Accept()
		switch {
		case err == nil:
			pause = 0
			arrivals <- conn
		case closing.Err() != nil:
			return nil
		case errors.Is(err, net.ErrClosed):
			return fmt.Errorf("smtpd: %w", err)
		default:
			// Out of descriptors, most likely: those in use will come back.
			pause = min(max(2*pause, 5*time.Millisecond), time.Second)
			s.config.Log.Error("smtp: accept failed", "error", err, "pause", pause)
			wait(closing, pause)
		}
	}
}

// admitAll returns when stopping is done or nothing more can arrive.
func (s *Server) admitAll(stopping, cut context.Context, arrivals <-chan net.Conn) {
	for {
		select {
		case <-stopping.Done():
			return
		case conn, ok := <-arrivals:
			if !ok {
				return
			}
			s.admit(stopping, cut, conn)
		}
	}
}

func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// admit starts a session, or turns the client away when there is no place.
func (s *Server) admit(stopping, cut context.Context, conn net.Conn) {
	remote := addrPort(conn.RemoteAddr())
	if !s.gate.Enter(remote.Addr()) {
		s.turnAway(conn, "too many connections, try again later")
		return
	}
	s.stats.connections.Add(1)
	s.sessions.Go(func() {
		defer s.gate.Leave(remote.Addr())
		s.serve(stopping, cut, conn, remote)
	})
}

// stressed says that places are getting scarce, and slow clients should go sooner.
func (s *Server) stressed() bool { return s.gate.Open() > s.config.Limits.Connections/2 }

// turnAway answers a fresh connection, which has room for this line, so that the write does not wait.
func (s *Server) turnAway(conn net.Conn, why string) {
	s.stats.connections.Add(1)
	s.stats.connectionsRefused.Add(1)
	conn.SetWriteDeadline(time.Now().Add(time.Second))
	conn.Write([]byte(say(421, "4.3.2", s.config.Hostname+" "+why).String()))
	conn.Close()
}

func (s *Server) serve(stopping, cut context.Context, conn net.Conn, remote netip.AddrPort) {
	defer conn.Close()
	defer context.AfterFunc(cut, func() { conn.Close() })()
	(&session{server: s, stopping: stopping, cut: cut, raw: conn, remote: remote}).run()
}

func addrPort(addr net.Addr) netip.AddrPort {
	tcp, ok := addr.(*net.TCPAddr)
	if !ok {
		return netip.AddrPort{}
	}
	ap := tcp.AddrPort()
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
}

// finished waits for the sessions to end.
func (s *Server) finished(atMost time.Duration) bool {
	done := make(chan struct{})
	go func() {
		s.sessions.Wait()
		close(done)
	}()
	timer := time.NewTimer(atMost)
	defer timer.Stop()
	select {
	case <-done:
		return true
	case <-timer.C:
		return false
	}
}
