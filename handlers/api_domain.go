package handlers

import (
	"errors"
	"net/http"

	"github.com/sealpost/sealpost/internal/domainname"
	"github.com/sealpost/sealpost/internal/hosted"
	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views"
)

// apiDomain is a domain of the account.
type apiDomain struct {
	Name       string    `json:"name" doc:"A-labels, lower case, without a final dot."`
	Unicode    string    `json:"unicode" doc:"The form for people; the same as name where there is no other."`
	State      string    `json:"state" enum:"pending active lapsed"`
	StateSince apiTime   `json:"state_since"`
	CreatedAt  apiTime   `json:"created_at"`
	VerifiedAt *apiTime  `json:"verified_at" doc:"When the delegation was first proven."`
	Tags       []string  `json:"tags"`
	Verdict    string    `json:"verdict" enum:"pass,warn,fail,not applicable,pending" doc:"Of the last check; pending before the first."`
	CheckedAt  *apiTime  `json:"checked_at"`
	CNAME      apiRecord `json:"cname" doc:"What to publish."`
	Address    string    `json:"rua" doc:"Where reports are mailed to."`
	Hosted     string    `json:"hosted_record" doc:"The TXT record that is served at the target of the CNAME."`
}

// apiRecord is a DNS record with absolute names.
type apiRecord struct {
	Host  string `json:"host"`
	Type  string `json:"type" enum:"CNAME"`
	Value string `json:"value"`
}

func (s *site) apiDomain(d models.Domain, tags []string) apiDomain {
	return apiDomain{
		Name: d.Name, Unicode: domainname.Unicode(d.Name), State: string(d.State), StateSince: timeOf(d.StateSince), CreatedAt: timeOf(d.CreatedAt),
		VerifiedAt: timeOrNull(d.VerifiedAt), Tags: list(tags), Verdict: d.Verdict, CheckedAt: timeOrNull(d.CheckedAt),
		CNAME:   apiRecord{Host: "_smtp._tls." + d.Name + ".", Type: "CNAME", Value: s.Zone.Target(d.Name, d.Token) + "."},
		Address: s.Zone.Address(d.Token), Hosted: s.Zone.Record(d.Token),
	}
}

type apiDomains struct {
	Domains []apiDomain `json:"domains"`
	Next    *string     `json:"next_cursor" doc:"null on the last page."`
}

var domainParams = append([]apiParam{
	{name: "q", kind: "string", text: "Part of the name."},
	{name: "state", kind: "string", words: []string{"pending", "active", "lapsed"}, text: "Only these."},
	{name: "tag", kind: "string", text: "Only those with this tag."},
}, pageParams...)

func apiListDomains(s *site, c *apiCall) (reply, error) {
	after, limit, err := pageOf(c)
	if err != nil {
		return reply{}, err
	}
	state, err := wordParam(c, "state")
	if err != nil {
		return reply{}, err
	}
	f := models.DomainFilter{Search: searchText(c.QueryParam("q")), State: models.DomainState(state), Limit: limit + 1}
	ctx, accountID := c.Request().Context(), c.visitor().AccountID
	if tag := searchText(c.QueryParam("tag")); tag != "" {
		ctx = models.Seeing(ctx, accountID, []string{tag})
	}
	rows, err := s.Store.DomainsAfter(ctx, accountID, f, after.Name)
	if err != nil {
		return reply{}, err
	}
	rows, next := cut(c, rows, limit, func(d models.Domain) cursor { return cursor{Name: d.Name} })
	ids := make([]string, len(rows))
	for i, d := range rows {
		ids[i] = d.ID
	}
	tags, err := s.Store.TagsOf(ctx, accountID, ids)
	page := apiDomains{Domains: []apiDomain{}, Next: orNull(next)}
	for _, d := range rows {
		page.Domains = append(page.Domains, s.apiDomain(d, tags[d.ID]))
	}
	return reply{body: page, next: next}, err
}

// wordParam reads a parameter that takes only the words of its declaration.
func wordParam(c *apiCall, name string) (string, error) {
	text := c.QueryParam(name)
	for _, p := range c.route.query {
		if p.name == name && text != "" && oneOf(text, p.words...) == "" {
			return "", refuseCall(http.StatusBadRequest, problemParameter, "The parameter "+quoted(name)+" does not take "+quoted(text)+knownNames(p.words)+".")
		}
	}
	return text, nil
}

