//go:build e2e

package main

import (
	"os"
	"path/filepath"
	"testing"
)

// TestE2ETrace: the reader of traces sees what it is there to see.
func TestE2ETrace(t *testing.T) {
	t.Parallel()
	const (
		read  = "7 read(9<s>, \"post-1\"..., 99) = 6\n"
		write = "7 pwrite64(5<x.db-wal>, \"post-1\"..., 6, 0) = 6\n"
		begin = "7 fdatasync(5<x.db-wal> <unfinished ...>\n"
		end   = "7 <... fdatasync resumed>) = 0\n"
		sync  = "7 fdatasync(5<x.db-wal>) = 0\n"
		reply = "8 write(9<s>, \"HTTP/1.1 201\"..., 12) = 12\n"
	)
	for _, c := range []struct {
		name, trace string
		proven      bool
	}{
		{"synced", read + write + sync + reply, true},
		{"synced in two halves", read + write + begin + end + reply, true},
		{"answered while it is synced", read + write + begin + reply + end, false},
		{"never synced", read + write + reply, false},
		{"the sync began too early", read + begin + write + end + reply, false},
		{"another file is synced", read + write + "7 fdatasync(6<x.db>) = 0\n" + reply, false},
		{"the sync failed", read + write + "7 fdatasync(5<x.db-wal>) = -1 EIO\n" + reply, false},
		{"not written", read + sync + reply, false},
		{"no answer", read + write + sync, false},
	} {
		path := filepath.Join(t.TempDir(), "trace")
		if err := os.WriteFile(path, []byte(c.trace), 0o600); err != nil {
			t.Fatal(err)
		}
		err := mark{text: "post-1", stored: "post-1", reply: "HTTP/1.1 201"}.proven(readTrace(t, path))
		if (err == nil) != c.proven {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
