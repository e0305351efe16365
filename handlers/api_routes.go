package handlers

import (
	"net/http"

	"github.com/sealpost/sealpost/models"
)

// apiRoutes are the calls of the API, in the order of its document.
func apiRoutes() []apiRoute {
	read := func(path string, h func(*site, *apiCall) (reply, error), answer any, title string, query ...apiParam) apiRoute {
		return apiRoute{method: http.MethodGet, path: path, scope: models.ScopeRead, handle: h, answer: answer, code: http.StatusOK, title: title, query: query}
	}
	act := func(method, path string, code int, h func(*site, *apiCall) (reply, error), body, answer any, title, text string) apiRoute {
		r := apiRoute{method: method, path: path, scope: models.ScopeWrite, handle: h, body: body, answer: answer, code: code, title: title, text: text}
		r.creates = method == http.MethodPost && code == http.StatusCreated
		return r
	}
	const post, remove, patch, put = http.MethodPost, http.MethodDelete, http.MethodPatch, http.MethodPut
	const ok, created, accepted, gone = http.StatusOK, http.StatusCreated, http.StatusAccepted, http.StatusNoContent
	bytes := func(r apiRoute, mediaType string) apiRoute {
		r.sends = mediaType
		return r
	}
	return []apiRoute{
		read("/account", apiShowAccount, apiAccount{}, "Show the account and the token of the call"),
		act(patch, "/account", ok, apiChangeAccount, apiAccountChange{Name: "Example Mail"}, apiAccount{}, "Rename the account", "Only by a token of an owner.").as(models.ToManageAccount),
		read("/audit-events", apiListAudit, apiAuditEvents{}, "List what was changed in the account, newest first", auditParams...).as(models.ToSeeAudit),

		read("/domains", apiListDomains, apiDomains{}, "List the domains by name", domainParams...),
		act(post, "/domains", created, apiAddDomain, apiNewDomain{Name: "example.net"}, apiDomain{}, "Add a domain", "It is pending until its CNAME is seen; the first check is due at once."),
		act(post, "/domains/bulk", created, apiAddDomains, apiNewDomains{Names: []string{"example.org", "example.edu"}}, apiAddedDomains{}, "Add many domains", "Those that can be are added; the answer says of each what became of it."),
		read("/domains/:name", apiShowDomain, apiDomain{}, "Show a domain"),
		act(remove, "/domains/:name", gone, apiDeleteDomain, nil, nil, "Delete a domain", "With its reports. Its token is never issued again."),
		read("/tags", apiListTags, apiTags{}, "List the tags of the domains"),
		act(put, "/domains/:name/tags", ok, apiSetTags, apiDomainTags{Tags: []string{"customer-a", "production"}}, apiDomain{}, "Set the tags of a domain", "Those that are left out are taken away."),
		act(http.MethodGet, "/domains/:name/secret", ok, apiShowSecret, nil, apiPostURL{}, "Show the private report URL", "").as(models.ToSeeSecrets),
		act(post, "/domains/:name/secret", ok, apiRenewSecret, nil, apiPostURL{}, "Renew the private report URL", "The old one is unknown at once."),

		read("/domains/:name/check", apiShowCheck, apiCheck{}, "Show the last check"),
		act(post, "/domains/:name/check", accepted, apiStartCheck, nil, apiCheck{}, "Check now", "The answer is the check as it is; ask again after some seconds while checking is true.").as(models.ToCheck),
		read("/domains/:name/events", apiListEvents, apiEvents{}, "List what has happened to a domain", spanParams...),
		read("/domains/:name/self-test", apiShowSelfTest, apiSelfTest{}, "Show the last self-test"),
		act(post, "/domains/:name/self-test", accepted, apiStartSelfTest, nil, apiSelfTest{}, "Send a report of our own the whole way", "It is never counted. One runs at a time, ten in 24 hours.").as(models.ToCheck),

		read("/domains/:name/stats", apiShowStats, apiStats{}, "Sum the sessions", statsParams...),
		read("/domains/:name/reports", apiListDomainReports, apiReports{}, "List the reports of a domain, newest day first", reportParams...),
		read("/reports", apiListReports, apiReports{}, "List the reports of the account, latest arrival first", pageParams...),
		read("/reports/:id", apiShowReport, apiFullReport{}, "Show a report"),
		bytes(read("/reports/:id/original", apiReportOriginal, nil, "Get the JSON of a report as its reporter wrote it"), "application/json"),

		read("/reporters", apiListReporters, apiReporters{}, "List the reporters by their identities", pageParams...),
		act(post, "/reporters/block", ok, apiBlockReporter, apiReporterName{Identity: "sender.example"}, apiReporter{}, "Take the reports of a reporter out of the counts", "Those that came and those to come; they are kept.").as(models.ToBlock),
		act(post, "/reporters/unblock", ok, apiUnblockReporter, apiReporterName{Identity: "sender.example"}, apiReporter{}, "Have the reports of a reporter counted again", "").as(models.ToBlock),

		read("/mailbox", apiShowMailbox, apiMailbox{}, "Show the mailbox that reports are taken from").as(models.ToReadAccount),
		act(put, "/mailbox", ok, apiSetMailbox, apiNewMailbox{Host: "imap.example.net", Username: "reports", Password: "not a real one"}, apiMailbox{}, "Connect a mailbox by IMAP, in place of the one before", "It is tried at once, and nothing is taken before it is started.").as(models.ToManageMailbox),
		act(patch, "/mailbox", ok, apiChangeMailbox, apiMailboxChange{State: "paused"}, apiMailbox{}, "Start, pause or try the mailbox", "").as(models.ToManageMailbox),
		act(remove, "/mailbox", gone, apiRemoveMailbox, nil, nil, "Disconnect the mailbox", "Its password is forgotten; what was taken stays.").as(models.ToManageMailbox),

		read("/deliveries", apiListDeliveries, apiDeliveries{}, "List the deliveries, newest first", deliveryParams...),
		{
			method: post, path: "/deliveries", scope: models.ScopeIngest, handle: apiAddDelivery, answer: apiNewDelivery{}, code: created, creates: true,
			file: "application/octet-stream", title: "Bring a report",
			text:  "The body is a report as JSON, gzip or zip, or a message with reports. It is on disk before the answer; what it says goes to the domains of the account that it names, and is marked as uploaded.",
			query: []apiParam{{name: "file_name", kind: "string", text: "What the file is called in lists."}},
		},
		read("/deliveries/:id", apiShowDelivery, apiFullDelivery{}, "Show a delivery"),
		act(remove, "/deliveries/:id", gone, apiDeleteDelivery, nil, nil, "Delete a delivery that counts nothing", "One in quarantine, or without proof.").as(models.ToJudge),
		bytes(read("/deliveries/:id/original", apiDeliveryOriginal, nil, "Get a delivery byte for byte"), "application/octet-stream"),
		act(post, "/deliveries/:id/accept", ok, apiAcceptDelivery, nil, apiFullDelivery{}, "Have a delivery without proof counted", "").as(models.ToJudge),
		act(post, "/deliveries/:id/withdraw", ok, apiWithdrawDelivery, nil, apiFullDelivery{}, "Take that back", "").as(models.ToJudge),
		act(post, "/deliveries/:id/replay", ok, apiReplayDelivery, nil, apiFullDelivery{}, "Have a delivery read again", "One in quarantine, or without proof.").as(models.ToJudge),

		read("/domains/:name/shares", apiListShares, apiShares{}, "List the read-only links to a domain"),
		act(post, "/domains/:name/shares", created, apiAddShare, apiNewShare{Name: "Mail team", Days: 30}, apiMadeShare{}, "Make a read-only link", "").as(models.ToShare),
		act(remove, "/domains/:name/shares/:id", gone, apiRemoveShare, nil, nil, "Take a read-only link back", "").as(models.ToShare),

		read("/domains/:name/forwards", apiListForwards, apiForwards{}, "List where the originals of a domain are sent on to"),
		act(post, "/domains/:name/forwards", created, apiAddForward, apiNewForward{Target: "https://reports.example.org/tls"}, apiForward{}, "Add a target", "It is asked to confirm first: a mail address by a link, an https URL by a challenge that it must echo."),
		act(post, "/domains/:name/forwards/:id/ask", gone, apiAskForwardAgain, nil, nil, "Ask a target again", ""),
		act(remove, "/domains/:name/forwards/:id", gone, apiRemoveForward, nil, nil, "Remove a target", ""),

		read("/transfers", apiListTransfers, apiTransfers{}, "List the domains that are offered to other accounts"),
		act(post, "/domains/:name/transfer", created, apiOfferDomain, apiNewTransfer{Email: "them@example.org"}, apiMadeTransfer{}, "Offer a domain to another account", "By mail; the link works once, for seven days. An earlier offer ends.").as(models.ToMoveDomains),
		act(remove, "/domains/:name/transfer", gone, apiWithdrawOffer, nil, nil, "Take the offer of a domain back", "").as(models.ToMoveDomains),
		act(post, "/transfers/accept", created, apiAcceptOffer, apiTakeover{Secret: "0123456789abcdefghjkmnpqrs"}, apiDomain{}, "Take a domain over that is offered", "With its token, state and reports.").as(models.ToMoveDomains),

		read("/members", apiListMembers, apiMembers{}, "List the members"),
		act(patch, "/members/:id", ok, apiChangeMember, apiMemberChange{Role: "read-only"}, apiMember{}, "Change the role of a member", "As a manager may: not of owners.").as(models.ToManageMembers),
		act(remove, "/members/:id", gone, apiRemoveMember, nil, nil, "Remove a member", "As a manager may: not owners.").as(models.ToManageMembers).asking(removalParams...),
		read("/invitations", apiListInvitations, apiInvitations{}, "List the open invitations").as(models.ToManageMembers),
		act(post, "/invitations", created, apiInvite, apiNewInvitation{Email: "new@example.org", Role: "member"}, apiMadeInvitation{}, "Invite somebody", "By mail; the link works once, for seven days.").as(models.ToManageMembers),
		act(remove, "/invitations/:id", gone, apiTakeBackInvitation, nil, nil, "Take an invitation back", "").as(models.ToManageMembers),
	}
}