type apiNewDomain struct {
	Name string `json:"name" doc:"The domain as a person types it; it is normalised."`
}

func apiAddDomain(s *site, c *apiCall) (reply, error) {
	var n apiNewDomain
	if err := readJSON(c.raw, &n); err != nil {
		return reply{}, err
	}
	name, sentence := s.acceptName(n.Name)
	if sentence != "" {
		return reply{}, refuseCall(http.StatusUnprocessableEntity, problemName, sentence)
	}
	d, err := s.Store.AddDomain(c.Request().Context(), c.visitor().AccountID, name)
	if err != nil {
		return reply{}, s.notAdded(name, err)
	}
	s.zoneChanged()
	return reply{body: s.apiDomain(d, nil), location: "/domains/" + d.Name}, nil
}

// notAdded is why a name was not registered.
func (s *site) notAdded(name string, err error) error {
	switch {
	case errors.Is(err, models.ErrTaken):
		return refuseCall(http.StatusConflict, problemTaken, s.refusedBecause(name, err))
	case errors.Is(err, models.ErrQuota):
		return refuseCall(http.StatusConflict, problemQuota, s.refusedBecause(name, err))
	default:
		return err
	}
}

type apiNewDomains struct {
	Names []string `json:"names" doc:"At most 500, as people type them."`
}

type apiAddedDomains struct {
	Results []apiAddedDomain `json:"results" doc:"One for each of the names, in their order."`
}

type apiAddedDomain struct {
	Typed string `json:"typed"`
	Name  string `json:"name" doc:"The spelling that it is known under; empty when it was not accepted."`
	Added bool   `json:"added"`
	Text  string `json:"text" doc:"What became of it, in a sentence."`
}

func apiAddDomains(s *site, c *apiCall) (reply, error) {
	var n apiNewDomains
	if err := readJSON(c.raw, &n); err != nil {
		return reply{}, err
	}
	if len(n.Names) == 0 || len(n.Names) > maxBulk {
		return reply{}, refuseCall(http.StatusBadRequest, problemBody, `The field "names" must have one to 500 names; nothing was added.`)
	}
	rows, err := s.addAll(c, n.Names)
	if err != nil {
		return reply{}, err
	}
	added := apiAddedDomains{Results: []apiAddedDomain{}}
	for _, r := range rows {
		added.Results = append(added.Results, apiAddedDomain{Typed: r.Typed, Name: r.Name, Added: r.Verdict == views.Pass, Text: r.Text})
	}
	return reply{body: added}, nil
}

func apiShowDomain(s *site, c *apiCall) (reply, error) {
	d, err := s.domain(c)
	if err != nil {
		return reply{}, err
	}
	return s.apiTagged(c, d)
}

func apiDeleteDomain(s *site, c *apiCall) (reply, error) {
	d, err := s.domain(c)
	if err != nil {
		return reply{}, err
	}
	if err := s.Store.RemoveDomain(c.Request().Context(), d.AccountID, d.Name); err != nil {
		return reply{}, err
	}
	s.zoneChanged()
	return reply{}, nil
}

// apiPostURL is where reports about a domain may be POSTed to.
type apiPostURL struct {
	URL string `json:"post_url" doc:"Whoever knows it can bring reports about the domain, which count."`
}

func (s *site) apiPostURL(d models.Domain) reply {
	return reply{body: apiPostURL{URL: hosted.ReportURL(s.BaseURL.String(), s.Store.ReportSecret(d))}, secret: true}
}

func apiShowSecret(s *site, c *apiCall) (reply, error) {
	d, err := s.domain(c)
	return s.apiPostURL(d), err
}

func apiRenewSecret(s *site, c *apiCall) (reply, error) {
	d, err := s.domain(c)
	if err != nil {
		return reply{}, err
	}
	if err := s.Store.RenewSecret(c.Request().Context(), d.AccountID, d.Name); err != nil {
		return reply{}, err
	}
	d, err = s.domain(c)
	return s.apiPostURL(d), err
}
