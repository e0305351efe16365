package ingest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/sealpost/sealpost/internal/dkim"
	"github.com/sealpost/sealpost/internal/tlsrpt"
	"golang.org/x/net/publicsuffix"
)

// The words for how the check of a message's signatures ended.
const (
	dkimPass      = "pass"
	dkimWeak      = "weak" // a pass that leaves Content-Type open
	dkimNone      = "none"
	dkimFail      = "fail"
	dkimTempError = "temperror"
)

const (
	// maxSignatures bounds how many signatures of one message are checked.
	maxSignatures = 5
	// keyTimeout bounds the look-up of all their keys.
	keyTimeout = 6 * time.Second
)

// proof is what the signatures of a message say about who sent it.
type proof struct {
	Result   string
	Domain   string // d= of the signature that decided
	Selector string
	Reason   string // in one sentence, when Result is not pass
	Identity string // organisational domain, when Result is pass or weak
}

// unreadable says why no signature of a message means anything.
func unreadable(err error) string {
	if errors.Is(err, dkim.ErrHeader) {
		return "A line in the header of the message is no header field, so no signature of it means anything."
	}
	return "The lines of the message end in different ways, so no signature of it means anything."
}

// authenticate checks the signatures of a message as of its receipt (RFC 8460
// §3, rulings.md 9): one must pass, cover the whole body, and belong to the
// organisation that stands in From. The first that proves most decides.
func (in *Ingest) authenticate(ctx context.Context, raw []byte, info *tlsrpt.MailInfo, received time.Time) proof {
	from := orgDomain(info.FromDomain)
	if from == "" {
		return proof{Result: dkimFail, Reason: "The message has not exactly one sender in From."}
	}
	m, err := dkim.Read(raw)
	if err != nil {
		return proof{Result: dkimFail, Reason: unreadable(err)}
	}
	signatures := m.Signatures(maxSignatures)
	if len(signatures) == 0 {
		return proof{Result: dkimNone, Reason: "The message carries no DKIM signature."}
	}
	ctx, cancel := context.WithTimeout(ctx, keyTimeout)
	defer cancel()
	proofs := make([]proof, len(signatures))
	faults := make([]any, len(signatures))
	var checks sync.WaitGroup
	for i, s := range signatures {
		checks.Go(func() {
			defer func() { faults[i] = recover() }()
			proofs[i] = in.weigh(ctx, m, s, from, received)
		})
	}
	checks.Wait()
	for _, fault := range faults {
		if fault != nil {
			panic(fault) // where judgeGuarded catches it
		}
	}
	best := proofs[0]
	for _, p := range proofs[1:] {
		if p.rank() > best.rank() {
			best = p
		}
	}
	return best
}

// rank orders proofs: a pass, then one that may pass later.
func (p proof) rank() int {
	switch p.Result {
	case dkimPass:
		return 3
	case dkimWeak:
		return 2
	case dkimTempError:
		return 1
	default:
		return 0
	}
}

// weigh says what one signature proves. The key of one that could prove nothing
// is not asked for.
func (in *Ingest) weigh(ctx context.Context, m *dkim.Message, s *dkim.Signature, from string, received time.Time) (p proof) {
	p = proof{Domain: s.Domain, Selector: s.Selector, Result: dkimFail}
	signer := orgDomain(s.Domain)
	switch {
	case signer == "" && s.Domain != "":
		p.Reason = "The DKIM signature is by " + s.Domain + ", which is a public suffix and nobody's own."
		return p
	case signer != from && s.Domain != "":
		p.Reason = "The DKIM signature is by " + s.Domain + ", which is not who the message is from."
		return p
	}
	err := m.Verify(ctx, s, in.findKey, received)
	switch {
	case errors.Is(err, dkim.ErrKeyUnavailable):
		p.Result, p.Reason = dkimTempError, "The key of the DKIM signature of "+s.Domain+" could not be looked up."
	case err != nil:
		p.Reason = "The DKIM signature does not count: " + err.Error() + "."
	case !s.Covers("Content-Type"):
		p.Result, p.Identity = dkimWeak, signer
		p.Reason = "The DKIM signature is valid but does not cover Content-Type, so it proves a message with exactly one report only."
	default:
		p.Result, p.Identity = dkimPass, signer
	}
	return p
}

// orgDomain is the registrable domain that a name belongs to, or "".
func orgDomain(name string) string {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	org, err := publicsuffix.EffectiveTLDPlusOne(name)
	if err != nil {
		return ""
	}
	return org
}

// findKey is the lookup of DKIM keys.
func (in *Ingest) findKey(ctx context.Context, name string) ([]string, error) {
	records, err := in.LookupTXT(ctx, name)
	var dnsErr *net.DNSError
	switch {
	case err == nil:
		return records, nil
	case errors.As(err, &dnsErr) && dnsErr.IsNotFound:
		return nil, nil
	default:
		return nil, fmt.Errorf("%w: %w", dkim.ErrKeyUnavailable, err)
	}
}
