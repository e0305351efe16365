package handlers

import (
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

func (d deed) sentence() string {
	switch d {
	case deedDomainDeleted:
		return "The domain is deleted with its reports."
	case deedOffered:
		return "The offer is on its way. Its link works once, for seven days."
	case deedOfferGone:
		return "The offer is taken back; its link leads nowhere."
	case deedTaken:
		return "The domain is in this account now, with its reports."
	case deedTagged:
		return "The tags are changed."
	case deedSecretRenewed:
		return "The report URL has a new secret; the old one is unknown from now on."
	case deedMailboxGone:
		return "The mailbox is disconnected and its password forgotten. What was taken stays."
	case deedPasswordChanged:
		return "The password is changed, and you are logged out everywhere else."
	case deedForwardAdded:
		return "The target is added."
	case deedForwardAsked:
		return "The target is asked once more."
	case deedForwardRemoved:
		return "Nothing is sent to that target any more."
	case deedDeliveryAccepted:
		return "You vouch for the delivery. What became of it stands below."
	case deedDeliveryWithdrawn:
		return "You no longer vouch for the delivery."
	case deedDeliveryReplayed:
		return "The delivery was read again. What became of it stands below."
	case deedDeliveryDeleted:
		return "The delivery is deleted."
	case deedTokenRevoked:
		return "The token opens nothing from now on."
	case deedReporterBlocked:
		return "The reporter is blocked: its reports are out of the counts."
	case deedReporterUnblocked:
		return "The reports of the reporter count again."
	case deedInvited:
		return "The invitation is on its way. Its link works once, for seven days."
	case deedInvitationGone:
		return "The invitation is taken back; its link leads nowhere."
	case deedMemberChanged:
		return "The member is changed, from their next click on."
	case deedMemberRemoved:
		return "The member is removed and logged out of this account."
	case deedLeft:
		return "You have left the account."
	case deedJoined:
		return "Welcome: you are a member now."
	case deedPasswordReset:
		return "The password is changed. Log in with the new one."
	case deedEmailAsked:
		return "A mail is on its way to the new address. It counts once you have opened the link in it."
	case deedEmailChanged:
		return "Your address is changed, and you are logged out everywhere else."
	case deedSessionEnded:
		return "That browser is logged out."
	case deedSessionsEnded:
		return "You are logged out everywhere else."
	case deedPasskeyAdded:
		return "The passkey is added. You can log in with it from now on."
	case deedPasskeyRenamed:
		return "The passkey has its new name."
	case deedPasskeyRemoved:
		return "The passkey is removed and opens nothing any more."
	case deedAppRemoved:
		return "The app is removed: the password alone is enough."
	case deedTwoFactorsDemanded:
		return "Members are let in with two factors only, from their next click on."
	case deedTwoFactorsFree:
		return "Members are let in with a password alone."
	case deedClosed:
		return "The account is being deleted. You can still take that back."
	case deedReopened:
		return "The account stays, with everything in it."
	case deedRenamed:
		return "The account has its new name."
	case deedLoggedOut:
		return "You are logged out."
	default:
		return ""
	}
}

// done sends the browser to the next page, which says what was done. The
// cookie carries a word of ours, never text.
func (s *site) done(c echo.Context, d deed, path string) error {
	c.SetCookie(s.cookie(flashCookie, string(d), time.Minute))
	return seeOther(c, path)
}

func (s *site) takeFlash(c echo.Context) views.Flash {
	cookie, err := c.Cookie(flashCookie)
	if err != nil || isHTMX(c) {
		return views.Flash{}
	}
	s.dropCookie(c, flashCookie)
	text := deed(cookie.Value).sentence()
	if text == "" {
		return views.Flash{}
	}
	return views.Flash{Verdict: views.Pass, Text: text}
}
