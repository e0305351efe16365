package main

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
)

// certificate is a certificate with its key in two files, read anew when one of
// them changes: whoever renews them need not restart anything. Of files that do
// not belong together, as in the middle of a change, the pair before stays.
type certificate struct {
	files [2]string // of the chain and of the key
	log   *slog.Logger

	mu      sync.Mutex
	seen    [2]os.FileInfo // when they were last read, well or not
	current *tls.Certificate
}

// openCertificate reads the files for the first time, when they must be right.
// setting names the chain's file in errors.
func openCertificate(setting, chain, key string, log *slog.Logger) (*certificate, error) {
	c := &certificate{files: [2]string{chain, key}, log: log}
	seen, err := c.look()
	if err == nil {
		err = c.read(seen)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", setting, err)
	}
	return c, nil
}

// get is for tls.Config.GetCertificate. It never fails.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	seen, err := c.look()
	if err != nil || sameFiles(seen, c.seen) {
		return c.current, nil // a file that is away for a moment comes back as another
	}
	if err := c.read(seen); err != nil {
		c.log.Warn("a changed certificate cannot be used; the one before stays", "file", c.files[0], "error", err)
		return c.current, nil
	}
	c.log.Info("a changed certificate is in use", "file", c.files[0], "expires", c.current.Leaf.NotAfter)
	return c.current, nil
}

func (c *certificate) look() (seen [2]os.FileInfo, err error) {
	for i, name := range c.files {
		if seen[i], err = os.Stat(name); err != nil {
			return seen, err
		}
	}
	return seen, nil
}

func (c *certificate) read(seen [2]os.FileInfo) error {
	c.seen = seen
	pair, err := tls.LoadX509KeyPair(c.files[0], c.files[1])
	if err == nil {
		c.current = &pair
	}
	return err
}

func sameFiles(a, b [2]os.FileInfo) bool {
	for i := range a {
		if !os.SameFile(a[i], b[i]) || !a[i].ModTime().Equal(b[i].ModTime()) || a[i].Size() != b[i].Size() {
			return false
		}
	}
	return true
}
