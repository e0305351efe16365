package handlers

import (
	"github.com/sealpost/sealpost/models"
)

// apiReporter is an organisation that sends reports to the account.
type apiReporter struct {
	Identity   string   `json:"identity" doc:"The domain that signs its reports, or else what they say of themselves."`
	Name       string   `json:"name" doc:"As people know it; the identity where there is no other."`
	FirstSeen  apiTime  `json:"first_seen_at"`
	New        bool     `json:"new" doc:"Its third day has not come yet."`
	Blocked    *apiTime `json:"blocked_at" doc:"null when its reports count."`
	BlockedBy  *string  `json:"blocked_by"`
	Settling   bool     `json:"settling" doc:"The counts do not all follow yet."`
	Days       int64    `json:"days" doc:"How many UTC days, to today, the numbers below are of."`
	Reports    int64    `json:"reports" doc:"That count."`
	Successful int64    `json:"successful"`
	Failed     int64    `json:"failed"`
}

func (s *site) apiReporter(r models.ReporterSum) apiReporter {
	return apiReporter{
		Identity: r.Identity, Name: reporterName(r.Identity), FirstSeen: timeOf(r.FirstSeen), New: r.New(s.Now()),
		Blocked: timeOrNull(r.BlockedAt), BlockedBy: orNull(r.BlockedBy), Settling: r.Unsettled,
		Days: reporterDays, Reports: r.Reports, Successful: r.Successful, Failed: r.Failed,
	}
}

type apiReporters struct {
	Reporters []apiReporter `json:"reporters"`
	Next      *string       `json:"next_cursor" doc:"null on the last page."`
}

func apiListReporters(s *site, c *apiCall) (reply, error) {
	after, limit, err := pageOf(c)
	if err != nil {
		return reply{}, err
	}
	rows, err := s.Store.ReportersAfter(c.Request().Context(), c.visitor().AccountID, s.reporterSpan(), after.Reporter, limit+1)
	rows, next := cut(c, rows, limit, func(r models.ReporterSum) cursor { return cursor{Reporter: r.Identity} })
	page := apiReporters{Reporters: []apiReporter{}, Next: orNull(next)}
	for _, r := range rows {
		page.Reporters = append(page.Reporters, s.apiReporter(r))
	}
	return reply{body: page, next: next}, err
}

// apiReporterName names a reporter in a body: an identity may be any text,
// which is no part of a path.
type apiReporterName struct {
	Identity string `json:"identity"`
}

func apiBlockReporter(s *site, c *apiCall) (reply, error)   { return s.apiSetBlocked(c, true) }
func apiUnblockReporter(s *site, c *apiCall) (reply, error) { return s.apiSetBlocked(c, false) }

func (s *site) apiSetBlocked(c *apiCall, block bool) (reply, error) {
	var n apiReporterName
	if err := readJSON(c.raw, &n); err != nil {
		return reply{}, err
	}
	ctx, v := c.Request().Context(), c.visitor()
	if err := s.block(ctx, v, n.Identity, block); err != nil {
		return reply{}, err
	}
	r, err := s.Store.Reporter(ctx, v.AccountID, n.Identity, s.reporterSpan())
	return reply{body: s.apiReporter(r)}, err
}
