// Package smtpd is the SMTP server that receives report mail (RFC 5321, RFC 8460 §5.3): it asks one
// func whether a recipient exists and hands each complete message to another, which stores it before
// 250 is said. It relays nothing, bounces nothing and judges no content. It speaks the protocol itself
// (docs/decisions) and imports the standard library and gate only: never a database, never the rest of ours.
package smtpd

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net/netip"
	"time"
)

// What Config.Ready, Config.Recipient and Config.Accept may return; anything else is answered 451 4.3.0.
var (
	ErrUnknownRecipient = errors.New("smtpd: unknown recipient")   // 550 5.1.1
	ErrOverQuota        = errors.New("smtpd: over quota")          // 450 4.7.1
	ErrFull             = errors.New("smtpd: storage is full")     // 452 4.3.1
	ErrBusy             = errors.New("smtpd: too busy to take it") // 452 4.3.1
)

// Mail is one message as it arrived, with its envelope.
type Mail struct {
	From       string         // reverse-path without its brackets; "" for <>
	To         []string       // accepted recipients as given, in order; one may be there twice
	RemoteAddr netip.AddrPort // of the client; an IPv4 address is never in its mapped form
	HELO       string         // the client's last HELO or EHLO argument, unverified
	TLS        bool           // the message came over STARTTLS
	Raw        []byte         // the bytes of DATA, dot-unstuffed, every line ended by CRLF; the receiver may keep it
	ReceivedAt time.Time      // when the end of the data was read
}

// Config is what a Server needs. Hostname, Recipient and Accept are required.
type Config struct {
	Hostname string      // in the greeting and replies
	TLS      *tls.Config // STARTTLS is offered when set, and never required (RFC 8460 §3)

	// Recipient says whether mail for this address is taken: nil, ErrUnknownRecipient, or an error
	// that lets the sender try again. The address is as the client wrote it, without brackets.
	Recipient func(ctx context.Context, address string) error
	// Ready says at MAIL whether a message would be taken at all, so that a client need not send what
	// will be refused: nil, or an error that lets it try again. It must not wait. May be nil.
	Ready func() error
	// Accept returns nil only when the message is stored durably, because 250 is said next. It is
	// called once per message with all of its recipients. Its context outlives the client's connection.
	Accept func(ctx context.Context, mail Mail) error

	// Receiving is told of the messages that are being received: 1 when a client is told to send one's
	// data, -1 when it has been answered or lost. It must not wait. May be nil.
	Receiving func(more int)

	Limits Limits           // zero: DefaultLimits
	Now    func() time.Time // for Mail.ReceivedAt; nil: time.Now. Deadlines follow the machine's clock
	Log    *slog.Logger     // nil: nothing is logged
}

func (c Config) withDefaults() (Config, error) {
	if c.Hostname == "" || c.Recipient == nil || c.Accept == nil {
		return c, errors.New("smtpd: Hostname, Recipient and Accept are required")
	}
	if c.Limits == (Limits{}) {
		c.Limits = DefaultLimits()
	}
	if c.Receiving == nil {
		c.Receiving = func(int) {}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c, nil
}
