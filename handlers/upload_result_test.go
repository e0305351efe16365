package handlers_test

import (
	"strings"
	"testing"
)

// What could not be read in an archive is not passed over in silence because
// the rest counts.
func TestUploadSaysWhatWasLeftOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person("a@example.test")
	w.domain(p, "example.com")
	good := report("example.com", "2026-06-14", "one", "90", "10")
	for _, c := range []struct {
		name  string
		files [][]byte
		says  string // "" for nothing
	}{
		{"whole.zip", [][]byte{good, []byte("Read me first.")}, ""},
		{"one.zip", [][]byte{[]byte(`{"policies": [`), report("example.com", "2026-06-13", "two", "5", "0")}, "One part of it could not be read and is left out: "},
		{"two.zip", [][]byte{[]byte(`{"policies": [`), report("example.com", "2026-06-12", "three", "5", "0"), []byte(`{`)}, "2 parts of it could not be read and are left out; the first: "},
	} {
		row := w.upload("/domains/example.com/reports", p, file{c.name, zipped(c.files...)}).doc(t).Find(`[data-testid="upload-result"]`)
		page := w.get(w.get("/deliveries", p).doc(t).Find(`[data-testid="delivery-row"] a[href^="/deliveries/"]`).First().AttrOr("href", ""), p)
		if row.AttrOr("data-state", "") != "counted" {
			t.Errorf("%s is %s", c.name, row.Text())
		}
		for where, text := range map[string]string{"the answer": row.Text(), "the delivery": page.doc(t).Find("main").Text()} {
			if c.says == "" && strings.Contains(text, "left out") || !strings.Contains(text, c.says) {
				t.Errorf("%s: %s says %s, want %q", c.name, where, text, c.says)
			}
		}
	}
}
