package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// write makes files below a folder, with the folders they need.
func write(t *testing.T, dir string, files map[string][]byte) {
	t.Helper()
	for name, data := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestFilesIn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, map[string][]byte{
		"a.json": nil, "sub/b.eml": nil, "sub/tmp/c.eml": nil,
		"mail/cur/1.host:2,S": nil, "mail/new/2.host": nil, "mail/tmp/3.host": nil, "mail/dovecot.index": nil,
		"mail/.Old/cur/4.host:2,": nil, "mail/.Old/new/5.host": nil, "mail/.Old/maildirfolder": nil,
	})
	if err := os.Symlink("/dev/zero", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	files, err := filesIn([]string{dir, filepath.Join(dir, "mail", "dovecot.index")})
	if err != nil {
		t.Fatal(err)
	}
	for i := range files {
		files[i], _ = filepath.Rel(dir, files[i])
	}
	want := []string{
		"a.json", "mail/.Old/cur/4.host:2,", "mail/.Old/new/5.host", "mail/cur/1.host:2,S", "mail/new/2.host",
		"sub/b.eml", "sub/tmp/c.eml", "mail/dovecot.index",
	}
	if !slices.Equal(files, want) {
		t.Errorf("got %q", files)
	}
	if _, err := filesIn([]string{filepath.Join(dir, "nowhere")}); err == nil {
		t.Error("what is not there is no error")
	}
	if got := shownName("x/1.host:2,S"); got != "1.host" {
		t.Errorf("shown as %q", got)
	}
}

// TestImport takes a folder, a maildir and a mailbox file in beside a running
// server, twice: the second time counts nothing.
func TestImport(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	settings := w.environment(t)
	p := startProgram(t, settings)
	b := newBrowser(t, p.pages, "http://localhost:8080")
	b.signUp("ada@example.test")
	b.addDomain("example.test")
	one := mustEncode(t, report("example.test", "one", "2026-03-01", 10, 1))
	mail := func(id, day string) string {
		return "Subject: x\nContent-Type: application/tlsrpt+json\n\n" + string(mustEncode(t, report("example.test", id, day, 20, 2))) + "\n\n"
	}
	const postmark = "From tls@sender.example Sun Mar  1 12:00:00 2026\n"
	dir := t.TempDir()
	write(t, dir, map[string][]byte{
		"a.json": one, "again.json": one,
		"mail/cur/1.host:2,S": []byte(mail("two", "2026-03-02")), "mail/new/2.host": []byte(mail("three", "2026-03-03")), "mail/dovecot-uidlist": []byte("3 V1"),
		"old.mbox":         []byte(postmark + mail("four", "2026-03-04") + postmark + "Subject: \x1b[2Ja letter\n\nHello\n\n" + postmark + mail("five", "2026-03-05")),
		"bad\x1b[31m.json": []byte("{"),
	})
	args := []string{"import", "--account", "ada@example.test", dir, filepath.Join(dir, "nowhere")}
	if r := (command{settings: settings, args: args}).run(t); r.code != 1 || r.out != "" || strings.Count(r.err, "\n") != 1 {
		t.Errorf("a path that is not there: exit %d\n%s\n%s", r.code, r.out, r.err)
	}
	args = args[:len(args)-1]
	first := command{settings: settings, args: args}.run(t)
	for _, want := range []string{
		"8 messages in 6 files: 5 counted, 1 duplicate, 2 not counted", "counted      " + dir + "/mail/cur/1.host:2,S\n",
		"quarantined  " + dir + "/old.mbox, message 2  (not-a-report: ", "bad\\u001b[31m.json  (malformed: ",
	} {
		if !strings.Contains(first.out, want) {
			t.Errorf("the first run does not say %q", want)
		}
	}
	if first.code != 1 || first.err != "" || strings.Contains(first.out, "\x1b") {
		t.Errorf("the first run: exit %d\n%s\n%q", first.code, first.out, first.err)
	}
	again := command{settings: settings, args: args}.run(t)
	if again.code != 1 || !strings.Contains(again.out, "8 messages in 6 files: 0 counted, 6 duplicate, 2 not counted") {
		t.Errorf("the second run: exit %d\n%s\n%s", again.code, again.out, again.err)
	}
	if r := (command{settings: settings, args: []string{"import", "--account", "ada@example.test", filepath.Join(dir, "a.json"), filepath.Join(dir, "mail")}}).run(t); r.code != 0 {
		t.Errorf("only known reports: exit %d\n%s\n%s", r.code, r.out, r.err)
	}
	for day, want := range map[string]int{"2026-03-01": 10, "2026-03-02": 20, "2026-03-05": 20} {
		if s, _, _ := b.day("example.test", day); s != want {
			t.Errorf("%s shows %d", day, s)
		}
	}
}
