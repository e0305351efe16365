package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"github.com/miekg/dns"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/sealpost/sealpost/internal/testkit"
	"github.com/sealpost/sealpost/internal/tlsrpt"
)

// command is one run of the program as a process.
type command struct {
	settings map[string]string
	stdin    string
	args     []string
}

type result struct {
	out, err string
	code     int
}

func (c command) run(t *testing.T) result {
	t.Helper()
	cmd := exec.Command(os.Args[0], c.args...)
	cmd.Dir = t.TempDir()
	cmd.Env = []string{asProgram + "=1", "HOME=" + cmd.Dir}
	for name, value := range c.settings {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	var out, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(c.stdin), &out, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return result{out.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

// TestRefusesToStart: what keeps the program from serving is one clear line on
// stderr, and exit code 1.
func TestRefusesToStart(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	addr := taken.Addr().String()
	w := newWorld(t)
	for _, c := range []struct{ key, value, says string }{
		{"HTTP_ADDR", addr, "HTTP_ADDR: "},
		{"SMTP_ADDR", addr, "SMTP_ADDR: "},
		{"DNS_ADDR", addr, "DNS_ADDR: "},
		{"METRICS_ADDR", addr, "METRICS_ADDR: "},
		{"BASE_URL", "sealpost", "BASE_URL"},
		{"DATABASE_URL", "mysql://x", "DATABASE_URL"},
		{"DATABASE_URL", "sqlite:/dev/null/x.db", "secret key"},
		{"TLS_CERT", "/nowhere.pem", "TLS_CERT"},
		{"LIMIT_DOMAINS", "many", "LIMIT_DOMAINS"},
	} {
		settings := w.environment(t)
		delete(settings, "SECRET_KEY")
		if os.Getenv(testkit.PostgresEnv) != "" {
			settings["SECRET_KEY"] = "a key for tests that is long enough"
			if strings.Contains(c.says, "secret key") {
				continue // the key beside a SQLite file
			}
		}
		settings[c.key] = c.value
		r := command{settings: settings, args: []string{"serve"}}.run(t)
		if r.code != 1 || r.out != "" || strings.Count(r.err, "\n") != 1 || !strings.Contains(r.err, c.says) {
			t.Errorf("%s=%s: exit %d, stdout %q, stderr %q", c.key, c.value, r.code, r.out, r.err)
		}
	}
}

// TestOneServerPerFile: a second server on a SQLite file is refused, other
// commands run beside the first.
func TestOneServerPerFile(t *testing.T) {
	t.Parallel()
	if os.Getenv(testkit.PostgresEnv) != "" {
		t.Skip("PostgreSQL takes any number of servers")
	}
	w := newWorld(t)
	settings := w.environment(t)
	settings["DATABASE_URL"] = "sqlite:" + filepath.Join(t.TempDir(), "x.db")
	startProgram(t, settings)
	if r := (command{settings: settings, args: []string{"serve"}}).run(t); r.code != 1 || !strings.Contains(r.err, "already serving") {
		t.Errorf("the second server: exit %d, %q", r.code, r.err)
	}
	if r := (command{settings: settings, args: []string{"user", "add", "ada@example.test"}, stdin: "correct horse battery\n"}).run(t); r.code != 0 {
		t.Errorf("user add beside the server: exit %d, %q", r.code, r.err)
	}
}

func TestUsersAndImport(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	settings := w.environment(t)
	folder := t.TempDir()
	for name, data := range map[string][]byte{
		"a.json":    mustEncode(t, report("example.test", "one", "2026-03-01", 10, 1)),
		"b.json.gz": mustGzip(t, mustEncode(t, report("example.test", "two", "2026-03-02", 20, 2))),
		"c.txt":     []byte("no report"),
	} {
		if err := os.WriteFile(filepath.Join(folder, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p := startProgram(t, settings)
	for _, c := range []struct {
		args  []string
		stdin string
		code  int
		says  string
	}{
		{[]string{"user", "add", "Ada@Example.test"}, "correct horse battery\n", 0, "Added ada@example.test"},
		{[]string{"user", "add", "ada@example.test"}, "correct horse battery\n", 1, "known already"},
		{[]string{"user", "add", "bob@example.test"}, "short\n", 1, "password"},
		{[]string{"user", "add", "bob@example.test"}, "iloveyou\n", 1, "most common"},
		{[]string{"user", "passwd", "ada@example.test"}, "sealpost2026\n", 1, "easy to guess"},
		{[]string{"user", "add", "no address"}, "correct horse battery\n", 1, "address"},
		{[]string{"user", "passwd", "eve@example.test"}, "correct horse battery\n", 1, "not known"},
		{[]string{"user", "passwd", "ada@example.test"}, "another horse battery\n", 0, "Changed"},
		{[]string{"user", "remove-factors", "eve@example.test", "--app"}, "", 1, "not known"},
		{[]string{"user", "remove-factors", "ada@example.test"}, "", 1, "--passkeys"},
		{[]string{"user", "remove-factors", "ada@example.test", "--app", "--passkeys"}, "", 1, "none of that"},
		{[]string{"import", "--account", "eve@example.test", folder}, "", 1, "no user"},
		{[]string{"import", "--account", "ada@example.test", folder}, "", 1, "foreign-domain"},
	} {
		r := command{settings: settings, args: c.args, stdin: c.stdin}.run(t)
		if r.code != c.code || !strings.Contains(r.out+r.err, c.says) {
			t.Errorf("%q: exit %d, %q, %q", c.args, r.code, r.out, r.err)
		}
	}
	b := newBrowser(t, p.pages, "http://localhost:8080")
	b.submit("/login", map[string][]string{"email": {"ada@example.test"}, "password": {"another horse battery"}})
	b.addDomain("example.test")
	checkSuspending(t, settings, b)
	checkAudit(t, settings)
	r := command{settings: settings, args: []string{"import", "--account", "ada@example.test", folder}}.run(t)
	if r.code != 1 || !strings.Contains(r.out, "3 messages in 3 files: 2 counted, 0 duplicate, 1 not counted") {
		t.Errorf("import: exit %d\n%s\n%s", r.code, r.out, r.err)
	}
	if s, f, _ := b.day("example.test", "2026-03-02"); s != 20 || f != 2 {
		t.Errorf("the imported day shows %d and %d", s, f)
	}
	zone := command{settings: settings, args: []string{"zone"}}.run(t)
	if zone.code != 0 || !strings.Contains(zone.out, "example.test._smtp._tls.") {
		t.Errorf("zone: exit %d\n%s", zone.code, zone.out)
	}
	if r := (command{settings: settings, args: []string{"migrate"}}).run(t); r.code != 0 {
		t.Errorf("migrate: exit %d, %s", r.code, r.err)
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	data := string(mustEncode(t, report("example.test", "one", "2026-03-01", 10, 1)))
	r := command{args: []string{"parse", "--json", "-"}, stdin: data}.run(t)
	var got map[string]any
	if err := json.Unmarshal([]byte(r.out), &got); err != nil || r.code != 0 {
		t.Fatalf("exit %d, %v: %s", r.code, err, r.out)
	}
	want := map[string]any{
		"organization": "Reporter", "report_id": "one", "contact": "tlsrpt@reporter.test",
		"start": "2026-03-01T00:00:00Z", "end": "2026-03-02T00:00:00Z",
		"warnings": []any{"policy-string-missing: A policy is named without its policy-string."},
		"policies": []any{map[string]any{
			"type": "sts", "domain": "example.test", "mode": "", "policy_strings": []any{}, "mx_hosts": []any{},
			"successful_sessions": 10.0, "failed_sessions": 1.0,
			"failures": []any{map[string]any{
				"result_type": "certificate-expired", "sending_mta_ip": "192.0.2.25", "receiving_mx_hostname": "mx1.example.test",
				"receiving_mx_helo": "", "receiving_ip": "", "sessions": 1.0, "reason_code": "", "additional_information": "",
			}},
		}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if r := (command{args: []string{"parse", "-"}, stdin: "no report"}).run(t); r.code != 1 || !strings.Contains(r.err, "not-a-report") {
		t.Errorf("no report: exit %d, %q", r.code, r.err)
	}
	if r := (command{args: []string{"parse", "missing.json"}}).run(t); r.code != 1 || strings.Count(r.err, "\n") != 1 {
		t.Errorf("a missing file: exit %d, %q", r.code, r.err)
	}
}

func TestRecordLint(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text    string
		code    int
		verdict string
	}{
		{"v=TLSRPTv1; rua=mailto:a@example.test", 0, "pass"},
		{"v=TLSRPTv1;", 0, "warn"},
		{"v=tlsrptv1; rua=mailto:a@example.test", 1, "fail"},
	} {
		r := command{args: []string{"record", "lint", "--json", c.text}}.run(t)
		var got map[string]json.RawMessage
		if err := json.Unmarshal([]byte(r.out), &got); err != nil || r.code != c.code || string(got["verdict"]) != `"`+c.verdict+`"` {
			t.Errorf("%s: exit %d, %v, %s", c.text, r.code, err, r.out)
			continue
		}
		for key := range maps.Keys(got) {
			if !strings.Contains(" verdict effective record destinations findings ", " "+key+" ") {
				t.Errorf("%s: unknown key %s", c.text, key)
			}
		}
	}
}

// TestParseForPeople: everything in a report is printed, and nothing of it
// reaches the terminal as a control character.
func TestParseForPeople(t *testing.T) {
	t.Parallel()
	rep := report("example.test", "one", "2026-03-01", 10, 1)
	p := &rep.Policies[0]
	p.PolicyStrings, p.MXHosts = []string{"mode: enforce"}, []string{"*.example.test"}
	p.Failures[0].ReasonCode = "\x1b[2Jexpired"
	p.Failures[0].ReceivingMXHELO = "helo.example.test"
	p.Failures[0].ReceivingIP = "192.0.2.1"
	p.Failures[0].AdditionalInformation = "https://reporter.test/x"
	rep.Policies = append(rep.Policies, tlsrpt.PolicyResult{Type: tlsrpt.NoPolicyFound, Domain: "example.test"})
	r := command{args: []string{"parse", "-"}, stdin: string(mustEncode(t, rep))}.run(t)
	want := strings.Join([]string{
		"2026-03-01  Reporter  one",
		"  contact   tlsrpt@reporter.test",
		"  range     2026-03-01 00:00:00 to 2026-03-02 00:00:00 UTC",
		"  sts example.test: 10 successful, 1 failed",
		"    policy    mode: enforce",
		"    mx        *.example.test",
		"    1 x certificate-expired",
		"      to        mx1.example.test 192.0.2.1 HELO helo.example.test",
		"      from      192.0.2.25",
		`      reason    \u001b[2Jexpired`,
		"      see       https://reporter.test/x",
		"      fix       Renew the certificate on mx1.example.test and reload the mail server.",
		"  no-policy-found example.test: not stated successful, not stated failed",
		"  counted: 10 successful, 1 failed",
		"  note: A summary leaves out a session count, which is then not stated. (count-missing)", "",
	}, "\n")
	if diff := cmp.Diff(want, r.out); diff != "" || r.code != 0 {
		t.Error(r.code, r.err, diff)
	}
}

func TestRecordLintForPeople(t *testing.T) {
	t.Parallel()
	r := command{args: []string{"record", "lint", "v=TLSRPTv1; rua=mailto:a@x.example; rua=mailto:b@x.example"}}.run(t)
	want := strings.Join([]string{
		"warn",
		"A strict sender would use this record.",
		"  at 0    version   v=TLSRPTv1",
		"  at 12   rua       rua=",
		"  at 16   uri       mailto:a@x.example",
		"  at 36   rua       rua=",
		"  at 40   uri       mailto:b@x.example",
		"  R13  warn Write one rua= list directly after the version, without blanks: Postfix-based senders read only that form.",
		"            cut by Postfix",
		"  RFC 8460   all      mailto:a@x.example mailto:b@x.example",
		"  mox        all      mailto:a@x.example mailto:b@x.example",
		"  Postfix    cut      mailto:a@x.example",
		"  Microsoft  cut      mailto:a@x.example", "",
	}, "\n")
	if diff := cmp.Diff(want, r.out); diff != "" || r.code != 0 {
		t.Error(r.code, r.err, diff)
	}
}

func TestRecordWrite(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"mailto:a@x.example", "https://x.example/a,b"}, 0, "v=TLSRPTv1; rua=mailto:a@x.example,https://x.example/a%2Cb\n"},
		{[]string{"--domain", "Bücher.example", "mailto:a@x.example"}, 0, `_smtp._tls.xn--bcher-kva.example. 3600 IN TXT "v=TLSRPTv1; rua=mailto:a@x.example"` + "\n"},
		{[]string{"--domain", "com", "mailto:a@x.example"}, 1, "top-level domain"},
		{[]string{"mailto:a@x.example", "mailto:a@x.example"}, 1, "given twice"},
		{[]string{"http://x.example/"}, 1, "neither mailto nor https"},
		{nil, 2, "expected"},
	} {
		r := command{args: append([]string{"record", "write"}, c.args...)}.run(t)
		if r.code != c.code || !strings.Contains(r.out+r.err, c.says) || (r.code == 0) != (r.err == "") {
			t.Errorf("%q: exit %d, %q, %q", c.args, r.code, r.out, r.err)
		}
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "example.test")
	record := `_smtp._tls.example.test. 3600 TXT "v=TLSRPTv1; rua=mailto:a@example.test"`
	w.resolver.Add(t, record)
	// The domain's own name server is on a special address that is not allowed
	// here: it is not asked, and the resolvers decide.
	settings := map[string]string{"RESOLVERS": w.resolver.Addr}
	r := command{settings: settings, args: []string{"check", "example.test", "--json"}}.run(t)
	var got struct {
		Domain, Verdict, Record string
		Effective, Delegated    bool
		Findings                []struct{ ID string }
		Servers                 []struct{ Server, Kind, Rcode string }
	}
	if err := json.Unmarshal([]byte(r.out), &got); err != nil {
		t.Fatalf("%v: %s %s", err, r.out, r.err)
	}
	if !got.Effective || got.Delegated || got.Record != "v=TLSRPTv1; rua=mailto:a@example.test" || len(got.Servers) == 0 {
		t.Errorf("got %+v", got)
	}
	if n := len(w.customer.Asked()); n != 0 {
		t.Errorf("the server on a special address was asked %d times", n)
	}
	if r := (command{settings: settings, args: []string{"check", "com"}}).run(t); r.code != 1 || !strings.Contains(r.err, "top-level domain") {
		t.Errorf("a public suffix: exit %d, %q", r.code, r.err)
	}
}

// The exit code of check follows the verdict, and its help says how.
func TestCheckExitCodes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "example.test")
	settings := map[string]string{"RESOLVERS": w.resolver.Addr}
	for _, c := range []struct {
		name, record string
		code         int
	}{
		{"pass", `"v=TLSRPTv1; rua=mailto:a@example.test"`, 0},
		{"fail", `"v=TLSRPTv2; rua=mailto:a@example.test"`, 1},
		{"warn", `"v=TLSRPTv1;"`, 3},
		{"null", "", 0},
		{"dead", "", 4},
	} {
		domain := c.name + ".example.test"
		mx := domain + ". 60 MX 10 mx.example.test."
		if c.name == "null" {
			mx = domain + ". 60 MX 0 ."
		}
		w.resolver.Add(t, mx)
		if c.record != "" {
			w.resolver.Add(t, "_smtp._tls."+domain+". 60 TXT "+c.record)
		}
		if c.name == "dead" {
			w.resolver.Set("_smtp._tls."+domain, dns.TypeTXT, testkit.Answer{Rcode: dns.RcodeServerFailure})
		}
		if r := (command{settings: settings, args: []string{"check", domain}}).run(t); r.code != c.code || r.err != "" {
			t.Errorf("%s: exit %d, want %d, %s%s", c.name, r.code, c.code, r.out, r.err)
		}
	}
	help := command{args: []string{"check", "--help"}}.run(t).out
	for _, says := range []string{"Exit codes", "0 the verdict is pass", "1 it is fail", "3 it is warn", "4 it is pending"} {
		if !strings.Contains(strings.Join(strings.Fields(help), " "), says) {
			t.Errorf("the help does not say %q: %s", says, help)
		}
	}
}

func TestUsageErrors(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"cook"}, {"parse"}, {"import", "x"}, {"serve", "--fast"}} {
		if r := (command{args: args}).run(t); r.code != usageError || r.err == "" {
			t.Errorf("%q: exit %d, %q", args, r.code, r.err)
		}
	}
	if r := (command{args: []string{"--help"}}).run(t); r.code != 0 || !strings.Contains(r.out, "demo") {
		t.Errorf("--help: exit %d, %q", r.code, r.out)
	}
	if r := (command{args: []string{"version"}}).run(t); r.code != 0 || !strings.HasPrefix(r.out, "sealpost ") {
		t.Errorf("version: exit %d, %q", r.code, r.out)
	}
}
