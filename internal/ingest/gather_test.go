package ingest_test

import (
	"testing"
	"time"

	"github.com/sealpost/sealpost/internal/ingest"
)

// The writer waits for those who are handing something in, but not for ever.
func TestGatherEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.in.Receiving(3) // two of whom never come
	w.must(w.in.Queue(w.post([]byte("x"))))
	w.in.Gather(time.Hour)
	if groups := w.in.Groups(); len(groups) != 1 || groups[0] != 1 {
		t.Errorf("commits of %v", groups)
	}
}

// The writer waits only for senders who have not handed in what they bring: for
// none when all wait already, such as a lone one, or when a commit is full.
func TestGatherIsForOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, c := range []struct {
		coming, waiting int
		more            bool
	}{
		{0, 0, false}, {3, 0, false}, {1, 1, false}, {2, 1, true}, {2, 2, false}, {2, 3, false}, {1000, 999, false}, {1000, ingest.AcceptGroup - 1, true},
	} {
		w.in.Receiving(c.coming)
		if got := w.in.MoreComing(c.waiting); got != c.more {
			t.Errorf("%d wait of %d: %v", c.waiting, c.coming, got)
		}
		w.in.Receiving(-c.coming)
	}
}

// Whoever has been answered is waited for no more.
func TestAnsweredSendersAreNotAwaited(t *testing.T) {
	t.Parallel()
	w := holding(t)
	post := w.post([]byte("x"))
	for range 2 { // the second is known already
		w.accept(post)
	}
	if n := w.in.Coming(); n != 0 {
		t.Errorf("%d are still awaited", n)
	}
}
