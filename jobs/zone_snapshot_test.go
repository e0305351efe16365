package jobs_test

import (
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sealpost/sealpost/internal/nameserver"
	"github.com/sealpost/sealpost/internal/testkit"
	"github.com/sealpost/sealpost/models"
)

// keeping is a node that keeps a snapshot.
func (w *world) keeping(store *models.Store, path string) *node {
	n := w.node(store)
	n.Snapshot = path
	return n
}

// A node without a database serves what it has left on disk, and says how old
// that is.
func TestZoneFromSnapshot(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path := filepath.Join(t.TempDir(), "new", "zone.snapshot")
	n := w.keeping(w.store, path)
	if ok, err := n.Restore(); ok || err != nil {
		t.Errorf("restored %v from nothing, %v", ok, err)
	}
	w.must(n.Load(w.ctx))
	testkit.Domain(t, w.store, w.account, "one.example")
	w.must(n.Refresh(w.ctx))
	w.must(n.Save(w.ctx))
	w.clock.Advance(time.Hour)

	again := w.keeping(nil, path)
	if ok, err := again.Restore(); !ok || err != nil {
		t.Fatal(ok, err)
	}
	if again.file(t) != n.file(t) {
		t.Error("the restored zone is another")
	}
	if age := again.Age(); age != time.Hour {
		t.Errorf("it says that it is %v old", age)
	}
	w.must(again.Save(w.ctx)) // which must not make an old zone look new

	again.Store = w.store
	testkit.Domain(t, w.store, w.account, "two.example")
	w.must(again.Refresh(w.ctx))
	if z := again.served[len(again.served)-1]; z.Len() != 3 || again.Age() != 0 {
		t.Errorf("with the database back it serves %d entries, %v old", z.Len(), again.Age())
	}
}

// The file is written when the zone changes, at most for a twentieth of the
// time, and kept young in between.
func TestZoneSnapshotFollows(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path := filepath.Join(t.TempDir(), "zone.snapshot")
	n := w.keeping(w.store, path)
	w.must(n.Save(w.ctx)) // nothing is loaded yet
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Error("an empty zone was saved")
	}
	w.must(n.Load(w.ctx))
	w.must(n.Save(w.ctx))
	if age, ok := n.SnapshotAge(); !ok || age != 0 {
		t.Error("after the first Save:", age, ok)
	}
	first := modified(t, path)
	w.clock.Advance(10 * time.Second)
	w.must(n.Refresh(w.ctx))
	w.must(n.Save(w.ctx))
	if got := modified(t, path); !got.Equal(first) {
		t.Error("the file was touched after 10 seconds")
	}
	w.clock.Advance(30 * time.Second)
	w.must(n.Refresh(w.ctx))
	w.must(n.Save(w.ctx))
	if got := modified(t, path); got.Sub(first) != 40*time.Second {
		t.Errorf("the file was made younger by %v", got.Sub(first))
	}
	testkit.Domain(t, w.store, w.account, "one.example")
	w.must(n.Refresh(w.ctx))
	w.must(n.SaveNow())
	again := w.keeping(nil, path)
	if _, err := again.Restore(); err != nil || again.file(t) != n.file(t) {
		t.Error("the change is not in the file", err)
	}
	files, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(files) != 1 {
		t.Error("files are left behind:", files, err)
	}
	if info, err := files[0].Info(); err != nil || info.Mode().Perm() != 0o600 {
		t.Error("others can read it:", info.Mode(), err)
	}
}

func modified(t *testing.T, path string) time.Time {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.ModTime()
}

// A file that is damaged or of another zone is not served, and a place that
// cannot be written is an error that harms nothing.
func TestZoneSnapshotRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "zone.snapshot")
	n := w.keeping(w.store, path)
	w.must(n.Load(w.ctx))
	w.must(n.Save(w.ctx))
	good, err := os.ReadFile(path)
	w.must(err)

	w.must(os.WriteFile(path, good[:len(good)/2], 0o600))
	if ok, err := w.keeping(nil, path).Restore(); ok || !errors.Is(err, nameserver.ErrSnapshot) {
		t.Error("half a file:", ok, err)
	}
	w.must(os.WriteFile(path, good, 0o600))
	other := w.keeping(nil, path)
	other.Content.Origin = "tls.other.test"
	if ok, err := other.Restore(); ok || !errors.Is(err, nameserver.ErrSnapshot) {
		t.Error("another zone:", ok, err)
	}
	full := w.keeping(w.store, filepath.Join(path, "below-a-file"))
	w.must(full.Load(w.ctx))
	if err := full.Save(w.ctx); err == nil || len(full.served) != 1 {
		t.Error("a place that cannot be:", err)
	}
}

// exec changes the database behind the store's back.
func (w *world) exec(statement string) {
	w.t.Helper()
	driver, source := "pgx", w.url
	if path, ok := strings.CutPrefix(w.url, "sqlite:"); ok {
		driver, source = "sqlite3", path
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		w.t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(w.ctx, statement); err != nil {
		w.t.Fatalf("%s: %v", statement, err)
	}
}

// A database that was put back to an earlier state does not make the serial
// fall, and every node serves what is in it.
func TestZoneSerialRisesOverARestoredDatabase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path := filepath.Join(t.TempDir(), "zone.snapshot")
	here, there := w.keeping(w.store, path), w.keeping(w.store, "")
	w.must(here.Load(w.ctx))
	w.must(there.Load(w.ctx))
	for _, name := range []string{"one.example", "two.example", "three.example"} {
		testkit.Domain(t, w.store, w.account, name)
	}
	w.must(here.Refresh(w.ctx))
	w.must(there.Refresh(w.ctx))
	w.must(here.Save(w.ctx))
	before := here.served[len(here.served)-1].Serial()
	// The backup knows nothing of two and three.
	for _, statement := range []string{
		"DELETE FROM domain_events WHERE domain_id IN (SELECT id FROM domains WHERE name IN ('two.example', 'three.example'))",
		"DELETE FROM domains WHERE name IN ('two.example', 'three.example')",
		"DELETE FROM zone_changes WHERE seq > (SELECT MAX(seq) - 2 FROM zone_changes)",
		"UPDATE zone_sequence SET seq = seq - 2",
	} {
		w.exec(statement)
	}
	restarted := w.keeping(w.store, path)
	if ok, err := restarted.Restore(); !ok || err != nil {
		t.Fatal(ok, err)
	}
	w.must(restarted.Load(w.ctx))
	for range 2 {
		for _, n := range []*node{restarted, there, here} {
			w.must(n.Refresh(w.ctx))
		}
	}
	for i, n := range []*node{restarted, there, here} {
		z := n.served[len(n.served)-1]
		if z.Len() != 2 || int32(z.Serial()-before) <= 0 {
			t.Errorf("node %d serves %d entries as serial %d, after %d", i, z.Len(), z.Serial(), before)
		}
		serials := make([]uint32, len(n.served))
		for i, z := range n.served {
			serials[i] = z.Serial()
		}
		if !slices.IsSorted(serials) {
			t.Errorf("node %d served the serials %v", i, serials)
		}
	}
	if here.file(t) != restarted.file(t) || there.file(t) != restarted.file(t) {
		t.Error("the nodes serve different zones")
	}
	testkit.Domain(t, w.store, w.account, "four.example")
	w.must(there.Refresh(w.ctx))
	if z := there.served[len(there.served)-1]; z.Len() != 3 {
		t.Errorf("after another change %d entries", z.Len())
	}
}
