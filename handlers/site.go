// Package handlers is HTTP in, page or redirect out: one file for one page or
// action, every route in routes.go. A handler reads the input, calls the store
// or the intake, builds a view struct and renders it. It never imports jobs,
// dnscheck, smtpd, nameserver or cmd, and no page waits for DNS.
package handlers

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"github.com/sealpost/sealpost/internal/gate"
	"github.com/sealpost/sealpost/internal/hosted"
	"github.com/sealpost/sealpost/internal/ingest"
	"github.com/sealpost/sealpost/internal/passkey"
	"github.com/sealpost/sealpost/internal/password"
	"github.com/sealpost/sealpost/internal/tlsrpt"
	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/static"
)

// Intake takes deliveries in. Ready says at once whether one would be taken,
// StorageFull whether space is what lacks. Accept returns when one is durable;
// Outcome waits a while for one to be read and gives it as it is then.
type Intake interface {
	Ready() error
	StorageFull() bool
	Accept(ctx context.Context, d ingest.Delivery) (ingest.Receipt, error)
	Outcome(ctx context.Context, accountID, id string, wait time.Duration) (models.Delivery, error)
	// Wake makes it look for deliveries that are to be judged again.
	Wake()
}

// The values of Deps.Signup.
const (
	SignupOpen   = "open"
	SignupInvite = "invite"
	SignupClosed = "closed"
)

// Limits bound what one request, one network or one account may cost.
type Limits struct {
	Report         tlsrpt.Limits // Report.Message is the largest POST and the largest uploaded file, in bytes
	Upload         int64         // bytes of one upload with all its files
	UploadFiles    int           // files of one upload
	UploadMessages int           // messages in the files of one upload, each of which has a row in the answer
	Memory         int64         // bytes of bodies held at once, over all requests; one account may have a quarter
	LoginFailures  int           // wrong passwords in a quarter of an hour for one address from one network; ten times that for either
	Signups        int           // sign-ups in a row from one network, then one in ten seconds
	PublicChecks   int           // public checks in a row from one network, then one in six seconds
	APICalls       int           // calls of the API with one token in a minute
	WrongTokens    int           // wrong API tokens in a row from one network, then one in five seconds
	Analyses       int           // forms to the analyzer in a row from one network, then one in ten seconds
}

// DefaultLimits are the published limits.
func DefaultLimits() Limits {
	return Limits{
		Report:         tlsrpt.DefaultLimits(),
		Upload:         100 << 20,
		UploadFiles:    200,
		UploadMessages: 1000,
		Memory:         512 << 20,
		LoginFailures:  5,
		Signups:        100,
		PublicChecks:   30,
		Analyses:       30,
		APICalls:       600,
		WrongTokens:    50,
	}
}

// Deps are what the pages need. All fields are required but those that say
// otherwise.
type Deps struct {
	Store  *models.Store
	Intake Intake
	Zone   hosted.Zone
	Assets *static.Assets
	// BaseURL is the public address of the pages. With https the cookies are
	// bound to the host and browsers are told never to use plain http.
	BaseURL *url.URL
	Now     func() time.Time
	Log     *slog.Logger
	Random  io.Reader // crypto/rand.Reader outside of tests
	Signup  string    // SignupOpen, SignupInvite or SignupClosed
	// TrustedProxies are those whose X-Forwarded-For is believed.
	TrustedProxies []netip.Prefix
	Limits         Limits
	// Health says what keeps this node from serving; it answers /readyz.
	Health func(ctx context.Context) error
	// ZoneChanged is called after a domain was added or removed and before the
	// person is told, so that this node's name server knows at once. May be nil.
	ZoneChanged func()
	// Passwords judges those that people choose.
	Passwords *password.Policy
	// SingleSignOn may be nil: then nobody signs in through another site.
	SingleSignOn SingleSignOn
	// SendsMail says that mails of ours reach people. ShowsMail says that they
	// are shown at /dev/mail instead of sent, which is for one's own machine only.
	SendsMail, ShowsMail bool
	// Preload consents to the lists of browsers that ask this host by https only.
	Preload bool
}

// site is Deps with what the handlers share beside it.
type site struct {
	Deps
	hashing  *passwordGate
	logins   *throttle     // wrong passwords by account and network
	guesses  *throttle     // wrong passwords by network
	accounts *throttle     // wrong passwords by address, from wherever
	begins   *throttle     // questions for a passkey by network
	codes    *throttle     // wrong codes of the second step
	mails    *throttle     // mails that are asked for by network
	signups  *throttle     // sign-ups by network
	checks   *throttle     // public checks by network
	analyses *throttle     // forms to the analyzer by network
	memory   *gate.Memory  // bodies that are being received, by account
	tools    *gate.Memory  // what is sent to the public tools, by network
	passkeys *passkey.Site // nil where browsers would keep none

	tokenGuesses *throttle  // wrong tokens by network
	apiCalls     *callLimit // calls by token
}

// New builds the pages. The caller serves them, Paced and with the timeouts of
// a server that faces the internet.
func New(d Deps) http.Handler {
	s := &site{
		Deps:     d,
		hashing:  newPasswordGate(),
		logins:   newThrottle(d.Now, d.Limits.LoginFailures, loginSpan/time.Duration(d.Limits.LoginFailures)),
		guesses:  newThrottle(d.Now, 10*d.Limits.LoginFailures, loginSpan/time.Duration(10*d.Limits.LoginFailures)),
		accounts: newThrottle(d.Now, 10*d.Limits.LoginFailures, loginSpan/time.Duration(10*d.Limits.LoginFailures)),
		begins:   newThrottle(d.Now, passkeyBegins, passkeyPause),
		codes:    newThrottle(d.Now, codeTries, codePause),
		mails:    newThrottle(d.Now, d.Limits.Signups, 10*time.Second),
		signups:  newThrottle(d.Now, d.Limits.Signups, 10*time.Second),
		checks:   newThrottle(d.Now, d.Limits.PublicChecks, publicPause),
		analyses: newThrottle(d.Now, d.Limits.Analyses, analyzePause),
		memory:   gate.NewMemory(d.Limits.Memory - d.Limits.Memory/toolsPart),
		tools:    gate.NewMemory(d.Limits.Memory / toolsPart),

		tokenGuesses: newThrottle(d.Now, d.Limits.WrongTokens, wrongTokenPause),
		apiCalls:     newCallLimit(d.Now, d.Limits.APICalls, time.Minute),
	}
	if keys, err := passkey.New(d.BaseURL); err == nil {
		s.passkeys = keys
	}
	return s.routes()
}

func (s *site) https() bool { return s.BaseURL.Scheme == "https" }

// zoneChanged tells the name server that a domain came or went.
func (s *site) zoneChanged() {
	if s.ZoneChanged != nil {
		s.ZoneChanged()
	}
}
