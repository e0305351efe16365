package jobs

import (
	"context"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/sealpost/sealpost/internal/hosted"
	"github.com/sealpost/sealpost/internal/outbound"
	"github.com/sealpost/sealpost/internal/tlsrpt"
	"github.com/sealpost/sealpost/models"
)

const (
	selfTestsAtOnce = 16
	// selfTestLease keeps a claimed self-test from other nodes: as long as one
	// is waited for.
	selfTestLease = models.SelfTestPatience
	// selfTestTimeout bounds the sending of one.
	selfTestTimeout = 90 * time.Second
)

// SelfTestSelector is the DKIM selector of self-tests.
const SelfTestSelector = "selftest"

// The stages of a self-test that its sender sees, in their order.
const (
	StageRecord   = "record"
	StageMX       = "mx"
	StageConnect  = "connect"
	StageTLS      = "starttls"
	StageAccepted = "accepted"
)

// Resolver looks up what a sender of reports looks up.
type Resolver interface {
	LookupTXT(ctx context.Context, name string) ([]string, error)
	LookupMX(ctx context.Context, name string) ([]*net.MX, error)
}

// SelfTests send the reports of self-tests the way a stranger would: what they
// need to know they ask the DNS for.
type SelfTests struct {
	Store    *models.Store
	Zone     hosted.Zone
	Resolver Resolver
	Dialer   *outbound.Dialer
	Poster   Poster
	Key      ed25519.PrivateKey
	// PostURL is where reports may be posted, before the secret.
	PostURL string
	// HELO is the name that the sender gives itself.
	HELO string
	// MXPort is the port of mail servers: 25 outside of tests.
	MXPort uint16
	Holder string
	Now    func() time.Time
	Log    *slog.Logger

	slots slots
}

// SelfTestKey is the key that all nodes of an installation sign self-tests
// with. It is derived, so that nothing has to be kept or shared.
func SelfTestKey(secret []byte) ed25519.PrivateKey {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte("self-test-dkim"))
	return ed25519.NewKeyFromSeed(mac.Sum(nil))
}

// SelfTestDomain is the domain that self-tests are from: one in the zone, where
// their key can be served.
func SelfTestDomain(zone hosted.Zone) string {
	if zone.ReportDomain == zone.Name || strings.HasSuffix(zone.ReportDomain, "."+zone.Name) {
		return zone.ReportDomain
	}
	return zone.Name
}

// SelfTestRecord is the name and the text of the record that holds the public
// half of the key (RFC 6376 §3.6.1, RFC 8463), for reports only (RFC 8460 §3).
func SelfTestRecord(zone hosted.Zone, key ed25519.PrivateKey) (owner, text string) {
	public := base64.StdEncoding.EncodeToString(key.Public().(ed25519.PublicKey))
	return SelfTestSelector + "._domainkey." + SelfTestDomain(zone), "v=DKIM1; k=ed25519; s=tlsrpt; p=" + public
}

// Tick claims the self-tests that nobody is running and starts them.
func (s *SelfTests) Tick(ctx context.Context) error {
	claim := func(limit int) ([]models.DueSelfTest, error) {
		return s.Store.ClaimSelfTests(ctx, s.Holder, limit, selfTestLease)
	}
	return fill(ctx, &s.slots, selfTestsAtOnce, s.Log, claim, s.run)
}

// Wait returns when nothing is being sent.
func (s *SelfTests) Wait() { s.slots.wait() }

// attempt is one self-test while it is being sent.
type attempt struct {
	*SelfTests
	test   models.SelfTest
	domain models.Domain
}

func (s *SelfTests) run(ctx context.Context, due models.DueSelfTest) {
	a := &attempt{SelfTests: s, test: due.SelfTest, domain: due.Domain}
	a.test.Stages = nil // of a run that was cut off
	ctx, cancel := context.WithTimeout(ctx, selfTestTimeout)
	defer cancel()
	if fault := a.send(ctx); fault != nil {
		s.Log.Info("a self-test was not delivered", "domain", a.domain.Name, "stage", fault.stage, "error", fault.err)
		a.test.State = models.SelfTestFailed
		a.stage(ctx, fault.stage, fault.sentence, true)
	}
}

// fault is the stage at which a self-test has ended, with its sentence.
type fault struct {
	stage    string
	sentence string
	err      error
}

// stage stores that a stage is done, so that the page shows it at once.
func (a *attempt) stage(ctx context.Context, name, detail string, failed bool) {
	a.test.Stages = append(a.test.Stages, models.SelfTestStage{Name: name, At: a.Now().UTC(), Failed: failed, Detail: detail})
	a.test.Sent = a.test.Sent || name == StageAccepted
	if err := a.Store.SaveSelfTest(context.WithoutCancel(ctx), a.test); err != nil {
		a.Log.Error("a stage of a self-test could not be stored", "domain", a.domain.Name, "error", err)
	}
}

func (a *attempt) send(ctx context.Context) *fault {
	to, f := a.findRecord(ctx)
	if f != nil {
		return f
	}
	if to.URL != "" {
		return a.post(ctx, to.URL)
	}
	servers, f := a.findServers(ctx, to.Address)
	if f != nil {
		return f
	}
	message, err := a.message(to.Address)
	if err != nil {
		return &fault{StageConnect, "The report could not be written.", err}
	}
	return a.mail(ctx, servers, to.Address, message)
}

