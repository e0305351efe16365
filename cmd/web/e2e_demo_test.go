//go:build e2e

package main

import (
	"bufio"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestE2EDemo: a clean clone builds with Go alone, and an ordinary user who
// starts the demo and logs in as it says sees its domains.
func TestE2EDemo(t *testing.T) {
	t.Parallel()
	binary := buildClone(t)
	home := openDir(t)
	cmd := exec.Command(binary, "demo")
	cmd.Dir, cmd.Stderr = home, t.Output()
	if os.Getuid() == 0 {
		giveTo(t, "nobody", home)
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: credential(t, "nobody")}
	}
	cmd.Env = []string{
		"HOME=" + home, "TMPDIR=" + home, "PATH=/usr/bin:/bin",
		"HTTP_ADDR=127.0.0.1:" + unusedPort(t), "DNS_ADDR=127.0.0.1:0", "SMTP_ADDR=127.0.0.1:0", "METRICS_ADDR=127.0.0.1:0",
	}
	began := time.Now()
	said := startDemo(t, cmd)
	t.Logf("ready after %s, saying:\n%s", time.Since(began).Round(time.Millisecond), said)

	address, err := url.Parse(firstMatch(t, said, `pages +(\S+)`))
	if err != nil {
		t.Fatal(err)
	}
	b := newBrowser(t, "127.0.0.1:"+address.Port(), address.String())
	b.submit("/login", url.Values{"email": {firstMatch(t, said, `e-mail +(\S+)`)}, "password": {firstMatch(t, said, `password +(\S+)`)}})
	if rows := testID(b.get("/domains"), "domain-row").Length(); rows != 12 {
		t.Errorf("%d domains are listed, want 12", rows)
	}
	if rows := testID(b.get("/reports"), "report-row").Length(); rows == 0 {
		t.Error("no report is listed")
	}

	cmd.Process.Signal(syscall.SIGTERM)
	if err := cmd.Wait(); err != nil {
		t.Errorf("the demo stopped with: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(home, "*")); len(left) > 0 {
		t.Errorf("the demo left behind: %s", left)
	}
}

// buildClone builds the program in a clean clone of the repository.
func buildClone(t *testing.T) string {
	t.Helper()
	require(t, "git")
	root := strings.TrimSpace(runTool(t, exec.Command("git", "rev-parse", "--show-toplevel")))
	dir := openDir(t)
	clone := filepath.Join(dir, "clone")
	runTool(t, exec.Command("git", "clone", "--quiet", "--no-hardlinks", root, clone))
	build := exec.Command("go", "build", "-o", filepath.Join(dir, "web"), "./cmd/web")
	build.Dir = clone
	runTool(t, build)
	return filepath.Join(dir, "web")
}

// startDemo starts the demo and gives what it says until it is ready.
func startDemo(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if cmd.ProcessState == nil {
			cmd.Process.Kill()
			cmd.Wait()
		}
	})
	var said strings.Builder
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		said.WriteString(lines.Text() + "\n")
		if strings.Contains(lines.Text(), "password") {
			return said.String()
		}
	}
	t.Fatalf("the demo ended before it was ready, saying:\n%s", said.String())
	return ""
}

func firstMatch(t *testing.T, text, pattern string) string {
	t.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(text)
	if m == nil {
		t.Fatalf("nothing like %s is said", pattern)
	}
	return m[1]
}
