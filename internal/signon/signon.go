// Package signon asks an OpenID Connect issuer who a person is (code flow with
// PKCE, RFC 7636). It keeps nothing of the person: what has to be remembered
// between the question and the answer is the caller's. It is pure.
package signon

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// The outcomes that a person is told of.
var (
	ErrIssuer = errors.New("the issuer cannot be reached or speaks no OpenID Connect")
	ErrProof  = errors.New("what the issuer has answered proves nothing")
	ErrEmail  = errors.New("the issuer has not verified an e-mail address that may sign in here")
)

// Config says who is asked. All fields are required.
type Config struct {
	Issuer                 string
	ClientID, ClientSecret string
	Redirect               string   // the address that the issuer sends the person back to
	Domains                []string // of the addresses that may sign in, in lower case
	Client                 *http.Client
	Now                    func() time.Time
}

// Issuer is one issuer of identities. It is asked for its metadata at the first
// use, so that one that is down keeps nobody from starting.
type Issuer struct {
	config Config

	mu       sync.Mutex
	provider *oidc.Provider
}

// New makes an Issuer.
func New(c Config) *Issuer { return &Issuer{config: c} }

// Round is what is drawn for one sign-on and must come back with the person.
type Round struct {
	State    string `json:"s"`
	Nonce    string `json:"n"`
	Verifier string `json:"v"` // RFC 7636 §4.1
}

// Identity is a person as the issuer knows them.
type Identity struct {
	Issuer, Subject string
	Email           string // in lower case, verified by the issuer
	TwoFactors      bool   // the issuer says so (RFC 8176, "mfa")
}

// Address is where the person is sent to. ErrIssuer when there is none.
func (i *Issuer) Address(r Round) (string, error) {
	p, err := i.discovered()
	if err != nil {
		return "", err
	}
	return i.client(p).AuthCodeURL(r.State, oidc.Nonce(r.Nonce), oauth2.S256ChallengeOption(r.Verifier)), nil
}

// Identify trades the code that the person has come back with for who they are.
func (i *Issuer) Identify(ctx context.Context, r Round, code string) (Identity, error) {
	p, err := i.discovered()
	if err != nil {
		return Identity{}, err
	}
	ctx = oidc.ClientContext(ctx, i.config.Client)
	token, err := i.client(p).Exchange(ctx, code, oauth2.VerifierOption(r.Verifier))
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) {
		return Identity{}, fmt.Errorf("%w: the code was refused", ErrProof)
	}
	if err != nil {
		return Identity{}, fmt.Errorf("%w: %w", ErrIssuer, err)
	}
	raw, _ := token.Extra("id_token").(string)
	verified, err := p.Verifier(&oidc.Config{ClientID: i.config.ClientID, Now: i.config.Now}).Verify(ctx, raw)
	if err != nil {
		return Identity{}, fmt.Errorf("%w: %w", ErrProof, err)
	}
	if verified.Nonce != r.Nonce || r.Nonce == "" {
		return Identity{}, fmt.Errorf("%w: another nonce", ErrProof)
	}
	return i.identity(verified)
}

func (i *Issuer) identity(token *oidc.IDToken) (Identity, error) {
	var claims struct {
		Email    string   `json:"email"`
		Verified any      `json:"email_verified"` // a boolean; some issuers write it as text
		Methods  []string `json:"amr"`
	}
	if err := token.Claims(&claims); err != nil {
		return Identity{}, fmt.Errorf("%w: %w", ErrProof, err)
	}
	email := strings.ToLower(claims.Email)
	_, domain, _ := strings.Cut(email, "@")
	if claims.Verified != true && claims.Verified != "true" || !slices.Contains(i.config.Domains, domain) {
		return Identity{}, ErrEmail
	}
	return Identity{Issuer: token.Issuer, Subject: token.Subject, Email: email, TwoFactors: slices.Contains(claims.Methods, "mfa")}, nil
}

func (i *Issuer) client(p *oidc.Provider) *oauth2.Config {
	return &oauth2.Config{
		ClientID: i.config.ClientID, ClientSecret: i.config.ClientSecret, Endpoint: p.Endpoint(),
		RedirectURL: i.config.Redirect, Scopes: []string{oidc.ScopeOpenID, "email"},
	}
}

// discovered is the issuer's metadata. It outlives the request that has asked
// for it; the client's own timeout bounds the asking.
func (i *Issuer) discovered() (*oidc.Provider, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.provider != nil {
		return i.provider, nil
	}
	p, err := oidc.NewProvider(oidc.ClientContext(context.Background(), i.config.Client), i.config.Issuer)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrIssuer, err)
	}
	i.provider = p
	return p, nil
}
