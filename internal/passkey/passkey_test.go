package passkey

import (
	"errors"
	"net/url"
	"strings"
	"testing"
)

func siteAt(t testing.TB, address string) (*Site, error) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return New(u)
}

func TestSitesWithoutANameHaveNoPasskeys(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{"https://sealpost.example": true, "http://localhost:8080": true, "http://127.0.0.1:8080": false, "https://[2001:db8::1]": false} {
		if _, err := siteAt(t, address); (err == nil) != want {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestQuestionsWantAVerifiedPerson(t *testing.T) {
	t.Parallel()
	s, err := siteAt(t, "https://sealpost.example")
	if err != nil {
		t.Fatal(err)
	}
	make, _, err := s.Register(Person{ID: "0190", Name: "ada@example.test"})
	if err != nil || !strings.Contains(string(make), `"userVerification":"required"`) || !strings.Contains(string(make), `"residentKey":"required"`) {
		t.Errorf("%s, %v", make, err)
	}
	ask, state, err := s.Ask()
	if err != nil || !strings.Contains(string(ask), `"userVerification":"required"`) || strings.Contains(string(ask), "allowCredentials") {
		t.Errorf("%s, %v", ask, err)
	}
	if _, err := s.Answered(state, []byte(strings.Repeat(" ", maxAnswer+1)), nil); !errors.Is(err, ErrAnswer) {
		t.Errorf("an endless answer: %v", err)
	}
}

// No answer that somebody has made up holds, or panics.
func FuzzAnswered(f *testing.F) {
	s, err := siteAt(f, "https://sealpost.example")
	if err != nil {
		f.Fatal(err)
	}
	_, state, err := s.Ask()
	if err != nil {
		f.Fatal(err)
	}
	p := Person{ID: "0190", Name: "ada@example.test"}
	for _, seed := range []string{"", "{}", `{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"e30","authenticatorData":"AA","signature":"AA","userHandle":"MDE5MA"}}`,
		`{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"e30","attestationObject":"oA"}}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		if _, err := s.Answered(state, answer, func([]byte) (Person, error) { return p, nil }); err == nil {
			t.Errorf("%q holds", answer)
		}
		if _, err := s.Registered(p, state, answer); err == nil {
			t.Errorf("%q makes a key", answer)
		}
	})
}
