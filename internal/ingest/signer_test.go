package ingest_test

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"testing"
)

// seal signs a mail by hand, with tags that no library would write: all but
// bh= and b=, in simple canonicalization.
func (w *world) seal(raw []byte, tags string, key crypto.Signer) []byte {
	w.t.Helper()
	head, body, ok := bytes.Cut(raw, []byte("\r\n\r\n"))
	if !ok {
		w.t.Fatal("the mail has no body")
	}
	if l := tagOf(tags, "l"); l != "" {
		n, err := strconv.Atoi(l)
		w.must(err)
		body = body[:n]
	}
	field := "DKIM-Signature: " + tags + "; bh=" + base64.StdEncoding.EncodeToString(digest(tags, body)) + "; b="
	signed := ""
	for name := range strings.SplitSeq(tagOf(tags, "h"), ":") {
		signed += fieldOf(string(head), name)
	}
	signature := w.signDigest(key, tags, digest(tags, []byte(signed+field)))
	return append([]byte(field+base64.StdEncoding.EncodeToString(signature)+"\r\n"), raw...)
}

func tagOf(tags, name string) string {
	for tag := range strings.SplitSeq(tags, "; ") {
		if value, ok := strings.CutPrefix(tag, name+"="); ok {
			return value
		}
	}
	return ""
}

func digest(tags string, text []byte) []byte {
	if strings.HasSuffix(tagOf(tags, "a"), "sha1") {
		sum := sha1.Sum(text)
		return sum[:]
	}
	sum := sha256.Sum256(text)
	return sum[:]
}

// fieldOf is a header field with its folds and its end.
func fieldOf(head, name string) string {
	field := ""
	for line := range strings.SplitSeq(head, "\r\n") {
		switch found, _, _ := strings.Cut(line, ":"); {
		case field != "" && strings.HasPrefix(line, " "), field == "" && strings.EqualFold(found, name):
			field += line + "\r\n"
		case field != "":
			return field
		}
	}
	return field
}

func (w *world) signDigest(key crypto.Signer, tags string, sum []byte) []byte {
	w.t.Helper()
	if k, ok := key.(weakKey); ok {
		return k.sign(sum)
	}
	hash := crypto.Hash(0)
	switch tagOf(tags, "a") {
	case "rsa-sha256":
		hash = crypto.SHA256
	case "rsa-sha1":
		hash = crypto.SHA1
	}
	signature, err := key.Sign(rand.Reader, sum, hash)
	w.must(err)
	return signature
}

// weakKey is an RSA key of 512 bits, which crypto/rsa no longer makes.
type weakKey struct {
	crypto.Signer
	n, d *big.Int
}

func newWeakKey(t testing.TB) weakKey {
	t.Helper()
	e := big.NewInt(65537)
	for {
		p, err := rand.Prime(rand.Reader, 256)
		if err != nil {
			t.Fatal(err)
		}
		q, err := rand.Prime(rand.Reader, 256)
		if err != nil {
			t.Fatal(err)
		}
		one := big.NewInt(1)
		phi := new(big.Int).Mul(new(big.Int).Sub(p, one), new(big.Int).Sub(q, one))
		n, d := new(big.Int).Mul(p, q), new(big.Int).ModInverse(e, phi)
		if d != nil && n.BitLen() == 512 {
			return weakKey{n: n, d: d}
		}
	}
}

// sign is RSASSA-PKCS1-v1_5 (RFC 8017 §8.2) of a SHA-256.
func (k weakKey) sign(sum []byte) []byte {
	info := append([]byte{0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20}, sum...)
	padded := append([]byte{0, 1}, bytes.Repeat([]byte{0xff}, 64-3-len(info))...)
	padded = append(append(padded, 0), info...)
	return new(big.Int).Exp(new(big.Int).SetBytes(padded), k.d, k.n).FillBytes(make([]byte, 64))
}

// keyRecord is the record of a key with more tags, such as "s=tlsrpt; ".
func keyRecord(t testing.TB, key crypto.Signer, tags string) string {
	t.Helper()
	var public any
	switch k := key.(type) {
	case weakKey:
		public = &rsa.PublicKey{N: k.n, E: 65537}
	default:
		public = k.Public()
	}
	if p, ok := public.(ed25519.PublicKey); ok {
		return "v=DKIM1; k=ed25519; " + tags + "p=" + base64.StdEncoding.EncodeToString(p)
	}
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	return "v=DKIM1; k=rsa; " + tags + "p=" + base64.StdEncoding.EncodeToString(der)
}

// txtLine is a TXT record as a line of a zone file, in strings of 255 bytes.
func txtLine(name, text string) string {
	var strings []string
	for len(text) > 255 {
		strings, text = append(strings, fmt.Sprintf("%q", text[:255])), text[255:]
	}
	strings = append(strings, fmt.Sprintf("%q", text))
	return fmt.Sprintf("%s. 60 IN TXT %s", name, joined(strings))
}

func joined(parts []string) string { return strings.Join(parts, " ") }
