//go:build e2e

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/audits"
	devices "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// chromium is a person at a browser of their own, who notes whatever the
// browser complains about.
type chromium struct {
	t    *testing.T
	ctx  context.Context
	site string

	mu         sync.Mutex
	complaints []string
	violations []string // of the content policy, whoever takes the complaints
	provokes   bool     // the test violates the policy on purpose
}

func startChromium(t *testing.T, site string) *chromium {
	t.Helper()
	allocator, cancel := chromedp.NewExecAllocator(context.Background(),
		chromedp.ExecPath(require(t, "/usr/bin/chromium")),
		chromedp.Flag("headless", true), chromedp.Flag("hide-scrollbars", true), chromedp.Flag("no-sandbox", true),
		chromedp.Flag("disable-gpu", true), chromedp.Flag("disable-quic", true), chromedp.Flag("no-first-run", true),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.Flag("disable-dev-shm-usage", true),
		// A tab in the background keeps its timers, and nothing is asked for outside.
		chromedp.Flag("disable-background-timer-throttling", true), chromedp.Flag("disable-renderer-backgrounding", true),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"),
		chromedp.WindowSize(1280, 900), chromedp.WSURLReadTimeout(hang),
	)
	t.Cleanup(cancel)
	c := &chromium{t: t, site: site}
	ctx, stop := chromedp.NewContext(allocator, chromedp.WithListener(c.notice))
	t.Cleanup(stop)
	t.Cleanup(c.checkPolicy)
	c.ctx = ctx
	c.do(call(network.Enable, network.EnableParams{}), call(log.Enable, cdp.Empty{}), call(audits.Enable, cdp.Empty{}))
	return c
}

// call makes a step of a command whose result nobody needs.
func call[P, R any](command cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, t, command, params)
		return chromedp.Void{}, err
	}
}

// notice runs in the loop that reads the browser's messages.
func (c *chromium) notice(event any) {
	switch e := event.(type) {
	case *log.EventEntryAdded:
		c.complain("log: %s %s %s", e.Entry.Level, e.Entry.Text, e.Entry.URL)
	case *page.EventJavascriptDialogOpening:
		c.complain("dialog: %s", e.Message)
	case *runtime.EventConsoleAPICalled:
		args, _ := json.Marshal(e.Args)
		c.complain("console: %s %s", e.Type, args)
	case *runtime.EventExceptionThrown:
		details, _ := json.Marshal(e.ExceptionDetails)
		c.complain("exception: %s", details)
	case *network.EventLoadingFailed:
		// What a person leaves behind by going to another page is no failure.
		if !e.Canceled {
			c.complain("request failed: %s %s", e.ErrorText, e.BlockedReason)
		}
	case *network.EventResponseReceived:
		if e.Response.Status >= 400 {
			c.complain("answered %d: %s", e.Response.Status, e.Response.URL)
		}
	case *audits.EventIssueAdded:
		details, _ := json.Marshal(e.Issue.Details)
		c.complain("issue: %s %s", e.Issue.Code, details)
	}
}

func (c *chromium) complain(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	complaint := fmt.Sprintf(format, args...)
	c.complaints = append(c.complaints, complaint)
	if strings.Contains(complaint, "Content Security Policy") || strings.Contains(complaint, "ContentSecurityPolicyIssue") {
		c.violations = append(c.violations, complaint)
	}
}

// checkPolicy fails any test with a browser for whatever the content policy has
// stopped, also on pages where other complaints are expected.
func (c *chromium) checkPolicy() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, v := range c.violations {
		if !c.provokes {
			c.t.Errorf("the content policy has stopped something: %s", v)
		}
	}
}

// provoke says that the test is going to violate the policy.
func (c *chromium) provoke() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.provokes = true
}

// clean fails the test if the browser has complained since the last time.
func (c *chromium) clean() {
	c.t.Helper()
	for _, complaint := range c.taken() {
		c.t.Errorf("the browser complains at %s: %s", c.where(), complaint)
	}
}

func (c *chromium) taken() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := c.complaints
	c.complaints = nil
	return slices.Compact(list)
}

func (c *chromium) do(steps ...chromedp.Action[chromedp.Void]) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.ctx, hang)
	defer cancel()
	if c.ctx != nil && chromedp.FromContext(c.ctx).Target == nil {
		ctx = c.ctx // the first step starts the browser, which lives as long as its context
	}
	if err := chromedp.Do(ctx, steps...); err != nil {
		c.t.Fatalf("at %s: %v", c.where(), err)
	}
}

// load runs steps that lead to another page and waits for it.
func (c *chromium) load(steps ...chromedp.Action[chromedp.Void]) int {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.ctx, hang)
	defer cancel()
	from := c.where()
	response, err := chromedp.RunResponse(ctx, steps...)
	if err != nil {
		c.t.Fatalf("from %s: %v", from, err)
	}
	if response == nil {
		return 0
	}
	return int(response.Status)
}

