package handlers

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views"
)

// sharePath stands before the token of a read-only link.
const sharePath = "/share/"

// shareDays are the lives of a link that can be chosen, in days.
var shareDays = [...]int{7, 30, 90, 365}

// maxShareName is the longest name of a link, in characters.
const maxShareName = 80

func (s *site) sharesPage(c echo.Context, d models.Domain) (views.SharesPage, error) {
	page := views.SharesPage{Frame: s.frame(c, d.Name+" links"), Domain: domainHead(d), Lives: shareDays[:], MaxName: maxShareName}
	page.Path = c.Request().URL.Path
	by, err := s.makerOf(c)
	if err != nil {
		return page, err
	}
	links, err := s.Store.ShareLinks(c.Request().Context(), d)
	for _, l := range links {
		row := views.ShareRow{ID: l.ID, Name: l.Name, Created: l.CreatedAt, Expires: l.ExpiresAt}
		if !member(c).Limited() { // who sees a part is not shown whom the others are
			row.By = by(l.CreatedBy)
		}
		page.Links = append(page.Links, row)
	}
	return page, err
}

// listShares is the list of the read-only links to a domain.
func (s *site) listShares(c echo.Context) error {
	d, err := s.domain(c)
	if err != nil {
		return err
	}
	page, err := s.sharesPage(c, d)
	if err != nil {
		return err
	}
	return render(c, http.StatusOK, views.Shares(page))
}

// addShare makes a link. Its address is shown once, in the answer: we keep a
// hash of it only.
func (s *site) addShare(c echo.Context) error {
	d, form, err := s.domainForm(c)
	if err != nil {
		return err
	}
	name, life, sentence := readShare(form.Get("name"), form.Get("days"))
	var token string
	if sentence == "" {
		if _, token, err = s.newShare(c, d, name, life); errors.Is(err, models.ErrQuota) {
			sentence = fmt.Sprintf("A domain has at most %d links: take one back first.", models.MostShareLinks)
		} else if err != nil {
			return err
		}
	}
	page, err := s.sharesPage(c, d)
	if err != nil {
		return err
	}
	if page.Name, page.NameError = form.Get("name"), sentence; sentence != "" {
		return render(c, http.StatusBadRequest, views.Shares(page))
	}
	page.Name, page.Made = "", s.BaseURL.JoinPath(sharePath, token).String()
	return render(c, http.StatusOK, views.Shares(page))
}

func readShare(name, days string) (string, time.Duration, string) {
	name = searchText(name)
	n, err := strconv.Atoi(days)
	switch {
	case name == "":
		return "", 0, "Give the link a name, so that you know later whom it was for."
	case len([]rune(name)) > maxShareName:
		return "", 0, fmt.Sprintf("A name has at most %d characters.", maxShareName)
	case err != nil || oneOf(days, "7", "30", "90", "365") == "":
		return "", 0, "Choose how long the link works."
	}
	return name, time.Duration(n) * 24 * time.Hour, ""
}

func (s *site) newShare(c echo.Context, d models.Domain, name string, life time.Duration) (models.ShareLink, string, error) {
	secret := make([]byte, tokenBytes)
	if _, err := io.ReadFull(s.Random, secret); err != nil {
		return models.ShareLink{}, "", fmt.Errorf("draw a token: %w", err)
	}
	token := base64.RawURLEncoding.EncodeToString(secret)
	link, err := s.Store.AddShareLink(c.Request().Context(), d, name, member(c).UserID, shareHash(token), life)
	return link, token, err
}

func shareHash(token string) []byte {
	hash := sha256.Sum256([]byte("share " + token))
	return hash[:]
}

// removeShare takes a link back at once.
func (s *site) removeShare(c echo.Context) error {
	d, err := s.domain(c)
	if err != nil {
		return err
	}
	id, err := idInPath(c)
	if err != nil {
		return err
	}
	if err := s.Store.RemoveShareLink(c.Request().Context(), d, id); err != nil {
		return err
	}
	return seeOther(c, "/domains/"+d.Name+"/shares")
}

// showShared is a domain's trend for the holder of a link: the same numbers,
// and nothing that leads further.
func (s *site) showShared(c echo.Context) error {
	token := c.Param("token")
	link, d, err := s.sharedDomain(c)
	if err != nil {
		return err
	}
	c.Response().Header().Set("X-Robots-Tag", "noindex, nofollow")
	page := views.DomainPage{Frame: s.bareFrame(c, d.Name), Domain: domainHead(d)}
	page.Path = sharePath + token
	page.Shared, page.SharedUntil = link.Name, link.ExpiresAt
	q := domainQueryOf(sharePath+token, c.QueryParams(), s.Now())
	if err := s.fillDomain(c.Request().Context(), &page, d, q); err != nil {
		return err
	}
	page.Addresses = nil
	if page.Trend != nil {
		page.Trend.DaysURL = ""
	}
	return render(c, http.StatusOK, views.Domain(page))
}

// sharedDomain is what the link in the path leads to.
func (s *site) sharedDomain(c echo.Context) (models.ShareLink, models.Domain, error) {
	token := c.Param("token")
	if len(token) != base64.RawURLEncoding.EncodedLen(tokenBytes) {
		return models.ShareLink{}, models.Domain{}, models.ErrNotFound
	}
	return s.Store.SharedDomain(c.Request().Context(), shareHash(token))
}

// exportShared gives a table of the page behind a link as a file.
func (s *site) exportShared(c echo.Context) error {
	_, d, err := s.sharedDomain(c)
	if err != nil {
		return err
	}
	c.Response().Header().Set("X-Robots-Tag", "noindex, nofollow")
	return s.exportTable(c, d, s.sharedTables())
}
