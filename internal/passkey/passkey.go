// Package passkey asks browsers for passkeys and checks what they answer
// (WebAuthn level 2). It keeps nothing: what has to be remembered between the
// question and the answer is handed out and taken back. It is pure.
package passkey

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
)

// ErrAnswer says that an answer does not prove what it should.
var ErrAnswer = errors.New("the passkey's answer does not hold")

// maxAnswer bounds what a browser answers, in bytes.
const maxAnswer = 64 << 10

// Site asks on behalf of one web site.
type Site struct {
	rp *webauthn.WebAuthn
}

// New makes a Site of the public address of the pages. Browsers give passkeys to
// host names only, so that one with an IP address is an error.
func New(base *url.URL) (*Site, error) {
	rp, err := webauthn.New(&webauthn.Config{
		RPID: base.Hostname(), RPDisplayName: "Sealpost", RPOrigins: []string{base.Scheme + "://" + base.Host},
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, RequireResidentKey: protocol.ResidentKeyRequired(),
			UserVerification: protocol.VerificationRequired,
		},
	})
	if err != nil {
		return nil, fmt.Errorf("passkeys: %w", err)
	}
	return &Site{rp}, nil
}

// Key is one passkey: ID names it, Record is what has to be stored of it, and
// stored anew after each use.
type Key struct {
	ID, Record []byte
}

// Person is whom passkeys belong to. Records are those of all their keys.
type Person struct {
	ID, Name string
	Records  [][]byte
}

// Register gives what the browser is asked to make a passkey by, and the state
// that Registered wants back. The person's other keys are not made again.
func (s *Site) Register(p Person) (question, state []byte, err error) {
	u, err := userOf(p)
	if err != nil {
		return nil, nil, err
	}
	options, session, err := s.rp.BeginRegistration(u, webauthn.WithExclusions(webauthn.Credentials(u.credentials).CredentialDescriptors()))
	if err != nil {
		return nil, nil, err
	}
	return both(options, session)
}

// Registered checks a browser's answer and gives the new key. ErrAnswer when it
// does not hold.
func (s *Site) Registered(p Person, state, answer []byte) (Key, error) {
	u, err := userOf(p)
	if err != nil {
		return Key{}, err
	}
	session, err := sessionOf(state, answer)
	if err != nil {
		return Key{}, err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return Key{}, fmt.Errorf("%w: %w", ErrAnswer, err)
	}
	credential, err := s.rp.CreateCredential(u, session, parsed)
	if err != nil {
		return Key{}, fmt.Errorf("%w: %w", ErrAnswer, err)
	}
	return keyOf(credential)
}

// Ask gives what the browser is asked for any passkey of this site by, with the
// person verified by their device, and the state that Answered wants back.
func (s *Site) Ask() (question, state []byte, err error) {
	options, session, err := s.rp.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return nil, nil, err
	}
	return both(options, session)
}

// Answered checks a browser's answer. find gives the person whom the key with an
// id belongs to. ErrAnswer when the answer does not hold, or when the key seems
// to have been copied.
func (s *Site) Answered(state, answer []byte, find func(keyID []byte) (Person, error)) (Key, error) {
	session, err := sessionOf(state, answer)
	if err != nil {
		return Key{}, err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return Key{}, fmt.Errorf("%w: %w", ErrAnswer, err)
	}
	credential, err := s.rp.ValidateDiscoverableLogin(func(keyID, handle []byte) (webauthn.User, error) {
		p, err := find(keyID)
		if err != nil {
			return nil, err
		}
		if !bytes.Equal(handle, []byte(p.ID)) {
			return nil, ErrAnswer
		}
		return userOf(p)
	}, session, parsed)
	if err != nil {
		return Key{}, fmt.Errorf("%w: %w", ErrAnswer, err)
	}
	if credential.Authenticator.CloneWarning || !credential.Flags.UserVerified {
		return Key{}, fmt.Errorf("%w: copied, or the person was not verified", ErrAnswer)
	}
	return keyOf(credential)
}

func keyOf(c *webauthn.Credential) (Key, error) {
	record, err := json.Marshal(c)
	return Key{ID: c.ID, Record: record}, err
}

func both(question, state any) (q, st []byte, err error) {
	if q, err = json.Marshal(question); err != nil {
		return nil, nil, err
	}
	st, err = json.Marshal(state)
	return q, st, err
}

func sessionOf(state, answer []byte) (webauthn.SessionData, error) {
	var session webauthn.SessionData
	if len(answer) > maxAnswer {
		return session, fmt.Errorf("%w: too long", ErrAnswer)
	}
	err := json.Unmarshal(state, &session)
	return session, err
}

// user is a Person as the library wants one.
type user struct {
	p           Person
	credentials []webauthn.Credential
}

func userOf(p Person) (user, error) {
	u := user{p: p}
	for _, record := range p.Records {
		var c webauthn.Credential
		if err := json.Unmarshal(record, &c); err != nil {
			return u, fmt.Errorf("a stored passkey: %w", err)
		}
		u.credentials = append(u.credentials, c)
	}
	return u, nil
}

// WebAuthnID implements webauthn.User.
func (u user) WebAuthnID() []byte { return []byte(u.p.ID) }

// WebAuthnName implements webauthn.User.
func (u user) WebAuthnName() string { return u.p.Name }

// WebAuthnDisplayName implements webauthn.User.
func (u user) WebAuthnDisplayName() string { return u.p.Name }

// WebAuthnCredentials implements webauthn.User.
func (u user) WebAuthnCredentials() []webauthn.Credential { return u.credentials }
