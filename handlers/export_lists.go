package handlers

import (
	"maps"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views"
)

// filesAt are the addresses of a table of a list: path is that of the list,
// query what the list is narrowed to.
func filesAt(of, path, table string, query url.Values) views.Files {
	query = maps.Clone(query)
	query.Del("page")
	at := func(kind string) string {
		u := url.URL{Path: path + "/export/" + table + "." + kind, RawQuery: query.Encode()}
		return u.String()
	}
	return views.Files{Of: of, CSV: at("csv"), JSON: at("json")}
}

// fileAsked is the table and the kind of file that a path names; ErrNotFound
// where the list has no such table.
func fileAsked(c echo.Context, tables ...string) (table, kind string, err error) {
	table, kind, _ = strings.Cut(c.Param("file"), ".")
	if oneOf(table, tables...) == "" || oneOf(kind, "csv", "json") == "" {
		return "", "", models.ErrNotFound
	}
	return table, kind, nil
}

// dated is the name of a file of what is known today.
func (s *site) dated(name, kind string) string {
	return name + "-" + models.DayOf(s.Now()).String() + "." + kind
}

// exportOverview gives the sessions of all domains by day.
func (s *site) exportOverview(c echo.Context) error {
	_, kind, err := fileAsked(c, "trend")
	if err != nil {
		return err
	}
	ctx, err := s.throughTag(c, &views.TagFilter{})
	if err != nil {
		return err
	}
	r := s.overviewRange(c)
	return s.exportRows(c, s.dated("all-domains", kind), kind, func(out *rowWriter) error {
		days, err := s.Store.AccountTrend(ctx, member(c).AccountID, spanOf(r))
		if err != nil {
			return err
		}
		known := map[models.Day]models.DaySum{}
		for _, d := range days {
			known[d.Day] = d
		}
		out.head("day", "successful", "failed")
		for day := spanOf(r).From; day <= spanOf(r).To; day++ {
			row := []any{day.String(), nil, nil}
			if sum, ok := known[day]; ok {
				row[1], row[2] = sum.Successful, sum.Failed
			}
			if err := out.row(row...); err != nil {
				return err
			}
		}
		return nil
	})
}

// exportedAtOnce is how many rows of a list are read at a time.
const exportedAtOnce = 200

// exportDomains gives the list of domains, or the days of their small charts.
func (s *site) exportDomains(c echo.Context) error {
	table, kind, err := fileAsked(c, "domains", "days")
	if err != nil {
		return err
	}
	return s.exportRows(c, s.dated(table, kind), kind, func(out *rowWriter) error {
		write := writeDomain
		if table == "days" {
			write = writeDomainDays
			out.head("domain", "day", "successful", "failed")
		} else {
			out.head("domain", "state", "verdict", "finding", "successful", "failed", "last_report", "last_reporter", "tags")
		}
		return s.eachDomainRow(c, func(r views.DomainRow) error { return write(out, r) })
	})
}

// eachDomainRow visits all rows of the list that the request is narrowed to.
func (s *site) eachDomainRow(c echo.Context, visit func(views.DomainRow) error) error {
	accountID := member(c).AccountID
	ctx, err := s.throughTag(c, &views.TagFilter{})
	if err != nil {
		return err
	}
	_, filter, order := domainListOf(c)
	filter.Limit = exportedAtOnce
	for {
		domains, _, err := s.Store.ListDomains(ctx, accountID, filter, order)
		if err != nil || len(domains) == 0 {
			return err
		}
		rows, err := s.domainRows(ctx, accountID, domains, s.listSpan())
		if err != nil {
			return err
		}
		for _, r := range rows {
			if err := visit(r); err != nil {
				return err
			}
		}
		filter.Offset += len(domains)
	}
}

func writeDomain(out *rowWriter, r views.DomainRow) error {
	row := []any{r.Name, string(r.State), string(r.Verdict), r.Finding, r.Sessions.Successful, r.Sessions.Failed, nil, r.LastReporter, strings.Join(r.Tags, ", ")}
	if !r.LastReport.IsZero() {
		row[6] = machineTime(r.LastReport)
	}
	return out.row(row...)
}

