package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"
)

// server is the program as a process.
type server struct {
	base string
	pid  int
	stop func()
}

// startServer runs the program with settings on free ports of loopback and
// waits until its output says a word.
func startServer(ctx context.Context, web string, ready string, settings []string, args ...string) (*server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	addr := listener.Addr().String()
	listener.Close()
	ctx, cancel := context.WithCancel(ctx)
	cmd := exec.CommandContext(ctx, web, args...)
	cmd.Env = append(os.Environ(), append([]string{
		"HTTP_ADDR=" + addr, "BASE_URL=http://" + addr, "DNS_ADDR=127.0.0.1:0", "SMTP_ADDR=127.0.0.1:0", "METRICS_ADDR=", "TRUSTED_PROXIES=127.0.0.1/32",
	}, settings...)...)
	var out output
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		cancel()
		return nil, err
	}
	s := &server{base: "http://" + addr, pid: cmd.Process.Pid, stop: func() { cancel(); _ = cmd.Wait() }}
	for until := time.Now().Add(3 * time.Minute); !out.has(ready); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(until) {
			s.stop()
			return nil, fmt.Errorf("%s does not come up: %s", web, out.text())
		}
	}
	return s, nil
}

// output gathers what a process writes.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// Write implements io.Writer.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(p)
}

func (o *output) text() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

func (o *output) has(word string) bool { return strings.Contains(o.text(), word) }

// rss is the memory of the process that is in RAM, in bytes.
func (s *server) rss() int64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.pid))
	if err != nil {
		return 0
	}
	_, after, _ := strings.Cut(string(status), "VmRSS:")
	kib, _ := strconv.ParseInt(strings.TrimSpace(strings.Split(after, "kB")[0]), 10, 64)
	return kib << 10
}

// post sends a form as a page of the site does, from an address that a proxy names.
func (s *server) post(ctx context.Context, client *http.Client, path, from, form string) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.base+path, strings.NewReader(form))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", s.base)
	r.Header.Set("X-Forwarded-For", from)
	return client.Do(r)
}

// newClient does not follow redirects and keeps a connection for each browser.
func newClient(browsers int) *http.Client {
	return &http.Client{
		Transport:     &http.Transport{MaxIdleConnsPerHost: browsers, MaxConnsPerHost: browsers},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
