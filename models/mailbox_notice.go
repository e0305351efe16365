package models

import (
	"time"

	"gorm.io/gorm"
)

// mailboxAlarm is how many visits in a row must fail before the account is
// told: one or two are a server that restarts.
const mailboxAlarm = 3

// noteMailbox tells the account what became of its mailbox: detail goes on
// after its name.
func noteMailbox(tx *gorm.DB, m Mailbox, now time.Time, detail string) error {
	return tx.Create(&Notice{AccountID: m.AccountID, At: now, Kind: NoticeMailbox, Subject: m.Username + " at " + m.Host, Detail: detail}).Error
}

// noteMailboxState tells of a mailbox that is started or paused, once.
func noteMailboxState(tx *gorm.DB, m Mailbox, now time.Time, state MailboxState) error {
	switch {
	case m.State == state:
		return nil
	case state == MailboxRunning:
		return noteMailbox(tx, m, now, "was started: reports are taken out of it.")
	case state == MailboxPaused && m.State == MailboxRunning:
		return noteMailbox(tx, m, now, "was paused.")
	default:
		return nil
	}
}

// noteMailboxVisit tells of a running mailbox that has ceased to work, once,
// and of one that works again.
func noteMailboxVisit(tx *gorm.DB, m Mailbox, now time.Time, failure string) error {
	switch {
	case m.State != MailboxRunning:
		return nil
	case failure != "" && m.Failures+1 == mailboxAlarm:
		return noteMailbox(tx, m, now, "does not work any more. "+failure)
	case failure == "" && m.Failures >= mailboxAlarm:
		return noteMailbox(tx, m, now, "works again.")
	default:
		return nil
	}
}
