package ingest

import (
	"cmp"
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/sealpost/sealpost/internal/domainname"
	"github.com/sealpost/sealpost/internal/tlsrpt"
	"github.com/sealpost/sealpost/models"
)

// policyNote marks a policy that is stored with a report: counted for the
// domain, or only shown because it is about another domain of the account.
type policyNote struct {
	result  tlsrpt.PolicyResult
	counted bool
}

// domainShare is the part of one report that one domain sees.
type domainShare struct {
	domain   models.Domain
	policies []policyNote
	foreign  int // policies that are none of the account's business
}

// attribute divides the reports of a delivery among the domains of its
// account (rulings.md 1 and 2). The token or the account decides, never the
// JSON alone: a policy that names somebody else's domain is left out.
func (in *Ingest) attribute(ctx context.Context, d models.Delivery, domains domains, found tlsrpt.Found, trust models.Trust, identity string) (models.Judged, error) {
	hint, known := domains.of(d)
	if !known {
		return quarantine(d, ReasonForeignDomain, "Its domain has been removed."), nil
	}
	if d.DomainID != nil {
		d.AccountID = hint.AccountID // which may have taken the domain over since
	}
	d.AwaitedMX = awaitedMX(d, hint, found)
	j := models.Judged{Delivery: d}
	for _, r := range found.Reports {
		shares, err := in.divide(ctx, d, hint, r)
		if err != nil {
			return models.Judged{}, err
		}
		reporter := reporterOf(identity, r, found.Mail)
		for _, share := range shares {
			j.Reports = append(j.Reports, newReport(d, r, share, trust, reporter, organization(reporter, r, found.Mail)))
		}
	}
	if len(j.Reports) == 0 {
		return quarantine(d, ReasonForeignDomain, "No policy in it is about a domain of this account."), nil
	}
	j.Delivery.Reporter = j.Reports[0].Reporter
	j.Delivery.State = models.DeliveryCounted
	if trust == models.Unverified {
		j.Delivery.State = models.DeliveryUnverified
	}
	return j, nil
}

// maxAwaited bounds the hosts that are remembered of one delivery.
const maxAwaited = 20

// awaitedMX lists the hosts in DANE results that would count for the domain if
// they were its mail servers, which may not have been looked up yet.
func awaitedMX(d models.Delivery, domain models.Domain, found tlsrpt.Found) []string {
	if d.Via != models.ViaMail && d.Via != models.ViaPost {
		return nil
	}
	var hosts []string
	for _, r := range found.Reports {
		for _, p := range r.Policies {
			if p.Type != tlsrpt.PolicyTLSA || p.Domain == "" || belongs(p, domain) || len(p.Domain) > maxName || slices.Contains(hosts, p.Domain) {
				continue
			}
			if hosts = append(hosts, p.Domain); len(hosts) == maxAwaited {
				return hosts
			}
		}
	}
	return hosts
}

// domains are those that the deliveries of a batch were sent for, by their ids.
type domains map[string]models.Domain

