package views

import "time"

// DomainSettingsPage is "/domains/{name}/settings". "POST
// /domains/{name}/settings/secret" draws a new secret for PostURL (field
// "confirm", which must be "yes"); "POST
// /domains/{name}/delete" deletes (field "confirm", which must be the name).
type DomainSettingsPage struct {
	Frame
	Domain DomainHead
	// PostURL takes reports by HTTPS; it holds a secret and is "" for who may
	// not add reports.
	PostURL string
	// RenewError is the sentence when the new secret was not confirmed.
	RenewError string
	// RUA is the report address behind the hosted record.
	RUA string
	// Target is the CNAME's value, ending with a dot.
	Target string
	// HostedTXT is the text of the record behind the CNAME.
	HostedTXT string
	// Tags are the domain's. "POST /domains/{name}/settings/tags" replaces them
	// (field "tags"); TypedTags and TagsError fill its form again.
	Tags                 []string
	TypedTags, TagsError string
	// OfferedTo is whom the domain is offered to at present, OfferLink the
	// address of the offer just made where no mail can be sent. "POST
	// /domains/{name}/transfer" offers (field "email"), ".../withdraw" takes the
	// offer back; OfferEmail and OfferError fill its form again.
	OfferedTo                         string
	OfferedUntil                      time.Time
	OfferEmail, OfferError, OfferLink string
	// Confirm is what was typed, ConfirmError the sentence about it.
	Confirm, ConfirmError string
	// CanManage is false for members who may only look; it hides the forms.
	CanManage bool
}
