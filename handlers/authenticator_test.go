package handlers_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"net/http"
	"testing"
)

// authenticator is a device that keeps one passkey for sealpost.test, and what
// a browser does with it (WebAuthn level 2).
type authenticator struct {
	t      testing.TB
	key    *ecdsa.PrivateKey
	id     []byte
	handle string // of the person
	uses   uint32
}

func newAuthenticator(t testing.TB) *authenticator {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	id := make([]byte, 32)
	_, _ = rand.Read(id)
	return &authenticator{t: t, key: key, id: id}
}

func unpadded(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// credentialOptions is what a site asks a browser.
type credentialOptions struct {
	PublicKey struct {
		Challenge string
		User      struct{ ID string }
	} `json:"publicKey"`
}

// facts are the flags and the counter under which the device answers.
func (a *authenticator) facts(flags byte) []byte {
	site := sha256.Sum256([]byte("sealpost.test"))
	return binary.BigEndian.AppendUint32(append(site[:], flags), a.uses)
}

const (
	present  = 0x01 // somebody was there
	verified = 0x04 // and it was the person
	attached = 0x40 // the new key follows
)

func (a *authenticator) client(kind, challenge string) []byte {
	data, err := json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": "http://sealpost.test", "crossOrigin": false})
	if err != nil {
		a.t.Fatal(err)
	}
	return data
}

func (a *authenticator) answer(response map[string]string) string {
	data, err := json.Marshal(map[string]any{"id": unpadded(a.id), "rawId": unpadded(a.id), "type": "public-key", "response": response})
	if err != nil {
		a.t.Fatal(err)
	}
	return string(data)
}

// register makes the passkey that a site asks for.
func (a *authenticator) register(question string) string {
	a.t.Helper()
	o := a.read(question)
	a.handle = o.PublicKey.User.ID
	public, err := a.key.PublicKey.Bytes() // 4, x, y
	if err != nil {
		a.t.Fatal(err)
	}
	data := append(a.facts(present|verified|attached), make([]byte, 16)...)
	data = append(binary.BigEndian.AppendUint16(data, uint16(len(a.id))), a.id...)
	// The key as COSE (RFC 9053 §7.1): {1: 2, 3: -7, -1: 1, -2: x, -3: y}.
	data = append(data, 0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 32)
	data = append(data, public[1:33]...)
	data = append(append(data, 0x22, 0x58, 32), public[33:]...)
	// {"fmt": "none", "attStmt": {}, "authData": data} as CBOR (RFC 8949).
	object := []byte("\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x59")
	object = append(binary.BigEndian.AppendUint16(object, uint16(len(data))), data...)
	return a.answer(map[string]string{"clientDataJSON": unpadded(a.client("webauthn.create", o.PublicKey.Challenge)), "attestationObject": unpadded(object)})
}

// prove answers a site that asks for a passkey.
func (a *authenticator) prove(question string) string {
	a.t.Helper()
	a.uses++
	data, client := a.facts(present|verified), a.client("webauthn.get", a.read(question).PublicKey.Challenge)
	clientHash := sha256.Sum256(client)
	whole := sha256.Sum256(append(append([]byte{}, data...), clientHash[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, a.key, whole[:])
	if err != nil {
		a.t.Fatal(err)
	}
	return a.answer(map[string]string{"clientDataJSON": unpadded(client), "authenticatorData": unpadded(data), "signature": unpadded(signature), "userHandle": a.handle})
}

func (a *authenticator) read(question string) (o credentialOptions) {
	a.t.Helper()
	if err := json.Unmarshal([]byte(question), &o); err != nil || o.PublicKey.Challenge == "" {
		a.t.Fatalf("the site asks %q: %v", question, err)
	}
	return o
}

// postWith posts a form with cookies beside that of the session.
func (w *world) postWith(path string, p *person, cookies []*http.Cookie, fields ...string) answer {
	w.t.Helper()
	r := formRequest(path, p, fields...)
	for _, c := range cookies {
		r.AddCookie(c)
	}
	return w.do(r)
}