func (in *Ingest) domainsOf(ctx context.Context, claimed []claimed) (domains, error) {
	var ids []string
	for _, d := range claimed {
		if d.DomainID != nil && !slices.Contains(ids, *d.DomainID) {
			ids = append(ids, *d.DomainID)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	found, err := in.Store.DomainsToJudge(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("find the domains of deliveries: %w", err)
	}
	return found, nil
}

// of finds the domain that a delivery was sent for, the zero Domain when it is
// the account's only. It is not known when it is gone.
func (known domains) of(d models.Delivery) (domain models.Domain, ok bool) {
	if d.DomainID == nil {
		return models.Domain{}, true
	}
	domain, ok = known[*d.DomainID]
	return domain, ok
}

func (in *Ingest) divide(ctx context.Context, d models.Delivery, hint models.Domain, r *tlsrpt.Report) ([]domainShare, error) {
	sent := d.Via == models.ViaMail || d.Via == models.ViaPost
	if sent && !slices.ContainsFunc(r.Policies, func(p tlsrpt.PolicyResult) bool { return !belongs(p, hint) && p.Domain != "" }) {
		return shareOfOne(hint, nil, r), nil // as nearly all are: nobody else need be asked about
	}
	own, err := in.Store.DomainsNamed(ctx, d.AccountID, policyDomains(r))
	if err != nil {
		return nil, err
	}
	if sent {
		return shareOfOne(hint, own, r), nil
	}
	return sharesOfAccount(hint, own, r), nil
}

func policyDomains(r *tlsrpt.Report) []string {
	var names []string
	for _, p := range r.Policies {
		if p.Domain != "" && !slices.Contains(names, p.Domain) {
			names = append(names, p.Domain)
		}
	}
	return names
}

// shareOfOne takes from a report what is about the domain whose token or
// secret was used. Policies about other domains of the account are shown and
// not counted: those domains get reports of their own.
func shareOfOne(domain models.Domain, own []models.Domain, r *tlsrpt.Report) []domainShare {
	share := domainShare{domain: domain}
	counted := false
	for _, p := range r.Policies {
		switch {
		case belongs(p, domain) || p.Domain == "":
			share.policies = append(share.policies, policyNote{p, true})
			counted = true
		case named(own, p.Domain):
			share.policies = append(share.policies, policyNote{p, false})
		default:
			share.foreign++
		}
	}
	if !counted {
		return nil
	}
	return []domainShare{share}
}

// sharesOfAccount gives each policy of an uploaded report to the domain that
// it names; policies that name none go to hint, if there is one.
func sharesOfAccount(hint models.Domain, own []models.Domain, r *tlsrpt.Report) []domainShare {
	candidates := own
	if hint.ID != "" && !named(own, hint.Name) {
		candidates = append(slices.Clone(own), hint)
	}
	shares := make([]domainShare, len(candidates))
	foreign := 0
	for _, p := range r.Policies {
		i := slices.IndexFunc(candidates, func(d models.Domain) bool { return belongs(p, d) || p.Domain == "" && d.ID == hint.ID })
		if i < 0 {
			foreign++
			continue
		}
		shares[i].policies = append(shares[i].policies, policyNote{p, true})
	}
	for i := range shares {
		shares[i].domain, shares[i].foreign = candidates[i], foreign
	}
	return slices.DeleteFunc(shares, func(s domainShare) bool { return len(s.policies) == 0 })
}

// belongs reports whether a policy result is about a domain: by its name, or
// for DANE by one of the domain's mail servers (RFC 8460 §1.1).
func belongs(p tlsrpt.PolicyResult, d models.Domain) bool {
	if p.Domain == d.Name {
		return true
	}
	return p.Type == tlsrpt.PolicyTLSA && p.Domain != "" && slices.Contains(d.MXHosts, p.Domain)
}

func named(domains []models.Domain, name string) bool {
	return slices.ContainsFunc(domains, func(d models.Domain) bool { return d.Name == name })
}

// reporterOf names the organisation behind a report: who provably signed it,
// or else the domain of its contact, or else the name it gives itself.
func reporterOf(identity string, r *tlsrpt.Report, m *tlsrpt.MailInfo) string {
	if identity != "" {
		return identity
	}
	claims := []string{r.Contact[strings.LastIndexByte(r.Contact, '@')+1:]}
	if m != nil {
		claims = append(claims, m.TLSReportSubmitter)
	}
	for _, claim := range claims {
		name, err := domainname.Parse(strings.Trim(claim, "<> "))
		if err != nil {
			continue
		}
		if org := orgDomain(name); org != "" {
			return org
		}
	}
	if name := clean(strings.ToLower(strings.TrimSpace(r.Organization)), maxName); name != "" {
		return name
	}
	return "unknown"
}

// organization is who a report says it is from: never an identity, only a name
// to show. One that names nobody gets the next best (rulings.md 7).
func organization(reporter string, r *tlsrpt.Report, m *tlsrpt.MailInfo) string {
	submitter := ""
	if m != nil {
		submitter = m.TLSReportSubmitter
	}
	return cmp.Or(clean(strings.TrimSpace(r.Organization), maxText), clean(strings.TrimSpace(submitter), maxName), reporter)
}

// newReport turns a report's share into the rows that are stored of it.
func newReport(d models.Delivery, r *tlsrpt.Report, share domainShare, trust models.Trust, reporter, organization string) models.FullReport {
	hash := r.Hash()
	id := clean(r.ReportID, maxText)
	if id == "" {
		id = hex.EncodeToString(hash[:])
	}
	sessions := tlsrpt.Tally(countedPolicies(share.policies))
	full := models.FullReport{Report: models.Report{
		DomainID: share.domain.ID, AccountID: d.AccountID, DeliveryID: d.ID, Reporter: reporter,
		Organization: organization, ReportID: id, Contact: clean(r.Contact, maxText),
		StartAt: r.Start, EndAt: r.End, Day: models.DayOf(r.Start), ContentHash: hash[:], Trust: trust,
		Stated: sessions.Stated, Successful: sessions.Successful, Failed: sessions.Failed,
		ForeignPolicies: share.foreign, Warnings: warningTexts(r), ReceivedAt: d.ReceivedAt,
	}}
	for i, p := range share.policies {
		full.Policies = append(full.Policies, policyRow(i, p))
		for k, f := range p.result.Failures {
			full.Failures = append(full.Failures, failureRow(i, k, f))
		}
	}
	return full
}

func countedPolicies(notes []policyNote) []tlsrpt.PolicyResult {
	var policies []tlsrpt.PolicyResult
	for _, n := range notes {
		if n.counted {
			policies = append(policies, n.result)
		}
	}
	return policies
}

func warningTexts(r *tlsrpt.Report) []string {
	var texts []string
	for _, w := range r.Warnings {
		texts = append(texts, clean(w.Code+": "+w.Text, maxText))
	}
	return texts
}

func policyRow(seq int, n policyNote) models.PolicyResult {
	p := n.result
	return models.PolicyResult{
		Seq: seq, PolicyType: clean(string(p.Type), maxName), PolicyDomain: clean(p.Domain, maxName), Mode: clean(p.Mode, maxName),
		PolicyStrings: cleanAll(p.PolicyStrings, maxText), MXHosts: cleanAll(p.MXHosts, maxName),
		Successful: p.Successful.N, SuccessfulStated: p.Successful.Stated,
		Failed: p.Failed.N, FailedStated: p.Failed.Stated, Counted: n.counted,
	}
}

func failureRow(policySeq, seq int, f tlsrpt.FailureDetail) models.FailureDetail {
	return models.FailureDetail{
		PolicySeq: policySeq, Seq: seq, ResultType: clean(f.ResultType, maxName),
		SendingMTAIP: clean(f.SendingMTAIP, maxName), SendingNetwork: network(f.SendingMTAIP),
		ReceivingMXHostname: hostName(f.ReceivingMXHostname), ReceivingMXHELO: clean(f.ReceivingMXHELO, maxName),
		ReceivingIP: clean(f.ReceivingIP, maxName), Sessions: f.Sessions,
		ReasonCode: clean(f.ReasonCode, maxText), AdditionalInformation: clean(f.AdditionalInformation, maxText),
	}
}
