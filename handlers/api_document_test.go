package handlers_test

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/sealpost/sealpost/models"
)

// operation is a call as the document describes it.
type operation struct {
	method, path string // path as echo writes it, after /api/v1
	ID           string `json:"operationId"`
	Scope        string `json:"x-scope"`
	RequestBody  struct {
		Content map[string]struct {
			Example json.RawMessage
		}
	}
	Responses  map[string]json.RawMessage
	Parameters []struct{ Name, In string }
}

// file tells that the body of an operation is no JSON.
func (o operation) file() bool {
	_, isFile := o.RequestBody.Content["application/octet-stream"]
	return isFile
}

// success is the status of an operation that goes well.
func (o operation) success() int {
	for status := range o.Responses {
		if n, err := strconv.Atoi(status); err == nil {
			return n
		}
	}
	return 0
}

// documented reads the document: its operations, deletions last, and the
// compiler of its schemas.
func (w *world) documented(t *testing.T) ([]operation, *jsonschema.Compiler) {
	t.Helper()
	got := w.call("GET", "/openapi.json", "", "")
	var doc struct {
		Paths map[string]map[string]operation
	}
	if err := json.Unmarshal([]byte(got.body), &doc); err != nil || got.StatusCode != 200 {
		t.Fatalf("%d, %v", got.StatusCode, err)
	}
	var list []operation
	for path, methods := range doc.Paths {
		for method, o := range methods {
			o.method, o.path = strings.ToUpper(method), strings.NewReplacer("{", ":", "}", "").Replace(path)
			list = append(list, o)
		}
	}
	slices.SortFunc(list, func(a, b operation) int { return strings.Compare(a.order(), b.order()) })
	whole, err := jsonschema.UnmarshalJSON(strings.NewReader(got.body))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	compiler.AssertFormat()
	if err := compiler.AddResource("openapi.json", whole); err != nil {
		t.Fatal(err)
	}
	return list, compiler
}

// order puts what deletes last, and the domain at the very end.
func (o operation) order() string {
	switch {
	case o.method == "DELETE" && o.path == "/domains/:name":
		return "3"
	case o.method == "DELETE":
		return "2" + o.path
	default:
		return "1" + o.path + o.method
	}
}

// Every route of the API is in the document, and the reverse.
func TestDocumentHasEveryRoute(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	operations, _ := w.documented(t)
	described, routed := map[string]bool{}, map[string]bool{}
	ids := map[string]bool{}
	for _, o := range operations {
		described[o.method+" "+o.path] = true
		if o.ID == "" || ids[o.ID] {
			t.Errorf("%s %s has the id %q, which is none or not its own", o.method, o.path, o.ID)
		}
		ids[o.ID] = true
	}
	for _, r := range w.handler.(*echo.Echo).Routes() {
		path, ours := strings.CutPrefix(r.Path, "/api/v1")
		if !ours {
			continue
		}
		if r.Method == "HEAD" {
			continue // GET answers it
		}
		routed[r.Method+" "+path] = true
		if !described[r.Method+" "+path] {
			t.Errorf("%s %s is not in the document", r.Method, r.Path)
		}
	}
	for call := range described {
		if !routed[call] {
			t.Errorf("%s is in the document, but not answered", call)
		}
	}
	if len(routed) < 30 {
		t.Errorf("only %d routes were looked at", len(routed))
	}
}

