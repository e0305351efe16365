package handlers

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/sealpost/sealpost/models"
)

// apiMailbox is the IMAP mailbox that the account takes reports from. Its
// password is in no answer.
type apiMailbox struct {
	Host         string   `json:"host"`
	Port         int64    `json:"port"`
	Security     string   `json:"security" enum:"tls starttls plain"`
	Username     string   `json:"username"`
	Folder       string   `json:"folder" doc:"Whose messages are taken."`
	DoneFolder   string   `json:"done_folder" doc:"Where they go."`
	FailedFolder string   `json:"failed_folder" doc:"Where those go that hold no report to count."`
	State        string   `json:"state" enum:"testing running paused"`
	Error        *string  `json:"error" doc:"Why the last visit did not go well; null when it did."`
	TriedAt      *apiTime `json:"tried_at" doc:"When it was last spoken to, or that was tried."`
	PolledAt     *apiTime `json:"polled_at" doc:"When that last went well."`
	Messages     int64    `json:"messages" doc:"In its folder, as last seen."`
	Taken        int64    `json:"taken" doc:"Messages ever taken in."`
	PutAside     int64    `json:"put_aside" doc:"Of these, moved to failed_folder."`
}

func apiShowMailbox(s *site, c *apiCall) (reply, error) {
	m, err := s.Store.Mailbox(c.Request().Context(), c.visitor().AccountID)
	return reply{body: apiMailbox{
		Host: m.Host, Port: int64(m.Port), Security: string(m.Security), Username: m.Username,
		Folder: m.Folder, DoneFolder: m.DoneFolder, FailedFolder: m.FailedFolder, State: string(m.State), Error: orNull(m.Error),
		TriedAt: timeOrNull(m.TriedAt), PolledAt: timeOrNull(m.PolledAt), Messages: int64(m.Messages), Taken: m.Taken, PutAside: m.PutAside,
	}}, err
}

type apiNewMailbox struct {
	Host         string `json:"host"`
	Port         int64  `json:"port,omitempty" doc:"993 if it is left out."`
	Security     string `json:"security,omitempty" enum:"tls starttls plain" doc:"tls if it is left out."`
	Username     string `json:"username"`
	Password     string `json:"password" doc:"Kept encrypted, and shown to nobody."`
	Folder       string `json:"folder,omitempty" doc:"INBOX if it is left out."`
	DoneFolder   string `json:"done_folder,omitempty"`
	FailedFolder string `json:"failed_folder,omitempty"`
}

// form is n as the page sends it, with what the page proposes where n says nothing.
func (n apiNewMailbox) form() url.Values {
	form := newMailboxForm()
	values := url.Values{
		"host": {n.Host}, "port": {form.Port}, "security": {form.Security}, "username": {n.Username}, "password": {n.Password},
		"folder": {form.Folder}, "done_folder": {form.DoneFolder}, "failed_folder": {form.FailedFolder},
	}
	if n.Port != 0 {
		values.Set("port", strconv.FormatInt(n.Port, 10))
	}
	for field, said := range map[string]string{"security": n.Security, "folder": n.Folder, "done_folder": n.DoneFolder, "failed_folder": n.FailedFolder} {
		if said != "" {
			values.Set(field, said)
		}
	}
	return values
}

func apiSetMailbox(s *site, c *apiCall) (reply, error) {
	var n apiNewMailbox
	if err := readJSON(c.raw, &n); err != nil {
		return reply{}, err
	}
	m, sentence := readMailbox(n.form())
	if sentence != "" {
		return reply{}, refuseCall(http.StatusBadRequest, problemBody, sentence)
	}
	m.AccountID = c.visitor().AccountID
	if err := s.Store.ConnectMailbox(c.Request().Context(), m, n.Password); err != nil {
		return reply{}, err
	}
	return apiShowMailbox(s, c)
}

type apiMailboxChange struct {
	State string `json:"state" enum:"testing running paused" doc:"testing tries it once and takes nothing."`
}

func apiChangeMailbox(s *site, c *apiCall) (reply, error) {
	var n apiMailboxChange
	if err := readJSON(c.raw, &n); err != nil {
		return reply{}, err
	}
	state := models.MailboxState(n.State)
	switch state {
	case models.MailboxTesting, models.MailboxRunning, models.MailboxPaused:
	default:
		return reply{}, refuseCall(http.StatusBadRequest, problemBody, `The field "state" must be testing, running or paused.`)
	}
	if err := s.Store.SetMailboxState(c.Request().Context(), c.visitor().AccountID, state); err != nil {
		return reply{}, err
	}
	return apiShowMailbox(s, c)
}

func apiRemoveMailbox(s *site, c *apiCall) (reply, error) {
	return reply{}, s.Store.RemoveMailbox(c.Request().Context(), c.visitor().AccountID)
}
