package handlers

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views"
)

// showDelivery is the life of one delivery.
func (s *site) showDelivery(c echo.Context) error {
	id, err := idInPath(c)
	if err != nil {
		return err
	}
	ctx, accountID := c.Request().Context(), member(c).AccountID
	d, err := s.Store.Delivery(ctx, accountID, id)
	if err != nil {
		return err
	}
	events, err := s.Store.DeliveryEvents(ctx, accountID, id)
	if err != nil {
		return err
	}
	reports, err := s.Store.ReportsOfDelivery(ctx, accountID, id)
	if err != nil {
		return err
	}
	list := deliveryPage{rows: []models.Delivery{d}}
	if err := s.addNames(ctx, accountID, &list); err != nil {
		return err
	}
	page := views.DeliveryPage{
		Frame: s.frame(c, "Delivery"), Row: list.row(d, member(c).May(models.ToJudge)), Reporter: d.Reporter,
		RemoteAddr: d.RemoteAddr, EnvelopeFrom: d.EnvelopeFrom, FileName: d.FileName,
		DKIM: d.DKIM, DKIMDomain: d.DKIMDomain, DKIMSelector: d.DKIMSelector, Proof: d.DKIMReason,
		Steps: deliverySteps(d, events, reports),
	}
	if page.Reports, err = s.reportRows(ctx, accountID, reports, list.names); err != nil {
		return err
	}
	return render(c, http.StatusOK, views.Delivery(page))
}

// deliverySteps tells a delivery's life from its arrival to where it is now.
func deliverySteps(d models.Delivery, events []models.DeliveryEvent, reports []models.Report) []views.DeliveryStep {
	steps := []views.DeliveryStep{
		{At: d.ReceivedAt, Verdict: views.Pass, Word: "received", Text: fmt.Sprintf("By %s, %d bytes.", viaWord(d.Via), d.Size)},
		{At: d.ReceivedAt, Verdict: views.Pass, Word: "stored", Text: "It was on disk before its sender was told so."},
	}
	for _, e := range events {
		steps = append(steps, eventStep(e))
	}
	if d.JudgedAt == nil || d.State == models.DeliveryPending {
		text := "It is read within seconds."
		if d.Detail != "" {
			text = d.Detail
		}
		return append(steps, views.DeliveryStep{Verdict: views.Pending, Word: "waiting", Text: text})
	}
	return append(steps, judgedSteps(d, reports)...)
}

func judgedSteps(d models.Delivery, reports []models.Report) []views.DeliveryStep {
	at := *d.JudgedAt
	if d.State == models.DeliveryQuarantined && d.DKIM == "" && d.Reason != "foreign-domain" {
		return []views.DeliveryStep{{At: at, Verdict: views.Fail, Word: "quarantined", Text: d.Detail}}
	}
	steps := []views.DeliveryStep{authenticatedStep(d), readStep(d)}
	if d.State == models.DeliveryQuarantined {
		return append(steps, views.DeliveryStep{At: at, Verdict: views.Fail, Word: "attributed", Text: d.Detail})
	}
	attributed := "Every report in it is there already."
	if n := len(reports); n > 0 {
		attributed = fmt.Sprintf("%d %s for your domains.", n, plural(int64(n), "report", "reports"))
	}
	return append(steps, views.DeliveryStep{At: at, Verdict: views.Pass, Word: "attributed", Text: attributed}, countedStep(d, reports))
}

// readStep says what was found, and what of it was left out.
func readStep(d models.Delivery) views.DeliveryStep {
	step := views.DeliveryStep{At: *d.JudgedAt, Verdict: views.Pass, Word: "read", Text: "It holds a TLS report."}
	if d.Detail != "" && d.State != models.DeliverySelfTest && d.State != models.DeliveryQuarantined {
		step.Verdict, step.Text = views.Warn, step.Text+" "+d.Detail
	}
	return step
}

func authenticatedStep(d models.Delivery) views.DeliveryStep {
	step := views.DeliveryStep{At: *d.JudgedAt, Verdict: views.Pass, Word: "authenticated", Text: d.DKIMReason}
	switch {
	case d.Via == models.ViaPost:
		step.Text = "By the secret in the URL that it was posted to."
	case d.DKIM == "pass":
		step.Text = "By the DKIM signature of " + d.DKIMDomain + ", aligned with From."
	case d.AcceptedAt != nil:
		step.Verdict = views.Warn
		step.Text = strings.TrimSpace(step.Text + " " + d.AcceptedBy + " vouches for it.")
	default:
		step.Verdict = views.Warn
	}
	return step
}

func countedStep(d models.Delivery, reports []models.Report) views.DeliveryStep {
	step := views.DeliveryStep{At: *d.JudgedAt, Verdict: views.Pass, Word: "counted", Text: "The charts have followed."}
	switch {
	case d.State == models.DeliveryDuplicate:
		step.Verdict, step.Word, step.Text = views.Warn, "duplicate", "The same report came before; it counts once."
	case d.State == models.DeliveryUnverified:
		step.Verdict, step.Word, step.Text = views.Warn, "not counted", "Nothing proves who sent it. A member may have it counted."
	case d.State == models.DeliverySelfTest:
		step.Word, step.Text = "self-test", "Our own test; it is never counted."
	case len(reports) > 0 && reports[0].Standing != models.Counted:
		step.Verdict, step.Word, step.Text = views.Warn, "not counted", whyNotCounted(reports[0])
	}
	return step
}

func eventStep(e models.DeliveryEvent) views.DeliveryStep {
	step := views.DeliveryStep{At: e.LastAt, Verdict: views.Pending, Word: string(e.Kind), Text: e.Detail}
	switch e.Kind {
	case models.DeliveryReplayed:
		step.Text = e.Actor + " had it read again."
	case models.DeliveryAccepted:
		step.Text = e.Actor + " had it counted."
	case models.DeliveryWithdrawn:
		step.Text = e.Actor + " took that back."
	case models.DeliveryMXKnown:
		step.Word, step.Text = "read again", "The mail servers of the domain became known."
	}
	if e.Times > 1 {
		step.Text += fmt.Sprintf(" %d times since %s.", e.Times, e.At.UTC().Format("2 Jan 15:04 UTC"))
	}
	return step
}
