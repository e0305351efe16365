package handlers

import (
	"math"
	"net/http"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views"
	"github.com/sealpost/sealpost/views/chart"
)

// showLanding says what Sealpost does, to those who are not logged in.
func (s *site) showLanding(c echo.Context) error {
	v, err := s.visitor(c)
	if err != nil {
		return err
	}
	if v != nil {
		return seeOther(c, "/overview")
	}
	page := views.LandingPage{Frame: s.publicFrame(c, "", "Hosted SMTP TLS Reporting (RFC 8460): publish one CNAME, and see whether mail to you travels encrypted and what to repair.", "/"), SignupOpen: s.Signup == SignupOpen, Chart: exampleTrend(models.DayOf(s.Now()))}
	return render(c, http.StatusOK, views.Landing(page))
}

// exampleDays is the length of the example on the landing page.
const exampleDays = 60

// exampleTrend is a made-up domain whose certificate expired for four days:
// weeks with quiet ends, a few failures always, and one thing to repair.
func exampleTrend(today models.Day) *chart.Trend {
	t := &chart.Trend{ID: "example", Types: []string{"certificate-expired", "starttls-not-supported"}}
	var sum views.Sessions
	for i := range exampleDays {
		day := today - models.Day(exampleDays-i) - fillingDays
		wave := 1 + 0.12*math.Sin(float64(i)*0.9) + 0.07*math.Sin(float64(i)*2.3)
		if weekday := day.Time().Weekday(); weekday == 0 || weekday == 6 {
			wave *= 0.45
		}
		d := chart.Day{Date: day.Time(), Known: true, Successful: int64(6200 * wave), ByType: []int64{0, int64(i % 5)}}
		if i >= 38 && i < 42 {
			d.ByType[0] = int64(310 * wave)
			d.Successful -= d.ByType[0]
		}
		d.Failed = d.ByType[0] + d.ByType[1]
		sum.Successful += d.Successful
		sum.Failed += d.Failed
		t.Days = append(t.Days, d)
	}
	t.Title = trendTitle(sum, false)
	t.Events = []chart.Event{{Day: t.Days[42].Date, Label: "certificate renewed"}}
	return t
}
