package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	mathrand "math/rand/v2"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/caarlos0/env/v11"
	"github.com/emersion/go-msgauth/dkim"
	"github.com/miekg/dns"
	"github.com/sealpost/sealpost/internal/testkit"
	"github.com/sealpost/sealpost/internal/tlsrpt"
)

// hang is a guard against a test that never ends, not a time that anything
// should take: on a busy machine a start may take half a minute.
const hang = 5 * time.Minute

// asProgram makes the test binary behave as the program, so that a test can
// start it as a process of its own.
const asProgram = "SEALPOST_RUN_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// world is the DNS of a test: a resolver that everybody asks, and the name
// server of the customer's domain.
type world struct {
	resolver, customer *testkit.DNS
	key                ed25519.PrivateKey // signs the mail of reporter
	reporter           string             // the domain that reports
	adjust             func(*config)      // what no setting says; nil for nothing
	logs               io.Writer          // where nodes write their log; nil for the test's output
}

func newWorld(t *testing.T, domains ...string) *world {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{resolver: testkit.NewDNS(t), customer: testkit.NewDNS(t), key: private, reporter: "reporter.test"}
	w.resolver.Add(t, "tlsrpt._domainkey.reporter.test. 300 TXT \"v=DKIM1; k=ed25519; s=tlsrpt; p="+base64.StdEncoding.EncodeToString(public)+"\"")
	for _, d := range domains {
		w.resolver.Add(t, d+". 300 NS ns1."+d+".", "ns1."+d+". 300 A 127.0.0.1", d+". 300 MX 10 mx1."+d+".")
		w.customer.Zone(d)
		w.customer.Add(t, d+". 300 NS ns1."+d+".", d+". 300 MX 10 mx1."+d+".")
	}
	return w
}

// environment is a configuration on free ports with a database of its own.
func (w *world) environment(t *testing.T) map[string]string {
	t.Helper()
	return map[string]string{
		"DATABASE_URL": testkit.DatabaseURL(t), "ZONE_SNAPSHOT": filepath.Join(t.TempDir(), "zone.snapshot"), "SECRET_KEY": "a key for tests that is long enough",
		"HTTP_ADDR": "127.0.0.1:0", "DNS_ADDR": "127.0.0.1:0", "SMTP_ADDR": "127.0.0.1:0", "METRICS_ADDR": "127.0.0.1:0",
		"RESOLVERS": w.resolver.Addr, "OUTBOUND_ALLOW": "127.0.0.0/8", "CHECK_MIN_INTERVAL": "100ms",
	}
}

// startNode runs a node in this process until the test ends, and fails the
// test if it does not stop cleanly. Settings are written NAME=value.
func (w *world) startNode(t *testing.T, settings ...string) *node {
	t.Helper()
	environment := w.environment(t)
	for _, setting := range settings {
		name, value, _ := strings.Cut(setting, "=")
		environment[name] = value
	}
	c, err := readConfig(env.Options{Environment: environment})
	if err != nil {
		t.Fatal(err)
	}
	c.authPort = netip.MustParseAddrPort(w.customer.Addr).Port()
	if w.adjust != nil {
		w.adjust(&c)
	}
	ctx, cancel := context.WithCancel(context.Background())
	logs := t.Output()
	if w.logs != nil {
		logs = w.logs
	}
	n, err := start(ctx, c, slog.New(slog.NewTextHandler(logs, nil)))
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	stopped := make(chan error, 1)
	go func() { stopped <- n.run(ctx) }()
	t.Cleanup(func() {
		cancel()
		select {
		case err := <-stopped:
			if err != nil {
				t.Errorf("the node stopped with: %v", err)
			}
		case <-time.After(hang):
			t.Error("the node does not stop")
		}
	})
	return n
}

// unusedPort finds a port of 127.0.0.1 that is free on TCP and UDP, for parts
// that must be told theirs. It lies below those that the system hands out by
// itself, so that no connection takes it in the meantime, and until the test
// ends no other test gets it: the same port of another address stands for it, so
// that nothing can listen at this port of all addresses.
func unusedPort(t *testing.T) string {
	t.Helper()
	for range 100 {
		port := strconv.Itoa(12000 + mathrand.IntN(20000))
		taken, err := net.Listen("tcp", net.JoinHostPort("127.201.53.25", port))
		if err != nil {
			continue
		}
		if free("127.0.0.1:" + port) {
			t.Cleanup(func() { taken.Close() })
			return port
		}
		taken.Close()
	}
	t.Fatal("no port is free")
	return ""
}

func free(addr string) bool {
	tcp, err := net.Listen("tcp", addr)
	if err != nil {
		return false
	}
	tcp.Close()
	udp, err := net.ListenPacket("udp", addr)
	if err != nil {
		return false
	}
	udp.Close()
	return true
}

// mail is a signed report mail from the reporter.
func (w *world) mail(t *testing.T, to string, r *tlsrpt.Report) []byte {
	t.Helper()
	message, err := tlsrpt.ComposeMail(tlsrpt.MailOptions{
		From: "tlsrpt@" + w.reporter, To: to, Submitter: w.reporter, PolicyDomain: r.Policies[0].Domain,
		Date: r.End.Add(3 * time.Hour), MessageID: r.ReportID + "@" + w.reporter,
	}, r)
	if err != nil {
		t.Fatal(err)
	}
	var signed bytes.Buffer
	err = dkim.Sign(&signed, bytes.NewReader(message), &dkim.SignOptions{
		Domain: w.reporter, Selector: "tlsrpt", Signer: w.key,
		HeaderCanonicalization: dkim.CanonicalizationRelaxed, BodyCanonicalization: dkim.CanonicalizationRelaxed,
	})
	if err != nil {
		t.Fatal(err)
	}
	return signed.Bytes()
}

