package handlers

import (
	"context"

	"github.com/sealpost/sealpost/models"
)

// apiCheck is what the last check of a domain has found.
type apiCheck struct {
	Domain    string       `json:"domain"`
	Verdict   string       `json:"verdict" enum:"pass,warn,fail,not applicable,pending"`
	Effective bool         `json:"effective" doc:"Senders find a record that they can use."`
	Delegated bool         `json:"delegated" doc:"The CNAME to this account's target is there."`
	Record    string       `json:"record" doc:"The TXT record that senders find."`
	CNAME     string       `json:"cname" doc:"Where the CNAME leads to."`
	MXHosts   []string     `json:"mx_hosts"`
	Findings  []apiFinding `json:"findings" doc:"Most severe first."`
	Servers   []apiServer  `json:"servers" doc:"What each server answered."`
	CheckedAt *apiTime     `json:"checked_at"`
	NextAt    apiTime      `json:"next_check_at"`
	Checking  bool         `json:"checking" doc:"A check is under way or about to begin."`
}

type apiFinding struct {
	ID       string `json:"id" doc:"Such as D13; it stays the same."`
	Severity string `json:"severity"`
	Text     string `json:"text"`
}

type apiServer struct {
	Server   string   `json:"server"`
	Address  string   `json:"address"`
	Kind     string   `json:"kind" enum:"authoritative resolver own"`
	Verdict  string   `json:"verdict"`
	CNAME    string   `json:"cname"`
	TXT      []string `json:"txt"`
	Rcode    string   `json:"rcode"`
	TTL      int64    `json:"ttl" doc:"Seconds."`
	Error    string   `json:"error"`
	LastSeen apiTime  `json:"last_seen"`
}

func apiShowCheck(s *site, c *apiCall) (reply, error) {
	d, err := s.domain(c)
	if err != nil {
		return reply{}, err
	}
	check, err := s.apiCheck(c.Request().Context(), d)
	return reply{body: check}, err
}

// apiStartCheck makes the next check due now; no request waits for DNS.
func apiStartCheck(s *site, c *apiCall) (reply, error) {
	d, err := s.domain(c)
	if err != nil {
		return reply{}, err
	}
	ctx := c.Request().Context()
	if err := s.checkSoon(ctx, d); err != nil {
		return reply{}, err
	}
	if d, err = s.domain(c); err != nil {
		return reply{}, err
	}
	check, err := s.apiCheck(ctx, d)
	return reply{body: check}, err
}

func (s *site) apiCheck(ctx context.Context, d models.Domain) (apiCheck, error) {
	servers, err := s.Store.Observations(ctx, d)
	now := s.Now()
	check := apiCheck{
		Domain: d.Name, Verdict: d.Verdict, Effective: d.Effective, Delegated: d.Delegated, Record: d.Record, CNAME: d.CNAME,
		MXHosts: list(d.MXHosts), Findings: []apiFinding{}, Servers: []apiServer{}, CheckedAt: timeOrNull(d.CheckedAt), NextAt: timeOf(d.NextCheckAt),
		Checking: !d.NextCheckAt.After(now) || d.ClaimedUntil != nil && d.ClaimedUntil.After(now),
	}
	for _, f := range d.Findings {
		check.Findings = append(check.Findings, apiFinding(f))
	}
	for _, o := range servers {
		check.Servers = append(check.Servers, apiServer{
			Server: o.Server, Address: o.Addr, Kind: o.Kind, Verdict: o.Verdict, CNAME: o.CNAME, TXT: list(o.TXT), Rcode: o.Rcode,
			TTL: int64(o.TTL), Error: o.Error, LastSeen: timeOf(o.LastSeen),
		})
	}
	return check, err
}
