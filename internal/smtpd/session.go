package smtpd

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"runtime/debug"
	"strings"
	"time"
	"unicode/utf8"
)

// session is one connection, from greeting to close.
type session struct {
	server   *Server
	stopping context.Context // done: no further command is taken
	cut      context.Context // done: nothing is waited for any more
	raw      net.Conn        // beneath TLS
	wire     *wire
	remote   netip.AddrPort
	end      time.Time // of the session

	helo string
	tls  bool
	tx   *transaction

	transactions, errors, idle, commands int
}

// transaction is what MAIL began.
type transaction struct {
	from string
	to   []string
	utf8 bool      // SMTPUTF8 was asked for (RFC 6531)
	end  time.Time // its data must have arrived by then
}

// verbs are the commands that are understood. What is in none of these tables is 500.
var verbs = map[string]func(*session, string) reply{
	"EHLO":     (*session).ehlo,
	"HELO":     (*session).helloOld,
	"MAIL":     (*session).mail,
	"RCPT":     (*session).rcpt,
	"DATA":     (*session).data,
	"RSET":     (*session).rset,
	"NOOP":     (*session).noop,
	"HELP":     (*session).help,
	"VRFY":     (*session).vrfy,
	"QUIT":     (*session).quit,
	"STARTTLS": (*session).starttls,
}

// notHere are commands that exist and are never offered.
var notHere = map[string]bool{
	"AUTH": true, "EXPN": true, "ETRN": true, "TURN": true, "ATRN": true, "SEND": true, "SOML": true,
	"SAML": true, "BURL": true, "XCLIENT": true, "XFORWARD": true, "LHLO": true, "VERB": true,
}

// closing are verbs after which the client sends what are not commands: a chunk, or a request of
// another protocol whose body may hold lines that look like ours.
var closing = map[string]bool{
	"BDAT": true, "GET": true, "HEAD": true, "POST": true, "PUT": true, "PATCH": true, "DELETE": true,
	"OPTIONS": true, "CONNECT": true, "TRACE": true, "PRI": true,
}

func (s *session) limits() Limits { return s.server.config.Limits }

// run serves the session. The caller closes the connection.
func (s *session) run() {
	defer s.recovered()
	s.end = time.Now().Add(s.limits().SessionTimeout)
	s.wire = newWire(s.raw, s.limits().WriteTimeout)
	s.wire.say(say(220, "", s.server.config.Hostname+" ESMTP Sealpost"))
	for {
		line, err := s.nextLine()
		if err != nil {
			s.bye(lineFailure(err))
			return
		}
		answer := s.counted(s.answer(line))
		if answer.close {
			s.bye(answer)
			return
		}
		s.wire.say(answer)
	}
}

func (s *session) recovered() {
	if p := recover(); p != nil {
		s.server.config.Log.Error("smtp: panic in a session", "remote", s.remote, "panic", p, "stack", string(debug.Stack()))
		s.bye(sayAndClose(421, "4.3.0", "temporary failure, try again later"))
	}
}

// nextLine waits for a command. When the server stops meanwhile, even a line that has come is not
// carried out.
func (s *session) nextLine() (string, error) {
	s.wire.pace = s.commandPace()
	release := context.AfterFunc(s.stopping, s.wire.stop)
	line, err := s.wire.readLine(s.limits().CommandBytes)
	if !release() {
		return "", errStopping
	}
	return line, err
}

func (s *session) commandPace() pace {
	end := s.end
	if s.tx != nil {
		end = earlier(end, s.tx.end)
	}
	return pace{start: time.Now(), grace: s.patience(s.limits().CommandTimeout), end: end}
}

// patience is shorter while places are scarce.
func (s *session) patience(normal time.Duration) time.Duration {
	if s.server.stressed() {
		return min(normal, s.limits().StressTimeout)
	}
	return normal
}

// lineFailure is the last word to a client from whom no command can be read.
func lineFailure(err error) reply {
	switch {
	case errors.Is(err, errLineTooLong):
		return sayAndDrain(500, "5.5.2", "line too long")
	case errors.Is(err, errBareLF):
		return sayAndDrain(500, "5.5.2", "bare <LF> is not allowed")
	case errors.Is(err, errNotSMTP):
		return sayAndDrain(500, "5.5.2", "this is SMTP")
	case errors.Is(err, errStopping):
		return sayAndClose(421, "4.3.2", "the server is stopping, try again later")
	default:
		return ioFailure(err)
	}
}

func ioFailure(err error) reply {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return sayAndClose(421, "4.4.2", "timeout")
	}
	return silentClose()
}

// answer carries out one command line.
func (s *session) answer(line string) reply {
	if s.commands++; s.commands > s.limits().Commands {
		return tooManyCommands()
	}
	verb, argument, _ := strings.Cut(strings.TrimRight(line, " "), " ")
	verb = strings.ToUpper(verb)
	command, known := verbs[verb]
	switch {
	case closing[verb]:
		return sayAndDrain(502, "5.5.1", "not offered here")
	case !plainText(line):
		return say(501, "5.5.2", "control characters and malformed UTF-8 are not allowed")
	case notHere[verb]:
		return say(502, "5.5.1", "not offered here")
	case !known:
		return say(500, "5.5.1", "unknown command")
	default:
		return command(s, strings.TrimLeft(argument, " "))
	}
}

func plainText(line string) bool {
	for i := range len(line) {
		if line[i] < ' ' || line[i] == 0x7f {
			return false
		}
	}
	return utf8.ValidString(line)
}

func tooManyCommands() reply { return sayAndDrain(421, "4.7.0", "too many commands") }

// counted keeps the account of errors and ends the session at the last one allowed.
func (s *session) counted(r reply) reply {
	if !r.isError() {
		return r
	}
	if s.errors++; s.errors < s.limits().Errors || r.close {
		return r
	}
	s.wire.say(r)
	return sayAndDrain(421, "4.7.0", "too many errors")
}

// idled counts a command that brings no mail nearer.
func (s *session) idled(r reply) reply {
	if s.idle++; s.idle > s.limits().IdleCommands {
		return tooManyCommands()
	}
	return r
}

// bye says the last reply.
func (s *session) bye(r reply) {
	s.wire.say(r)
	if s.wire.flush() != nil || r.code == 0 {
		return
	}
	if t, ok := s.wire.conn.(*tls.Conn); ok {
		t.CloseWrite()
	}
	if r.drain {
		s.drain()
	}
}

// drain tells the client that nothing more will come, and reads until it closes, or for a while.
func (s *session) drain() {
	tcp, ok := s.raw.(interface{ CloseWrite() error })
	if !ok || tcp.CloseWrite() != nil {
		return
	}
	defer context.AfterFunc(s.stopping, func() { s.raw.Close() })()
	s.raw.SetReadDeadline(time.Now().Add(s.patience(s.limits().Linger)))
	io.Copy(io.Discard, io.LimitReader(s.raw, 2*int64(s.limits().MessageBytes)))
}
