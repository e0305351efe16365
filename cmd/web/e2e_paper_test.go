//go:build e2e

package main

import (
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/sealpost/sealpost/internal/tlsrpt"
)

// letterWidth is how wide a page of letter paper is within its margins, in CSS pixels.
const letterWidth = 739

// TestE2EPaper holds that what is printed has every column and nothing over
// anything else.
func TestE2EPaper(t *testing.T) {
	t.Parallel()
	n := newWorld(t, "example.test").startNode(t)
	c := startChromium(t, n.address())
	c.signUp("ada@example.test")
	c.addDomain("example.test")
	r := report("example.test", "on-paper", yesterday(), 12300, 45)
	r.Policies[0].Failures = []tlsrpt.FailureDetail{{
		ResultType: "certificate-host-mismatch", SendingMTAIP: "2001:db8:1234:5678:9abc:def0:1234:5678", ReceivingMXHostname: "mx1.mail.example.test",
		ReceivingMXHELO: "mx1.mail.example.test", ReceivingIP: "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", Sessions: 45, ReasonCode: "X509_V_ERR_HOSTNAME_MISMATCH",
	}}
	c.upload("example.test", map[string][]byte{"r.json": mustEncode(t, r)})
	c.do(call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"}))
	c.resize(letterWidth)
	page := c.text(`document.querySelector("[data-testid=upload-result] a").getAttribute("href")`)
	for _, path := range []string{"/domains/example.test", page} {
		c.open(path)
		c.checkWidth(letterWidth)
		if !c.holds(`document.querySelector("[data-testid=on-paper]").checkVisibility()`) {
			t.Errorf("%s does not say when it was printed", path)
		}
		if !c.holds(`[...document.querySelectorAll("main .card")].every(e => getComputedStyle(e).contentVisibility === "visible")`) {
			t.Errorf("%s: a card is not laid out before it is scrolled to", path)
		}
		if !c.holds(`[...document.querySelectorAll("main .card")].every(e => getComputedStyle(e.parentElement).display !== "grid")`) {
			t.Errorf("%s: a card that moves to the next page lies over what follows", path)
		}
		for _, act := range []string{"button", "summary", "input", "a.btn"} {
			if !c.holds(`[...document.querySelectorAll("main ` + act + `")].every(e => !e.checkVisibility())`) {
				t.Errorf("%s: %s is printed", path, c.text(`[...document.querySelectorAll("main `+act+`")].find(e => e.checkVisibility()).outerHTML`))
			}
		}
	}
}
