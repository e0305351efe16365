package handlers

import (
	"context"
	"fmt"
	"net/http"

	"github.com/sealpost/sealpost/internal/ingest"
	"github.com/sealpost/sealpost/models"
)

// apiDelivery is a message, POST or file as it arrived.
type apiDelivery struct {
	ID         string  `json:"id" format:"uuid"`
	State      string  `json:"state" enum:"pending counted unverified duplicate quarantined self-test"`
	Reason     string  `json:"reason" doc:"Of a quarantine; a word that stays."`
	Detail     string  `json:"detail" doc:"The reason in a sentence."`
	Via        string  `json:"via" enum:"mail post upload import mailbox"`
	Domain     *string `json:"domain" doc:"null when it belongs to the account, as what is uploaded does."`
	From       string  `json:"envelope_from"`
	Address    string  `json:"remote_address"`
	FileName   string  `json:"file_name"`
	ReceivedAt apiTime `json:"received_at"`
	Size       int64   `json:"size" doc:"Bytes as received."`
	Reporter   string  `json:"reporter" doc:"The identity, once it is known."`
	DKIM       apiDKIM `json:"dkim"`
	AcceptedBy string  `json:"accepted_by" doc:"Who vouches for it."`
	Raw        bool    `json:"has_original" doc:"Its bytes are still kept."`
}

type apiDKIM struct {
	Result   string `json:"result" doc:"pass, weak, fail, none, temperror, or empty before it is checked."`
	Domain   string `json:"domain"`
	Selector string `json:"selector"`
	Reason   string `json:"reason"`
}

func (p deliveryPage) apiDelivery(d models.Delivery) apiDelivery {
	return apiDelivery{
		ID: d.ID, State: string(d.State), Reason: d.Reason, Detail: d.Detail, Via: string(d.Via), Domain: orNull(p.domain(d)),
		From: d.EnvelopeFrom, Address: d.RemoteAddr, FileName: d.FileName, ReceivedAt: timeOf(d.ReceivedAt), Size: d.Size, Reporter: d.Reporter,
		DKIM:       apiDKIM{Result: d.DKIM, Domain: d.DKIMDomain, Selector: d.DKIMSelector, Reason: d.DKIMReason},
		AcceptedBy: d.AcceptedBy, Raw: p.kept[d.ID].Body,
	}
}

type apiDeliveries struct {
	Deliveries []apiDelivery `json:"deliveries"`
	Next       *string       `json:"next_cursor" doc:"null on the last page."`
}

var deliveryParams = append([]apiParam{
	{name: "state", kind: "string", words: []string{"pending", "counted", "unverified", "duplicate", "quarantined", "self-test"}, text: "Only these."},
}, pageParams...)

func apiListDeliveries(s *site, c *apiCall) (reply, error) {
	after, limit, err := pageOf(c)
	if err != nil {
		return reply{}, err
	}
	state, err := wordParam(c, "state")
	if err != nil {
		return reply{}, err
	}
	ctx, accountID := c.Request().Context(), c.visitor().AccountID
	rows, err := s.Store.DeliveriesAfter(ctx, accountID, models.DeliveryFilter{State: models.DeliveryState(state), Limit: limit + 1}, after.place())
	if err != nil {
		return reply{}, err
	}
	rows, next := cut(c, rows, limit, func(d models.Delivery) cursor { return cursor{At: d.ReceivedAt, ID: d.ID} })
	beside := deliveryPage{rows: rows}
	if err := s.addNames(ctx, accountID, &beside); err != nil {
		return reply{}, err
	}
	page := apiDeliveries{Deliveries: []apiDelivery{}, Next: orNull(next)}
	for _, d := range rows {
		page.Deliveries = append(page.Deliveries, beside.apiDelivery(d))
	}
	return reply{body: page, next: next}, nil
}

// apiFullDelivery is a delivery with what happened to it.
type apiFullDelivery struct {
	Delivery apiDelivery        `json:"delivery"`
	Events   []apiDeliveryEvent `json:"events" doc:"Oldest first."`
	Reports  []apiReport        `json:"reports" doc:"What it has brought."`
}

type apiDeliveryEvent struct {
	Kind   string  `json:"kind" enum:"waited failed replayed accepted withdrawn mx-known"`
	At     apiTime `json:"at" doc:"The first time."`
	LastAt apiTime `json:"last_at"`
	Times  int64   `json:"times"`
	Detail string  `json:"detail"`
	Actor  string  `json:"actor" doc:"Who did it; empty when it was no person and no token."`
}

func apiShowDelivery(s *site, c *apiCall) (reply, error) {
	id, err := idInPath(c)
	if err != nil {
		return reply{}, err
	}
	return s.apiDeliveryReply(c, id)
}

