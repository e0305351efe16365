package dkim_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	msgauth "github.com/emersion/go-msgauth/dkim"
	"github.com/sealpost/sealpost/internal/dkim"
)

var (
	now       = time.Date(2026, 6, 15, 0, 0, 0, 0, time.UTC)
	edKey     = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
	edRecord  = "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(edKey.Public().(ed25519.PublicKey))
	bodies    = []string{"", "\r\n", "\r\n\r\n", "a", "a\r\n", "a \t b \r\n\r\n\r\n", " \r\n \r\n", "a\r\n\r\n b\t\r\n", "\r\na\r\n", ".\r\n..\r\n"}
	tagWords  = []string{"From", "Subject", "To", "Date", "X"}
	allFields = "From: a@example.com\r\nSubject:  A \t folded\r\n\tsubject \r\nX: one\r\nTo:b@example.net\r\nX: two\r\n"
)

func record(text string) dkim.Lookup {
	return func(context.Context, string) ([]string, error) { return []string{text}, nil }
}

// verdict is what the first signature of a message is worth.
func verdict(t testing.TB, raw []byte, lookup dkim.Lookup) error {
	t.Helper()
	m, err := dkim.Read(raw)
	if err != nil {
		return err
	}
	signatures := m.Signatures(1)
	if len(signatures) == 0 {
		t.Fatal("no signature was found")
	}
	return m.Verify(t.Context(), signatures[0], lookup, now)
}

func sign(t testing.TB, raw string, key crypto.Signer, change ...func(*msgauth.SignOptions)) []byte {
	t.Helper()
	o := &msgauth.SignOptions{Domain: "example.com", Selector: "s", Signer: key, Hash: crypto.SHA256, HeaderKeys: tagWords}
	for _, c := range change {
		c(o)
	}
	var out bytes.Buffer
	if err := msgauth.Sign(&out, strings.NewReader(raw), o); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// What another implementation has signed holds, in all forms and for all
// bodies, and no longer once anything that counts is changed.
func TestSignaturesOfAnotherImplementation(t *testing.T) {
	t.Parallel()
	for _, header := range []msgauth.Canonicalization{"simple", "relaxed"} {
		for _, body := range []msgauth.Canonicalization{"simple", "relaxed"} {
			for _, text := range bodies {
				raw := sign(t, allFields+"\r\n"+text, edKey, func(o *msgauth.SignOptions) {
					o.HeaderCanonicalization, o.BodyCanonicalization = header, body
				})
				if err := verdict(t, raw, record(edRecord)); err != nil {
					t.Errorf("%s/%s of %q: %v", header, body, text, err)
				}
				if err := verdict(t, append(raw, "x\r\n"...), record(edRecord)); err == nil {
					t.Errorf("%s/%s of %q: a longer body passes", header, body, text)
				}
				changed := bytes.Replace(raw, []byte("X: one"), []byte("X: two"), 1)
				if err := verdict(t, bytes.Replace(changed, []byte("X: two"), []byte("X: 2"), 2), record(edRecord)); err == nil {
					t.Errorf("%s/%s of %q: another field passes", header, body, text)
				}
				blanks := bytes.Replace(raw, []byte("To:b@"), []byte("to: \t b@"), 1)
				if err := verdict(t, blanks, record(edRecord)); (err == nil) != (header == "relaxed") {
					t.Errorf("%s/%s of %q with more blanks: %v", header, body, text, err)
				}
			}
		}
	}
}

func TestLowestFieldsAreSigned(t *testing.T) {
	t.Parallel()
	raw := sign(t, allFields+"\r\nbody\r\n", edKey)
	added := append([]byte("X: above\r\n"), raw...)
	if err := verdict(t, added, record(edRecord)); err != nil {
		t.Errorf("a field above the signed one: %v", err)
	}
	for _, name := range []string{"From", "Subject", "To"} {
		err := verdict(t, append([]byte(name+": other\r\n"), raw...), record(edRecord))
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("a second %s: %v", name, err)
		}
	}
}

func TestRSA(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(nil, 2048)
	if err != nil {
		t.Fatal(err)
	}
	info, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	raw := sign(t, allFields+"\r\nbody\r\n", key)
	for _, der := range [][]byte{info, x509.MarshalPKCS1PublicKey(&key.PublicKey)} {
		p := base64.StdEncoding.EncodeToString(der)
		for _, text := range []string{"p=" + p, "v=DKIM1; k=rsa; p=" + p[:40] + " \t " + p[40:] + ";", "h=sha1:sha256; s=tlsrpt; p=" + p} {
			if err := verdict(t, raw, record(text)); err != nil {
				t.Errorf("%.30s...: %v", text, err)
			}
		}
	}
}

// A key record that does not fit the signature.
func TestKeysThatDoNotCount(t *testing.T) {
	t.Parallel()
	raw := sign(t, allFields+"\r\nbody\r\n", edKey)
	p := edRecord[strings.Index(edRecord, "p="):]
	for _, c := range []struct{ text, want string }{
		{"v=DKIM2; k=ed25519; " + p, "cannot be read"},
		{"k=ed25519", "cannot be read"},
		{"k=ed25519; p=", "revoked"},
		{"k=ed25519; p=AAAA", "cannot be read"},
		{"k=ed25519; k=ed25519; " + p, "cannot be read"},
		{p, "another kind"},
		{"k=rsa; " + p, "another kind"},
		{"k=ed25519; h=sha1; " + p, "SHA-256"},
		{"k=ed25519; s=other; " + p, "other services"},
		{"k=ed25519; t=y; " + p, "test"},
		{"k=ed25519; n=" + strings.Repeat("x", 9000) + "; " + p, "too large"},
	} {
		err := verdict(t, raw, record(c.text))
		var failure dkim.Failure
		if !errors.As(err, &failure) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.40s: %v, want one with %q", c.text, err, c.want)
		}
	}
}