// testsBegan is the moment that yesterday goes by, so that it is one day for a
// whole test, also beyond midnight.
var testsBegan = time.Now().UTC()

func yesterday() string { return testsBegan.AddDate(0, 0, -1).Format(time.DateOnly) }

func report(domain, id, day string, successful, failed int64) *tlsrpt.Report {
	start, err := time.Parse(time.DateOnly, day)
	if err != nil {
		panic(err)
	}
	p := tlsrpt.PolicyResult{
		Type: tlsrpt.PolicySTS, Domain: domain,
		Successful: tlsrpt.Count{N: successful, Stated: true}, Failed: tlsrpt.Count{N: failed, Stated: true},
	}
	if failed > 0 {
		p.Failures = []tlsrpt.FailureDetail{{ResultType: "certificate-expired", SendingMTAIP: "192.0.2.25", ReceivingMXHostname: "mx1." + domain, Sessions: failed}}
	}
	return &tlsrpt.Report{
		Organization: "Reporter", Contact: "tlsrpt@reporter.test", ReportID: id,
		Start: start, End: start.AddDate(0, 0, 1), Policies: []tlsrpt.PolicyResult{p},
	}
}

// browser is a person with a cookie jar.
type browser struct {
	t      *testing.T
	client *http.Client
	addr   string // where the pages are served
	origin string // what the address bar would show
}

func newBrowser(t *testing.T, addr, origin string) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t: t, client: &http.Client{Jar: jar, Timeout: hang}, addr: addr, origin: origin}
}

func (b *browser) do(method, path string, body io.Reader, contentType string) (int, *goquery.Document) {
	b.t.Helper()
	req, err := http.NewRequest(method, "http://"+b.addr+path, body)
	if err != nil {
		b.t.Fatal(err)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	if method != http.MethodGet {
		req.Header.Set("Origin", b.origin)
	}
	res, err := b.client.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	doc, err := goquery.NewDocumentFromReader(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return res.StatusCode, doc
}

func (b *browser) get(path string) *goquery.Document {
	b.t.Helper()
	code, doc := b.do(http.MethodGet, path, nil, "")
	if code != http.StatusOK {
		b.t.Fatalf("GET %s: %d", path, code)
	}
	return doc
}

func (b *browser) submit(path string, fields url.Values) *goquery.Document {
	b.t.Helper()
	code, doc := b.do(http.MethodPost, path, strings.NewReader(fields.Encode()), "application/x-www-form-urlencoded")
	if code != http.StatusOK {
		b.t.Fatalf("POST %s: %d\n%s", path, code, strings.TrimSpace(doc.Find("main").Text()))
	}
	return doc
}

func (b *browser) upload(path, name string, data []byte) *goquery.Document {
	b.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("files", name)
	if err != nil {
		b.t.Fatal(err)
	}
	part.Write(data)
	form.Close()
	code, doc := b.do(http.MethodPost, path, &body, form.FormDataContentType())
	if code != http.StatusOK {
		b.t.Fatalf("upload to %s: %d", path, code)
	}
	return doc
}

func (b *browser) signUp(email string) {
	b.t.Helper()
	b.submit("/signup", url.Values{"email": {email}, "password": {"correct horse battery"}})
}

func (b *browser) addDomain(name string) (token string) {
	b.t.Helper()
	doc := b.submit("/domains/new", url.Values{"name": {name}})
	value := testID(doc, "cname-value").Text()
	token, _, _ = strings.Cut(strings.TrimPrefix(value, name+"._smtp._tls."), ".")
	return token
}

func testID(doc *goquery.Document, id string) *goquery.Selection {
	return doc.Find(`[data-testid="` + id + `"]`)
}

// day reads what the trend table says about a day.
func (b *browser) day(domain, day string) (successful, failed int, known bool) {
	b.t.Helper()
	row := b.get("/domains/" + domain + "?from=" + day + "&to=" + day).Find(`[data-testid="trend-table"] [data-day="` + day + `"]`)
	text, known := row.Attr("data-successful")
	successful, _ = strconv.Atoi(text)
	failed, _ = strconv.Atoi(row.AttrOr("data-failed", ""))
	return successful, failed, known
}

// eventually waits for something that happens in the background.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(hang)
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

func ask(t *testing.T, network, server, name string, qtype uint16) *dns.Msg {
	t.Helper()
	q := new(dns.Msg)
	q.SetQuestion(dns.Fqdn(name), qtype)
	a, _, err := (&dns.Client{Net: network, Timeout: hang}).Exchange(q, server)
	if err != nil {
		t.Fatalf("%s %s: %v", network, name, err)
	}
	return a
}

func post2xx(t *testing.T, u string, body []byte) int {
	t.Helper()
	res, err := http.Post(u, "application/tlsrpt+gzip", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	return res.StatusCode
}

// sendMail hands a message to the mail server and returns what it says.
func sendMail(server net.Addr, to string, message []byte) error {
	return deliver(context.Background(), server.String(), "tlsrpt@reporter.test", to, message)
}

func mustEncode(t *testing.T, r *tlsrpt.Report) []byte {
	t.Helper()
	data, err := r.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func mustGzip(t *testing.T, data []byte) []byte {
	t.Helper()
	packed, err := tlsrpt.Gzip(data)
	if err != nil {
		t.Fatal(err)
	}
	return packed
}

func recordOf(a *dns.Msg) string {
	var texts []string
	for _, rr := range a.Answer {
		if txt, ok := rr.(*dns.TXT); ok {
			texts = append(texts, strings.Join(txt.Txt, ""))
		}
	}
	return fmt.Sprint(strings.Join(texts, "|"))
}