func navigate(c *chromium, path string) chromedp.Action[chromedp.Void] {
	return call(page.Navigate, page.NavigateParams{URL: c.site + path})
}

func (c *chromium) open(path string) {
	c.t.Helper()
	if code := c.load(navigate(c, path)); code != 200 {
		c.t.Fatalf("%s is answered %d", path, code)
	}
}

// follow clicks what leads to another page.
func (c *chromium) follow(selector string) {
	c.t.Helper()
	if code := c.load(chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible)); code != 200 {
		c.t.Fatalf("%s leads to %s, which is answered %d", selector, c.where(), code)
	}
}

func (c *chromium) click(selector string) {
	c.t.Helper()
	c.do(chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible))
}

func (c *chromium) enter(selector, text string) {
	c.t.Helper()
	c.do(chromedp.SendKeys(chromedp.CSS(selector), text, chromedp.NodeVisible))
}

func evaluate[T any](c *chromium, expression string) T {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.ctx, hang)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		c.t.Fatalf("at %s: %s: %v", c.where(), expression, err)
	}
	return value
}

func (c *chromium) eval(expression string) { c.t.Helper(); evaluate[chromedp.Void](c, expression) }
func (c *chromium) text(expression string) string {
	c.t.Helper()
	return evaluate[string](c, expression)
}

// holds reports whether an expression is true on the page. A page that is just
// being replaced by another is not asked.
func (c *chromium) holds(expression string) bool {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.ctx, hang)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("!!("+expression+")"))
	return err == nil && value
}

func (c *chromium) until(what, expression string) {
	c.t.Helper()
	eventually(c.t, what+" at "+c.where(), func() bool { return c.holds(expression) })
}

// where is the path that the address bar shows.
func (c *chromium) where() string {
	ctx, cancel := context.WithTimeout(c.ctx, 5*time.Second)
	defer cancel()
	address, err := chromedp.Run(ctx, chromedp.Evaluate[string]("location.href"))
	if err != nil {
		return "a page that does not answer"
	}
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return u.RequestURI()
}

func (c *chromium) resize(width int) { c.do(chromedp.EmulateViewport(int64(width), 900)) }

// prefer sets what the system says about light and dark.
func (c *chromium) prefer(theme string) {
	c.t.Helper()
	c.do(call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}},
	}))
}

func (c *chromium) withoutScripts() {
	c.t.Helper()
	c.do(call(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}))
}

// allowClipboard answers the question that a person would be asked.
func (c *chromium) allowClipboard() {
	c.t.Helper()
	for _, name := range []string{"clipboard-read", "clipboard-write"} {
		c.do(call(devices.SetPermission, devices.SetPermissionParams{
			Permission: &devices.PermissionDescriptor{Name: name}, Setting: devices.PermissionSettingGranted, Origin: c.site,
		}))
	}
}

// The steps of the main job, by forms and links only.

func (c *chromium) signUp(email string) {
	c.t.Helper()
	c.open("/")
	c.follow(`main a[href="/signup"]`)
	c.enter("#email", email)
	c.enter("#password", "correct horse battery")
	c.follow(`form[action="/signup"] button[type=submit]`)
}

// addDomain registers a domain and gives the target of its CNAME.
func (c *chromium) addDomain(name string) (target string) {
	c.t.Helper()
	c.open("/overview")
	c.follow(`main a[href="/domains/new"]`)
	c.enter("#name", name)
	c.follow(`form[action="/domains/new"] button[type=submit]`)
	return strings.TrimSpace(c.text(`document.querySelector("[data-testid=cname-value]").textContent`))
}

// upload gives files to the form of a domain's reports.
func (c *chromium) upload(domain string, files map[string][]byte) {
	c.t.Helper()
	c.follow(`.tabs a[href="/domains/` + domain + `/reports"]`)
	c.uploadHere(files)
}

func (c *chromium) uploadHere(files map[string][]byte) {
	c.t.Helper()
	dir := c.t.TempDir()
	var paths []string
	for name, data := range files {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o644); err != nil {
			c.t.Fatal(err)
		}
		paths = append(paths, path)
	}
	c.do(chromedp.SetUploadFiles(chromedp.CSS("#files"), paths))
	c.click(`#upload button[type=submit]`)
	c.until("the upload has its results", `document.querySelectorAll("[data-testid=upload-result]").length > 0`)
}

func (c *chromium) setTheme(theme string) {
	c.t.Helper()
	c.click(`summary[aria-label="Light or dark"]`)
	c.follow(`form[action="/theme"] button[value="` + theme + `"]`)
}

func (c *chromium) logOut() {
	c.t.Helper()
	c.click("summary.who")
	c.follow(`form[action="/logout"] button`)
}
