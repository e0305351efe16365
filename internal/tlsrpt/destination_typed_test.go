package tlsrpt

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// T8: whatever is typed is written so that our own parser reads it back, or it
// is refused.
func TestTypedDestination(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		typed, want string
		err         error
	}{
		{"mailto:a@x.example", "mailto:a@x.example", nil},
		{"a@x.example", "mailto:a@x.example", nil},
		{"  a@x.example\t", "mailto:a@x.example", nil},
		{"a+tls.rpt@x.example", "mailto:a+tls.rpt@x.example", nil},
		{"a,b@x.example", "", ErrBadDestination}, // no mailbox has a raw comma
		{"a!b@x.example", "mailto:a%21b@x.example", nil},
		{"a#b?c%d@x.example", "mailto:a%23b%3Fc%25d@x.example", nil},
		{"MAILTO:a!b@x.example", "MAILTO:a%21b@x.example", nil},
		{"https://x.example/r;v=1,2!", "https://x.example/r%3Bv=1%2C2%21", nil},
		{"https://x.example/r?k=v", "https://x.example/r?k=v", nil},
		{"http://x.example/r", "", ErrScheme},
		{"ftp://x.example/r", "", ErrScheme},
		{"x.example", "", ErrNoScheme},
		{"x.example/path", "", ErrNoScheme},
		{"mailto:a@x.example?cc=b@x.example", "", ErrBadDestination},
		{"mailto:a b@x.example", "", ErrBadDestination},
		{"a b@x.example", "", ErrNoScheme},
		{`"a"@x.example`, "", ErrNoScheme},
		{`a\b@x.example`, "", ErrBadDestination},
		{"ä@x.example", "", ErrBadDestination},
		{"a@bücher.example", "", ErrBadDestination},
		{"https://x.example/ä", "", ErrBadDestination},
		{"a@x.example.", "", ErrBadDestination},
		{"a@", "", ErrBadDestination},
		{"@x.example", "", ErrNoScheme},
		{"mailto:a@x.example,mailto:b@x.example", "", ErrBadDestination},
		{"https://user:pw@x.example/", "", ErrBadDestination},
		{"", "", ErrNoScheme},
	} {
		d, err := TypedDestination(c.typed)
		if !errors.Is(err, c.err) || err == nil && d.Raw != c.want {
			t.Errorf("%q gives %q, %v; want %q, %v", c.typed, d.Raw, err, c.want, c.err)
		}
	}
}

func FuzzTypedDestination(f *testing.F) {
	for _, seed := range []string{"a@x.example", "mailto:a!b@x.example", "https://x.example/;,!", "a,b@x", "\x00@\xff", "%@x.example"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		d, err := TypedDestination(typed)
		if err != nil {
			return
		}
		text, err := WriteRecord([]string{d.Raw})
		if err != nil {
			if errors.Is(err, ErrRecordTooLong) {
				return
			}
			t.Fatalf("%q is accepted and not written: %v", typed, err)
		}
		joined := TXT(SplitTXT(text)).Text()
		r, err := ParseRecord(joined)
		if err != nil || !slices.ContainsFunc(r.Destinations, Destination.Usable) || len(r.Destinations) != 1 || strings.ContainsAny(d.Raw, ",;! ") {
			t.Fatalf("%q gives %q, which reads as %+v, %v", typed, text, r, err)
		}
	})
}
