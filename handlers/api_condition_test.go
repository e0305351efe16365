package handlers_test

import "testing"

// Who makes a change depend on what they have seen is never passed over: our tags
// are weak, so that If-Match never fits (RFC 9110 §13.1.1). "*" asks for nothing
// but that the thing is there.
func TestIfMatchIsNotPassedOver(t *testing.T) {
	t.Parallel()
	w := newFurnished(t)
	token := w.token(w.owner, allScopes...)
	tag := w.call("GET", "/account", token, "").Header.Get("Etag")
	before := w.rows()
	for _, c := range []struct{ method, path, body, tags string }{
		{"PATCH", "/account", `{"name":"New"}`, tag}, {"PATCH", "/account", `{"name":"New"}`, `"x", ` + tag},
		{"PUT", "/domains/example.com/tags", `{"tags":["a"]}`, `"x"`}, {"DELETE", "/domains/example.com", "", `"x"`},
	} {
		if got := w.call(c.method, c.path, token, c.body, "If-Match", c.tags); got.StatusCode != 412 || got.problem(t) != "condition" {
			t.Errorf("%s %s with %s: %d %s", c.method, c.path, c.tags, got.StatusCode, got.body)
		}
	}
	if diff := changed(before, w.rows()); len(diff) > 0 {
		t.Errorf("rows have changed: %q", diff)
	}
	if got := w.call("PATCH", "/account", token, `{"name":"New"}`, "If-Match", "*"); got.StatusCode != 200 {
		t.Errorf("whatever it is: %d", got.StatusCode)
	}
}