// The contract changes only where somebody wants it to. WRITE_GOLDEN=1 writes
// the document that the next run compares with.
func TestDocumentIsTheContract(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var now bytes.Buffer
	if err := json.Indent(&now, []byte(w.call("GET", "/openapi.json", "", "").body), "", " "); err != nil {
		t.Fatal(err)
	}
	const golden = "testdata/openapi.json"
	if os.Getenv("WRITE_GOLDEN") != "" {
		if err := os.WriteFile(golden, now.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil || !bytes.Equal(want, now.Bytes()) {
		t.Errorf("the document of the API has changed (%v). If that is meant, and no caller is hurt: WRITE_GOLDEN=1 go test -run Contract ./handlers", err)
	}
}

// Every call answers as the document says, and takes the body that the
// document gives as its example.
func TestEveryCallKeepsTheDocument(t *testing.T) {
	t.Parallel()
	s := newStaged(t)
	operations, compiler := s.documented(t)
	token := s.token(s.owner, allScopes...)
	for _, o := range operations {
		body := o.example(t, compiler)
		got := s.call(o.method, s.path(o.method, o.path), token, body)
		if got.StatusCode != o.success() {
			t.Errorf("%s %s: %d, want %d: %s", o.method, o.path, got.StatusCode, o.success(), got.body)
			continue
		}
		o.checkAnswer(t, compiler, got)
		o.checkHead(t, s, token, got)
	}
}

// example is a body that the operation takes, checked against its schema.
func (o operation) example(t *testing.T, compiler *jsonschema.Compiler) string {
	t.Helper()
	if o.file() {
		return string(report("example.com", "2026-06-12", "four", "5", "0"))
	}
	example := o.RequestBody.Content["application/json"].Example
	if len(example) > 0 {
		validate(t, compiler, o.pointer("requestBody/content/application~1json/schema"), string(example))
	}
	return string(example)
}

func (o operation) pointer(rest string) string {
	path := strings.ReplaceAll(o.path, "/", "~1")
	for _, name := range []string{"name", "id"} {
		path = strings.ReplaceAll(path, ":"+name, "%7B"+name+"%7D")
	}
	return "openapi.json#/paths/" + path + "/" + strings.ToLower(o.method) + "/" + rest
}

func (o operation) checkAnswer(t *testing.T, compiler *jsonschema.Compiler, got answer) {
	t.Helper()
	status := strconv.Itoa(got.StatusCode)
	switch {
	case got.StatusCode == 204:
		if got.body != "" {
			t.Errorf("%s %s answers %q", o.method, o.path, got.body)
		}
	case strings.HasSuffix(o.path, "/original"):
		if !strings.HasPrefix(got.Header.Get("Content-Disposition"), "attachment;") || got.body == "" {
			t.Errorf("%s %s is no download", o.method, o.path)
		}
	default:
		if kind := got.Header.Get("Content-Type"); kind != "application/json" {
			t.Errorf("%s %s answers %s", o.method, o.path, kind)
		}
		validate(t, compiler, o.pointer("responses/"+status+"/content/application~1json/schema"), got.body)
	}
	if o.Scope != "" && (got.Header.Get("RateLimit") == "" || got.Header.Get("RateLimit-Policy") == "") {
		t.Errorf("%s %s does not say how often it may be called", o.method, o.path)
	}
	if len(got.Cookies()) != 0 || got.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("%s %s sets a cookie, or is for other origins", o.method, o.path)
	}
}

func (o operation) checkHead(t *testing.T, s staged, token string, got answer) {
	t.Helper()
	if o.method != "GET" {
		return
	}
	head := s.call("HEAD", s.path(o.method, o.path), token, "")
	if head.StatusCode != got.StatusCode || head.Header.Get("Etag") != got.Header.Get("Etag") || head.body != "" && !strings.HasSuffix(o.path, "/original") {
		t.Errorf("HEAD %s: %d, %q", o.path, head.StatusCode, head.body)
	}
	tag := got.Header.Get("Etag")
	if tag == "" {
		if o.Scope == string(models.ScopeRead) && !strings.HasSuffix(o.path, "/original") {
			t.Errorf("%s has no tag", o.path)
		}
		return
	}
	again := s.call("GET", s.path(o.method, o.path), token, "", "If-None-Match", `"x", `+tag)
	if again.StatusCode != 304 || again.body != "" || again.Header.Get("Etag") != tag {
		t.Errorf("%s with its tag: %d, %q", o.path, again.StatusCode, again.body)
	}
}

func validate(t *testing.T, compiler *jsonschema.Compiler, schema, text string) {
	t.Helper()
	compiled, err := compiler.Compile(schema)
	if err != nil {
		t.Errorf("%s: %v", schema, err)
		return
	}
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err == nil {
		err = compiled.Validate(value)
	}
	if err != nil {
		t.Errorf("%s: %v\n%s", schema, err, text)
	}
}

// The validator would notice.
func TestValidatorFindsFaults(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, compiler := w.documented(t)
	schema, err := compiler.Compile("openapi.json#/components/schemas/Share")
	if err != nil {
		t.Fatal(err)
	}
	good := `{"id":"0197731e-0000-7000-8000-000000000000","name":"x","created_at":"2026-06-15T12:00:00Z","expires_at":"2026-06-16T12:00:00Z"}`
	for _, c := range []struct {
		text string
		ok   bool
	}{
		{good, true},
		{strings.Replace(good, `"name":"x",`, "", 1), false},
		{strings.Replace(good, `"x"`, "null", 1), false},
		{strings.Replace(good, "T12:00:00Z", "", 1), false},
		{strings.Replace(good, "0197731e", "0197731", 1), false},
		{strings.Replace(good, "{", `{"more":1,`, 1), false},
	} {
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(c.text))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(value); (err == nil) != c.ok {
			t.Errorf("%s: %v", c.text, err)
		}
	}
}
