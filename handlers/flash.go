package handlers

import (
	"slices"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/views"
)

// deed is something that a person has done and is told about on the next page.
type deed string

const (
	deedDomainDeleted   deed = "domain-deleted"
	deedSecretRenewed   deed = "secret-renewed"
	deedOffered         deed = "offered"
	deedOfferGone       deed = "offer-gone"
	deedTaken           deed = "taken"
	deedTagged          deed = "tagged"
	deedMailboxGone     deed = "mailbox-gone"
	deedPasswordChanged deed = "password-changed"
	deedLoggedOut       deed = "logged-out"
	deedForwardAdded    deed = "forward-added"
	deedForwardAsked    deed = "forward-asked"
	deedForwardRemoved  deed = "forward-removed"

	deedDeliveryAccepted  deed = "delivery-accepted"
	deedDeliveryWithdrawn deed = "delivery-withdrawn"
	deedDeliveryReplayed  deed = "delivery-replayed"
	deedDeliveryDeleted   deed = "delivery-deleted"
	deedTokenRevoked      deed = "token-revoked"
	deedReporterBlocked   deed = "reporter-blocked"
	deedReporterUnblocked deed = "reporter-unblocked"

	deedInvited        deed = "invited"
	deedInvitationGone deed = "invitation-gone"
	deedMemberChanged  deed = "member-changed"
	deedMemberRemoved  deed = "member-removed"
	deedLeft           deed = "left"
	deedJoined         deed = "joined"
	deedRenamed        deed = "renamed"
	deedPasswordReset  deed = "password-reset"
	deedEmailAsked     deed = "email-asked"
	deedEmailChanged   deed = "email-changed"
	deedSessionEnded   deed = "session-ended"
	deedSessionsEnded  deed = "sessions-ended"

	deedAppRemoved         deed = "app-removed"
	deedPasskeyAdded       deed = "passkey-added"
	deedPasskeyRenamed     deed = "passkey-renamed"
	deedPasskeyRemoved     deed = "passkey-removed"
	deedTwoFactorsDemanded deed = "two-factors-demanded"
	deedTwoFactorsFree     deed = "two-factors-free"
	deedClosed             deed = "closed"
	deedReopened           deed = "reopened"
)

const flashCookie = "flash"

// sentence is what the next page says; "" for a word that is none of ours.
func (d deed) sentence() string {
	return map[deed]string{ // #nosec G101 -- no secret, words
		deedDomainDeleted:      "The domain is deleted with its reports.",
		deedOffered:            "The offer is on its way. Its link works once, for seven days.",
		deedOfferGone:          "The offer is taken back; its link leads nowhere.",
		deedTaken:              "The domain is in this account now, with its reports.",
		deedTagged:             "The tags are changed.",
		deedSecretRenewed:      "The report URL has a new secret; the old one is unknown from now on.",
		deedMailboxGone:        "The mailbox is disconnected and its password forgotten. What was taken stays.",
		deedPasswordChanged:    "The password is changed, and you are logged out everywhere else.",
		deedForwardAdded:       "The target is added.",
		deedForwardAsked:       "The target is asked once more.",
		deedForwardRemoved:     "Nothing is sent to that target any more.",
		deedDeliveryAccepted:   "You vouch for the delivery. What became of it stands below.",
		deedDeliveryWithdrawn:  "You no longer vouch for the delivery.",
		deedDeliveryReplayed:   "The delivery was read again. What became of it stands below.",
		deedDeliveryDeleted:    "The delivery is deleted.",
		deedTokenRevoked:       "The token opens nothing from now on.",
		deedReporterBlocked:    "The reporter is blocked: its reports are out of the counts.",
		deedReporterUnblocked:  "The reports of the reporter count again.",
		deedInvited:            "The invitation is on its way. Its link works once, for seven days.",
		deedInvitationGone:     "The invitation is taken back; its link leads nowhere.",
		deedMemberChanged:      "The member is changed, from their next click on.",
		deedMemberRemoved:      "The member is removed and logged out of this account.",
		deedLeft:               "You have left the account.",
		deedJoined:             "Welcome: you are a member now.",
		deedPasswordReset:      "The password is changed. Log in with the new one.",
		deedEmailAsked:         "A mail is on its way to the new address. It counts once you have opened the link in it.",
		deedEmailChanged:       "Your address is changed, and you are logged out everywhere else.",
		deedSessionEnded:       "That browser is logged out.",
		deedSessionsEnded:      "You are logged out everywhere else.",
		deedPasskeyAdded:       "The passkey is added. You can log in with it from now on.",
		deedPasskeyRenamed:     "The passkey has its new name.",
		deedPasskeyRemoved:     "The passkey is removed and opens nothing any more.",
		deedAppRemoved:         "The app is removed: the password alone is enough.",
		deedTwoFactorsDemanded: "Members are let in with two factors only, from their next click on.",
		deedTwoFactorsFree:     "Members are let in with a password alone.",
		deedClosed:             "The account is being deleted. You can still take that back.",
		deedReopened:           "The account stays, with everything in it.",
		deedRenamed:            "The account has its new name.",
		deedLoggedOut:          "You are logged out.",
	}[d]
}

// mails reports whether somebody is told by mail, who has to act on it.
func (d deed) mails() bool {
	return slices.Contains([]deed{deedInvited, deedOffered, deedEmailAsked}, d)
}

// done sends the browser to the next page, which says what was done. The
// cookie carries a word of ours, never text.
func (s *site) done(c echo.Context, d deed, path string) error {
	c.SetCookie(s.cookie(flashCookie, string(d), time.Minute))
	return seeOther(c, path)
}

func (s *site) takeFlash(c echo.Context) views.Flash {
	word, ok := s.cookieValue(c, flashCookie)
	if !ok || isHTMX(c) {
		return views.Flash{}
	}
	s.dropCookie(c, flashCookie)
	text := deed(word).sentence()
	if text == "" {
		return views.Flash{}
	}
	if s.ShowsMail && deed(word).mails() {
		text += " Nothing is sent from here: the mail stands at /dev/mail."
	}
	return views.Flash{Verdict: views.Pass, Text: text}
}
