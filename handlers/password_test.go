package handlers_test

import (
	"strings"
	"testing"

	"github.com/sealpost/sealpost/handlers"
	"github.com/sealpost/sealpost/models"
)

// Wherever a password is chosen, a common one and one made of what is known of
// the person are refused with a sentence, and a good one is taken after them.
func TestWeakPasswordsAreRefusedEverywhere(t *testing.T) {
	t.Parallel()
	const email = "lovelace@engines.example"
	weak := map[string]string{"Password": "most common", "12345678": "most common", "lovelace1815": "guess", "engines-sealpost": "guess", "short": "8 to 1000"}
	for name, c := range map[string]struct {
		change []func(*handlers.Deps)
		begin  func(*world) (path string, p *person, fields []string)
		taken  int
	}{
		"sign-up": {nil, func(*world) (string, *person, []string) { return "/signup", nil, []string{"email", email} }, 303},
		"a sign-up's link": {[]func(*handlers.Deps){sendsMail}, func(w *world) (string, *person, []string) {
			w.post("/signup", nil, "email", email)
			return "/signup/" + w.secretOf(email), nil, nil
		}, 303},
		"a reset": {[]func(*handlers.Deps){sendsMail}, func(w *world) (string, *person, []string) {
			w.person(email)
			w.post("/reset", nil, "email", email)
			return "/reset/" + w.secretOf(email), nil, nil
		}, 303},
		"an invitation": {[]func(*handlers.Deps){sendsMail}, func(w *world) (string, *person, []string) {
			w.post("/settings/members", w.person("owner@example.test"), "email", email, "role", string(models.Member))
			return "/invitations/" + w.secretOf(email), nil, nil
		}, 303},
		"a change": {nil, func(w *world) (string, *person, []string) {
			return "/settings/account/password", w.signedUp(email), []string{"current_password", password}
		}, 303},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, c.change...)
			path, p, fields := c.begin(w)
			for chosen, says := range weak {
				got := w.post(path, p, append([]string{"password", chosen}, fields...)...)
				if sentence := got.doc(t).Find("#password-error").Text(); got.StatusCode != 400 || !strings.Contains(sentence, says) {
					t.Errorf("%q: %d %q", chosen, got.StatusCode, sentence)
				}
			}
			if got := w.post(path, p, append([]string{"password", "another horse battery"}, fields...)...); got.StatusCode != c.taken {
				t.Errorf("a good one: %d", got.StatusCode)
			}
		})
	}
}

// A password is what was typed, whatever its characters, from 8 of them to 1000:
// it is not cut, folded or trimmed, and what is nearly it is not it.
func TestPasswordsAreTakenAsTheyAre(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i, chosen := range []string{
		"zq8#Lw2!", "🐎🔋📎🐴🪫🖇🦄🎠", "пароль 8", " two spaces around  ", "nothing but lower case", "NOTHING BUT UPPER CASE", "tab\tand\x00nul and \u202e", "cafe\u0301 au lait", "<b>\"'&;--",
		strings.Repeat("kQ7!vZ2?", 8), strings.Repeat("kQ7!vZ2?é", 111) + "z",
	} {
		email := strings.Repeat("p", i+1) + "@example.test"
		if got := w.post("/signup", nil, "email", email, "password", chosen); got.StatusCode != 303 {
			t.Errorf("%.20q is not taken: %d %s", chosen, got.StatusCode, got.doc(t).Find("#password-error").Text())
			continue
		}
		runes := []rune(chosen)
		for _, typed := range []string{chosen, strings.TrimSpace(chosen), strings.ToLower(chosen), string(runes[:len(runes)-1]), chosen + " "} {
			want := 401
			if typed == chosen {
				want = 303
			}
			if got := w.post("/login", nil, "email", email, "password", typed); got.StatusCode != want {
				t.Errorf("%.20q for %.20q: %d, want %d", typed, chosen, got.StatusCode, want)
			}
		}
	}
	field := w.get("/signup", nil).doc(t).Find("#password")
	if field.AttrOr("type", "") != "password" || field.AttrOr("autocomplete", "") != "new-password" || field.AttrOr("onpaste", "none") != "none" {
		t.Errorf("the field is %v", field.Nodes)
	}
}
