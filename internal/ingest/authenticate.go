package ingest

import (
	"bytes"
	"context"
	"errors"
	"net"
	"strings"
	"time"

	"github.com/emersion/go-msgauth/dkim"
	"github.com/sealpost/sealpost/internal/tlsrpt"
	"golang.org/x/net/publicsuffix"
)

// The words for how the check of a message's signatures ended.
const (
	dkimPass      = "pass"
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
	Identity string // organisational domain, when Result is pass
}

// authenticate checks the signatures of a message (RFC 8460 §3, rulings.md 9):
// one must pass, cover the whole body, and belong to the organisation that
// stands in From.
func (in *Ingest) authenticate(ctx context.Context, raw []byte, info *tlsrpt.MailInfo) proof {
	from := orgDomain(info.FromDomain)
	if from == "" {
		return proof{Result: dkimFail, Reason: "The message has not exactly one sender in From."}
	}
	ctx, cancel := context.WithTimeout(ctx, keyTimeout)
	defer cancel()
	lookup := keyLookup{ctx: ctx, txt: in.LookupTXT}
	verifications, err := dkim.VerifyWithOptions(bytes.NewReader(raw), &dkim.VerifyOptions{
		LookupTXT:        lookup.find,
		MaxVerifications: maxSignatures,
	})
	if err != nil && !errors.Is(err, dkim.ErrTooManySignatures) {
		return proof{Result: dkimFail, Reason: "The header of the message cannot be read."}
	}
	if len(verifications) == 0 {
		return proof{Result: dkimNone, Reason: "The message carries no DKIM signature."}
	}
	return best(verifications, signatureTags(raw), from)
}

// best picks the signature that proves most: a pass, then one that may pass
// later, then the first failure.
func best(verifications []*dkim.Verification, tags []map[string]string, from string) proof {
	var chosen proof
	for i, v := range verifications {
		p := weigh(v, tagsOf(tags, i), from)
		if p.Result == dkimPass {
			return p
		}
		if chosen.Result == "" || p.Result == dkimTempError && chosen.Result != dkimTempError {
			chosen = p
		}
	}
	return chosen
}

func tagsOf(all []map[string]string, i int) map[string]string {
	if i < len(all) {
		return all[i]
	}
	return nil
}

func weigh(v *dkim.Verification, tags map[string]string, from string) proof {
	p := proof{Domain: strings.ToLower(v.Domain), Selector: tags["s"], Result: dkimFail}
	signer := orgDomain(p.Domain)
	switch {
	case dkim.IsTempFail(v.Err):
		p.Result, p.Reason = dkimTempError, "The signing key could not be looked up."
	case v.Err != nil:
		p.Reason = "The DKIM signature of " + p.Domain + " is not valid: " + strings.TrimPrefix(v.Err.Error(), "dkim: ") + "."
	case tags == nil || tags["l"] != "":
		p.Reason = "The DKIM signature covers only a part of the message."
	case signer == "":
		p.Reason = "The DKIM signature is by a public suffix."
	case signer != from:
		p.Reason = "The DKIM signature is by " + p.Domain + ", which is not who the message is from."
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

// keyLookup finds DKIM keys for go-msgauth, which refuses keys whose service
// list lacks "email": exactly those that RFC 8460 §3 recommends (s=tlsrpt).
type keyLookup struct {
	ctx context.Context
	txt func(ctx context.Context, name string) ([]string, error)
}

func (k keyLookup) find(name string) ([]string, error) {
	records, err := k.txt(k.ctx, name)
	if err != nil {
		return nil, k.asDNSError(name, err)
	}
	keys := make([]string, len(records)) // the lookup may keep its own
	for i, record := range records {
		keys[i] = allowTLSRPT(record)
	}
	return keys, nil
}

// asDNSError makes an outage look like one: go-msgauth takes other errors for
// proof that there is no key.
func (k keyLookup) asDNSError(name string, err error) error {
	var dnsErr *net.DNSError
	if errors.As(err, &dnsErr) {
		own := *dnsErr
		own.IsTemporary = !dnsErr.IsNotFound
		return &own
	}
	return &net.DNSError{Err: err.Error(), Name: name, IsTemporary: true}
}

// allowTLSRPT rewrites the service list of a key that allows tlsrpt.
func allowTLSRPT(record string) string {
	parts := strings.Split(record, ";")
	for i, part := range parts {
		name, value, _ := strings.Cut(part, "=")
		if strings.TrimSpace(name) != "s" {
			continue
		}
		for service := range strings.SplitSeq(value, ":") {
			if strings.TrimSpace(service) == "tlsrpt" {
				parts[i] = "s=email"
			}
		}
	}
	return strings.Join(parts, ";")
}

// signatureTags reads the tags of a message's signatures in their order, as
// go-msgauth tells neither the selector nor whether l= was used.
func signatureTags(raw []byte) []map[string]string {
	var all []map[string]string
	head, _, _ := bytes.Cut(raw, []byte("\r\n\r\n"))
	unfolded := strings.NewReplacer("\r\n ", " ", "\r\n\t", " ").Replace(string(head))
	for line := range strings.SplitSeq(unfolded, "\r\n") {
		name, value, ok := strings.Cut(line, ":")
		if !ok || !strings.EqualFold(strings.TrimSpace(name), "DKIM-Signature") {
			continue
		}
		tags := map[string]string{}
		for tag := range strings.SplitSeq(value, ";") {
			key, text, _ := strings.Cut(tag, "=")
			tags[strings.TrimSpace(key)] = strings.Join(strings.Fields(text), "")
		}
		all = append(all, tags)
		if len(all) == maxSignatures {
			break
		}
	}
	return all
}
