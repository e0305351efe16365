package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

func get(t *testing.T, a *Assets, url string, header http.Header) *http.Response {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, url, nil)
	for k, v := range header {
		r.Header[k] = v
	}
	w := httptest.NewRecorder()
	a.Handler().ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r *http.Response) string {
	t.Helper()
	data, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func sampleAssets(t *testing.T) *Assets {
	t.Helper()
	a, err := load(fstest.MapFS{
		"css/a.css":           {Data: []byte(strings.Repeat("a{color:red}\n", 50))},
		"js/tiny.js":          {Data: []byte("1")},
		"js/htmx.LICENSE.txt": {Data: []byte("licence")},
	})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestURLCarriesTheHash(t *testing.T) {
	t.Parallel()
	a := sampleAssets(t)
	if u := a.URL("css/a.css"); !regexp.MustCompile(`^/static/css/a\.[0-9a-f]{12}\.css$`).MatchString(u) {
		t.Errorf("URL %q", u)
	}
	changed, err := load(fstest.MapFS{"css/a.css": {Data: []byte("b{}")}})
	if err != nil {
		t.Fatal(err)
	}
	if changed.URL("css/a.css") == a.URL("css/a.css") {
		t.Error("another content has the same URL")
	}
}

// TestIntegrityIsOfWhatIsServed: the hash that pages name is the one of the bytes.
func TestIntegrityIsOfWhatIsServed(t *testing.T) {
	t.Parallel()
	a := sampleAssets(t)
	sum := sha256.Sum256([]byte(body(t, get(t, a, a.URL("js/tiny.js"), nil))))
	if want := "sha256-" + base64.StdEncoding.EncodeToString(sum[:]); a.Integrity("js/tiny.js") != want || a.Integrity("js/none.js") != "" {
		t.Errorf("got %q and %q, want %q", a.Integrity("js/tiny.js"), a.Integrity("js/none.js"), want)
	}
}

func TestHandlerServesImmutableFiles(t *testing.T) {
	t.Parallel()
	a := sampleAssets(t)
	r := get(t, a, a.URL("css/a.css"), nil)
	if r.StatusCode != http.StatusOK || r.Header.Get("Content-Type") != "text/css; charset=utf-8" {
		t.Errorf("%d %q", r.StatusCode, r.Header.Get("Content-Type"))
	}
	if cc := r.Header.Get("Cache-Control"); !strings.Contains(cc, "immutable") || !strings.Contains(cc, "max-age=31536000") {
		t.Errorf("Cache-Control %q", cc)
	}
	if r.Header.Get("Content-Encoding") != "" || r.Header.Get("Vary") != "Accept-Encoding" {
		t.Error("the plain form is not plain")
	}
	again := get(t, a, a.URL("css/a.css"), http.Header{"If-None-Match": {r.Header.Get("ETag")}})
	if again.StatusCode != http.StatusNotModified || body(t, again) != "" {
		t.Errorf("the same ETag gives %d", again.StatusCode)
	}
}

func TestHandlerCompresses(t *testing.T) {
	t.Parallel()
	a := sampleAssets(t)
	r := get(t, a, a.URL("css/a.css"), http.Header{"Accept-Encoding": {"br, gzip;q=0.8"}})
	if r.Header.Get("Content-Encoding") != "gzip" {
		t.Fatal("not compressed")
	}
	zr, err := gzip.NewReader(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(zr)
	if err != nil || !bytes.HasPrefix(plain, []byte("a{color:red}")) {
		t.Errorf("%v %q", err, plain)
	}
	tiny := get(t, a, a.URL("js/tiny.js"), http.Header{"Accept-Encoding": {"gzip"}})
	if tiny.Header.Get("Content-Encoding") != "" || body(t, tiny) != "1" {
		t.Error("what gets no smaller is compressed")
	}
}

func TestHandlerKnowsOnlyHashedURLs(t *testing.T) {
	t.Parallel()
	a := sampleAssets(t)
	for _, u := range []string{"/static/css/a.css", "/static/", "/static/js/htmx.LICENSE.txt", "/static/../embed.go", a.URL("no/such.css")} {
		if r := get(t, a, "http://x"+u, nil); r.StatusCode != http.StatusNotFound {
			t.Errorf("%s gives %d", u, r.StatusCode)
		}
	}
	w := httptest.NewRecorder()
	a.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodPost, a.URL("css/a.css"), nil))
	if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "GET, HEAD" {
		t.Errorf("POST gives %d", w.Code)
	}
}

func TestAcceptsGzip(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]bool{
		"": false, "gzip": true, "GZIP": true, "deflate, gzip": true, "gzip; q=0": false, "gzip;q=0.0": false, "gzip;q=1.0": true, "br": false, "gzipped": false, "gzip;q=x": false,
	} {
		if got := acceptsGzip(header); got != want {
			t.Errorf("acceptsGzip(%q) = %v", header, got)
		}
	}
}

func TestEmbeddedFilesAreServed(t *testing.T) {
	t.Parallel()
	a, err := New()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"css/base.css", "css/parts.css", "css/pages.css", "css/chart.css", "js/htmx.min.js", "js/copy.js", "js/keys.js", "js/chart.js", "icons/mark.svg"} {
		if r := get(t, a, a.URL(name), nil); r.StatusCode != http.StatusOK || r.ContentLength == 0 {
			t.Errorf("%s gives %d", name, r.StatusCode)
		}
	}
}

// The scripts must run under script-src 'self' without 'unsafe-eval'.
func TestOwnScriptsNeedNoEval(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"js/copy.js", "js/keys.js"} {
		data, err := files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if m := regexp.MustCompile(`\beval\(|new Function|\.style\b|innerHTML`).Find(data); m != nil {
			t.Errorf("%s uses %s", name, m)
		}
	}
}
