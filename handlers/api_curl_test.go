package handlers_test

import (
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestCurlLinesOfTheDocument runs every curl line of docs/api.md, in the order
// of the document, against a server: each answers with the status of success,
// and every call of the API has a line.
func TestCurlLinesOfTheDocument(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("curl"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("CI lacks curl")
		}
		t.Skip("curl is not installed")
	}
	s := newStaged(t)
	server := httptest.NewServer(s.handler)
	t.Cleanup(server.Close)
	operations, _ := s.documented(t)
	folder := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(".curlrc", "silent\nwrite-out = \"\\n%{http_code}\"\n")
	write("report.json", string(report("example.com", "2026-06-12", "by curl", "5", "0")))
	env := []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + folder, "CURL_HOME=" + folder, "SEALPOST=" + server.URL, "TOKEN=" + s.token(s.owner, allScopes...),
		"REPORT=" + s.ids["/reports/:id"], "UNPROVEN=" + s.ids["/deliveries/:id/accept"], "QUARANTINED=" + s.ids["/deliveries/:id/replay"],
		"SHARE=" + s.ids["/domains/:name/shares/:id"], "FORWARD=" + s.ids["/domains/:name/forwards/:id/ask"], "MEMBER=" + s.ids["/members/:id"],
		"INVITATION=" + s.ids["/invitations/:id"], "OFFER=" + offeredSecret,
	}
	shown := map[string]bool{}
	for _, line := range curlLines(t) {
		o, ok := operationOfLine(operations, line)
		if !ok {
			t.Errorf("no call of the API: %s", line)
			continue
		}
		shown[o.ID] = true
		command := exec.CommandContext(t.Context(), "sh", "-c", line)
		command.Dir, command.Env = folder, env
		out, err := command.CombinedOutput()
		text := string(out)
		status := text[strings.LastIndexByte(text, '\n')+1:]
		if err != nil || status != strconv.Itoa(o.success()) {
			t.Errorf("%s\n%s: %v", line, text, err)
		}
	}
	for _, o := range operations {
		if !shown[o.ID] {
			t.Errorf("docs/api.md has no curl line for %s %s", o.method, o.path)
		}
	}
}

// curlLines are the commands of the document, those of several lines joined.
func curlLines(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	joined := strings.ReplaceAll(string(text), " \\\n     ", "")
	lines := regexp.MustCompile(`(?m)^    (curl .*)$`).FindAllStringSubmatch(joined, -1)
	var commands []string
	for _, l := range lines {
		commands = append(commands, l[1])
	}
	return commands
}

var (
	lineMethod = regexp.MustCompile(`-X (\w+)`)
	linePath   = regexp.MustCompile(`\$SEALPOST/api/v1([^\s"?]+)`)
)

// operationOfLine is the call that a curl line makes.
func operationOfLine(operations []operation, line string) (operation, bool) {
	method := "GET"
	if m := lineMethod.FindStringSubmatch(line); m != nil {
		method = m[1]
	}
	m := linePath.FindStringSubmatch(line)
	if m == nil {
		return operation{}, false
	}
	path := regexp.MustCompile(`\$\w+`).ReplaceAllString(m[1], ":id")
	path = strings.NewReplacer("/example.com", "/:name", "/example.net", "/:name").Replace(path)
	for _, o := range operations {
		if o.method == method && o.path == path {
			return o, true
		}
	}
	return operation{}, false
}
