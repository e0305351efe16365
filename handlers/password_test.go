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
