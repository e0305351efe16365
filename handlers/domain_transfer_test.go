package handlers_test

import (
	"strings"
	"testing"

	"github.com/sealpost/sealpost/models"
)

// A domain goes from one account to another by the link that is shown where no
// mail is sent; opening the link changes nothing, and it works once.
func TestADomainIsHandedOver(t *testing.T) {
	t.Parallel()
	f := newFurnished(t)
	if got := f.post("/domains/example.com/transfer", f.owner, "email", "nonsense"); got.StatusCode != 400 {
		t.Errorf("to no address: %d", got.StatusCode)
	}
	made := f.post("/domains/example.com/transfer", f.owner, "email", "other@example.test")
	_, path, _ := strings.Cut(made.find(t, "offer-url"), "sealpost.test")
	if made.StatusCode != 200 || !strings.HasPrefix(path, "/transfers/") {
		t.Fatalf("no link: %d %q", made.StatusCode, path)
	}
	if got := f.get("/domains/example.com/settings", f.owner).find(t, "offered"); !strings.Contains(got, "other@example.test") {
		t.Errorf("the settings say %q", got)
	}
	if got := f.get(path, nil); got.StatusCode != 200 || !strings.Contains(got.body, "/login?next="+path) {
		t.Errorf("nobody is not sent to log in: %d", got.StatusCode)
	}
	reader := f.joined("reader@example.test", models.ReadOnly)
	for who, c := range map[string]struct {
		p       *person
		account string
		want    int
	}{
		"nobody": {nil, f.other.account.ID, 303}, "no account": {f.other, "x", 400}, "another's account": {reader, f.other.account.ID, 403},
		"the same account": {f.owner, f.owner.account.ID, 409},
	} {
		if got := f.post(path, c.p, "account", c.account); got.StatusCode != c.want || c.p == nil && !strings.HasPrefix(got.location(), "/login") {
			t.Errorf("%s: %d %s", who, got.StatusCode, got.location())
		}
	}
	if options := f.get(path, f.other).doc(t).Find("option"); options.Length() != 1 || options.AttrOr("value", "") != f.other.account.ID {
		t.Errorf("%d accounts to choose from", options.Length())
	}
	if got := f.post(path, f.other, "account", f.other.account.ID); got.StatusCode != 303 || got.location() != "/domains/example.com" {
		t.Fatalf("accepting: %d %s", got.StatusCode, got.location())
	}
	for p, want := range map[*person]int{f.other: 200, f.owner: 404} {
		if got := f.get("/domains/example.com", p); got.StatusCode != want {
			t.Errorf("the domain for %s: %d", p.user.Email, got.StatusCode)
		}
		if got := f.get("/reports/"+f.report.ID, p); got.StatusCode != want {
			t.Errorf("its report for %s: %d", p.user.Email, got.StatusCode)
		}
	}
	if got := f.get(path, f.other); got.StatusCode != 404 {
		t.Errorf("a second time: %d", got.StatusCode)
	}
}