func (s *site) apiDeliveryReply(c *apiCall, id string) (reply, error) {
	ctx, accountID := c.Request().Context(), c.visitor().AccountID
	d, err := s.Store.Delivery(ctx, accountID, id)
	if err != nil {
		return reply{}, err
	}
	full, err := s.apiFullDelivery(ctx, d)
	return reply{body: full}, err
}

func (s *site) apiFullDelivery(ctx context.Context, d models.Delivery) (apiFullDelivery, error) {
	full := apiFullDelivery{Events: []apiDeliveryEvent{}, Reports: []apiReport{}}
	events, err := s.Store.DeliveryEvents(ctx, d.AccountID, d.ID)
	if err != nil {
		return full, err
	}
	reports, err := s.Store.ReportsOfDelivery(ctx, d.AccountID, d.ID)
	if err != nil {
		return full, err
	}
	beside := deliveryPage{rows: []models.Delivery{d}}
	if err := s.addNames(ctx, d.AccountID, &beside); err != nil {
		return full, err
	}
	full.Delivery = beside.apiDelivery(d)
	for _, e := range events {
		full.Events = append(full.Events, apiDeliveryEvent{Kind: string(e.Kind), At: timeOf(e.At), LastAt: timeOf(e.LastAt), Times: e.Times, Detail: e.Detail, Actor: e.Actor})
	}
	for _, r := range reports {
		names, err := s.Store.DomainNames(ctx, d.AccountID, []string{r.DomainID})
		if err != nil {
			return full, err
		}
		full.Reports = append(full.Reports, apiReportOf(r, names[r.DomainID]))
	}
	return full, nil
}

func apiDeliveryOriginal(s *site, c *apiCall) (reply, error) {
	id, err := idInPath(c)
	if err != nil {
		return reply{}, err
	}
	raw, err := ingest.Original(c.Request().Context(), s.Store, c.visitor().AccountID, id)
	return reply{file: raw, fileName: fmt.Sprintf("delivery-%s.bin", id)}, err
}

func apiAcceptDelivery(s *site, c *apiCall) (reply, error) {
	return s.apiJudgeAgain(c, s.Store.AcceptDelivery)
}

func apiWithdrawDelivery(s *site, c *apiCall) (reply, error) {
	return s.apiJudgeAgain(c, s.Store.WithdrawDelivery)
}

func apiReplayDelivery(s *site, c *apiCall) (reply, error) {
	return s.apiJudgeAgain(c, s.Store.ReplayDelivery)
}

// apiJudgeAgain has a delivery judged again and waits a while for the outcome.
func (s *site) apiJudgeAgain(c *apiCall, change func(ctx context.Context, accountID, id, actor string) error) (reply, error) {
	id, err := idInPath(c)
	if err != nil {
		return reply{}, err
	}
	v := c.visitor()
	if err := s.judgedAgain(c.Request().Context(), v.AccountID, id, v.Email, change); err != nil {
		return reply{}, err
	}
	return s.apiDeliveryReply(c, id)
}

func apiDeleteDelivery(s *site, c *apiCall) (reply, error) {
	id, err := idInPath(c)
	if err != nil {
		return reply{}, err
	}
	return reply{}, s.Store.RemoveDelivery(c.Request().Context(), c.visitor().AccountID, id)
}

// apiNewDelivery is a delivery that was just taken in.
type apiNewDelivery struct {
	ID     string `json:"id" format:"uuid" doc:"GET deliveries/{id} says what became of it, with a token that may read."`
	State  string `json:"state" doc:"pending while it has not been read yet." enum:"pending counted unverified duplicate quarantined self-test"`
	Reason string `json:"reason"`
	Detail string `json:"detail"`
}

// apiAddDelivery takes one report, or one message with reports, in any form
// that mail and POST take. It is on disk before the answer.
func apiAddDelivery(s *site, c *apiCall) (reply, error) {
	if len(c.raw) == 0 {
		return reply{}, refuseCall(http.StatusBadRequest, problemBody, "The body is empty; send a report, or a message with one.")
	}
	ctx, accountID := c.Request().Context(), c.visitor().AccountID
	receipt, err := s.Intake.Accept(ctx, ingest.Delivery{
		Via: models.ViaUpload, AccountID: accountID, RemoteAddr: c.RealIP(), FileName: searchText(c.QueryParam("file_name")), Raw: c.raw,
	})
	if err != nil {
		return reply{}, comeBack(err)
	}
	s.noteUpload(c.Context, "", 1)
	d, err := s.Intake.Outcome(ctx, accountID, receipt.ID, uploadPatience)
	if err != nil {
		s.Log.Warn("a delivery was stored, but not followed", "delivery", receipt.ID, "error", err)
		d = models.Delivery{State: models.DeliveryPending}
	}
	return reply{body: apiNewDelivery{ID: receipt.ID, State: string(d.State), Reason: d.Reason, Detail: d.Detail}, location: "/deliveries/" + receipt.ID}, nil
}
