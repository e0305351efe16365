package smtpd

import (
	"errors"
	"sync/atomic"
)

// Stats counts what happened since Listen; Open is of the moment.
type Stats struct {
	Open               int64 // sessions
	Connections        int64 // all that came, the refused ones too
	ConnectionsRefused int64 // 421 for want of a place
	Handshakes         int64 // STARTTLS that succeeded
	HandshakesFailed   int64
	Messages           int64 // stored and answered 250
	Bytes              int64 // of these messages
	Deferred           int64 // messages that Config.Accept did not take
	Paced              int64 // messages that had to wait for their turn (Limits.Rate)
	BareLineEnds       int64 // messages refused for a bare CR or LF, or NUL
	TooLarge           int64 // messages refused for their size or header
	NoRoom             int64 // messages put off because too much was being received
	TimedOut           int64 // messages that came too slowly
	Lost               int64 // connections lost within data
	UnknownRecipients  int64
	DeferredRecipients int64
}

type counters struct {
	connections, connectionsRefused       atomic.Int64
	handshakes, handshakesFailed          atomic.Int64
	messages, bytes, deferred, paced      atomic.Int64
	bareLineEnds, tooLarge, noRoom        atomic.Int64
	timedOut, lost                        atomic.Int64
	unknownRecipients, deferredRecipients atomic.Int64
}

// refused counts a message by the reply that ended it.
func (c *counters) refused(r reply) {
	switch r.code {
	case 550:
		c.bareLineEnds.Add(1)
	case 552:
		c.tooLarge.Add(1)
	case 452:
		c.noRoom.Add(1)
	case 421:
		c.timedOut.Add(1)
	default:
		c.lost.Add(1)
	}
}

func (c *counters) recipientRefused(err error) {
	if errors.Is(err, ErrUnknownRecipient) {
		c.unknownRecipients.Add(1)
	} else {
		c.deferredRecipients.Add(1)
	}
}

// Stats returns the counters; they are read one by one, not at one instant.
func (s *Server) Stats() Stats {
	c := &s.stats
	return Stats{
		Open:               int64(s.gate.Open()),
		Connections:        c.connections.Load(),
		ConnectionsRefused: c.connectionsRefused.Load(),
		Handshakes:         c.handshakes.Load(),
		HandshakesFailed:   c.handshakesFailed.Load(),
		Messages:           c.messages.Load(),
		Bytes:              c.bytes.Load(),
		Deferred:           c.deferred.Load(),
		Paced:              c.paced.Load(),
		BareLineEnds:       c.bareLineEnds.Load(),
		TooLarge:           c.tooLarge.Load(),
		NoRoom:             c.noRoom.Load(),
		TimedOut:           c.timedOut.Load(),
		Lost:               c.lost.Load(),
		UnknownRecipients:  c.unknownRecipients.Load(),
		DeferredRecipients: c.deferredRecipients.Load(),
	}
}
