// Package mailbox takes messages out of a mailbox by IMAP (RFC 9051, RFC 3501):
// it counts, fetches and moves them, and waits for new ones. It believes
// nothing that a server says without a bound on bytes and time. It knows IMAP
// only and none of our packages.
package mailbox

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// What may be wrong with a mailbox, for those who tell its owner. Errors of
// this package wrap at most one of them.
var (
	ErrConnect    = errors.New("the server cannot be reached")
	ErrTLS        = errors.New("no TLS can be agreed on")
	ErrPlain      = errors.New("the server may only be spoken to with TLS")
	ErrLogin      = errors.New("the server refuses the name and password")
	ErrFolder     = errors.New("the folder cannot be used")
	ErrCannotMove = errors.New("the server cannot move messages safely")
	ErrTooLarge   = errors.New("the message is too large")
	ErrFlood      = errors.New("the server sends more than was asked for")
	ErrNoIdle     = errors.New("the server does not tell of new messages")
)

// Security says how a server is spoken to.
type Security string

// TLS from the first byte (RFC 8314), STARTTLS, or none.
const (
	TLS      Security = "tls"
	STARTTLS Security = "starttls"
	Plain    Security = "plain"
)

// Account is where a mailbox is and who may read it.
type Account struct {
	Host               string
	Port               int
	Security           Security
	Username, Password string
	Folder             string
}

// Client opens mailboxes.
type Client struct {
	// Dial connects; it decides which addresses may be reached.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// PlainTo tells whether an address may be spoken to without TLS.
	PlainTo func(netip.Addr) bool
	// Roots are the certificates that are trusted; nil means the system's.
	Roots *x509.CertPool
	// Limit is the largest message that is fetched, in bytes.
	Limit int64
}

// openTimeout bounds the way from the name to the open folder.
const openTimeout = time.Minute

// Open connects, logs in and opens the folder. The session ends with ctx at
// the latest.
func (c Client) Open(ctx context.Context, a Account) (*Session, error) {
	opening, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	conn, err := c.Dial(opening, "tcp", net.JoinHostPort(a.Host, strconv.Itoa(a.Port)))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrConnect, err)
	}
	if a.Security == Plain && !c.plainTo(conn.RemoteAddr()) {
		return nil, errors.Join(ErrPlain, conn.Close())
	}
	s := &Session{conn: &meteredConn{Conn: conn}, limit: c.Limit, changed: make(chan struct{}, 1)}
	s.conn.allow(chatter)
	unwatch := context.AfterFunc(opening, func() { conn.Close() })
	if err := s.start(opening, a, c.Roots); err != nil {
		s.Close()
		return nil, s.because(err)
	}
	if !unwatch() {
		s.Close()
		return nil, fmt.Errorf("%w: %w", ErrConnect, context.Cause(opening))
	}
	context.AfterFunc(ctx, func() { conn.Close() })
	return s, nil
}

func (c Client) plainTo(addr net.Addr) bool {
	tcp, ok := addr.(*net.TCPAddr)
	return ok && c.PlainTo != nil && c.PlainTo(tcp.AddrPort().Addr().Unmap())
}

func (s *Session) start(ctx context.Context, a Account, roots *x509.CertPool) error {
	if err := s.greet(ctx, a, roots); err != nil {
		return err
	}
	if err := s.imap.WaitGreeting(); err != nil {
		return fmt.Errorf("%w: %w", ErrConnect, err)
	}
	if err := s.imap.Login(a.Username, a.Password).Wait(); err != nil {
		return refusal(ErrLogin, err)
	}
	if _, err := s.imap.Select(a.Folder, nil).Wait(); err != nil {
		return refusal(ErrFolder, err)
	}
	return nil
}

// greet makes the client, with TLS if it is to be.
func (s *Session) greet(ctx context.Context, a Account, roots *x509.CertPool) error {
	config := &tls.Config{ServerName: a.Host, RootCAs: roots, MinVersion: tls.VersionTLS12, NextProtos: []string{"imap"}}
	options := &imapclient.Options{TLSConfig: config, UnilateralDataHandler: &imapclient.UnilateralDataHandler{
		Mailbox: func(*imapclient.UnilateralDataMailbox) { s.noteChange() },
	}}
	switch a.Security {
	case Plain:
		s.imap = imapclient.New(s.conn, options)
	case STARTTLS:
		client, err := imapclient.NewStartTLS(s.conn, options)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrTLS, err)
		}
		s.imap = client
	default:
		secure := tls.Client(s.conn, config)
		if err := secure.HandshakeContext(ctx); err != nil {
			return fmt.Errorf("%w: %w", ErrTLS, err)
		}
		s.imap = imapclient.New(secure, options)
	}
	return nil
}

// refusal is what when the server has answered NO, and err by itself when the
// connection is what failed.
func refusal(what, err error) error {
	var no *imap.Error
	if errors.As(err, &no) {
		return fmt.Errorf("%w: %w", what, err)
	}
	return fmt.Errorf("%w: %w", ErrConnect, err)
}
