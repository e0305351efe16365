package smtpd

import (
	"context"
	"time"

	"github.com/sealpost/sealpost/internal/gate"
)

// data takes a message, RFC 5321 §4.1.1.4. Whatever the outcome, the transaction is over.
func (s *session) data(argument string) reply {
	switch {
	case argument != "":
		return noArguments
	case s.tx == nil:
		return outOfSequence
	case len(s.tx.to) == 0:
		return say(554, "5.5.1", "no valid recipients")
	}
	tx := s.tx
	s.tx = nil
	s.server.config.Receiving(1)
	defer s.server.config.Receiving(-1)
	s.wire.say(say(354, "", "go ahead, end with <CRLF>.<CRLF>"))
	b := &body{limits: s.limits(), room: s.server.room.Begin(gate.Neighbours(s.remote.Addr()))}
	defer b.room.Release()
	if refusal := s.readBody(b, tx.end); refusal != nil {
		s.server.stats.refused(*refusal)
		return *refusal
	}
	return s.accept(Mail{
		From: tx.from, To: tx.to, RemoteAddr: s.remote, HELO: s.helo, TLS: s.tls,
		Raw: b.raw, ReceivedAt: s.server.config.Now(),
	})
}

// readBody reads up to the end of data. A refusal ends the session at once, because what the client
// still sends is data and must never be read as commands.
func (s *session) readBody(b *body, end time.Time) *reply {
	l := s.limits()
	s.wire.pace = pace{
		start: time.Now(), grace: s.patience(l.DataTimeout), rate: l.DataRate, end: earlier(end, s.end),
	}
	for {
		bytes, err := s.wire.next()
		if err != nil {
			r := ioFailure(err)
			return &r
		}
		n, done, refusal := b.feed(bytes)
		s.wire.in.Discard(n)
		if done || refusal != nil {
			return refusal
		}
	}
}

// accept has the message stored. From here on neither the client's going nor the server's stopping takes
// it back: only the end of the grace period does.
func (s *session) accept(mail Mail) reply {
	ctx, cancel := context.WithTimeout(s.cut, s.limits().AcceptTimeout)
	defer cancel()
	if err := s.server.config.Accept(ctx, mail); err != nil {
		s.server.stats.deferred.Add(1)
		if isOurs(err) {
			s.server.config.Log.Error("smtp: message not stored", "remote", s.remote, "bytes", len(mail.Raw), "error", err)
		}
		return verdict(err)
	}
	s.idle = 0
	s.server.stats.messages.Add(1)
	s.server.stats.bytes.Add(int64(len(mail.Raw)))
	return say(250, "2.0.0", "stored")
}

func (s *session) transactionEnd() time.Time {
	return time.Now().Add(s.limits().TransactionTimeout)
}
