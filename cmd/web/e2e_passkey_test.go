//go:build e2e

package main

import (
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/webauthn"
)

// TestE2EPasskey: a person adds a passkey, logs in with it alone, in an account
// that demands two factors, renames it and removes it. Without scripts the
// pages say what passkeys need.
func TestE2EPasskey(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "example.test")
	addr, port := freePort(t)
	w.adjust = func(c *config) { c.HTTPAddr, c.BaseURL = addr, fmt.Sprintf("http://localhost:%d", port) }
	n := w.startNode(t)
	c := startChromium(t, n.config.BaseURL)
	c.do(call(webauthn.Enable, webauthn.EnableParams{}), call(webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{
		Options: &webauthn.VirtualAuthenticatorOptions{
			Protocol: "ctap2", Transport: "internal", HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
		},
	}))
	c.signUp("ada@example.test")

	c.open("/settings/signing-in")
	c.enter("#passkey-name", "Laptop")
	c.enter("#passkey-current", "this is not it")
	c.click(`form[data-passkey] button[type=submit]`)
	c.until("a wrong password is refused", `!document.querySelector("[data-passkey-text]").hidden`)
	c.taken() // the browser tells of the refusal
	c.open("/settings/signing-in")
	c.enter("#passkey-name", "Laptop")
	c.enter("#passkey-current", "correct horse battery")
	c.click(`form[data-passkey] button[type=submit]`)
	c.until("the passkey is listed", `document.querySelector("[data-testid=passkey-row]")?.textContent.includes("Laptop")`)
	c.clean()

	c.open("/settings/members")
	c.follow(`[data-testid=demand] button[type=submit]`)
	c.logOut()
	c.open("/login")
	c.click(`form[data-passkey=login] button[type=submit]`)
	c.until("the passkey logs in", `location.pathname === "/overview"`)
	c.clean()

	c.open("/settings/signing-in")
	c.click(`[data-testid=passkey-row] summary`)
	c.eval(`document.querySelector("[data-testid=passkey-row] input[name=name]").value = "Old laptop"`)
	c.follow(`[data-testid=passkey-row] form:not([action$="/remove"]) button`)
	c.click(`[data-testid=passkey-row] summary`)
	c.enter(`[data-testid=passkey-row] input[name=current_password]`, "correct horse battery")
	c.follow(`[data-testid=passkey-row] form[action$="/remove"] button`)
	c.until("no passkey is left", `!document.querySelector("[data-testid=passkey-row]")`)
	c.clean()

	c.logOut()
	c.open("/login")
	c.click(`form[data-passkey=login] button[type=submit]`)
	c.until("a removed passkey is refused", `document.querySelector("[data-passkey-text]")?.textContent.includes("not known here")`)
	c.taken()
	c.withoutScripts()
	c.open("/login")
	if c.holds(`document.querySelector("[data-testid=passkey-needs]").hidden`) || !c.holds(`document.querySelector("form[data-passkey]").hidden`) {
		t.Error("without scripts the page does not say that passkeys need them")
	}
	c.clean()
}
