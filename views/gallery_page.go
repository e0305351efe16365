package views

import (
	"math"
	"time"

	"github.com/sealpost/sealpost/views/chart"
)

// GalleryPage is "/dev/gallery": the parts of pages in all their states, for
// people who work on the look. It needs nothing but a Frame.
type GalleryPage struct {
	Frame
}

var (
	galleryVerdicts = []Verdict{Pass, Warn, Fail, NotApplicable, Pending}
	galleryStates   = []DomainState{StatePending, StateActive, StateLapsed}
	galleryTrusts   = []Trust{Verified, Posted, Uploaded, Accepted, Unverified, SelfTest}
	galleryTypes    = []string{
		"certificate-expired", "certificate-host-mismatch", "certificate-not-trusted",
		"starttls-not-supported", "validation-failure", "sts-policy-fetch-error", "tlsa-invalid",
	}
	galleryColours = []string{"ink", "quiet", "page", "card", "inset", "line", "accent", "good", "bad", "warn", "pending", "unknown"}
)

// galleryDays is a made-up month: a weekly rhythm, one bad day, one without reports.
func (p GalleryPage) galleryDays(n int) []chart.Day {
	days := make([]chart.Day, n)
	last := p.Now.UTC().Truncate(24 * time.Hour)
	for i := range days {
		wave := 1 + math.Sin(float64(i)/7*2*math.Pi)/3
		days[i] = chart.Day{
			Date: last.AddDate(0, 0, i-n+1), Known: i != n/3,
			Successful: int64(9000 * wave), Failed: int64(i % 4 * 7), ByType: []int64{int64(i % 4 * 5)},
		}
	}
	return days
}

func (p GalleryPage) trend() chart.Trend {
	return chart.Trend{
		ID: "gallery", Title: "A made-up month", Days: p.galleryDays(30), Types: galleryTypes[:1],
		Events: []chart.Event{{Day: p.Now.AddDate(0, 0, -9), Label: "MX changed"}},
	}
}

func (p GalleryPage) breakdown() Breakdown {
	b := Breakdown{ID: "gallery", Title: "By result type", Column: "Result type", FailuresOnly: true, Note: "Every type keeps its colour everywhere."}
	for i, t := range galleryTypes {
		b.Rows = append(b.Rows, BreakdownRow{Label: t, Mono: true, ResultType: t, Sessions: Sessions{Failed: int64(400 / (i + 1))}})
	}
	return b
}

func (p GalleryPage) rows() []DomainRow {
	return []DomainRow{
		{Name: "example.com", State: StateActive, Verdict: Pass, Sessions: Sessions{Successful: 119950, Failed: 481}, Spark: &chart.Spark{Days: p.galleryDays(14), Label: "14 days"}, LastReport: p.Now, LastReporter: "Google"},
		{Name: "example.org", State: StatePending, Verdict: Fail, Finding: "Delete the TXT record at _smtp._tls.example.org: a CNAME must stand alone."},
	}
}
