package outbound

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail"
	gosmtp "github.com/wneessen/go-mail/smtp"
)

// ErrRelay says that MAIL_URL cannot be used as it is written.
var ErrRelay = errors.New("must be smtp://USER:PASSWORD@HOST:PORT or the same with smtps")

// ErrNoRelay says that this installation has no mail server to send by.
var ErrNoRelay = fmt.Errorf("%w: this installation sends no mail", ErrUnreachable)

// Relay is the mail server that takes our outgoing mail. It is the operator's
// own and not guarded: MAIL_URL may name any host.
type Relay struct {
	From string // the sender of all our mail

	host     string
	port     int
	user     string
	password string
	implicit bool // TLS from the first byte (smtps)
}

// ParseRelay reads MAIL_URL. The query may name the sender
// (?from=tls@example.com); else it is from.
func ParseRelay(mailURL, from string) (*Relay, error) {
	u, err := url.Parse(mailURL)
	if err != nil || u.Hostname() == "" || u.Scheme != "smtp" && u.Scheme != "smtps" || strings.Trim(u.Path, "/") != "" {
		return nil, ErrRelay // without the text, which holds a password
	}
	r := &Relay{From: from, host: u.Hostname(), port: 587, implicit: u.Scheme == "smtps", user: u.User.Username()}
	r.password, _ = u.User.Password()
	if r.implicit {
		r.port = 465
	}
	if text := u.Port(); text != "" {
		if r.port, err = strconv.Atoi(text); err != nil || r.port < 1 || r.port > 65535 {
			return nil, ErrRelay
		}
	}
	if text := u.Query().Get("from"); text != "" {
		r.From = text
	}
	if (&Mail{From: r.From, To: r.From}).check() != nil {
		return nil, fmt.Errorf("%w: from is not an address", ErrRelay)
	}
	return r, nil
}

// Send gives a mail to the relay. TLS is used where it is offered, and needed
// before a password is given away, unless the relay is on this machine.
func (r *Relay) Send(ctx context.Context, m Mail) error {
	if err := m.check(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, mailTimeout)
	defer cancel()
	client, err := mail.NewClient(r.host, r.options()...)
	if err != nil {
		return err
	}
	conn, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	defer conn.Close()
	return send(relayClient{conn}, m)
}

func (r *Relay) options() []mail.Option {
	policy := mail.TLSOpportunistic
	if r.user != "" && !r.local() {
		policy = mail.TLSMandatory
	}
	options := []mail.Option{mail.WithPort(r.port), mail.WithTLSPolicy(policy), mail.WithTimeout(mailTimeout / 2), mail.WithoutNoop()}
	if r.implicit {
		options = append(options, mail.WithSSL())
	}
	if r.user != "" {
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(r.user), mail.WithPassword(r.password))
	}
	return options
}

func (r *Relay) local() bool {
	addr, err := netip.ParseAddr(r.host)
	return r.host == "localhost" || err == nil && addr.IsLoopback()
}

// relayClient adds the angle brackets that the library leaves to its callers.
type relayClient struct{ *gosmtp.Client }

func (c relayClient) Mail(from string) error { return c.Client.Mail("<" + from + ">") }

func (c relayClient) Rcpt(to string) error { return c.Client.Rcpt("<" + to + ">") }

func (c relayClient) Data() (dataWriter, error) { return c.Client.Data() }

// String names the relay without its password.
func (r *Relay) String() string { return net.JoinHostPort(r.host, strconv.Itoa(r.port)) }

// Letter is a plain-text mail of ours.
type Letter struct {
	From, To, Subject, Text string
	Date                    time.Time
	ID                      string // of the mail; sending it twice keeps it
}

// Compose writes a letter as a message. What cannot stand in a header is
// refused with ErrRefused, so that no text can add a field.
func (l Letter) Compose() ([]byte, error) {
	if strings.ContainsAny(l.Subject+l.ID, "\r\n\x00") {
		return nil, fmt.Errorf("%w: a line end in a header field", ErrRefused)
	}
	_, domain, _ := strings.Cut(l.From, "@")
	m := mail.NewMsg(mail.WithNoDefaultUserAgent())
	if err := errors.Join(m.FromFormat("Sealpost", l.From), m.To(l.To)); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRefused, err)
	}
	m.Subject(l.Subject)
	m.SetDateWithValue(l.Date)
	m.SetMessageIDWithValue(l.ID + "@" + domain)
	m.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834 §5: no vacation notes back
	m.SetBodyString(mail.TypeTextPlain, l.Text)
	var out bytes.Buffer
	_, err := m.WriteTo(&out)
	return out.Bytes(), err
}
