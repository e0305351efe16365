package views

import (
	"time"

	"github.com/sealpost/sealpost/views/chart"
)

// chips are those of a page with a filter of each length.
func (p GalleryPage) chips() []Chip {
	return []Chip{
		{Field: "reporter", Word: "reporter", Value: "Google", Remove: "/dev/gallery"},
		{Field: "mx", Word: "MX", Value: "a-mail-exchanger-with-a-name-that-hardly-fits-a-telephone.customers.of-a-large-provider.example", Remove: "/dev/gallery"},
		{Field: "result", Word: "result type", Value: "certificate-expired", Remove: "/dev/gallery"},
	}
}

func (p GalleryPage) needs() []Need {
	return []Need{
		{Verdict: Fail, Title: "example.org is no longer delegated to us", Detail: "Publish the CNAME at _smtp._tls.example.org again.", URL: "/dev/gallery"},
		{Verdict: Warn, Title: "certificate-expired at mx2.example.com", Detail: "412 sessions since 12 Nov, says Google and Microsoft.", URL: "/dev/gallery"},
	}
}

func (p GalleryPage) changes() []Change {
	return []Change{
		{At: p.Now, Domain: "example.net", Text: "new reporter comcast.net", URL: "/dev/gallery"},
		{At: p.Now.AddDate(0, 0, -1), Text: "never-seen.example was removed: its record was never seen"},
	}
}

func (p GalleryPage) findings() []Finding {
	return []Finding{
		{ID: "D13", Verdict: Fail, Text: "Delete the TXT record at _smtp._tls.example.com: a CNAME must stand alone.", Drops: []string{"Google"}},
		{ID: "N5", Verdict: Pending, Text: "One of two name servers has the new zone."},
		{ID: "N1", Verdict: Pass, Text: "Every name server shows the CNAME."},
	}
}

func (p GalleryPage) servers() []ServerRow {
	return []ServerRow{
		{Server: "ns1.example.com", Address: "192.0.2.1", Kind: KindAuthoritative, Verdict: Pass, Answer: "CNAME right", TTL: time.Hour},
		{Server: "ns2.example.com", Address: "192.0.2.2", Kind: KindAuthoritative, Verdict: Pending, Answer: "old zone, serial 17", TTL: -1},
		{Server: "1.1.1.1", Kind: KindResolver, Verdict: Fail, Answer: "no record", TTL: 10 * time.Minute, ForgetsAt: p.Now.Add(10 * time.Minute)},
	}
}

func (p GalleryPage) uploads() []UploadResult {
	return []UploadResult{
		{File: "google.json.gz", State: "counted", Found: "Google, 20 Nov 2026, example.com", URL: "/dev/gallery"},
		{File: "again.json", State: "duplicate", Found: "Google, 20 Nov 2026, example.com"},
		{File: "holiday.jpg", State: "quarantined", Reason: "not-a-report", Detail: "It begins like a picture."},
		{File: "large.zip", State: "refused", Detail: "It is larger than 25 MiB."},
	}
}

// lateDays end with a day that is still filling; the week before has no report.
func (p GalleryPage) lateDays() []chart.Day {
	days := p.galleryDays(21)
	for i := range days {
		days[i].Known = i < 7 || i >= 14
		days[i].Filling = i == len(days)-1
	}
	return days
}

// charts are the trends that look unlike the usual one.
func (p GalleryPage) charts() []chart.Trend {
	failures := p.galleryDays(30)
	for i := range failures {
		failures[i].Successful = 0
	}
	return []chart.Trend{
		{ID: "gallery-one", Title: "A single day", Days: p.galleryDays(30)[29:], Types: galleryTypes[:1]},
		{ID: "gallery-late", Title: "A week without data, and a day that is still filling", Days: p.lateDays(), Types: galleryTypes[:1], Previous: p.galleryDays(21)},
		{ID: "gallery-failures", Title: "Failures only", Days: failures, Types: galleryTypes[:1], FailuresOnly: true},
		{ID: "gallery-year", Title: "A year", Days: p.galleryDays(365), Types: galleryTypes[:1]},
	}
}

// grid has every state of a day.
func (p GalleryPage) grid() chart.Grid {
	states := []chart.State{chart.Received, chart.Late, chart.Missing, chart.Failing, chart.NotExpected}
	g := chart.Grid{ID: "gallery-grid", From: p.Now.UTC().Truncate(24*time.Hour).AddDate(0, 0, -29), Days: 30}
	for i, name := range []string{"Google", "a-reporter-with-a-long-name.example"} {
		row := chart.GridRow{Name: name, States: make([]chart.State, g.Days)}
		for day := range row.States {
			row.States[day] = states[(day/2+i)%len(states)]
		}
		g.Rows = append(g.Rows, row)
	}
	return g
}

// waiting are the domains of which nothing is known yet.
func (p GalleryPage) waiting() []DomainPage {
	page := DomainPage{Frame: p.Frame, Domain: DomainHead{Name: "example.com"}}
	never, live, between := page, page, page
	never.Waiting = &Waiting{}
	live.Waiting = &Waiting{LiveSince: p.Now.Add(-20 * time.Hour)}
	between.Range = Range{From: p.Now.AddDate(0, 0, -29), To: p.Now}
	between.Nav.Action = "/dev/gallery"
	return []DomainPage{never, live, between}
}
