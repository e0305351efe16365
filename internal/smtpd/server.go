package smtpd

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"
)

// Server is a listening SMTP server. Make one with Listen.
type Server struct {
	config   Config
	listener net.Listener
	gate     *gate
	room     *room
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
	if s.listener, err = net.Listen("tcp", addr); err != nil {
		return nil, fmt.Errorf("smtpd: %w", err)
	}
	return s, nil
}

func newServer(config Config) (*Server, error) {
	config, err := config.withDefaults()
	if err != nil {
		return nil, err
	}
	return &Server{config: config, gate: newGate(config.Limits), room: newRoom(config.Limits.BufferBytes)}, nil
}

// Addr is the address that was bound.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// Serve takes connections until ctx is done. Then it closes the listener, answers further commands with
// 421, lets data in flight be finished and stored for up to Limits.Grace, and returns nil. Call it once.
func (s *Server) Serve(ctx context.Context) error {
	stopping, stop := context.WithCancel(ctx)
	defer stop()
	cut, cutOff := context.WithCancel(context.WithoutCancel(ctx))
	defer cutOff()
	defer context.AfterFunc(stopping, func() { s.listener.Close() })()

	err := s.acceptAll(stopping, cut)
	stop()
	if !s.finished(s.config.Limits.Grace) {
		cutOff()
		// What is left has no connection and a cancelled context; it needs a moment, not patience.
		if !s.finished(5 * time.Second) {
			s.config.Log.Error("smtp: stopped while a message was being stored; it was not answered")
		}
	}
	return err
}

// acceptAll returns nil when stopping is done.
func (s *Server) acceptAll(stopping, cut context.Context) error {
	pause := time.Duration(0)
	for {
		conn, err := s.listener.Accept()
		switch {
		case stopping.Err() != nil:
			if err == nil {
				conn.Close()
			}
			return nil
		case errors.Is(err, net.ErrClosed):
			return fmt.Errorf("smtpd: %w", err)
		case err != nil:
			// Out of descriptors, most likely: those in use will come back.
			pause = min(max(2*pause, 5*time.Millisecond), time.Second)
			s.config.Log.Error("smtp: accept failed", "error", err, "pause", pause)
			wait(stopping, pause)
		default:
			pause = 0
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
	entered := s.gate.enter(remote.Addr())
	s.stats.connections.Add(1)
	if !entered {
		s.stats.connectionsRefused.Add(1)
		// A fresh connection has room for this line, so the write does not wait.
		conn.SetWriteDeadline(time.Now().Add(time.Second))
		conn.Write([]byte(say(421, "4.3.2", s.config.Hostname+" too many connections, try again later").String()))
		conn.Close()
		return
	}
	s.sessions.Go(func() {
		defer s.gate.leave(remote.Addr())
		s.serve(stopping, cut, conn, remote)
	})
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
