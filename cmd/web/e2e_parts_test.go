//go:build e2e

package main

import (
	"bytes"
	"errors"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// require fails where a tool is missing on CI, and skips elsewhere.
func require(t *testing.T, path string) string {
	t.Helper()
	found, err := exec.LookPath(path)
	if err != nil {
		refuse(t, path+" is not installed; .ci/install installs it")
	}
	return found
}

func refuse(t *testing.T, reason string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatal(reason)
	}
	t.Skip(reason)
}

// openDir is a folder that other users can enter, which those of t.TempDir
// are not when the tests run as root.
func openDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "sealpost-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// part starts a program that the test ends. Its output goes to the test's log.
func part(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	cmd.Stdout, cmd.Stderr = t.Output(), t.Output()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		if err := cmd.Process.Signal(syscall.SIGTERM); errors.Is(err, os.ErrProcessDone) {
			t.Errorf("%s ended before the test did", cmd.Path)
			return
		}
		select {
		case <-ended:
		case <-time.After(hang):
			t.Errorf("%s does not stop", cmd.Path)
			cmd.Process.Kill()
		}
	})
}

// runTool runs a program to its end, which must be a good one.
func runTool(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(cmd.Args, " "), err, out.String())
	}
	return out.String()
}

func answers(network, addr string) bool {
	conn, err := net.DialTimeout(network, addr, time.Second)
	if err == nil {
		conn.Close()
	}
	return err == nil
}

func (n *node) address() string { return "http://" + n.web.socket.Addr().String() }
