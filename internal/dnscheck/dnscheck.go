// Package dnscheck asks name servers and resolvers about one domain's TLS-RPT
// record, judges what they said, and says when to ask again. Asking (Checker)
// gathers facts only; judging (Judge) and planning (Next) are pure functions.
// It never imports a database, a web framework or a package of ours that does.
package dnscheck

import (
	"cmp"
	"crypto/x509"
	"net/netip"
	"time"

	"github.com/sealpost/sealpost/internal/hosted"
)

// Checker asks. Its fields are read-only once it is in use; one Checker serves
// any number of checks at once, because politeness towards a server counts
// over all of them. It must not be copied.
type Checker struct {
	// Zone tells our own names apart from others.
	Zone hosted.Zone
	// Resolvers are the recursive resolvers, host:port each, at least one.
	Resolvers []string
	// Own is the host:port of our own name server, or "" to ask none.
	Own string
	// AuthPort is the port of authoritative servers; 0 means 53.
	AuthPort uint16
	// Allow are blocks of special-purpose addresses that may be asked all the same.
	Allow []netip.Prefix
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Timeout bounds one question with its repetition; 0 means 5 seconds.
	Timeout time.Duration
	// Total bounds one check; 0 means MaxTotal.
	Total time.Duration
	// Questions bounds the packets sent in one check; 0 means 50.
	Questions int
	// PerSecond bounds the questions to one server address in any second,
	// over all checks; 0 means 10, and a negative number no bound.
	PerSecond int
	// InFlight bounds the unanswered questions to one server address; 0 means 4.
	InFlight int
	// Roots are the authorities of certificates for https destinations; nil
	// means the system's.
	Roots *x509.CertPool

	polite     politeness
	lines      lines
	lookups    memory[question, found]
	owners     memory[ownerQuestion, reply]
	handshakes memory[string, Sight]
}

// MaxTotal is how long a check takes at most. It leaves a claim of 30 seconds
// time to store what was seen.
const MaxTotal = 25 * time.Second

// Expect is what the domain's owner was told to publish.
type Expect struct {
	// Token is the token of the registered domain, or "" when the domain is
	// not registered (the public checker).
	Token string
	// Seen says that the delegation was seen before. Until then resolvers are
	// not asked while the record is absent at its own servers: the question
	// itself would make them remember the absence.
	Seen bool
}

func (c *Checker) now() time.Time {
	if c.Now == nil {
		return time.Now().UTC()
	}
	return c.Now().UTC()
}

func (c *Checker) timeout() time.Duration { return cmp.Or(c.Timeout, 5*time.Second) }

func (c *Checker) total() time.Duration { return cmp.Or(c.Total, MaxTotal) }

func (c *Checker) questions() int { return cmp.Or(c.Questions, 50) }

func (c *Checker) perSecond() int { return cmp.Or(c.PerSecond, 10) }

func (c *Checker) inFlight() int { return cmp.Or(c.InFlight, 4) }

func (c *Checker) authPort() uint16 { return cmp.Or(c.AuthPort, 53) }
