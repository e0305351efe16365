package handlers

import (
	"errors"
	"testing"
	"time"

	"github.com/sealpost/sealpost/internal/testkit"
	"github.com/sealpost/sealpost/models"
)

// FuzzCallBody: whatever is sent is taken whole, or refused with a sentence.
func FuzzCallBody(f *testing.F) {
	for _, seed := range []string{
		`{"name":"x","days":7}`, `{"name":"x","days":7,"days":7}`, `{"name":"x","days":1e400}`, `{"days":7}`, "", "null", "[[[[", `{"name":"\ud800","days":7}`,
		`{"name":"x","days":7} {`, `{"name":"x",`, "{\"name\":\"\xff\"}", `{"":1}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var n apiNewShare
		err := readJSON(raw, &n)
		var refused *refusal
		if err != nil && (!errors.As(err, &refused) || refused.code != 400 || refused.sentence == "") {
			t.Errorf("%q: %v", raw, err)
		}
	})
}

// FuzzCursor: a cursor that is read is one that we could have written.
func FuzzCursor(f *testing.F) {
	for _, c := range []cursor{{Name: "example.com"}, {At: time.Unix(1, 0).UTC(), ID: models.NewDeliveryID()}, {Day: 20000, ID: models.NewDeliveryID()}, {Seq: 7, List: "abc"}, {Reporter: "<é>"}} {
		f.Add(c.String())
	}
	f.Add("e30")
	f.Add("=")
	f.Fuzz(func(t *testing.T, text string) {
		c, ok := parseCursor(text)
		if !ok || text == "" {
			return
		}
		if again, ok := parseCursor(c.String()); !ok || again.Name != c.Name || again.Seq != c.Seq || again.Reporter != c.Reporter || again.List != c.List || again.ID != c.ID || again.Day != c.Day || !again.At.Equal(c.At) {
			t.Errorf("%q is %+v, then %+v", text, c, again)
		}
	})
}

func TestCallLimitForgetsWithoutLockingOut(t *testing.T) {
	t.Parallel()
	clock := testkit.NewClock()
	l := newCallLimit(clock.Now, 2, time.Minute)
	l.take("a")
	l.take("a")
	if _, _, ok := l.take("a"); ok {
		t.Error("a third call is let through")
	}
	for i := range callKeys {
		l.used[string(rune(i))] = calls{began: clock.Now()}
	}
	if _, _, ok := l.take("b"); !ok || len(l.used) > callKeys {
		t.Errorf("%d keys are remembered", len(l.used))
	}
	if _, _, ok := l.take("a"); !ok {
		t.Error("who was forgotten is locked out")
	}
	clock.Advance(time.Minute)
	if left, reset, ok := l.take("a"); !ok || left != 1 || reset != time.Minute {
		t.Errorf("in the next window: %d, %s, %v", left, reset, ok)
	}
}