// findRecord looks up the record as a sender would and picks the destination
// that is ours. Others are never written to: who has not proven a domain must
// not make us send mail to whoever its record names.
func (a *attempt) findRecord(ctx context.Context) (tlsrpt.Destination, *fault) {
	name := hosted.Owner(a.domain.Name)
	texts, err := a.Resolver.LookupTXT(ctx, name+".")
	if err != nil {
		return tlsrpt.Destination{}, &fault{StageRecord, "No record was found at " + name + ": " + lookupWord(err) + ".", err}
	}
	txts := make([]tlsrpt.TXT, len(texts))
	for i, text := range texts {
		txts[i] = tlsrpt.TXT{text}
	}
	records := tlsrpt.SelectRecords(txts)
	if len(records) != 1 {
		return tlsrpt.Destination{}, &fault{StageRecord, fmt.Sprintf("There are %d TLS-RPT records at %s where senders want exactly one.", len(records), name), nil}
	}
	record, err := tlsrpt.ParseRecord(records[0])
	if err != nil && !record.Usable() {
		return tlsrpt.Destination{}, &fault{StageRecord, "The record at " + name + " cannot be read by senders.", err}
	}
	for _, d := range record.Destinations {
		if a.ours(d) {
			a.stage(ctx, StageRecord, records[0], false)
			return d, nil
		}
	}
	return tlsrpt.Destination{}, &fault{StageRecord, "The record at " + name + " sends reports elsewhere: no destination in it is the one that was given out here.", nil}
}

func (a *attempt) ours(d tlsrpt.Destination) bool {
	if token, ok := a.Zone.ParseAddress(d.Address); ok {
		return token == a.domain.Token
	}
	return d.URL != "" && d.URL == a.PostURL+a.Store.ReportSecret(a.domain)
}

func lookupWord(err error) string {
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		return "the resolvers know none"
	case errors.As(err, &dns) && dns.IsTimeout:
		return "the resolvers did not answer in time"
	default:
		return "the resolvers could not look it up"
	}
}

// findServers gives the mail servers of an address, most preferred first.
func (a *attempt) findServers(ctx context.Context, address string) ([]string, *fault) {
	_, domain, _ := strings.Cut(address, "@")
	list, err := a.Resolver.LookupMX(ctx, domain+".")
	if len(list) == 0 && err != nil {
		return nil, &fault{StageMX, "No mail server was found for " + domain + ": " + lookupWord(err) + ".", err}
	}
	var servers []string
	for _, mx := range list {
		if host := strings.TrimSuffix(mx.Host, "."); host != "" {
			servers = append(servers, net.JoinHostPort(host, strconv.Itoa(int(a.MXPort))))
		}
	}
	if len(servers) == 0 {
		return nil, &fault{StageMX, domain + " takes no mail: it has a null MX.", nil}
	}
	a.stage(ctx, StageMX, strings.Join(servers, ", "), false)
	return servers, nil
}

// report is about no sessions at all: nobody can take it for a real one.
func (a *attempt) report() *tlsrpt.Report {
	day := a.test.StartedAt.UTC().Truncate(24*time.Hour).AddDate(0, 0, -1)
	none := tlsrpt.Count{N: 0, Stated: true}
	return &tlsrpt.Report{
		Organization: "Sealpost self-test", Contact: a.sender(), ReportID: hosted.SelfTestReportID(a.test.Nonce),
		Start: day, End: day.AddDate(0, 0, 1),
		Policies: []tlsrpt.PolicyResult{{Type: tlsrpt.NoPolicyFound, Domain: a.domain.Name, Successful: none, Failed: none}},
	}
}

func (a *attempt) sender() string { return "self-test@" + SelfTestDomain(a.Zone) }

func (a *attempt) message(to string) ([]byte, error) {
	domain := SelfTestDomain(a.Zone)
	message, err := tlsrpt.ComposeMail(tlsrpt.MailOptions{
		From: a.sender(), To: to, Submitter: domain, PolicyDomain: a.domain.Name, Date: a.Now().UTC(), MessageID: a.test.ID + "@" + domain,
	}, a.report())
	if err != nil {
		return nil, err
	}
	return outbound.Signature{Domain: domain, Selector: SelfTestSelector, Key: a.Key}.Sign(message)
}

// mail tries the servers in turn, as a sender does.
func (a *attempt) mail(ctx context.Context, servers []string, to string, message []byte) *fault {
	last := &fault{StageConnect, "No mail server was reached.", nil}
	for _, server := range servers {
		next := StageConnect
		err := a.Dialer.HandOver(ctx, server, a.HELO, outbound.Mail{From: a.sender(), To: to, Raw: message}, func(step outbound.Step, detail string) {
			switch step {
			case outbound.StepConnected:
				a.stage(ctx, StageConnect, detail, false)
				next = StageTLS
			case outbound.StepTLS:
				a.stage(ctx, StageTLS, detail, false)
				next = StageAccepted
			case outbound.StepAccepted:
				a.stage(ctx, StageAccepted, detail, false)
			}
		})
		if err == nil {
			return nil
		}
		last = &fault{next, server + ": " + outbound.Sentence(err), err}
		if errors.Is(err, outbound.ErrRefused) {
			break
		}
	}
	return last
}

// post delivers to the private URL.
func (a *attempt) post(ctx context.Context, url string) *fault {
	data, err := a.report().Encode()
	if err == nil {
		data, err = tlsrpt.Gzip(data)
	}
	if err != nil {
		return &fault{StageConnect, "The report could not be written.", err}
	}
	answer, err := a.Poster.Post(ctx, url, tlsrpt.MediaType(data), data)
	if err != nil {
		return &fault{StageAccepted, outbound.Sentence(err), err}
	}
	a.stage(ctx, StageAccepted, answer.Status, false)
	return nil
}
