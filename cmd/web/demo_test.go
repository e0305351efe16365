package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/caarlos0/env/v11"
)

// notes is what a command has written so far.
type notes struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (n *notes) Write(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.Write(p)
}

func (n *notes) String() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.String()
}

// demoSettings are free ports, and places that the demo must not use.
func demoSettings() map[string]string {
	return map[string]string{
		"HTTP_ADDR": "127.0.0.1:0", "DNS_ADDR": "127.0.0.1:0", "SMTP_ADDR": "127.0.0.1:0", "METRICS_ADDR": "127.0.0.1:0",
		"DATABASE_URL": "sqlite:nowhere/that/exists.db", "RESOLVERS": "192.0.2.1:53", "MAIL_URL": "smtp://192.0.2.1:25",
	}
}

func demoConfig(t *testing.T, settings map[string]string) config {
	t.Helper()
	environment := demoSettings()
	for name, value := range settings {
		environment[name] = value
	}
	c, err := readConfig(env.Options{Environment: environment})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestDemo: the demo says where it is and how to log in, shows its domains,
// and leaves nothing behind.
func TestDemo(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var out, stderr notes
	stopped := make(chan error, 1)
	go func() {
		stopped <- demoCmd{Days: 3}.serve(ctx, demoConfig(t, nil), streams{strings.NewReader(""), &out, &stderr})
	}()
	eventually(t, "the demo tells its login", func() bool { return strings.Contains(out.String(), "password demo-demo-demo\n") })
	_, after, _ := strings.Cut(out.String(), "(listening on ")
	addr, _, _ := strings.Cut(after, ")")
	b := newBrowser(t, addr, "http://localhost:8080")
	b.submit("/login", url.Values{"email": {"demo@sealpost.test"}, "password": {"demo-demo-demo"}})
	page := b.get("/domains").Text()
	for _, name := range []string{"example.com", "clinic.example", "launch.example"} {
		if !strings.Contains(page, name) {
			t.Errorf("the list of domains lacks %s", name)
		}
	}
	yesterday := time.Now().UTC().AddDate(0, 0, -2).Format(time.DateOnly)
	if successful, _, known := b.day("shop.example", yesterday); !known || successful == 0 {
		t.Errorf("shop.example has no sessions on %s", yesterday)
	}
	cancel()
	select {
	case err := <-stopped:
		if err != nil {
			t.Errorf("the demo stopped with: %v", err)
		}
	case <-time.After(hang):
		t.Fatal("the demo does not stop")
	}
	if !strings.Contains(stderr.String(), "Filling a throw-away database") {
		t.Errorf("it does not say what it waits for: %s", stderr.String())
	}
}

// TestDemoRefuses: what keeps the demo from serving is told before the wait.
func TestDemoRefuses(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for _, c := range []struct {
		days     int
		settings map[string]string
		says     string
	}{
		{400, map[string]string{"HTTP_ADDR": taken.Addr().String()}, "HTTP_ADDR"},
		{400, map[string]string{"SMTP_ADDR": taken.Addr().String()}, "SMTP_ADDR"},
		{0, nil, "--days"},
		{401, nil, "--days"},
	} {
		err := demoCmd{Days: c.days}.serve(t.Context(), demoConfig(t, c.settings), streams{strings.NewReader(""), io.Discard, io.Discard})
		if err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%d days with %v: %v", c.days, c.settings, err)
		}
	}
}

// TestDemoLeavesNothing: neither a start that fails nor an interrupt leaves
// files behind.
func TestDemoLeavesNothing(t *testing.T) {
	t.Parallel()
	settings := demoSettings()
	settings["TMPDIR"], settings["HTTP_ADDR"] = t.TempDir(), "nonsense"
	if r := (command{args: []string{"demo"}, settings: settings}).run(t); r.code != 1 || strings.Count(r.err, "\n") != 1 {
		t.Errorf("exit code %d:\n%s", r.code, r.err)
	}
	settings["HTTP_ADDR"] = "127.0.0.1:0"
	cmd := exec.Command(os.Args[0], "demo", "--days", "1")
	cmd.Dir = t.TempDir()
	cmd.Env = []string{asProgram + "=1"}
	for name, value := range settings {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	var out notes
	cmd.Stdout = &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the demo is filled", func() bool { return strings.Contains(out.String(), "password") })
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Error(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("the demo stopped with: %v", err)
	}
	for _, folder := range []string{settings["TMPDIR"], cmd.Dir} {
		if left, err := filepath.Glob(filepath.Join(folder, "*")); err != nil || len(left) > 0 {
			t.Errorf("left behind: %v, %v", left, err)
		}
	}
}

func TestLocalURL(t *testing.T) {
	t.Parallel()
	for addr, want := range map[string]string{
		"127.0.0.1:8080": "http://localhost:8080", ":9000": "http://localhost:9000", "127.0.0.1:0": "http://given.test",
	} {
		if got := localURL(config{HTTPAddr: addr, BaseURL: "http://given.test"}); got != want {
			t.Errorf("%s: got %s, want %s", addr, got, want)
		}
	}
}
