//go:build e2e

package main

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strconv"
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

// unusedPort finds a port of 127.0.0.1 that is free on TCP and UDP, for parts
// that must be told theirs. It lies below those that the system hands out by
// itself, so that no connection takes it in the meantime.
func unusedPort(t *testing.T) string {
	t.Helper()
	for range 100 {
		addr := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), uint16(12000+rand.IntN(20000)))
		tcp, err := net.Listen("tcp", addr.String())
		if err != nil {
			continue
		}
		tcp.Close()
		udp, err := net.ListenPacket("udp", addr.String())
		if err != nil {
			continue
		}
		udp.Close()
		return strconv.Itoa(int(addr.Port()))
	}
	t.Fatal("no port is free")
	return ""
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
