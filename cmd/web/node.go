package main

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"sync/atomic"
	"time"

	"github.com/sealpost/sealpost/handlers"
	"github.com/sealpost/sealpost/internal/dnscheck"
	"github.com/sealpost/sealpost/internal/ingest"
	"github.com/sealpost/sealpost/internal/nameserver"
	"github.com/sealpost/sealpost/internal/password"
	"github.com/sealpost/sealpost/internal/smtpd"
	"github.com/sealpost/sealpost/internal/tlsrpt"
	"github.com/sealpost/sealpost/jobs"
	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/static"
	"golang.org/x/sync/errgroup"
)

// node is one running process with the roles it was given. Its listeners are
// open when start returns; run serves them.
type node struct {
	config config
	log    *slog.Logger
	holder string

	key     []byte // of the installation
	ready   atomic.Bool
	pending error // what the rest of the node waits for

	store   *models.Store
	release func() // the lock of the SQLite file
	intake  *ingest.Ingest
	checks  *jobs.DomainChecks
	mails   *jobs.OutgoingMails
	forward *jobs.Forwards
	tests   *jobs.SelfTests
	public  *jobs.PublicChecks
	boxes   *jobs.Mailboxes
	zone    *jobs.ZoneKeeper
	elector *jobs.Elector
	counts  *jobs.Counters

	dns       *nameserver.Server
	answering *service // serves dns
	scraping  *service // serves metrics

	smtp    *smtpd.Server
	web     listener
	metrics listener
}

// listener is an HTTP server and the socket it will serve on.
type listener struct {
	server *http.Server
	socket net.Listener
}

// start opens all listeners of the node's roles and the database. Whatever
// would keep it from serving is an error here, with one exception: a node that
// has a snapshot of its zone answers DNS without a database, and the rest of it
// is pending until await has found the database.
func start(ctx context.Context, c config, log *slog.Logger) (n *node, err error) {
	n = &node{config: c, log: log, holder: holderName(), counts: &jobs.Counters{}}
	defer func() {
		if err != nil {
			n.close()
		}
	}()
	if n.key, err = c.secretKey(); err != nil {
		return n, err
	}
	if err := n.lock(); errors.Is(err, models.ErrInUse) {
		return n, err
	}
	for _, open := range []func(context.Context) error{n.openDNS, n.openMetrics} {
		if err := open(ctx); err != nil {
			return n, err
		}
	}
	err = n.openRest(ctx)
	if n.canWait(err) {
		n.pending = err
		return n, nil
	}
	return n, err
}

// openRest opens what needs the database.
func (n *node) openRest(ctx context.Context) error {
	if err := n.openDatabase(ctx); err != nil {
		return err
	}
	c := n.config
	n.intake = ingest.New(ingest.Config{
		Store: n.store, Zone: c.names(), LookupTXT: txtLookup(c.Resolvers), Limits: c.reportLimits(),
		Now: c.now, Log: n.log, Holder: n.holder, MinFree: n.config.Limits.FreeBytes,
	})
	for _, open := range []func(context.Context) error{n.openSMTP, n.openWeb} {
		if err := open(ctx); err != nil {
			return err
		}
	}
	n.prepareJobs()
	n.ready.Store(true)
	return nil
}

// holderName tells this process from all others that share the database.
func holderName() string {
	host, err := os.Hostname()
	if err != nil {
		host = "node"
	}
	var b [6]byte
	rand.Read(b[:]) // never fails
	return fmt.Sprintf("%s-%d-%s", host, os.Getpid(), hex.EncodeToString(b[:]))
}

func (c *config) reportLimits() tlsrpt.Limits {
	l := tlsrpt.DefaultLimits()
	l.Message, l.Decompressed = c.Limits.MessageBytes, c.Limits.DecompressedBytes
	l.Policies, l.Details = c.Limits.Policies, c.Limits.FailureDetails
	return l
}

