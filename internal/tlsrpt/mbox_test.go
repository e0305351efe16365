package tlsrpt_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/sealpost/sealpost/internal/tlsrpt"
	"pgregory.net/rapid"
)

const postmark = "From tls@sender.example Thu Jan  1 00:00:00 1970\n"

// readMessages reads a file to its end; a message beyond the limit is "too large".
func readMessages(r io.Reader, limit int) (messages []string, mbox bool, err error) {
	m := tlsrpt.NewMessages(r, limit)
	for {
		raw, err := m.Next()
		switch {
		case errors.Is(err, io.EOF):
			return messages, m.Mbox(), nil
		case errors.Is(err, tlsrpt.ErrTooLarge):
			messages = append(messages, "too large")
		case err != nil:
			return messages, m.Mbox(), err
		default:
			messages = append(messages, string(raw))
		}
	}
}

func TestMessages(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 100_000)
	for _, c := range []struct {
		what, file string
		want       []string
		mbox       bool
	}{
		{"JSON", "{}", []string{"{}"}, false},
		{"a mail", "From: a@b\n\nFrom here on\n", []string{"From: a@b\n\nFrom here on\n"}, false},
		{"text", "From here on\n\n" + postmark, []string{"From here on\n\n" + postmark}, false},
		{"empty", "", []string{""}, false},
		{"one", postmark + "A: b\n\nc\n", []string{"A: b\n\nc\n"}, true},
		{"no final line end", postmark + "A: b\n\nc", []string{"A: b\n\nc"}, true},
		{"two", postmark + "A: b\n\nc\n\n" + postmark + "D: e\n\nf\n\n", []string{"A: b\n\nc\n", "D: e\n\nf\n"}, true},
		{"CRLF", strings.ReplaceAll(postmark+"A: b\n\nc\n\n"+postmark+"D: e\n\nf\n", "\n", "\r\n"), []string{"A: b\r\n\r\nc\r\n", "D: e\r\n\r\nf\r\n"}, true},
		{"a postmark needs a blank line before it", postmark + "A: b\n\nc\n" + postmark, []string{"A: b\n\nc\n" + postmark}, true},
		{"a postmark needs a date", postmark + "A: b\n\n\nFrom me to you\n", []string{"A: b\n\n\nFrom me to you\n"}, true},
		{"mboxo", postmark + "A: b\n\n>From me\n", []string{"A: b\n\nFrom me\n"}, true},
		{"mboxrd", postmark + "A: b\n\n>>From me\n>>>From you\n", []string{"A: b\n\n>From me\n>>From you\n"}, true},
		{"other quotes stay", postmark + "A: b\n\n>Fromage\n> From\n", []string{"A: b\n\n>Fromage\n> From\n"}, true},
		{"Thunderbird", "From - Mon Jun 15 12:00:00 2026\nA: b\n", []string{"A: b\n"}, true},
		{"Takeout", "From 12345@xxx Mon Jun 15 12:00:00 +0000 2026\nA: b\n", []string{"A: b\n"}, true},
		{"nothing in it", postmark, []string{""}, true},
		{"a long line", postmark + "A: " + long + "\n\n" + postmark + "D: e\n", []string{"A: " + long + "\n", "D: e\n"}, true},
		{"a long line with a postmark in it", postmark + long + postmark + "A\n", []string{long + postmark + "A\n"}, true},
		{"an endless postmark", "From a " + long + " Thu Jan  1 00:00:00 1970\n", []string{"From a " + long + " Thu Jan  1 00:00:00 1970\n"}, false},
		{"too large", postmark + strings.Repeat(long, 3) + "\n\n" + postmark + "D: e\n", []string{"too large", "D: e\n"}, true},
		{"too large as a whole", strings.Repeat(long, 3), []string{"too large"}, false},
		{"just not too large", postmark + strings.Repeat("x", 200_000-1) + "\n\n" + postmark, []string{strings.Repeat("x", 200_000-1) + "\n", ""}, true},
		{"just too large", postmark + strings.Repeat("x", 200_000) + "\n\n" + postmark, []string{"too large", ""}, true},
	} {
		got, mbox, err := readMessages(strings.NewReader(c.file), 200_000)
		if err != nil || mbox != c.mbox || !slices.Equal(got, c.want) {
			t.Errorf("%s: got %.200q, mbox %v, %v", c.what, got, mbox, err)
		}
	}
}

func TestMessagesEndWithTheReader(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	for _, head := range []string{"", "{}", postmark, postmark + "A: b\n\nc"} {
		m := tlsrpt.NewMessages(io.MultiReader(strings.NewReader(head), iotest.ErrReader(broken)), 1000)
		if _, err := m.Next(); !errors.Is(err, broken) {
			t.Errorf("%q: %v", head, err)
		}
		if _, err := m.Next(); !errors.Is(err, io.EOF) {
			t.Errorf("%q: goes on with %v", head, err)
		}
	}
}

// What a writer of mboxrd has written is read back as it was.
func TestMessagesRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		line := rapid.SampledFrom([]string{"", "From me", ">From me", ">>From ", "text", "A: b", strings.TrimSpace(postmark), strings.Repeat("y", 40_000)})
		var file strings.Builder
		var want []string
		for range rapid.IntRange(1, 4).Draw(t, "messages") {
			lines := append([]string{"Subject: x", ""}, rapid.SliceOfN(line, 1, 8).Draw(t, "lines")...)
			lines = append(lines, "end")
			want = append(want, strings.Join(lines, "\n")+"\n")
			file.WriteString(postmark)
			for _, l := range lines {
				if strings.HasPrefix(strings.TrimLeft(l, ">"), "From ") {
					l = ">" + l
				}
				fmt.Fprintln(&file, l)
			}
			file.WriteByte('\n')
		}
		got, mbox, err := readMessages(strings.NewReader(file.String()), 1<<20)
		if err != nil || !mbox || !slices.Equal(got, want) {
			t.Fatalf("got %.300q, want %.300q, %v", got, want, err)
		}
	})
}

func FuzzMessages(f *testing.F) {
	for _, seed := range []string{
		"", "{}", postmark, postmark + "A: b\n\n>From x\n\n" + postmark + "C: d\r\n\r\n>>From y\r\n",
		"From x Thu Jan 1 0:0\n", postmark + strings.Repeat("z", 300), "From " + strings.Repeat("From ", 50),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		const limit = 200
		got, mbox, err := readMessages(bytes.NewReader(file), limit)
		if err != nil {
			t.Fatal(err)
		}
		total := 0
		for _, m := range got {
			if total += len(m); len(m) > limit {
				t.Errorf("a message of %d bytes", len(m))
			}
		}
		if total > len(file)+len("too large") && !slices.Contains(got, "too large") {
			t.Errorf("%d bytes of messages in a file of %d", total, len(file))
		}
		again, mboxAgain, err := readMessages(iotest.HalfReader(bytes.NewReader(file)), limit)
		if err != nil || mbox != mboxAgain || !slices.Equal(got, again) {
			t.Error("the size of the reads changes what is read")
		}
	})
}
