package handlers_test

import (
	"strings"
	"testing"

	"github.com/sealpost/sealpost/models"
)

// Each request is a line that says who asked, by ids: people, tokens, and whom a
// login was about, whether it let them in or not. What was refused stands there too.
func TestLinesOfTheLogSayWho(t *testing.T) {
	t.Parallel()
	f := newFurnished(t)
	reader := f.joined("reader@example.test", models.ReadOnly)
	f.signedUp("ada@example.test")
	ada, err := f.store.UserByEmail(t.Context(), "ada@example.test")
	if err != nil {
		t.Fatal(err)
	}
	token := f.token(f.owner, models.ScopeRead)
	tokens, err := f.store.APITokens(t.Context(), f.owner.account.ID)
	if err != nil || len(tokens) != 1 {
		t.Fatal(len(tokens), err)
	}
	inAccount := "account=" + f.owner.account.ID
	for _, c := range []struct {
		what string
		do   func() answer
		want []string
		not  string
	}{
		{"a right password", func() answer {
			return f.post("/login", nil, "email", "ada@example.test", "password", password)
		}, []string{"path=/login", "status=303", "login=" + ada.ID}, "user="},
		{"a wrong password", func() answer {
			return f.post("/login", nil, "email", "ada@example.test", "password", "wrong "+password)
		}, []string{"path=/login", "status=401", "login=" + ada.ID}, "user="},
		{"nobody", func() answer {
			return f.post("/login", nil, "email", "nobody@example.test", "password", password)
		}, []string{"path=/login", "status=401", "remote=192.0.2.1"}, "login="},
		{"what the role does not allow", func() answer {
			return f.post("/domains/example.com/delete", reader, "confirm", "example.com")
		}, []string{"status=403", inAccount, "user=" + reader.user.ID}, "login="},
		{"what a scope does not allow", func() answer {
			return f.call("POST", "/domains", token, `{"name":"example.org"}`)
		}, []string{"status=403", "token=" + tokens[0].ID}, "user="},
		{"a call", func() answer { return f.call("GET", "/domains", token, "") }, []string{"status=200", inAccount, "token=" + tokens[0].ID}, "user="},
		{"a token of nobody", func() answer { return f.call("GET", "/domains", "sealpost_x", "") }, []string{"status=401"}, "account="},
	} {
		id := c.do().Header.Get("X-Request-Id")
		line := f.logged("msg=request id=" + id)
		for _, want := range c.want {
			if !strings.Contains(line, want) {
				t.Errorf("%s: the line lacks %s: %s", c.what, want, line)
			}
		}
		if strings.Contains(line, c.not) || strings.Contains(line, "example.test") {
			t.Errorf("%s: the line says too much: %s", c.what, line)
		}
	}
}

// logged is the line of the log that has a text.
func (w *world) logged(text string) string {
	for line := range strings.Lines(w.log.String()) {
		if strings.Contains(line, text) {
			return line
		}
	}
	return ""
}
