package handlers

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/internal/ledger"
	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views"
)

// filesOf are the addresses of a table of the page as files, with the same
// range and filters.
func filesOf(of string, q domainQuery, table string) views.Files {
	q.sort, q.more = "", ""
	path, query, _ := strings.Cut(q.url(), "?")
	path += "/export/" + table
	return views.Files{Of: of, CSV: path + ".csv?" + query, JSON: path + ".json?" + query}
}

// exportDomain answers with a table of a domain as CSV or JSON, row by row as
// the rows come, so that a million of them need no more memory than one.
func (s *site) exportDomain(c echo.Context) error {
	d, err := s.domain(c)
	if err != nil {
		return err
	}
	return s.exportTable(c, d, s.tables())
}

// tableWriter writes a table of a domain.
type tableWriter func(context.Context, models.Domain, domainQuery, *rowWriter) error

func (s *site) exportTable(c echo.Context, d models.Domain, tables map[string]tableWriter) error {
	name, kind, _ := strings.Cut(c.Param("file"), ".")
	write, known := tables[name]
	if !known || kind != "csv" && kind != "json" {
		return models.ErrNotFound
	}
	q := domainQueryOf("/domains/"+d.Name, c.QueryParams(), s.Now())
	file := d.Name + "-" + name + "-" + q.r.From.Format(time.DateOnly) + "-" + q.r.To.Format(time.DateOnly) + "." + kind
	return s.exportRows(c, file, kind, func(out *rowWriter) error { return write(c.Request().Context(), d, q, out) })
}

// exportRows answers with the rows that write gives as a file, CSV or JSON. The
// name of the file is made of our own words and names only.
func (s *site) exportRows(c echo.Context, file, kind string, write func(*rowWriter) error) error {
	h := c.Response().Header()
	h.Set("Content-Disposition", `attachment; filename="`+file+`"`)
	h.Set("Content-Type", map[string]string{"csv": "text/csv; charset=utf-8", "json": "application/json"}[kind])
	c.Response().WriteHeader(http.StatusOK)
	if c.Request().Method == http.MethodHead {
		return nil
	}
	out := newRowWriter(c.Response(), kind)
	err := write(out)
	if err == nil {
		err = out.close()
	}
	if err != nil {
		s.Log.Warn("an export was cut off", "id", requestID(c), "error", err)
		panic(http.ErrAbortHandler) // a broken connection, not a file that only looks whole
	}
	return nil
}

// tables are what can be exported of a domain.
func (s *site) tables() map[string]tableWriter {
	tables := s.sharedTables()
	tables["attendance"] = s.exportAttendance
	tables["failures"] = s.exportFailures
	tables["addresses"] = s.exportAddresses
	tables["reports"] = s.exportDomainReports
	tables["details"] = s.exportDetails
	return tables
}

// sharedTables are those that the holder of a read-only link sees, too.
func (s *site) sharedTables() map[string]tableWriter {
	shares := func(columns []string, pick func(ledger.Sum) []ledger.Share) tableWriter {
		return func(ctx context.Context, d models.Domain, q domainQuery, out *rowWriter) error {
			sum, err := s.sumOfQuery(ctx, d, q)
			if err != nil {
				return err
			}
			return writeShares(out, columns, pick(sum))
		}
	}
	return map[string]tableWriter{
		"trend":    s.exportTrend,
		"result":   shares([]string{"result_type", "failed"}, func(s ledger.Sum) []ledger.Share { return s.Results }),
		"reporter": shares([]string{"reporter", "successful", "failed"}, func(s ledger.Sum) []ledger.Share { return s.Reporters }),
		"mx":       shares([]string{"receiving_mx", "failed"}, func(s ledger.Sum) []ledger.Share { return s.MXs }),
		"network":  shares([]string{"sending_network", "failed"}, func(s ledger.Sum) []ledger.Share { return s.Networks }),
		"policy":   shares([]string{"policy_type", "mode", "successful", "failed"}, func(s ledger.Sum) []ledger.Share { return s.Policies }),
		"grid":     s.exportGrid,
	}
}