func (n *node) openSMTP(context.Context) error {
	if !n.config.has("smtp") {
		return nil
	}
	secure, err := n.smtpTLS()
	if err != nil {
		return err
	}
	n.smtp, err = smtpd.Listen(smtpd.Config{
		Hostname: n.config.SMTPHostname, Limits: n.config.smtpLimits(), Log: n.log, Now: n.config.now,
		TLS: secure, Ready: n.intake.MailReady, Recipient: n.intake.Recipient, Accept: n.intake.Mail, Receiving: n.intake.Receiving,
	}, n.config.SMTPAddr)
	if err != nil {
		return fmt.Errorf("SMTP_ADDR: %w", err)
	}
	return nil
}

func (c *config) smtpLimits() smtpd.Limits {
	l := smtpd.DefaultLimits()
	l.MessageBytes, l.Connections = c.Limits.MessageBytes, c.Limits.SMTPConnections
	l.Recipients, l.Transactions = c.Limits.SMTPRecipients, c.Limits.SMTPTransactions
	for i, n := range l.PerBlock { // the larger networks keep their proportion
		l.PerBlock[i] = n * c.Limits.SMTPPerAddress / smtpd.DefaultLimits().PerBlock[0]
		l.Rate[i] = l.Rate[i] * c.Limits.SMTPRate / smtpd.DefaultLimits().Rate[0]
	}
	return l
}

// smtpTLS is what STARTTLS offers: the certificate of the files, or else a
// self-signed one, which senders of reports accept (RFC 8460 §3).
func (n *node) smtpTLS() (*tls.Config, error) {
	if n.config.SMTPTLSCert == "" {
		certificate, err := smtpd.SelfSigned(n.config.SMTPHostname, n.config.now())
		return &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}, err
	}
	files, err := openCertificate("SMTP_TLS_CERT", n.config.SMTPTLSCert, n.config.SMTPTLSKey, n.log)
	if err != nil {
		return nil, err
	}
	return &tls.Config{GetCertificate: files.get, MinVersion: tls.VersionTLS12}, nil
}

// Time limits of the web server: headers are small and must come soon. Bodies and
// answers are bounded by what moves (handlers.Paced); writeTimeout is for a
// handler that says nothing at all.
const (
	headerTimeout = 10 * time.Second
	writeTimeout  = 5 * time.Minute
	idleTimeout   = 2 * time.Minute
	headerBytes   = 64 << 10
)

func (n *node) openWeb(context.Context) error {
	if !n.config.has("web") {
		return nil
	}
	handler, err := n.pages()
	if err != nil {
		return err
	}
	n.web, err = n.listen("HTTP_ADDR", n.config.HTTPAddr, handler)
	if err != nil {
		return err
	}
	n.web.socket = n.guarded(n.web.socket)
	if n.config.TLSCert == "" {
		return nil
	}
	files, err := openCertificate("TLS_CERT", n.config.TLSCert, n.config.TLSKey, n.log)
	if err != nil {
		return err
	}
	n.web.socket = tls.NewListener(n.web.socket, &tls.Config{
		GetCertificate: files.get, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"},
	})
	return nil
}

func (n *node) pages() (http.Handler, error) {
	assets, err := static.New()
	if err != nil {
		return nil, err
	}
	passwords, err := password.NewPolicy()
	if err != nil {
		return nil, err
	}
	base, err := url.Parse(n.config.BaseURL)
	if err != nil {
		return nil, err
	}
	bounds := handlers.DefaultLimits()
	bounds.Report = n.config.reportLimits()
	bounds.PublicChecks, bounds.Analyses = n.config.Limits.PublicChecks, n.config.Limits.Analyses
	bounds.APICalls, bounds.WrongTokens = n.config.Limits.APICalls, n.config.Limits.WrongTokens
	return handlers.New(handlers.Deps{
		Store: n.store, Intake: n.intake, Zone: n.config.names(), Assets: assets, BaseURL: base,
		Now: n.config.now, Log: n.log, Random: rand.Reader, Signup: n.config.Signup, TrustedProxies: n.config.TrustedProxies,
		Limits: bounds, Health: n.health, ZoneChanged: n.refreshZone, Passwords: passwords, SingleSignOn: n.signOn(),
		SendsMail: n.config.MailURL != "" || n.config.showsMail(), ShowsMail: n.config.showsMail(), Preload: n.config.HSTSPreload,
	}), nil
}

