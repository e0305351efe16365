package tlsrpt

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// hangGuard is ten times what the slowest hostile input may take.
const hangGuard = 20 * time.Second

// hostile is an input that wants to cost more than it may. want is the reason
// for which it is refused; empty, it is read.
type hostile struct {
	name string
	in   []byte
	want string
}

// readGuarded is Read that must come back in time.
func readGuarded(t *testing.T, b []byte, lim Limits) (Found, error) {
	t.Helper()
	type result struct {
		found Found
		err   error
	}
	done := make(chan result, 1)
	go func() {
		found, err := Read(b, lim)
		done <- result{found, err}
	}()
	select {
	case r := <-done:
		return r.found, r.err
	case <-time.After(hangGuard):
		t.Fatal("it hangs")
		return Found{}, nil
	}
}

// TestHostile reads every file of testdata/hostile. Its name begins with the
// reason for which it is refused, or with ok.
func TestHostile(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/hostile/*--*")
	if err != nil || len(files) == 0 {
		t.Fatal("no files: ", err)
	}
	for _, file := range files {
		want, name, _ := strings.Cut(filepath.Base(file), "--")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			found, err := readGuarded(t, b, DefaultLimits())
			got := Reason(err)
			if got == "" {
				got = "ok"
			}
			if got != want {
				t.Errorf("%s (%v), want %s", got, err, want)
			}
			if (len(found.Reports) > 0) != (want == "ok") {
				t.Errorf("%d reports", len(found.Reports))
			}
			for _, r := range found.Reports {
				checkSafe(t, r)
			}
		})
	}
}

// checkSafe wants what databases and pages rely on in every report.
func checkSafe(t *testing.T, r *Report) {
	t.Helper()
	texts := []string{r.Organization, r.ReportID, r.Contact}
	for _, p := range r.Policies {
		texts = append(texts, string(p.Type), p.Domain, p.Mode)
		texts = append(append(texts, p.PolicyStrings...), p.MXHosts...)
		for _, c := range []Count{p.Successful, p.Failed} {
			if c.N < 0 || c.N > maxCount || c.N != 0 && !c.Stated {
				t.Errorf("count %+v", c)
			}
		}
		for _, f := range p.Failures {
			texts = append(texts, f.ResultType, f.SendingMTAIP, f.ReceivingMXHostname, f.ReceivingMXHELO,
				f.ReceivingIP, f.ReasonCode, f.AdditionalInformation)
			if f.Sessions < 0 || f.Sessions > maxCount {
				t.Errorf("sessions %d", f.Sessions)
			}
		}
	}
	for _, text := range texts {
		if strings.ContainsRune(text, 0) || strings.ToValidUTF8(text, "") != text {
			t.Errorf("unsafe text %q", text)
		}
	}
	if y := r.Start.Year(); y < minYear-1 || y > maxYear+1 {
		t.Errorf("start %v", r.Start)
	}
}
