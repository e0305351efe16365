package ingest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sealpost/sealpost/internal/ingest"
)

// judgedInOrder judges all that is due, and gives the deliveries in the order in
// which that was done.
func (w *world) judgedInOrder() (ids []string) {
	w.t.Helper()
	w.must(w.in.ProcessPending(w.ctx))
	for line := range strings.Lines(w.log.String()) {
		var entry struct{ Msg, Delivery string }
		w.must(json.Unmarshal([]byte(line), &entry))
		if entry.Msg == "judged" {
			ids = append(ids, entry.Delivery)
		}
	}
	return ids
}

// handOver stores deliveries in one commit, which the writer makes of them as it
// starts, and one more behind them that says when that is done.
func (w *world) handOver(ds ...ingest.Delivery) (last string) {
	w.t.Helper()
	for _, d := range ds {
		w.must(w.in.Queue(d))
	}
	w.writing()
	return w.accept(w.upload([]byte("the last")))
}

// What was stored here and what waits in the database take turns, a batch each:
// neither keeps the other waiting, however much there is of it.
func TestMemoryAndDatabaseTakeTurns(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ held, waiting int }{{2*ingest.JudgeBatch + 1, 1}, {1, 2*ingest.JudgeBatch + 1}, {ingest.JudgeBatch + 1, 2*ingest.JudgeBatch + 1}} {
		w := newWorld(t)
		w.log = &bytes.Buffer{}
		w.in.Log = slog.New(slog.NewJSONHandler(w.log, nil))
		var waiting []string
		for i := range c.waiting {
			waiting = append(waiting, w.put(w.post(fmt.Appendf(nil, "waits %d", i))))
		}
		w.in.Hold()
		var held []ingest.Delivery
		for i := range c.held {
			held = append(held, w.post(fmt.Appendf(nil, "held %d", i)))
		}
		waiting = append(waiting, w.handOver(held...))
		order := w.judgedInOrder()
		if len(order) != c.held+len(waiting) {
			t.Fatalf("%d of %d are judged", len(order), c.held+len(waiting))
		}
		ofMemory := func(id string) bool { return !slices.Contains(waiting, id) }
		first, second := slices.IndexFunc(order, ofMemory), slices.IndexFunc(order, func(id string) bool { return !ofMemory(id) })
		if first != 0 || second != min(c.held, ingest.JudgeBatch) {
			t.Errorf("%d in memory and %d in the database: the first of each are judged as number %d and %d", c.held, c.waiting, first, second)
		}
		third := slices.IndexFunc(order[second:], ofMemory)
		if rest := c.held > ingest.JudgeBatch; rest != (third > 0) || rest && third > ingest.JudgeBatch {
			t.Errorf("%d in memory and %d in the database: memory has its next turn after %d", c.held, c.waiting, third)
		}
	}
}

// Of the deliveries of one commit the first are kept in memory, up to one that
// finds no room; that one and those behind it are anybody's, in their order.
func TestFirstOfAGroupAreHeld(t *testing.T) {
	t.Parallel()
	for what, third := range map[string]func(*world) ingest.Delivery{
		"too large": func(w *world) ingest.Delivery { return w.post(make([]byte, ingest.FreshBytes)) },
		"an upload": func(w *world) ingest.Delivery { return w.upload([]byte("upload")) },
	} {
		w := newWorld(t)
		w.in.Hold()
		small := func(name string) ingest.Delivery { return w.post([]byte(name)) }
		blocks := third(w)
		w.handOver(small("one"), small("two"), blocks, small("fourth"))
		claimed, err := w.store.ClaimPendingDeliveries(w.ctx, "another", 10, time.Minute)
		w.must(err)
		var sizes []int64
		for _, d := range claimed {
			sizes = append(sizes, d.Size)
		}
		if want := []int64{int64(len(blocks.Raw)), 6, 8}; !slices.Equal(sizes, want) {
			t.Errorf("%s: another node claims deliveries of %v bytes, want %v", what, sizes, want)
		}
		w.must(w.in.ProcessPending(w.ctx))
		if n, err := w.store.PendingDeliveries(w.ctx); n != 3 || err != nil {
			t.Errorf("%s: %d wait for the other node, want its 3, %v", what, n, err)
		}
	}
}

// The moment of receipt is the same in memory and in either database, which keeps
// microseconds.
func TestReceiptIsKeptToTheMicrosecond(t *testing.T) {
	t.Parallel()
	w := holding(t)
	w.clock.Advance(123_456_789 * time.Nanosecond)
	received := w.clock.Now().Truncate(time.Microsecond)
	id := w.accept(w.post(w.json(aReport())))
	if d := w.delivery(w.account.ID, id); !d.ReceivedAt.Equal(received) {
		t.Errorf("stored as received at %s, want %s", d.ReceivedAt, received)
	}
	w.must(w.in.ProcessPending(w.ctx))
	if list := w.reports(w.domain); len(list) != 1 || !list[0].ReceivedAt.Equal(received) {
		t.Errorf("its reports are %+v, want one received at %s", list, received)
	}
}