func (n *node) openMetrics(context.Context) (err error) {
	if n.config.MetricsAddr == "" {
		return nil
	}
	n.metrics, err = n.listen("METRICS_ADDR", n.config.MetricsAddr, n.metricsHandler())
	if err == nil {
		n.scraping = begin(n.metrics.serve)
	}
	return err
}

func (n *node) listen(setting, addr string, handler http.Handler) (listener, error) {
	socket, err := net.Listen("tcp", addr)
	if err != nil {
		return listener{}, fmt.Errorf("%s: %w", setting, err)
	}
	return listener{socket: socket, server: &http.Server{
		Handler: handlers.Paced(handler), ErrorLog: slog.NewLogLogger(n.log.Handler(), slog.LevelWarn),
		ReadHeaderTimeout: headerTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout,
		MaxHeaderBytes: headerBytes,
	}}, nil
}

func (n *node) prepareJobs() {
	c := n.config
	n.elector = &jobs.Elector{Store: n.store, Holder: n.holder, Now: time.Now}
	own := ""
	if n.dns != nil {
		own = n.dns.Addr().String()
	}
	n.checks = &jobs.DomainChecks{
		Store: n.store, Zone: c.names(), Holder: n.holder, Now: c.now, Spread: mathrand.Float64, Log: n.log,
		Pace: dnscheck.Pace{Min: c.CheckMinInterval, Max: c.CheckMaxInterval},
		Checker: &dnscheck.Checker{
			Zone: c.names(), Resolvers: c.Resolvers, Own: own, AuthPort: c.authPort, Allow: c.OutboundAllow, Now: c.now,
		},
	}
	n.prepareWaysOut()
	n.boxes = n.mailboxes()
	n.public = &jobs.PublicChecks{Store: n.store, Checker: n.checks.Checker, Zone: c.names(), Holder: n.holder, Now: c.now, Log: n.log}
}

// jobs is the list of all scheduled work.
func (n *node) jobs() []jobs.Job {
	list := []jobs.Job{
		{Name: "zone", Every: 2 * time.Second, EveryNode: true, Run: n.zone.Refresh},
		{Name: "zone-snapshot", Every: 2 * time.Second, EveryNode: true, Run: n.zone.Save},
		{Name: "space", Every: 2 * time.Second, EveryNode: true, Run: func(context.Context) error { return n.intake.CheckSpace() }},
	}
	if !n.config.has("jobs") {
		return list
	}
	retention := &jobs.Retention{
		Store: n.store, Raw: time.Duration(n.config.RetentionRaw), Rows: time.Duration(n.config.RetentionRows),
		Unseen: time.Duration(n.config.Limits.PendingAge), Now: n.config.now,
	}
	if n.config.ReverseNames {
		names := &jobs.ReverseNames{Store: n.store, Lookup: resolver(n.config.Resolvers).LookupAddr, Now: n.config.now}
		list = append(list, jobs.Job{Name: "reverse-names", Every: time.Minute, Run: names.Run})
	}
	return append(list,
		jobs.Job{Name: "outgoing-mails", Every: time.Second, Run: n.mails.Tick},
		jobs.Job{Name: "forwards", Every: time.Second, Run: n.forward.Tick},
		jobs.Job{Name: "self-tests", Every: time.Second, Run: n.tests.Tick},
		jobs.Job{Name: "domain-checks", Every: time.Second, Run: n.checks.Tick},
		jobs.Job{Name: "public-checks", Every: time.Second, Run: n.public.Tick},
		jobs.Job{Name: "mailboxes", Every: time.Second, Run: n.boxes.Tick},
		jobs.Job{Name: "public-checks-forget", Every: time.Hour, Run: n.public.Forget},
		jobs.Job{Name: "pending-deliveries", Every: 5 * time.Second, EveryNode: true, Run: func(context.Context) error { n.intake.Wake(); return nil }},
		jobs.Job{Name: "reporters", Every: 5 * time.Second, Run: (&jobs.Reporters{Store: n.store}).Run},
		jobs.Job{Name: "weeks", Every: 30 * time.Second, Run: n.store.RollWeeks},
		jobs.Job{Name: "retention", Every: time.Hour, Run: retention.Run},
		jobs.Job{Name: "removals", Every: time.Minute, Run: (&jobs.Removals{Store: n.store, Log: n.log}).Run},
	)
}

