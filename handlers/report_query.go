package handlers

import (
	"context"
	"net/url"
	"time"

	"github.com/sealpost/sealpost/internal/tlsrpt"
	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views"
)

// reportQueryOf reads what a list of reports is narrowed to. What cannot be
// used narrows nothing.
func reportQueryOf(q url.Values) models.ReportQuery {
	r := models.ReportQuery{
		Trust:  models.Trust(oneOf(q.Get("trust"), string(models.Verified), string(models.Posted), string(models.Uploaded), string(models.Accepted), string(models.Unverified))),
		Via:    models.Via(oneOf(q.Get("via"), string(models.ViaMail), string(models.ViaPost), string(models.ViaUpload), string(models.ViaImport), string(models.ViaMailbox))),
		Warned: q.Get("warnings") == "yes",
	}
	r.PolicyType = oneOf(q.Get("policy"), string(tlsrpt.PolicySTS), string(tlsrpt.PolicyTLSA), string(tlsrpt.NoPolicyFound))
	r.Reporter = searchText(q.Get("reporter"))
	if day, ok := parseDay(q.Get("from")); ok {
		r.From = day
	}
	if day, ok := parseDay(q.Get("to")); ok {
		r.To = day
	}
	return r
}

// offeredReporters is how many reporters can be chosen from a list.
const offeredReporters = 200

func (s *site) reportFilter(ctx context.Context, accountID string, q models.ReportQuery) (views.ReportFilter, error) {
	f := views.ReportFilter{Reporter: q.Reporter, Trust: string(q.Trust), Via: string(q.Via), Policy: q.PolicyType, Warned: q.Warned}
	if q.From != 0 {
		f.From = q.From.Time().Format(time.DateOnly)
	}
	if q.To != 0 {
		f.To = q.To.Time().Format(time.DateOnly)
	}
	identities, err := s.Store.ReporterIdentities(ctx, accountID, offeredReporters)
	for _, identity := range identities {
		f.Reporters = append(f.Reporters, views.Choice{Value: identity, Word: reporterName(identity)})
	}
	return f, err
}

func reportTotals(t models.ReportTotals) views.ReportTotals {
	return views.ReportTotals{
		Reports: t.Reports, Counted: t.Counted, More: t.More,
		Sessions: views.Sessions{Successful: t.Successful, Failed: t.Failed},
	}
}
