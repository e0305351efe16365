package password_test

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/sealpost/sealpost/internal/password"
)

func policy(t testing.TB) *password.Policy {
	t.Helper()
	p, err := password.NewPolicy()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// ASVS 6.2.4 asks for at least 3000 common passwords that the length allows.
func TestTheListIsLongEnough(t *testing.T) {
	t.Parallel()
	if n := policy(t).Known(); n < 3000 {
		t.Errorf("%d passwords are known", n)
	}
}

func TestJudge(t *testing.T) {
	t.Parallel()
	p := policy(t)
	about := []string{"ada.lovelace@engines.example", "Analytical Ltd"}
	for _, c := range []struct {
		password string
		want     error
	}{
		{"", password.ErrLength},
		{"1234567", password.ErrLength},
		{strings.Repeat("x", 1000), nil},
		{strings.Repeat("x", 1001), password.ErrLength},
		{"ключи12", password.ErrLength}, // seven letters in twelve bytes
		{"🐎🔋📎🐴", password.ErrLength},
		{"ключи123", nil},
		{strings.Repeat("é", 1000), nil},
		{strings.Repeat("🐎", 1001), password.ErrLength},

		{"password", password.ErrKnown},
		{"12345678", password.ErrKnown},
		{"iloveyou", password.ErrKnown},
		{"qwertyuiop", password.ErrKnown},
		{"TrustNo1", password.ErrKnown}, // however it is written
		{"PASSWORD", password.ErrKnown},

		{"sealpost", password.ErrWords},
		{"Sealpost2026!", password.ErrWords},
		{"sealpostsealpost", password.ErrWords},
		{"ada.lovelace", password.ErrWords},
		{"lovelace1815", password.ErrWords},
		{"ada.lovelace@engines.example", password.ErrWords},
		{"ENGINES-2026", password.ErrWords},
		{"analytical1", password.ErrWords},
		{"Analytical Ltd", password.ErrWords},

		{"correct horse battery", nil},
		{"lovelace wrote the first program", nil}, // there is enough beside the word
		{"sealpost is not all of it", nil},
		{"pass word", nil},
		{"пароль из слов", nil},
		{"ada 1815!", nil}, // three letters are no word
		{" leading and trailing ", nil},
		{"nul\x00byte and more", nil},
	} {
		if err := p.Judge(c.password, about...); !errors.Is(err, c.want) {
			t.Errorf("%.40q: %v, want %v", c.password, err, c.want)
		}
	}
	if err := p.Judge("sealpost2026"); !errors.Is(err, password.ErrWords) {
		t.Errorf("our own name, of nobody: %v", err)
	}
}

// Whatever is typed and known: no panic, and the bounds hold.
func FuzzJudge(f *testing.F) {
	for _, s := range []string{"", "password", "sealpost2026", "correct horse battery", "\xff\xfe\x00", "İİİİİİİİ"} {
		f.Add(s, "ada@example.test")
	}
	p := policy(f)
	f.Fuzz(func(t *testing.T, chosen, about string) {
		err := p.Judge(chosen, about)
		if short := utf8.RuneCountInString(chosen) < password.Min || password.TooLong(chosen); short != errors.Is(err, password.ErrLength) {
			t.Errorf("%d bytes: %v", len(chosen), err)
		}
	})
}