func writeDomainDays(out *rowWriter, r views.DomainRow) error {
	if r.Spark == nil {
		return nil
	}
	for _, d := range r.Spark.Days {
		row := []any{r.Name, d.Date.Format(time.DateOnly), nil, nil}
		if d.Known {
			row[2], row[3] = d.Successful, d.Failed
		}
		if err := out.row(row...); err != nil {
			return err
		}
	}
	return nil
}

// exportReports gives the list of reports as it is filtered.
func (s *site) exportReports(c echo.Context) error {
	_, kind, err := fileAsked(c, "reports")
	if err != nil {
		return err
	}
	ctx, accountID := c.Request().Context(), member(c).AccountID
	q := reportQueryOf(c.QueryParams())
	if name := c.QueryParam("domain"); name != "" {
		d, err := s.Store.Domain(ctx, accountID, name)
		if err != nil {
			return err
		}
		q.DomainID = d.ID
	}
	return s.exportRows(c, s.dated("reports", kind), kind, func(out *rowWriter) error {
		out.head("domain", "day", "reporter", "organization", "report_id", "start", "end", "successful", "failed", "trust", "standing", "received")
		return s.Store.EachListedReport(ctx, accountID, q, func(r models.ListedReport) error {
			return out.row(append([]any{r.Name}, reportCells(r.ReportLine)...)...)
		})
	})
}

// exportDeliveries gives the list of deliveries in a state, or all.
func (s *site) exportDeliveries(c echo.Context) error {
	_, kind, err := fileAsked(c, "deliveries")
	if err != nil {
		return err
	}
	return s.exportRows(c, s.dated("deliveries", kind), kind, func(out *rowWriter) error {
		out.head("received", "state", "reason", "detail", "domain", "via", "from", "reporter", "size")
		return s.Store.EachDelivery(c.Request().Context(), member(c).AccountID, deliveryState(c), func(d models.ListedDelivery) error {
			return out.row(machineTime(d.ReceivedAt), string(d.State), d.Reason, d.Detail, d.Name, viaWord(d.Via), sender(d.Delivery), d.Reporter, d.Size)
		})
	})
}

// exportReporters gives the list of reporters.
func (s *site) exportReporters(c echo.Context) error {
	_, kind, err := fileAsked(c, "reporters")
	if err != nil {
		return err
	}
	return s.exportRows(c, s.dated("reporters", kind), kind, func(out *rowWriter) error {
		out.head("reporter", "name", "first_seen", "blocked_by", "successful", "failed")
		for n := 0; ; n += exportedAtOnce {
			rows, _, err := s.Store.Reporters(c.Request().Context(), member(c).AccountID, s.reporterSpan(), exportedAtOnce, n)
			if err != nil || len(rows) == 0 {
				return err
			}
			for _, r := range rows {
				if err := out.row(r.Identity, friendlyName(r.Identity), machineTime(r.FirstSeen), r.BlockedBy, r.Successful, r.Failed); err != nil {
					return err
				}
			}
		}
	})
}

// exportReport gives the failure details of one report.
func (s *site) exportReport(c echo.Context) error {
	_, kind, err := fileAsked(c, "details")
	if err != nil {
		return err
	}
	id, err := idInPath(c)
	if err != nil {
		return err
	}
	full, err := s.Store.Report(c.Request().Context(), member(c).AccountID, id)
	if err != nil {
		return err
	}
	return s.exportRows(c, "report-"+full.Day.String()+"-"+id+"."+kind, kind, func(out *rowWriter) error {
		out.head("policy_type", "policy_domain", "result_type", "sending_mta_ip", "receiving_mx_hostname", "receiving_mx_helo",
			"receiving_ip", "sessions", "reason_code", "additional_information")
		for _, p := range full.Policies {
			for _, f := range full.Failures {
				if f.PolicySeq != p.Seq {
					continue
				}
				if err := out.row(p.PolicyType, p.PolicyDomain, f.ResultType, f.SendingMTAIP, f.ReceivingMXHostname, f.ReceivingMXHELO,
					f.ReceivingIP, f.Sessions, f.ReasonCode, f.AdditionalInformation); err != nil {
					return err
				}
			}
		}
		return nil
	})
}