// drainTimeout is how long requests in hand may take at a stop.
const drainTimeout = 30 * time.Second

// run serves until ctx is done or something fails, then stops in order: the
// doors close first, what came in through them is stored, DNS is last.
func (n *node) run(ctx context.Context) error {
	defer n.close()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var doors, store, dns errgroup.Group
	storing, stopStoring := context.WithCancel(context.Background())
	defer stopStoring()
	guard := func(g *errgroup.Group, what string, serve func() error) {
		g.Go(func() error {
			err := serve()
			if err != nil {
				err = fmt.Errorf("%s: %w", what, err)
				cancel(err)
			}
			return err
		})
	}
	if n.dns != nil {
		guard(&dns, "name server", n.answering.wait)
	}
	guard(&store, "intake", func() error { return n.intake.Run(storing) })
	if n.smtp != nil {
		guard(&doors, "mail server", func() error { return n.smtp.Serve(ctx) })
	}
	if n.web.server != nil {
		guard(&doors, "web server", func() error { return n.web.serve(ctx) })
	}
	if n.scraping != nil {
		guard(&dns, "metrics", n.scraping.wait)
	}
	guard(&doors, "jobs", func() error { return n.runJobs(ctx) })
	n.intake.Wake() // what a crash has left behind

	<-ctx.Done()
	n.log.Info("stopping")
	errs := []error{doors.Wait()}
	stopStoring()
	errs = append(errs, store.Wait(), n.zone.SaveNow())
	n.answering.stop()
	n.scraping.stop()
	return errors.Join(append(errs, dns.Wait())...)
}

func (n *node) runJobs(ctx context.Context) error {
	scheduler := jobs.Scheduler{Jobs: n.jobs(), Elector: n.elector, Counters: n.counts, Log: n.log}
	err := scheduler.Run(ctx)
	for _, w := range []interface{ Wait() }{n.checks, n.mails, n.forward, n.tests, n.boxes} {
		w.Wait()
	}
	n.public.Wait()
	return errors.Join(err, n.elector.Resign(context.WithoutCancel(ctx)))
}

func (l listener) serve(ctx context.Context) error {
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
		defer cancel()
		stopped <- l.server.Shutdown(drain)
	}()
	if err := l.server.Serve(l.socket); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-stopped
}

// close gives back what start has opened and run has not closed.
func (n *node) close() {
	n.answering.stop()
	n.scraping.stop()
	for _, l := range []listener{n.web, n.metrics} {
		if l.socket != nil {
			l.socket.Close()
		}
	}
	if n.store != nil {
		n.store.Close()
	}
	if n.release != nil {
		n.release()
	}
}

// doors says in one line each where the node can be reached.
func (n *node) doors() []string {
	lines := []string{"Sealpost is ready."}
	if n.pending != nil {
		lines = []string{"Sealpost answers DNS from its snapshot; the rest waits for the database."}
	}
	if n.web.socket != nil {
		lines = append(lines, "  pages    "+n.config.BaseURL+"  (listening on "+n.web.socket.Addr().String()+")")
	}
	if n.dns != nil {
		lines = append(lines, "  DNS      "+n.dns.Addr().String()+" for "+n.config.Zone)
	}
	if n.smtp != nil {
		lines = append(lines, "  mail     "+n.smtp.Addr().String()+" for "+n.config.ReportDomain)
	}
	if n.web.socket != nil && n.config.showsMail() {
		lines = append(lines, "  sent     nothing; what would be stands at "+n.config.BaseURL+"/dev/mail")
	}
	if n.metrics.socket != nil {
		lines = append(lines, "  metrics  http://"+n.metrics.socket.Addr().String()+"/metrics")
	}
	return lines
}
