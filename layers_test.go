// Package sealpost holds nothing but the test of which package may import which.
package sealpost

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/sealpost/sealpost/"

// layers says for each package which of ours it may import. The order of the
// list is the order of the layers: a package imports only what stands above it.
var layers = []struct {
	name    string
	imports []string
	why     string
}{
	{"internal/openapi", nil, "describing is pure"},
	{"internal/hosted", nil, "names are pure"},
	{"internal/domainname", nil, "names are pure"},
	{"internal/tlsrpt", nil, "the RFC is pure"},
	{"internal/signon", nil, "asks an issuer by the client that it is given"},
	{"internal/passkey", nil, "questions and answers; nothing is kept"},
	{"internal/password", nil, "judging is pure"},
	{"internal/totp", nil, "codes come from a secret and a time"},
	{"internal/ledger", nil, "summing is pure"},
	{"internal/dkim", nil, "signatures are pure; keys come from a func"},
	{"internal/outbound", nil, "connections out are guarded in one place"},
	{"internal/mailbox", nil, "IMAP and nothing of ours"},
	{"internal/nameserver", nil, "answers come from a value, never from the database"},
	{"internal/gate", nil, "counting is pure"},
	{"internal/collector", nil, "memory is held, nothing is known"},
	{"internal/smtpd", []string{"internal/gate"}, "the mail server calls funcs that it is given"},
	{"internal/dnscheck", []string{"internal/hosted", "internal/domainname", "internal/tlsrpt", "internal/outbound"}, "judging needs names and records only"},
	{"static", nil, "files"},
	{"views/chart", nil, "geometry"},
	{"views", []string{"views/chart"}, "views and models never meet: a handler translates"},
	{"models", []string{"internal/hosted", "internal/ledger", "internal/totp"}, "the only package that knows gorm and SQL"},
	{"internal/testkit", []string{"models"}, "imported by tests only"},
	{"jobs", []string{"models", "internal/hosted", "internal/tlsrpt", "internal/mailbox", "internal/outbound", "internal/dnscheck", "internal/nameserver"}, "scheduled work; no pages"},
	{"internal/ingest", []string{"models", "internal/hosted", "internal/domainname", "internal/tlsrpt", "internal/dkim", "internal/smtpd"}, "one way in for all transports"},
	{"internal/demo", []string{"models", "internal/hosted", "internal/tlsrpt", "internal/dnscheck", "internal/ingest", "jobs"}, "fills the demo through the product's own doors"},
	{"handlers", []string{"models", "views", "views/chart", "static", "internal/openapi", "internal/signon", "internal/passkey", "internal/totp", "internal/password", "internal/hosted", "internal/ledger", "internal/domainname", "internal/tlsrpt", "internal/gate", "internal/ingest"}, "HTTP in, page out; no page waits for DNS"},
	{"cmd/web", []string{"handlers", "jobs", "models", "static", "internal/signon", "internal/password", "internal/hosted", "internal/domainname", "internal/tlsrpt", "internal/outbound", "internal/dnscheck", "internal/nameserver", "internal/gate", "internal/smtpd", "internal/ingest", "internal/demo", "internal/mailbox", "internal/collector"}, "wiring"},
}

// only keeps a library to the packages that may know it.
var only = map[string][]string{
	"gorm.io/":                     {"models"},
	"database/sql":                 {"models", "internal/testkit"},
	"github.com/labstack/echo/":    {"handlers"},
	"github.com/a-h/templ":         {"views", "views/chart", "handlers"},
	"github.com/go-co-op/gocron/":  {"jobs"},
	"github.com/emersion/go-imap/": {"internal/mailbox"},
	"github.com/prometheus/":       {"cmd/web"},
	"github.com/wneessen/":         {"internal/outbound"},
	"net/http":                     {"internal/signon", "handlers", "static", "internal/outbound", "cmd/web"},
}

// TestLayers parses the files itself: a test that asked the go command would
// stay cached after a layer is broken.
func TestLayers(t *testing.T) {
	t.Parallel()
	allowed := map[string][]string{}
	for _, l := range layers {
		allowed[l.name] = l.imports
	}
	seen := map[string]bool{}
	eachFile(t, func(dir, file string, imports []string) {
		if strings.HasSuffix(file, "_test.go") {
			return // tests may use whatever they need to set a stage
		}
		own, known := allowed[dir]
		if !known {
			t.Errorf("%s: the package %s has no place in the layers", file, dir)
			return
		}
		seen[dir] = true
		for _, path := range imports {
			if ours, ok := strings.CutPrefix(path, module); ok && !slices.Contains(own, ours) {
				t.Errorf("%s: %s must not import %s", file, dir, ours)
			}
			checkOnly(t, dir, file, path)
		}
	})
	for _, l := range layers {
		if !seen[l.name] {
			t.Errorf("%s stands in the layers, but has no files", l.name)
		}
	}
}

func checkOnly(t *testing.T, dir, file, path string) {
	t.Helper()
	for prefix, packages := range only {
		if matches := path == prefix || strings.HasSuffix(prefix, "/") && strings.HasPrefix(path, prefix); matches && !slices.Contains(packages, dir) {
			t.Errorf("%s: only %v may import %s", file, packages, path)
		}
	}
}

func TestLayersAreInOrder(t *testing.T) {
	t.Parallel()
	var above []string
	for _, l := range layers {
		for _, i := range l.imports {
			if !slices.Contains(above, i) {
				t.Errorf("%s may import %s, which does not stand above it", l.name, i)
			}
		}
		above = append(above, l.name)
	}
}

// TestTestkitIsForTests keeps the kit out of the product.
func TestTestkitIsForTests(t *testing.T) {
	t.Parallel()
	eachFile(t, func(_, file string, imports []string) {
		if !strings.HasSuffix(file, "_test.go") && slices.Contains(imports, module+"internal/testkit") {
			t.Errorf("%s imports testkit, but is no test", file)
		}
	})
}

func eachFile(t *testing.T, visit func(dir, file string, imports []string)) {
	t.Helper()
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && path != "." && (strings.HasPrefix(entry.Name(), ".") || slices.Contains([]string{"bench", "tools", "testdata", "data"}, entry.Name())) {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || filepath.Dir(path) == "." {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		var imports []string
		for _, spec := range f.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			imports = append(imports, name)
		}
		visit(filepath.ToSlash(filepath.Dir(path)), path, imports)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
