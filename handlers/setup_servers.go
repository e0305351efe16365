package handlers

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views"
)

// serverRows say what each server answered; our own server is not shown.
func serverRows(observations []models.Observation, target string, now time.Time) []views.ServerRow {
	var rows []views.ServerRow
	for _, o := range observations {
		if o.Kind != views.KindAuthoritative && o.Kind != views.KindResolver {
			continue
		}
		row := views.ServerRow{
			Server: o.Server, Kind: o.Kind, Verdict: views.Verdict(o.Verdict),
			Answer: answerText(o, target), TTL: -1,
		}
		if o.Addr != o.Server && !strings.HasPrefix(o.Server, o.Addr+":") {
			row.Address = o.Addr
		}
		if o.Kind == views.KindResolver && o.Error == "" && o.Rcode != "" {
			row.TTL = max(o.LastSeen.Add(seconds(o.TTL)).Sub(now), 0)
			if row.Verdict != views.Pass && row.TTL > 0 {
				row.ForgetsAt = now.Add(row.TTL)
			}
		} else if o.Error == "" && o.Rcode == "NOERROR" {
			row.TTL = seconds(o.TTL)
		}
		rows = append(rows, row)
	}
	return rows
}

func seconds(ttl uint32) time.Duration { return time.Duration(ttl) * time.Second }

// answerText says in a few words what a server answered.
func answerText(o models.Observation, target string) string {
	switch {
	case o.Error != "":
		return serverFault(o.Error)
	case target != "" && strings.EqualFold(o.CNAME, target):
		return "CNAME right"
	case o.CNAME != "":
		return "CNAME to " + o.CNAME
	case len(o.TXT) == 1:
		return "a TXT record, no CNAME"
	case len(o.TXT) > 1:
		return strconv.Itoa(len(o.TXT)) + " TXT records, no CNAME"
	case o.Rcode == "NXDOMAIN" || o.Rcode == "NOERROR":
		return "no record"
	case o.EDE != "":
		return "answers " + o.Rcode + ": " + o.EDE
	case o.Rcode != "":
		return "answers " + o.Rcode
	default:
		return "not asked yet"
	}
}

// serverFault puts the check's words for a failed question into a sentence.
func serverFault(word string) string {
	switch word {
	case "timeout":
		return "no answer in time"
	case "lame":
		return "does not know the zone"
	case "special":
		return "not asked: its address is not a public one"
	case "no route":
		return "not asked: no way to its address from here"
	case "spared":
		return "not asked yet: it would remember that nothing is there"
	case "not asked":
		return "not asked this time"
	case "unreachable":
		return "cannot be reached"
	case "malformed":
		return "sends no readable answer"
	case "no tcp":
		return "cuts its answer short and does not speak TCP"
	case "no address":
		return "its name has no address"
	default:
		return word
	}
}

// answered reports whether any server said what is at the name, be it nothing.
func answered(observations []models.Observation) bool {
	return slices.ContainsFunc(observations, func(o models.Observation) bool {
		return (o.Kind == views.KindAuthoritative || o.Kind == views.KindResolver) && o.Error == "" && (o.Rcode == "NOERROR" || o.Rcode == "NXDOMAIN")
	})
}

// published are the records that the domain's own servers show, or else the
// resolvers, in zone file form without the owner.
func published(observations []models.Observation) []string {
	for _, kind := range []string{views.KindAuthoritative, views.KindResolver} {
		for _, o := range observations {
			if o.Kind != kind || o.Error != "" {
				continue
			}
			if records := recordsOf(o); len(records) > 0 {
				return records
			}
		}
	}
	return nil
}

func recordsOf(o models.Observation) []string {
	if o.CNAME != "" {
		return []string{"CNAME " + o.CNAME + "."}
	}
	var records []string
	for _, text := range o.TXT {
		records = append(records, views.TXTLine(text))
	}
	return records
}

// findingVerdict is the sign of a finding; what is only said for information
// carries none.
func findingVerdict(severity string) views.Verdict {
	switch v := views.Verdict(severity); v {
	case views.Pass, views.Warn, views.Fail, views.Pending:
		return v
	default:
		return views.NotApplicable
	}
}
