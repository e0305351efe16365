package handlers

import (
	"errors"
	"net/http"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views"
)

const accountsPath = "/accounts"

func (s *site) accountsPage(c echo.Context) (views.AccountsPage, error) {
	v := member(c)
	page := views.AccountsPage{Frame: s.frame(c, "Your accounts"), MaxName: models.MaxAccountName}
	accounts, err := s.Store.AccountsOf(c.Request().Context(), v.UserID)
	for _, a := range accounts {
		page.Rows = append(page.Rows, views.AccountRow{ID: a.ID, Name: a.Name, Role: string(a.Role), State: string(a.State), Open: a.ID == v.AccountID})
	}
	return page, err
}

// listAccounts is the list of the accounts that a person is a member of.
func (s *site) listAccounts(c echo.Context) error {
	page, err := s.accountsPage(c)
	if err != nil {
		return err
	}
	return render(c, http.StatusOK, views.Accounts(page))
}

// openAccount makes another account of the person the one that pages show.
func (s *site) openAccount(c echo.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	id, err := uuid.Parse(form.Get("account"))
	if err != nil {
		return models.ErrNotFound
	}
	hash, _ := s.sessionHash(c)
	if err := s.Store.OpenAccount(c.Request().Context(), hash, id.String()); err != nil {
		return err
	}
	return seeOther(c, "/overview")
}

// addAccount makes another account that the person owns, and opens it.
func (s *site) addAccount(c echo.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	name, ok := readName(form.Get("name"))
	if !ok || s.Signup == SignupClosed {
		page, err := s.accountsPage(c)
		if err != nil {
			return err
		}
		page.Name, page.NameError = form.Get("name"), nameSentence
		if ok {
			page.NameError = "No accounts are made on this server. Ask its operator."
		}
		return render(c, http.StatusBadRequest, views.Accounts(page))
	}
	ctx := c.Request().Context()
	account, err := s.Store.AddAccount(ctx, member(c).UserID, name)
	if errors.Is(err, models.ErrQuota) {
		return refuse(http.StatusTooManyRequests, "You own as many accounts as one person can.")
	}
	if err != nil {
		return err
	}
	hash, _ := s.sessionHash(c)
	if err := s.Store.OpenAccount(ctx, hash, account.ID); err != nil {
		return err
	}
	return seeOther(c, "/overview")
}
