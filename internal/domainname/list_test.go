package domainname_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/sealpost/sealpost/internal/domainname"
)

func TestList(t *testing.T) {
	t.Parallel()
	got, err := domainname.List("a.com, b.com;c.com\r\n\n\td.com  e.com\n,", 10)
	if err != nil || !slices.Equal(got, []string{"a.com", "b.com", "c.com", "d.com", "e.com"}) {
		t.Errorf("got %q, %v", got, err)
	}
	if got, err := domainname.List("a b c", 2); !errors.Is(err, domainname.ErrTooMany) || len(got) != 2 {
		t.Errorf("beyond the limit: %q, %v", got, err)
	}
	if got, _ := domainname.List("exam\u00a0ple.com", 2); len(got) != 1 { // refused later, with its own sentence
		t.Errorf("got %q", got)
	}
}

func TestCSV(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text string
		want []string
	}{
		{"a.com\nb.com\n", []string{"a.com", "b.com"}},
		{"a.com,Acme\r\nb.com,\"Other, Inc.\"\r\n", []string{"a.com", "b.com"}},
		{"id,Domain,owner\n1,a.com,x\n2,\"b.com\",y\n3\n", []string{"a.com", "b.com"}},
		{"\ufeffdomain;id\na.com;1\n", []string{"a.com"}},
		{"name\tid\na.com\t1\n", []string{"a.com"}},
		{"\n\n", nil},
		{`a"b.com`, []string{`a"b.com`}},
	} {
		if got, err := domainname.CSV(c.text, 10); err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%q: %q, %v", c.text, got, err)
		}
	}
	if _, err := domainname.CSV(strings.Repeat("a.com\n", 11), 10); !errors.Is(err, domainname.ErrTooMany) {
		t.Errorf("beyond the limit: %v", err)
	}
}

func FuzzCSV(f *testing.F) {
	for _, seed := range []string{"a.com\n", "id;domain\n1;a.com", "\"", "\ufeff\"a\n\",b", "\x00\r\r\n,"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if names, err := domainname.CSV(text, 5); len(names) > 5 || errors.Is(err, domainname.ErrTooMany) && len(names) != 5 {
			t.Fatalf("%d names, %v", len(names), err)
		}
	})
}
