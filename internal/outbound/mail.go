package outbound

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/smtp"
	"net/textproto"
	"strings"
	"time"
)

// ErrRefused is wrapped by errors that will come again however often the same
// is tried: the other side has understood and said no.
var ErrRefused = errors.New("refused for good")

// ErrUnreachable is wrapped by errors that say something about the way and
// nothing about what was to be sent over it.
var ErrUnreachable = errors.New("not reached")

// Mail is a message with its envelope. From may be empty, which asks for no
// bounces. Raw has CRLF line ends.
type Mail struct {
	From, To string
	Raw      []byte
}

// Step is how far the handing over of a mail has come.
type Step string

// The steps of a mail in their order.
const (
	StepConnected Step = "connected" // the address that was reached
	StepTLS       Step = "starttls"  // the version and whether the certificate fits, or why there is no TLS
	StepAccepted  Step = "accepted"
)

// mailTimeout bounds the handing over of one mail.
const mailTimeout = time.Minute

// HandOver gives a mail to the mail server at host:port, encrypted where the
// server can, whatever its certificate: report mail must arrive when TLS is
// broken (RFC 8460 §5.3). helo is the name that is given in the greeting. step
// is told of each step with a few words about it; it may be nil.
func (d *Dialer) HandOver(ctx context.Context, server, helo string, m Mail, step func(Step, string)) error {
	if step == nil {
		step = func(Step, string) {}
	}
	ctx, cancel := context.WithTimeout(ctx, mailTimeout)
	defer cancel()
	conn, err := d.DialContext(ctx, "tcp", server)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	step(StepConnected, conn.RemoteAddr().String())
	host, _, err := net.SplitHostPort(server)
	if err != nil {
		return err
	}
	client, err := smtp.NewClient(conn, host)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	if helo != "" {
		if err := client.Hello(helo); err != nil {
			return err
		}
	}
	detail, err := startTLS(client, host)
	if err != nil {
		return err
	}
	step(StepTLS, detail)
	if err := transfer(client, m); err != nil {
		return err
	}
	step(StepAccepted, server)
	return nil
}

// startTLS says in words what came of it. A handshake that fails ends the
// connection; a certificate that does not fit is only told of.
func startTLS(client *smtp.Client, host string) (string, error) {
	if ok, _ := client.Extension("STARTTLS"); !ok {
		return "not offered: sent in clear", nil
	}
	var fault error
	config := &tls.Config{
		ServerName: host, InsecureSkipVerify: true, // #nosec G402 -- judged below, not enforced: report mail must arrive when TLS is broken (RFC 8460 §5.3)
		VerifyConnection: func(s tls.ConnectionState) error { fault = certificateFault(s, host); return nil },
	}
	if err := client.StartTLS(config); err != nil {
		return "", fmt.Errorf("%w: STARTTLS: %w", ErrUnreachable, err)
	}
	state, _ := client.TLSConnectionState()
	if fault != nil {
		return tls.VersionName(state.Version) + ", certificate not trusted: " + fault.Error(), nil
	}
	return tls.VersionName(state.Version) + ", certificate valid", nil
}

// mailClient is what net/smtp and the library of the relay have in common.
type mailClient interface {
	Mail(from string) error
	Rcpt(to string) error
	Data() (dataWriter, error)
	Quit() error
}

type dataWriter interface {
	Write(p []byte) (int, error)
	Close() error
}

type plainClient struct{ *smtp.Client }

func (c plainClient) Data() (dataWriter, error) { return c.Client.Data() }

func transfer(client *smtp.Client, m Mail) error { return send(plainClient{client}, m) }

// send runs one mail transaction.
func send(client mailClient, m Mail) error {
	if err := m.check(); err != nil {
		return err
	}
	if err := client.Mail(m.From); err != nil {
		return answered(err)
	}
	if err := client.Rcpt(m.To); err != nil {
		return answered(err)
	}
	w, err := client.Data()
	if err != nil {
		return answered(err)
	}
	if _, err := w.Write(m.Raw); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return answered(err)
	}
	_ = client.Quit() // the mail is theirs by now
	return nil
}

// check keeps anything but two addresses out of the envelope.
func (m *Mail) check() error {
	for _, a := range []string{m.From, m.To} {
		if strings.ContainsAny(a, "\r\n<> ,\x00") || len(a) > 320 || a != "" && strings.Count(a, "@") != 1 {
			return fmt.Errorf("%w: %q is not an address", ErrRefused, a)
		}
	}
	if m.To == "" {
		return fmt.Errorf("%w: no recipient", ErrRefused)
	}
	return nil
}

// answered marks a reply of 5xx as final (RFC 5321 §4.2.1).
func answered(err error) error {
	var reply *textproto.Error
	if errors.As(err, &reply) && reply.Code/100 == 5 {
		return fmt.Errorf("%w: %w", ErrRefused, err)
	}
	return err
}
