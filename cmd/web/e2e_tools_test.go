//go:build e2e

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/sealpost/sealpost/internal/tlsrpt"
)

// TestE2ETools uses the public tools in a browser, which has nothing to
// complain about.
func TestE2ETools(t *testing.T) {
	t.Parallel()
	c := startTools(t)
	checkChecker(c)
	if !c.holds(`window.opened`) {
		t.Error("the result came by loading the page again")
	}
	checkGeneratorLive(c)
	checkAnalyzer(c)
	c.clean()
}

// TestE2EToolsWithoutScript is the same by forms and links only.
func TestE2EToolsWithoutScript(t *testing.T) {
	t.Parallel()
	c := startTools(t)
	c.withoutScripts()
	checkChecker(c)
	c.follow(`header a[href="/tools/generate"]`)
	c.enter("#to", "https://x.example/r\na@x.example")
	c.follow(`form[action="/tools/generate"] button[type=submit]`)
	checkRecord(c)
	checkAnalyzer(c)
	c.clean()
}

// startTools opens the landing page of a node in whose world example.test
// publishes a record with a blank too many.
func startTools(t *testing.T) *chromium {
	t.Helper()
	w := newWorld(t, "example.test")
	record := `_smtp._tls.example.test. 3600 TXT "v=TLSRPTv1; rua=mailto:a@example.test, mailto:b@example.test"`
	w.customer.Add(t, record)
	w.resolver.Add(t, record)
	c := startChromium(t, w.startNode(t).address())
	c.open("/")
	return c
}

func checkChecker(c *chromium) {
	c.t.Helper()
	c.enter("#domain", "Example.TEST")
	c.follow(`form[action="/tools/check"] button[type=submit]`)
	c.eval(`window.opened = true`)
	c.until("the result comes by itself", `document.querySelector('[data-testid=verdict][data-verdict=warn]')`)
	if c.where() != "/tools/check?domain=example.test" {
		c.t.Errorf("the result stands at %s", c.where())
	}
	for _, selector := range []string{
		`[data-finding=R13]`, `[data-testid=servers] [data-kind=authoritative]`, `[data-testid=servers] [data-kind=resolver]`,
		`[data-testid=record-part]`, `[data-testid=sender][data-verdict=warn]`, `[data-testid=mx] li`,
	} {
		if !c.holds("document.querySelector(`" + selector + "`)") {
			c.t.Errorf("the result lacks %s", selector)
		}
	}
	c.click(`[data-finding=R13] .why summary`)
	if !c.holds(`document.querySelector("[data-finding=R13] .why p").checkVisibility()`) {
		c.t.Error("the finding does not explain itself")
	}
}

// checkGeneratorLive types and sees the record without sending a form.
func checkGeneratorLive(c *chromium) {
	c.t.Helper()
	c.follow(`header a[href="/tools/generate"]`)
	c.enter("#to", "https://x.example/r\nnonsense")
	c.until("the wrong line is named", `document.querySelector("[data-testid=destination][data-verdict=fail]")`)
	c.eval(`document.querySelector("#to").value = ""`)
	c.enter("#to", "https://x.example/r\na@x.example")
	c.until("the record is written", `document.querySelector("[data-testid=txt-value]")?.textContent.includes("a@x.example")`)
	checkRecord(c)
}

// checkRecord reads the record on the page as a sender would.
func checkRecord(c *chromium) {
	c.t.Helper()
	text := strings.TrimSpace(c.text(`document.querySelector("[data-testid=txt-value]").textContent`))
	record, err := tlsrpt.ParseRecord(text)
	if err != nil || len(record.Destinations) != 2 || record.Destinations[0].Address != "a@x.example" {
		c.t.Errorf("the record is %q, %v", text, err)
	}
}

func checkAnalyzer(c *chromium) {
	c.t.Helper()
	path := filepath.Join(c.t.TempDir(), "report.json")
	if err := os.WriteFile(path, mustEncode(c.t, report("example.test", "dropped", yesterday(), 1200, 34)), 0o644); err != nil {
		c.t.Fatal(err)
	}
	c.follow(`header a[href="/tools/analyze"]`)
	c.do(chromedp.SetUploadFiles(chromedp.CSS("#files"), []string{path}))
	c.follow(`form[action="/tools/analyze"] button[type=submit]`)
	if got := c.text(`document.querySelector("[data-testid=analyzed-report]").dataset.reportId`); got != "dropped" {
		c.t.Errorf("the report is %q", got)
	}
	if !c.holds(`document.querySelector("[data-testid=failure-detail]")`) {
		c.t.Error("its failures are not shown")
	}
}
