package main

import (
	"context"
	"log/slog"
	mathrand "math/rand/v2"
	"net"
	"net/netip"
	"net/url"
	"strings"

	"github.com/sealpost/sealpost/internal/hosted"
	"github.com/sealpost/sealpost/internal/ingest"
	"github.com/sealpost/sealpost/internal/nameserver"
	"github.com/sealpost/sealpost/internal/outbound"
	"github.com/sealpost/sealpost/jobs"
)

// relay is the mail server that takes our mail; nil when MAIL_URL is empty.
func (c *config) relay() (*outbound.Relay, error) {
	if c.MailURL == "" {
		return nil, nil
	}
	return outbound.ParseRelay(c.MailURL, c.mailFrom())
}

// mailFrom is who our mails are from unless MAIL_URL says otherwise.
func (c *config) mailFrom() string {
	base, err := url.Parse(c.BaseURL)
	if err != nil || base.Hostname() == "" {
		return "sealpost@" + c.Zone
	}
	if _, err := netip.ParseAddr(base.Hostname()); err == nil {
		return "sealpost@" + c.Zone
	}
	return "sealpost@" + base.Hostname()
}

// showsMail reports whether mails are shown at /dev/mail instead of sent: only
// on a machine that is its own public (rulings.md 31).
func (c *config) showsMail() bool {
	base, err := url.Parse(c.BaseURL)
	if err != nil || c.MailURL != "" {
		return false
	}
	addr, err := netip.ParseAddr(base.Hostname())
	return base.Hostname() == "localhost" || strings.HasSuffix(base.Hostname(), ".localhost") || err == nil && addr.IsLoopback()
}

// dialer guards connections to places that users name.
func (c *config) dialer(resolver *net.Resolver, ports ...uint16) *outbound.Dialer {
	return &outbound.Dialer{Allow: c.OutboundAllow, Ports: ports, Resolver: resolver}
}

// loggedMail stands in for a mail server where there is none.
type loggedMail struct{ log *slog.Logger }

// Send implements jobs.Mailer.
func (l loggedMail) Send(_ context.Context, m outbound.Mail) error {
	l.log.Info("MAIL_URL is empty: this mail is not sent", "to", m.To, "bytes", len(m.Raw))
	return nil
}

// noMail is the absence of a mail server where mail is not shown either.
type noMail struct{}

// Send implements jobs.Mailer.
func (noMail) Send(context.Context, outbound.Mail) error { return outbound.ErrNoRelay }

func (n *node) mailer() (jobs.Mailer, string) {
	relay, err := n.config.relay()
	switch {
	case err == nil && relay != nil:
		return relay, relay.From
	case n.config.showsMail():
		return loggedMail{n.log}, n.config.mailFrom()
	default:
		return noMail{}, n.config.mailFrom()
	}
}

// prepareWaysOut makes the jobs that send something.
func (n *node) prepareWaysOut() {
	c := n.config
	mailer, from := n.mailer()
	lookup := resolver(c.Resolvers)
	https := outbound.NewClient(c.dialer(lookup, 443), c.roots)
	n.mails = &jobs.OutgoingMails{
		Store: n.store, Mailer: mailer, From: from, KeepText: c.showsMail(), Holder: n.holder, Now: c.now, Spread: mathrand.Float64, Log: n.log,
	}
	n.forward = &jobs.Forwards{
		Store: n.store, Mailer: mailer, From: from, Poster: https, Limits: c.reportLimits(),
		Original: func(ctx context.Context, accountID, id string) ([]byte, error) {
			return ingest.Original(ctx, n.store, accountID, id)
		},
		Holder: n.holder, Now: c.now, Spread: mathrand.Float64, Log: n.log,
	}
	n.tests = &jobs.SelfTests{
		Store: n.store, Zone: c.names(), Resolver: lookup, Dialer: c.dialer(lookup), Poster: https,
		Key: jobs.SelfTestKey(n.store.SecretKey), PostURL: hosted.ReportURL(c.BaseURL, ""), HELO: c.SMTPHostname, MXPort: c.mxPort,
		Holder: n.holder, Now: c.now, Log: n.log,
	}
}

// selfTestKey is the record that self-tests are verified by.
func selfTestKey(names hosted.Zone, secret []byte) []nameserver.Entry {
	owner, text := jobs.SelfTestRecord(names, jobs.SelfTestKey(secret))
	return []nameserver.Entry{{Owner: owner, TXT: text}}
}
