package dkim

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"strings"
)

const (
	// maxKeyRecord bounds a key record. The largest RSA key that is taken needs
	// a quarter of it.
	maxKeyRecord = 8 << 10
	// RFC 8301 §3.2 sets the least; the most bounds what a check costs.
	minRSABits, maxRSABits = 1024, 8192
)

// key is a public key that a signature may be checked with.
type key struct {
	rsa     *rsa.PublicKey
	ed25519 ed25519.PublicKey
}

func (k key) verify(digest, signature []byte) bool {
	if k.rsa != nil {
		return rsa.VerifyPKCS1v15(k.rsa, crypto.SHA256, digest, signature) == nil
	}
	return ed25519.Verify(k.ed25519, digest, signature) // RFC 8463 §3 signs the digest
}

func findKey(ctx context.Context, s *Signature, lookup Lookup) (key, error) {
	records, err := lookup(ctx, s.Selector+"._domainkey."+s.Domain)
	switch {
	case errors.Is(err, ErrKeyUnavailable):
		return key{}, err
	case err != nil || len(records) == 0:
		return key{}, Failure("its key is not published")
	case len(records) > 1:
		return key{}, Failure("several keys are published in its place")
	case len(records[0]) > maxKeyRecord:
		return key{}, Failure("its key is too large")
	}
	return parseKey(records[0], s)
}

// parseKey reads a key record (RFC 6376 §3.6.1) for a signature.
func parseKey(record string, s *Signature) (key, error) {
	tags, ok := parseTags(record)
	if v, given := tags["v"]; !ok || given && v != "DKIM1" {
		return key{}, Failure("its key record cannot be read")
	}
	switch p, given := tags["p"]; {
	case !given:
		return key{}, Failure("its key record cannot be read")
	case p == "":
		return key{}, Failure("its key was revoked")
	}
	if err := permits(tags, s); err != nil {
		return key{}, err
	}
	if s.keyType == "rsa" {
		return parseRSA(tags["p"])
	}
	return parseEd25519(tags["p"])
}

// permits says what the record itself forbids. The services are those of
// rulings.md 9: all, email, and tlsrpt as RFC 8460 §3 wants it.
func permits(tags map[string]string, s *Signature) error {
	if k, given := tags["k"]; (given || s.keyType != "rsa") && k != s.keyType {
		return Failure("its key is of another kind")
	}
	if h, given := tags["h"]; given && !listed(h, "sha256") {
		return Failure("its key is not for SHA-256")
	}
	if services, given := tags["s"]; given && !listed(services, "*") && !listed(services, "email") && !listed(services, "tlsrpt") {
		return Failure("its key is for other services than tlsrpt")
	}
	flags := tags["t"]
	if listed(flags, "y") {
		// RFC 6376 §3.6.1: to be treated like a message without a signature.
		return Failure("its key is marked as a test (t=y)")
	}
	if listed(flags, "s") && s.identity != s.Domain {
		return Failure("its key is not for subdomains (t=s)")
	}
	return nil
}

func parseRSA(p string) (key, error) {
	der, err := base64.StdEncoding.DecodeString(p)
	if err != nil {
		return key{}, Failure("its key record cannot be read")
	}
	parsed, err := x509.ParsePKIXPublicKey(der)
	if err != nil { // RFC 6376's erratum 3017: both forms are in use
		parsed, err = x509.ParsePKCS1PublicKey(der)
	}
	public, ok := parsed.(*rsa.PublicKey)
	if err != nil || !ok {
		return key{}, Failure("its key record cannot be read")
	}
	switch bits := public.N.BitLen(); {
	case bits < minRSABits:
		return key{}, Failure("its key is too short")
	case bits > maxRSABits:
		return key{}, Failure("its key is too large")
	}
	return key{rsa: public}, nil
}

func parseEd25519(p string) (key, error) {
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(p))
	if err != nil || len(raw) != ed25519.PublicKeySize {
		return key{}, Failure("its key record cannot be read")
	}
	return key{ed25519: raw}, nil
}
