package domainname_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/sealpost/sealpost/internal/domainname"
)

func TestParseAccepts(t *testing.T) {
	t.Parallel()
	label63 := strings.Repeat("a", 63)
	name253 := strings.Repeat(label63+".", 3) + strings.Repeat("b", 57) + ".com"
	for _, c := range []struct{ in, want string }{
		{"example.com", "example.com"},
		{"example.com.", "example.com"},
		{"  Example.COM\t", "example.com"},
		{"mail.example.co.uk", "mail.example.co.uk"},
		{"sub.github.io", "sub.github.io"},
		{"bücher.de", "xn--bcher-kva.de"},
		{"BÜCHER.de", "xn--bcher-kva.de"},
		{"xn--bcher-kva.de", "xn--bcher-kva.de"},
		{"XN--BCHER-KVA.de", "xn--bcher-kva.de"},
		{"faß.de", "xn--fa-hia.de"},
		{"caf\u00e9.fr", "xn--caf-dma.fr"},
		{"cafe\u0301.fr", "xn--caf-dma.fr"},
		{"аррӏе.com", "xn--80ak6aa92e.com"},
		{"ab--c.com", "ab--c.com"},
		{"example.test", "example.test"},
		{"1.example.com", "1.example.com"},
		{label63 + ".com", label63 + ".com"},
		{name253, name253},
	} {
		got, err := domainname.Parse(c.in)
		if err != nil || got != c.want {
			t.Errorf("Parse(%q) = %q, %v; want %q", c.in, got, err, c.want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in     string
		reason error
	}{
		{"", domainname.ErrEmpty},
		{"   ", domainname.ErrEmpty},
		{"https://example.com/x", domainname.ErrURL},
		{"example.com/x", domainname.ErrURL},
		{"user@example.com", domainname.ErrEmail},
		{"mailto:user@example.com", domainname.ErrEmail},
		{"example.com:25", domainname.ErrPort},
		{"192.0.2.1", domainname.ErrIP},
		{"1.2.3", domainname.ErrIP},
		{"0x7f.1", domainname.ErrIP},
		{"2001:db8::1", domainname.ErrIP},
		{"[::1]", domainname.ErrIP},
		{"*.example.com", domainname.ErrWildcard},
		{"_x.example.com", domainname.ErrUnderscore},
		{"com", domainname.ErrPublicSuffix},
		{"co.uk", domainname.ErrPublicSuffix},
		{"github.io", domainname.ErrPublicSuffix},
		{"localhost", domainname.ErrSpecialUse},
		{"foo.local", domainname.ErrSpecialUse},
		{"2.0.192.in-addr.arpa", domainname.ErrSpecialUse},
		{"example.invalid", domainname.ErrSpecialUse},
		{"abc.onion", domainname.ErrSpecialUse},
		{"intranet", domainname.ErrSingleLabel},
		{"a..b", domainname.ErrLabel},
		{".example.com", domainname.ErrLabel},
		{"example.com..", domainname.ErrLabel},
		{"-a.com", domainname.ErrLabel},
		{"a-.com", domainname.ErrLabel},
		{strings.Repeat("a", 64) + ".com", domainname.ErrLabel},
		{strings.Repeat("a.", 126) + "com", domainname.ErrTooLong},
		{strings.Repeat("a", 2000), domainname.ErrTooLong},
		{"xn--a.com", domainname.ErrPunycode},
		{"xn--0.com", domainname.ErrPunycode},
		{"exa\u200bmple.com", domainname.ErrCharacters},
		{"\ufeffexample.com", domainname.ErrCharacters},
		{"exam\u00adple.com", domainname.ErrCharacters},
		{"\u00a0example.com", domainname.ErrCharacters},
		{"example\u3002com", domainname.ErrCharacters},
		{"①.com", domainname.ErrCharacters},
		{"ｅxample.com", domainname.ErrCharacters},
		{"\u212aelvin.com", domainname.ErrCharacters},
		{"İstanbul.com", domainname.ErrCharacters},
		{"\u202eexample.com", domainname.ErrCharacters},
		{"example.com\x00.evil.com", domainname.ErrCharacters},
		{`ex\.ample.com`, domainname.ErrCharacters},
		{"exa mple.com", domainname.ErrCharacters},
	} {
		got, err := domainname.Parse(c.in)
		if !errors.Is(err, c.reason) {
			t.Errorf("Parse(%q) = %q, %v; want %v", c.in, got, err, c.reason)
		}
	}
}

func TestRefusalSuggestsTheNameInside(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, want string }{
		{"https://Example.com/x", "example.com"},
		{"user@example.com", "example.com"},
		{"example.com:25", "example.com"},
		{"https://192.0.2.1/", ""},
	} {
		_, err := domainname.Parse(c.in)
		var refusal *domainname.Error
		if !errors.As(err, &refusal) || refusal.Suggestion != c.want {
			t.Errorf("Parse(%q): %#v, want suggestion %q", c.in, err, c.want)
		}
	}
}

func TestSentencesShowNothingInvisible(t *testing.T) {
	t.Parallel()
	_, err := domainname.Parse("exa\u202emple\r\n\x1b[2J.com")
	if err == nil || strings.ContainsAny(err.Error(), "\u202e\r\n\x1b") {
		t.Errorf("got %q", err)
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"example.com", "bücher.de", "xn--bcher-kva.de", "https://x/", "a..b", "\x00", "[::1]"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		name, err := domainname.Parse(in)
		if err != nil {
			return
		}
		if again, err := domainname.Parse(name); err != nil || again != name {
			t.Fatalf("%q gives %q, which gives %q, %v", in, name, again, err)
		}
	})
}
