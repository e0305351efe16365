//go:build e2e

package main

import (
	"archive/zip"
	"bytes"
	"crypto/rand"
	"fmt"
	"slices"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/sealpost/sealpost/internal/tlsrpt"
)

// manyFiles are reports in every form that the upload takes, what is none, and
// so much of it that sending takes a while.
func manyFiles(t *testing.T) map[string][]byte {
	t.Helper()
	nth := 0
	next := func() []byte {
		nth++
		return mustEncode(t, report("example.test", fmt.Sprint("many-", nth), yesterday(), 10, 0))
	}
	letter := func() []byte { return append([]byte("Content-Type: application/tlsrpt+json\n\n"), next()...) }
	postmark := []byte("From tls@reporter.test Thu Jan  1 00:00:00 2026\n")
	picture := make([]byte, 1<<20)
	if _, err := rand.Read(picture); err != nil {
		t.Fatal(err)
	}
	packed, err := tlsrpt.Gzip(next())
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{
		"one.json.gz": packed, "one.zip": zipped(t, next()), "one.eml": letter(),
		"two.mbox": slices.Concat(postmark, letter(), []byte("\n\n"), postmark, letter()), "holiday.png": picture,
	}
	for i := range 30 {
		files[fmt.Sprintf("day-%02d.json", i)] = next()
	}
	return files
}

func zipped(t *testing.T, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create("report.json")
	if err == nil {
		_, err = w.Write(data)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestE2EUploadOfManyFiles sends 35 files over a slow line: the bar tells how
// far it is, and each message has a row with what became of it.
func TestE2EUploadOfManyFiles(t *testing.T) {
	t.Parallel()
	n := newWorld(t, "example.test").startNode(t)
	c := startChromium(t, n.address())
	c.signUp("ada@example.test")
	c.addDomain("example.test")
	c.open("/domains/example.test/reports")
	c.do(call(network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{
		MatchedNetworkConditions: []*network.Conditions{{DownloadThroughput: -1, UploadThroughput: 400 << 10}},
	}))
	c.eval(`window.said = []; new MutationObserver(() => said.push(document.querySelector("[data-upload-text]").textContent))
		.observe(document.querySelector("[data-upload-progress]"), {subtree: true, childList: true, attributes: true})`)
	c.uploadHere(manyFiles(t))

	said := `[...new Set(said)].filter(s => /^[1-9][0-9]? % of 1\.\d MiB sent$/.test(s))`
	if !c.holds(said + `.length >= 3`) {
		t.Errorf("the bar said %s", c.text(`said.join("; ")`))
	}
	if !c.holds(said + `.map(s => parseInt(s)).every((p, i, all) => i === 0 || p >= all[i-1])`) {
		t.Errorf("the bar went back: %s", c.text(said+`.join("; ")`))
	}
	rows := `[...document.querySelectorAll("[data-testid=upload-result]")]`
	for verdict, want := range map[string]int{"pass": 35, "fail": 1} {
		if got := c.text(rows + `.filter(r => r.dataset.verdict === "` + verdict + `").length + ""`); got != fmt.Sprint(want) {
			t.Errorf("%s rows are judged %q, not %d: %s", got, verdict, want, c.text(rows+`.map(r => r.innerText).join("; ")`))
		}
	}
	if !c.holds(`document.activeElement.id === "uploads"`) {
		t.Error("the results do not have the focus")
	}
	c.clean()
}