func (s *site) sumOfQuery(ctx context.Context, d models.Domain, q domainQuery) (ledger.Sum, error) {
	l, err := s.Store.Ledger(ctx, d, q.span())
	if err != nil {
		return ledger.Sum{}, err
	}
	return l.Sum(int32(q.span().From), int32(q.span().To), q.filter), nil
}

func writeShares(out *rowWriter, columns []string, shares []ledger.Share) error {
	out.head(columns...)
	for _, s := range shares {
		row := []any{s.Name}
		if len(columns) == 4 {
			row = append(row, s.Mode)
		}
		if len(columns) > 2 {
			row = append(row, s.Successful)
		}
		if err := out.row(append(row, s.Failed)...); err != nil {
			return err
		}
	}
	return nil
}

// exportTrend writes a row for each day; what is not known stays empty.
func (s *site) exportTrend(ctx context.Context, d models.Domain, q domainQuery, out *rowWriter) error {
	sum, err := s.sumOfQuery(ctx, d, q)
	if err != nil {
		return err
	}
	out.head("day", "successful", "failed")
	for i, day := range sum.Days {
		row := []any{(models.Day(sum.From) + models.Day(i)).String(), nil, nil}
		if day.Known {
			row[2] = day.Failed
			if !q.filter.FailuresOnly() {
				row[1] = day.Successful
			}
		}
		if err := out.row(row...); err != nil {
			return err
		}
	}
	return nil
}

func (s *site) exportGrid(ctx context.Context, d models.Domain, q domainQuery, out *rowWriter) error {
	span := q.span()
	l, err := s.Store.Ledger(ctx, d, models.Span{From: span.From - habitDays, To: span.To})
	if err != nil {
		return err
	}
	out.head("reporter", "day", "state")
	for _, a := range l.Attendance(int32(span.From), int32(span.To), s.Now().Unix()/3600) {
		for i, state := range a.States {
			if state == ledger.NotExpected || state == ledger.Due {
				continue
			}
			if err := out.row(a.Reporter, (span.From + models.Day(i)).String(), gridState(state).Word()); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *site) exportDomainReports(ctx context.Context, d models.Domain, q domainQuery, out *rowWriter) error {
	out.head("day", "reporter", "organization", "report_id", "start", "end", "successful", "failed", "trust", "standing", "received")
	return s.Store.EachReport(ctx, d, q.span(), func(r models.ReportLine) error {
		return out.row(reportCells(r)...)
	})
}

func reportCells(r models.ReportLine) []any {
	return []any{r.Day.String(), r.Reporter, r.Organization, r.ReportID, machineTime(r.StartAt), machineTime(r.EndAt),
		r.Successful, r.Failed, string(r.Trust), string(r.Standing), machineTime(r.ReceivedAt)}
}

// exportAddresses writes the senders of the network that is filtered by.
func (s *site) exportAddresses(ctx context.Context, d models.Domain, q domainQuery, out *rowWriter) error {
	list, err := s.addresses(ctx, d, q)
	if err != nil {
		return err
	}
	out.head("sending_network", "sending_mta_ip", "reverse_name", "failed")
	if list == nil {
		return nil
	}
	for _, r := range list.Rows {
		if err := out.row(list.Network, r.Address, r.Name, r.Failed); err != nil {
			return err
		}
	}
	return nil
}

func (s *site) exportDetails(ctx context.Context, d models.Domain, q domainQuery, out *rowWriter) error {
	out.head("day", "reporter", "report_id", "result_type", "sending_mta_ip", "sending_network", "receiving_mx_hostname",
		"receiving_mx_helo", "receiving_ip", "sessions", "reason_code", "additional_information")
	return s.Store.EachDetail(ctx, d, q.span(), func(r models.DetailRow) error {
		return out.row(r.Day.String(), r.Reporter, r.ReportID, r.ResultType, r.SendingMTAIP, r.SendingNetwork, r.ReceivingMXHostname,
			r.ReceivingMXHELO, r.ReceivingIP, r.Sessions, r.ReasonCode, r.AdditionalInformation)
	})
}

func machineTime(t time.Time) string { return t.UTC().Format(time.RFC3339) }
