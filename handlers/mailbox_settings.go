package handlers

import (
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/internal/domainname"
	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views"
)

// mailboxRefresh is after how many seconds the page of a mailbox that is being
// tried looks again where there is no JavaScript.
const mailboxRefresh = 3

func (s *site) mailboxPage(c echo.Context) (views.MailboxPage, error) {
	page := views.MailboxPage{Frame: s.frame(c, "Mailbox"), CanManage: member(c).May(models.ToManageMailbox), Form: newMailboxForm()}
	m, err := s.Store.Mailbox(c.Request().Context(), member(c).AccountID)
	if errors.Is(err, models.ErrNotFound) {
		return page, nil
	}
	if err != nil {
		return page, err
	}
	page.State, page.Error = string(m.State), m.Error
	page.Messages, page.Taken, page.PutAside = m.Messages, m.Taken, m.PutAside
	page.Form = views.MailboxForm{
		Host: m.Host, Port: strconv.Itoa(m.Port), Security: string(m.Security), Username: m.Username,
		Folder: m.Folder, DoneFolder: m.DoneFolder, FailedFolder: m.FailedFolder,
	}
	if m.TriedAt != nil {
		page.Tried = *m.TriedAt
	}
	if m.PolledAt != nil {
		page.Polled = *m.PolledAt
	}
	if m.State == models.MailboxTesting {
		page.Refresh = mailboxRefresh
	}
	return page, nil
}

func newMailboxForm() views.MailboxForm {
	return views.MailboxForm{
		Port: "993", Security: string(models.MailboxTLS), Folder: "INBOX", DoneFolder: "Sealpost done", FailedFolder: "Sealpost failed",
	}
}

func (s *site) showMailbox(c echo.Context) error {
	page, err := s.mailboxPage(c)
	if err != nil {
		return err
	}
	return render(c, http.StatusOK, views.Mailbox(page))
}

// showMailboxPanel is what changes by itself on the page.
func (s *site) showMailboxPanel(c echo.Context) error {
	if !isHTMX(c) {
		return seeOther(c, "/settings/mailbox")
	}
	page, err := s.mailboxPage(c)
	if err != nil {
		return err
	}
	return render(c, http.StatusOK, views.MailboxPanel(page))
}

// connectMailbox stores a mailbox; the job tries it at once. Its password is
// asked for each time, so that it never goes to a server that it was not
// typed for.
func (s *site) connectMailbox(c echo.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	m, sentence := readMailbox(form)
	if sentence != "" {
		page, err := s.mailboxPage(c)
		if err != nil {
			return err
		}
		page.Form, page.FormError = mailboxForm(form), sentence
		return render(c, http.StatusBadRequest, views.Mailbox(page))
	}
	m.AccountID = member(c).AccountID
	if err := s.Store.ConnectMailbox(c.Request().Context(), m, form.Get("password")); err != nil {
		return err
	}
	return seeOther(c, "/settings/mailbox")
}

// changeMailbox starts, pauses or tries a mailbox, or forgets it.
func (s *site) changeMailbox(c echo.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	ctx, account := c.Request().Context(), member(c).AccountID
	switch form.Get("do") {
	case "start":
		err = s.Store.SetMailboxState(ctx, account, models.MailboxRunning)
	case "pause":
		err = s.Store.SetMailboxState(ctx, account, models.MailboxPaused)
	case "test":
		err = s.Store.SetMailboxState(ctx, account, models.MailboxTesting)
	case "disconnect":
		if err = s.Store.RemoveMailbox(ctx, account); err == nil {
			return s.done(c, deedMailboxGone, "/settings/mailbox")
		}
	default:
		return refuse(http.StatusBadRequest, "")
	}
	if err != nil {
		return err
	}
	return seeOther(c, "/settings/mailbox")
}

func mailboxForm(form url.Values) views.MailboxForm {
	return views.MailboxForm{
		Host: form.Get("host"), Port: form.Get("port"), Security: form.Get("security"), Username: form.Get("username"),
		Folder: form.Get("folder"), DoneFolder: form.Get("done_folder"), FailedFolder: form.Get("failed_folder"),
	}
}

// readMailbox gives the mailbox that a form describes, or the sentence why it
// cannot be one.
func readMailbox(form url.Values) (models.Mailbox, string) {
	f := mailboxForm(form)
	m := models.Mailbox{
		Security: models.MailboxSecurity(f.Security), Username: f.Username,
		Folder: f.Folder, DoneFolder: f.DoneFolder, FailedFolder: f.FailedFolder,
	}
	var ok bool
	if m.Host, ok = mailHost(f.Host); !ok {
		return m, "Enter the name of the IMAP server, such as imap.example.com."
	}
	port, err := strconv.ParseUint(strings.TrimSpace(f.Port), 10, 16)
	if err != nil || port == 0 {
		return m, "Enter a port: 993 for TLS, 143 for STARTTLS."
	}
	m.Port = int(port)
	switch m.Security {
	case models.MailboxTLS, models.MailboxSTARTTLS, models.MailboxPlain:
	default:
		return m, "Choose how the server is spoken to."
	}
	if !plainText(m.Username) || !plainText(form.Get("password")) {
		return m, "Enter the user name and the password of the mailbox."
	}
	if !plainText(m.Folder) || !plainText(m.DoneFolder) || !plainText(m.FailedFolder) {
		return m, "Name the folder that reports are in, and the two that they go to."
	}
	if m.Folder == m.DoneFolder || m.Folder == m.FailedFolder {
		return m, "Messages must go to another folder than they come from."
	}
	return m, ""
}

// plainText takes what may go into an IMAP command: something, not too much,
// and no control characters.
func plainText(s string) bool {
	return s != "" && len(s) <= 255 && strings.ToValidUTF8(s, "\x00") == s && strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }) < 0
}

// mailHost takes a name or an IP address. Names of closed networks may be of
// one label; whether a server may be reached is decided when it is.
func mailHost(typed string) (string, bool) {
	typed = strings.ToLower(strings.TrimSuffix(strings.TrimSpace(typed), "."))
	if addr, err := netip.ParseAddr(strings.Trim(typed, "[]")); err == nil {
		return addr.WithZone("").String(), true
	}
	if name, err := domainname.Parse(typed); err == nil {
		return name, true
	}
	for _, label := range strings.Split(typed, ".") {
		if label == "" || len(label) > 63 || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return "", false
		}
	}
	return typed, len(typed) <= 253
}
