package main

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/sealpost/sealpost/handlers"
	"github.com/sealpost/sealpost/internal/outbound"
	"github.com/sealpost/sealpost/internal/signon"
)

// checkSignOn refuses settings of the single sign-on that could only fail later.
func (c *config) checkSignOn() error {
	if c.OIDCIssuer == "" {
		return nil
	}
	u, err := url.Parse(c.OIDCIssuer)
	if err != nil || u.Scheme != "https" || u.Host == "" {
		return fmt.Errorf("OIDC_ISSUER: %q is not an https address", c.OIDCIssuer)
	}
	if c.OIDCClientID == "" || c.OIDCClientSecret == "" || len(c.OIDCDomains) == 0 {
		return errors.New("OIDC_ISSUER needs OIDC_CLIENT_ID, OIDC_CLIENT_SECRET and OIDC_DOMAINS")
	}
	return nil
}

// signOn is nil when no issuer is configured.
func (n *node) signOn() handlers.SingleSignOn {
	c := n.config
	u, err := url.Parse(c.OIDCIssuer)
	if c.OIDCIssuer == "" || err != nil {
		return nil
	}
	except := u.Host
	if u.Port() == "" {
		except += ":443"
	}
	domains := make([]string, len(c.OIDCDomains))
	for i, d := range c.OIDCDomains {
		domains[i] = plainName(d)
	}
	return signon.New(signon.Config{
		Issuer: c.OIDCIssuer, ClientID: c.OIDCClientID, ClientSecret: c.OIDCClientSecret, Domains: domains,
		Redirect: strings.TrimSuffix(c.BaseURL, "/") + handlers.SSOCallbackPath, Now: c.now,
		Client: outbound.NewFetcher(c.dialer(resolver(c.Resolvers), 443), c.roots, except),
	})
}
