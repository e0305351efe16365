package handlers

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/internal/ingest"
	"github.com/sealpost/sealpost/internal/tlsrpt"
	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views"
)

// maxRawShown is how much of the JSON stands in the page itself, in bytes.
const maxRawShown = 64 << 10

// showReport is one report in full.
func (s *site) showReport(c echo.Context) error {
	id, err := idInPath(c)
	if err != nil {
		return err
	}
	ctx, accountID := c.Request().Context(), member(c).AccountID
	full, err := s.Store.Report(ctx, accountID, id)
	if err != nil {
		return err
	}
	page := views.ReportPage{
		Frame: s.frame(c, "Report of "+reporterName(full.Reporter)), Reporter: full.Reporter, Friendly: friendlyName(full.Reporter),
		Claimed: full.Organization, Contact: full.Contact, ReportID: full.ReportID,
		Start: full.StartAt, End: full.EndAt, Received: full.ReceivedAt, Trust: views.Trust(full.Trust),
		Counted: full.Standing == models.Counted, Why: whyNotCounted(full.Report),
		Sessions: views.Sessions{Successful: full.Successful, Failed: full.Failed},
		Policies: policyResults(full), Foreign: full.ForeignPolicies, Warnings: warningSentences(full.Warnings),
		Files: filesAt("Failure details", "/reports/"+id, "details", url.Values{}),
	}
	known, err := s.Store.ReportersNamed(ctx, accountID, []string{full.Reporter})
	if err != nil {
		return err
	}
	if r := known[full.Reporter]; r.New(s.Now()) {
		page.NewSince = r.FirstSeen
	}
	if err := s.addOrigin(ctx, &page, full.Report); err != nil {
		return err
	}
	return render(c, http.StatusOK, views.Report(page))
}

// addOrigin puts in where a report is from and its bytes, as far as they are kept.
func (s *site) addOrigin(ctx context.Context, page *views.ReportPage, r models.Report) error {
	names, err := s.Store.DomainNames(ctx, r.AccountID, []string{r.DomainID})
	if err != nil {
		return err
	}
	page.Domain = names[r.DomainID]
	versions, err := s.Store.OtherVersions(ctx, r)
	if err != nil {
		return err
	}
	page.Revisions = int(versions)
	d, err := s.Store.Delivery(ctx, r.AccountID, r.DeliveryID)
	if err != nil && !errors.Is(err, models.ErrNotFound) {
		return err
	}
	page.Via, page.Proof = viaWord(d.Via), proofOf(r, d)
	raw, err := s.reportJSON(ctx, r)
	if errors.Is(err, models.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	page.Raw, page.RawCut = shownJSON(raw)
	page.RawURL, page.OriginalURL = "/reports/"+r.ID+"/raw", "/deliveries/"+r.DeliveryID+"/original"
	return nil
}

// reportJSON finds a report again in the bytes of its delivery, by its hash.
// models.ErrNotFound when they are past their retention.
func (s *site) reportJSON(ctx context.Context, r models.Report) ([]byte, error) {
	original, err := ingest.Original(ctx, s.Store, r.AccountID, r.DeliveryID)
	if err != nil {
		return nil, err
	}
	found, err := tlsrpt.Read(original, s.Limits.Report)
	if err != nil {
		return nil, models.ErrNotFound
	}
	for _, candidate := range found.Reports {
		if hash := candidate.Hash(); bytes.Equal(hash[:], r.ContentHash) {
			return candidate.JSON, nil
		}
	}
	return nil, models.ErrNotFound
}

// shownJSON is the JSON indented, cut where it gets too long for a page.
func shownJSON(raw []byte) (text string, cut bool) {
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, raw, "", "  "); err != nil {
		pretty.Reset()
		pretty.Write(raw)
	}
	shown := pretty.Bytes()
	if cut = len(shown) > maxRawShown; cut {
		end := maxRawShown
		for end > 0 && !utf8.RuneStart(shown[end]) {
			end--
		}
		shown = shown[:end]
	}
	return strings.ToValidUTF8(string(shown), "\uFFFD"), cut
}

func policyResults(full models.FullReport) []views.PolicyResult {
	var results []views.PolicyResult
	for _, p := range full.Policies {
		result := views.PolicyResult{
			Type: p.PolicyType, Domain: p.PolicyDomain, Mode: p.Mode, Strings: p.PolicyStrings, MXHosts: p.MXHosts,
			Sessions: views.Sessions{Successful: p.Successful, Failed: p.Failed},
			Stated:   p.SuccessfulStated || p.FailedStated, Counted: p.Counted,
		}
		if !p.Counted {
			result.Why = "This policy is about another domain of yours, which gets reports of its own."
		}
		for _, f := range full.Failures {
			if f.PolicySeq == p.Seq {
				result.Failures = append(result.Failures, failureDetail(f))
			}
		}
		results = append(results, result)
	}
	return results
}

func failureDetail(f models.FailureDetail) views.FailureDetail {
	return views.FailureDetail{
		ResultType: f.ResultType, SendingMTAIP: f.SendingMTAIP, ReceivingMXHostname: f.ReceivingMXHostname,
		ReceivingMXHelo: f.ReceivingMXHELO, ReceivingIP: f.ReceivingIP, Sessions: f.Sessions,
		ReasonCode: f.ReasonCode, AdditionalInformation: f.AdditionalInformation,
	}
}

// warningSentences drops the codes that stand before the sentences.
func warningSentences(warnings []string) []string {
	var sentences []string
	for _, w := range warnings {
		if _, sentence, ok := strings.Cut(w, ": "); ok {
			w = sentence
		}
		sentences = append(sentences, w)
	}
	return sentences
}

func viaWord(v models.Via) string {
	if v == models.ViaPost {
		return "POST"
	}
	return string(v)
}

// proofOf says in one sentence what is known about who sent a report.
func proofOf(r models.Report, d models.Delivery) string {
	switch {
	case r.Trust == models.Verified && d.DKIM == "weak":
		return d.DKIMReason
	case r.Trust == models.Verified && d.DKIMDomain != "":
		return "DKIM signature of " + d.DKIMDomain + ", aligned with From."
	case r.Trust == models.Verified:
		return "DKIM signature, aligned with From."
	case r.Trust == models.Posted:
		return "Posted to the private URL of the domain."
	case r.Trust == models.Accepted && d.AcceptedBy != "":
		return "By nothing but the word of " + d.AcceptedBy + "."
	case r.Trust == models.Uploaded:
		return "Uploaded by a member of the account."
	case d.DKIMReason != "":
		return d.DKIMReason
	default:
		return "It carries no valid DKIM signature."
	}
}