func TestLookups(t *testing.T) {
	t.Parallel()
	raw := sign(t, allFields+"\r\nbody\r\n", edKey)
	outage := errors.Join(dkim.ErrKeyUnavailable, errors.New("timeout"))
	for _, c := range []struct {
		records []string
		err     error
		want    string
	}{
		{nil, outage, "looked up"},
		{nil, errors.New("no such host"), "not published"},
		{nil, nil, "not published"},
		{[]string{edRecord, edRecord}, nil, "several keys"},
	} {
		err := verdict(t, raw, func(_ context.Context, name string) ([]string, error) {
			if name != "s._domainkey.example.com" {
				t.Errorf("asked for %q", name)
			}
			return c.records, c.err
		})
		if err == nil || !strings.Contains(err.Error(), c.want) || errors.Is(err, dkim.ErrKeyUnavailable) != (c.err == outage) {
			t.Errorf("%v, %v: %v", c.records, c.err, err)
		}
	}
}

func TestUnreadableSignatures(t *testing.T) {
	t.Parallel()
	const tags = "v=1; a=ed25519-sha256; d=example.com; s=s; h=from; bh=AAAA; b=AAAA"
	for _, c := range []struct{ old, changed, want string }{
		{"v=1", "v=2", "version"},
		{"a=ed25519-sha256", "a=rsa-sha1", "SHA-1"},
		{"a=ed25519-sha256", "a=x", "algorithm"},
		{"; d=example.com", "", "d="},
		{"h=from", "h=to", "From"},
		{"h=from", "h=from" + strings.Repeat(":x", 500), "too many"},
		{"bh=AAAA", "bh=!", "base64"},
		{"v=1", "v=1; v=1", "cannot be read"},
		{"v=1", "v=1; novalue", "cannot be read"},
		{"v=1", "v=1; q=http", "DNS"},
		{"v=1", "v=1; i=@example.net", "i="},
		{"v=1", "v=1; i=@badexample.com", "i="},
		{"v=1", "v=1; x=yesterday", "times"},
		{"v=1", "v=1; t=20; x=20", "expires"},
		{"v=1", "v=1; x=20", "expired"},
		{"v=1", "v=1; c=relaxed/loose", "canonicalization"},
		{"v=1", "v=1; l=3", "part of the body"},
	} {
		raw := "DKIM-Signature: " + strings.Replace(tags, c.old, c.changed, 1) + "\r\nFrom: a@example.com\r\n\r\n"
		if err := verdict(t, []byte(raw), record(edRecord)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want one with %q", c.changed, err, c.want)
		}
	}
}

func TestUnreadableMessages(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		raw  string
		want error
	}{
		{"From: a\n\nb", dkim.ErrLineEnds},
		{"From: a\r\n\r\nb\n", dkim.ErrLineEnds},
		{"From: a\r\n\r\nb\r", dkim.ErrLineEnds},
		{"From: a\rb\r\n\r\n", dkim.ErrLineEnds},
		{"From: a\r\nnothing\r\n\r\nb", dkim.ErrHeader},
		{"From: a\r\n: nothing\r\n\r\nb", dkim.ErrHeader},
		{"From: a\r\nTö: b\r\n\r\nb", dkim.ErrHeader},
		{" From: a\r\n\r\nb", dkim.ErrHeader},
		{"From nobody Mon Jan  5 00:00:00 2026\r\nFrom: a\r\n\r\nb", dkim.ErrHeader},
		{"From : a\r\n\r\nnothing\r\n", nil},
		{"From: a\r\n", nil},
		{"", nil},
	} {
		if _, err := dkim.Read([]byte(c.raw)); !errors.Is(err, c.want) {
			t.Errorf("%q: %v, want %v", c.raw, err, c.want)
		}
	}
}

// FuzzVerify checks arbitrary mails: nothing panics, and nothing passes here
// that another implementation refuses.
func FuzzVerify(f *testing.F) {
	for _, text := range bodies {
		f.Add(sign(f, allFields+"\r\n"+text, edKey))
		f.Add(sign(f, allFields+"\r\n"+text, edKey, func(o *msgauth.SignOptions) { o.HeaderCanonicalization, o.BodyCanonicalization = "relaxed", "relaxed" }))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := dkim.Read(raw)
		if err != nil {
			return
		}
		for _, s := range m.Signatures(5) {
			if m.Verify(t.Context(), s, record(edRecord), now) == nil && !theyAgree(withBody(raw)) {
				t.Fatalf("%q passes here only", raw)
			}
		}
	})
}

// withBody ends a header that is a whole message (RFC 5322 §3.5), which the
// other implementation does not read.
func withBody(raw []byte) []byte {
	if bytes.HasPrefix(raw, []byte("\r\n")) || bytes.Contains(raw, []byte("\r\n\r\n")) {
		return raw
	}
	return append(append(bytes.Clone(bytes.TrimSuffix(raw, []byte("\r\n"))), "\r\n"...), "\r\n"...)
}

func theyAgree(raw []byte) bool {
	theirs, _ := msgauth.VerifyWithOptions(bytes.NewReader(raw), &msgauth.VerifyOptions{LookupTXT: func(string) ([]string, error) { return []string{edRecord}, nil }})
	for _, v := range theirs {
		if v.Err == nil {
			return true
		}
	}
	return false
}
