package sealpost

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestDependenciesHaveReasons: every direct dependency stands in the table of
// the architecture.
func TestDependenciesHaveReasons(t *testing.T) {
	t.Parallel()
	mod, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	architecture, err := os.ReadFile("docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	direct := regexp.MustCompile(`(?m)^\t(\S+) v\S+$`).FindAllStringSubmatch(string(mod), -1)
	if len(direct) == 0 {
		t.Fatal("go.mod names no dependency")
	}
	for _, m := range direct {
		name := strings.TrimPrefix(m[1], "github.com/")
		name = strings.TrimSuffix(strings.TrimSuffix(name, "/v11"), "/v2")
		row := regexp.MustCompile(`(?m)^\| (?:[^|]*, )?` + regexp.QuoteMeta(name) + `(?:[ ,/][^|]*)? \| ([^|]{5,}) \|$`)
		if !row.Match(architecture) {
			t.Errorf("the table of docs/architecture.md gives no reason for %s", m[1])
		}
	}
}

var markdownLink = regexp.MustCompile(`\]\(([^)\s]+)\)`)

// TestDocsLinkToWhatExists follows every relative link of the documents.
func TestDocsLinkToWhatExists(t *testing.T) {
	t.Parallel()
	links := 0
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && path != "." && strings.HasPrefix(entry.Name(), ".") {
			return filepath.SkipDir
		}
		if filepath.Ext(path) != ".md" {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range markdownLink.FindAllStringSubmatch(string(text), -1) {
			target, _, _ := strings.Cut(m[1], "#")
			if target == "" || strings.Contains(target, "://") {
				continue
			}
			links++
			if _, err := os.Stat(filepath.Join(filepath.Dir(path), target)); err != nil {
				t.Errorf("%s links to %s, which does not exist", path, target)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if links == 0 {
		t.Error("no link was found at all")
	}
}

// TestDecisionsAreNumbered: every decision has a number of its own, and its
// title says the number of its file.
func TestDecisionsAreNumbered(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("docs/decisions/*.md")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d decisions, %v", len(files), err)
	}
	seen := map[string]bool{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		number, _, _ := strings.Cut(filepath.Base(file), "-")
		if seen[number] || len(number) != 4 || !strings.HasPrefix(string(text), "# "+number+": ") {
			t.Errorf("%s has a number that is taken or not the one of its title", file)
		}
		seen[number] = true
	}
}

// TestRequirementsNameTests: every test that docs/asvs.md names exists.
func TestRequirementsNameTests(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("docs/asvs.md")
	if err != nil {
		t.Fatal(err)
	}
	exists := map[string]bool{}
	err = filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		code, err := os.ReadFile(path)
		for _, m := range regexp.MustCompile(`(?m)^func (Test\w+)\(`).FindAllStringSubmatch(string(code), -1) {
			exists[m[1]] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(`\bTest[A-Z]\w+`).FindAllString(string(text), -1)
	for _, name := range named {
		if !exists[name] {
			t.Errorf("docs/asvs.md names %s, which does not exist", name)
		}
	}
	if len(named) == 0 {
		t.Error("docs/asvs.md names no test")
	}
}

// required are the requirements of ASVS 5.0 that a machine can look at here.
const required = `1.1.1 1.1.2 1.2.1 1.2.2 1.2.3 1.2.4 1.2.5 1.2.9 1.3.3 1.3.6 1.3.7 1.3.10 1.3.11 1.4.2 1.4.3 1.5.2
	2.2.1 2.2.2 2.2.3 2.3.1 2.3.2 2.3.3 2.3.4 2.4.1 3.2.1 3.2.2 3.3.1 3.3.2 3.3.3 3.3.4 3.4.1 3.4.2 3.4.3 3.4.4 3.4.5 3.4.6
	3.5.1 3.5.2 3.5.3 3.5.4 3.7.2 4.1.1 4.1.2 4.1.3 4.2.1 5.2.1 5.2.2 5.2.3 5.3.1 5.3.2 5.4.1 5.4.2
	6.2.1 6.2.2 6.2.3 6.2.4 6.2.5 6.2.6 6.2.7 6.2.8 6.2.9 6.2.11 6.2.12 6.3.1 6.3.2 6.3.3 6.3.4 6.4.1 6.4.2 6.4.3 6.5.1 6.5.2 6.5.3 6.5.4 6.5.5 6.6.2 6.6.3
	7.2.1 7.2.2 7.2.3 7.2.4 7.3.1 7.3.2 7.4.1 7.4.2 7.4.3 7.4.4 7.4.5 7.5.1 7.5.2 7.6.2 8.2.1 8.2.2 8.2.3 8.3.1 8.4.1 9.1.1 9.1.2 9.2.1 9.2.2 9.2.3
	11.2.3 11.3.1 11.3.2 11.4.1 11.4.2 11.4.4 11.5.1 12.1.1 12.1.2 12.2.1 12.3.2 13.2.3 13.2.4 13.2.5 13.4.1 13.4.2 13.4.3 13.4.4 13.4.5
	14.2.1 14.2.2 14.3.1 14.3.2 14.3.3 15.1.2 15.2.1 15.2.2 15.2.3 15.3.1 15.3.2 15.3.3 15.3.4 15.3.5 15.3.7
	16.2.1 16.2.2 16.2.4 16.2.5 16.3.1 16.3.2 16.3.3 16.3.4 16.4.1 16.5.1 16.5.2 16.5.3`

// TestRequirementsHaveTheirLine (G20): docs/asvs.md speaks of each.
func TestRequirementsHaveTheirLine(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("docs/asvs.md")
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]bool{}
	for _, m := range regexp.MustCompile(`(\d+\.\d+\.)(\d+)(?: to \d+\.\d+\.(\d+))?`).FindAllStringSubmatch(string(text), -1) {
		first, _ := strconv.Atoi(m[2])
		last, _ := strconv.Atoi(m[3])
		for n := first; n <= max(first, last); n++ {
			said[m[1]+strconv.Itoa(n)] = true
		}
	}
	for _, id := range strings.Fields(required) {
		if !said[id] && !(strings.HasPrefix(id, "9.") && strings.Contains(string(text), "| 9.1.1 to 9.2.3 |")) {
			t.Errorf("docs/asvs.md does not speak of %s", id)
		}
	}
}
