package handlers

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/models"
)

const (
	sessionCookie = "sealpost"
	sessionLife   = 30 * 24 * time.Hour
	tokenBytes    = 32
	// seenEvery is how exactly it is known when a session was last used.
	seenEvery = 10 * time.Minute
)

// startSession logs a user in: the session that the browser has had ends and
// one with a new token begins.
func (s *site) startSession(c echo.Context, userID, accountID string, twoFactors bool) error {
	token := make([]byte, tokenBytes)
	if _, err := io.ReadFull(s.Random, token); err != nil {
		return fmt.Errorf("draw a session token: %w", err)
	}
	ctx := c.Request().Context()
	if old, ok := s.sessionHash(c); ok {
		if err := s.Store.EndSession(ctx, old); err != nil {
			return err
		}
	}
	text := base64.RawURLEncoding.EncodeToString(token)
	err := s.Store.AddSession(ctx, models.NewSession{
		TokenHash: hashToken(text), UserID: userID, AccountID: accountID, Life: sessionLife,
		Device: deviceOf(c.Request()), Address: c.RealIP(), TwoFactors: twoFactors,
	})
	if err != nil {
		return err
	}
	c.SetCookie(s.cookie(sessionCookie, text, sessionLife))
	c.Set(keyTried, userID)
	return nil
}

func hashToken(text string) []byte {
	sum := sha256.Sum256([]byte(text))
	return sum[:]
}

// sessionHash is what the session of a request is stored under.
func (s *site) sessionHash(c echo.Context) ([]byte, bool) {
	token, ok := s.cookieValue(c, sessionCookie)
	if !ok || len(token) != base64.RawURLEncoding.EncodedLen(tokenBytes) {
		return nil, false
	}
	return hashToken(token), true
}

const keyVisitor = "visitor"

// visitor is who a request comes from; nil is nobody. It is looked up once.
func (s *site) visitor(c echo.Context) (*models.Visitor, error) {
	if v, ok := c.Get(keyVisitor).(*models.Visitor); ok {
		return v, nil
	}
	v, err := s.findVisitor(c)
	if err != nil {
		return nil, err
	}
	c.Set(keyVisitor, v)
	if v != nil {
		seeAs(c, v)
	}
	return v, nil
}

// seeAs lets a request read what its visitor may see.
func seeAs(c echo.Context, v *models.Visitor) {
	if v.Limited() {
		r := c.Request()
		c.SetRequest(r.WithContext(models.Seeing(r.Context(), v.AccountID, v.Tags)))
	}
}

func (s *site) findVisitor(c echo.Context) (*models.Visitor, error) {
	hash, ok := s.sessionHash(c)
	if !ok {
		return nil, nil
	}
	ctx := c.Request().Context()
	v, err := s.Store.Visitor(ctx, hash)
	if verdictOf(err).code == http.StatusNotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if s.Now().Sub(v.LastSeenAt) >= seenEvery {
		if err := s.Store.TouchSession(ctx, hash); err != nil {
			s.Log.Warn("the last use of a session could not be noted", "error", err)
		}
	}
	return &v, nil
}

// may lets only people through who are logged in and may do something in the
// account that is open. Others are sent to the login and come back to the page
// they wanted.
func (s *site) may(a models.Action) echo.MiddlewareFunc {
	return s.known(func(v *models.Visitor) error {
		switch {
		case v.May(a):
			return nil
		case v.AccountState == models.AccountSuspended:
			return errSuspended
		case v.LacksFactor():
			return errLacksFactor
		case v.AccountState != models.AccountActive && v.Role.May(a):
			return refuse(http.StatusForbidden, "This account is being deleted, and can only be looked at.")
		case v.Limited() && v.Role.May(a):
			return refuse(http.StatusForbidden, "You see a part of this account's domains only, and this is about all of them.")
		default:
			return refuse(http.StatusForbidden, "Your role in this account does not allow this.")
		}
	})
}

// errSuspended is said to the members of an account that the operator keeps them out of.
var errSuspended = &refusal{
	code: http.StatusForbidden, accounts: accountsPath,
	sentence: "This account is suspended, and its members are kept out. Reports still come in and nothing is lost. Ask the operator of this server why.",
}

// errLacksFactor is said of who has logged in with a password alone where the
// account demands more.
var errLacksFactor = refuse(http.StatusForbidden, "This account lets nobody in with a password alone. Add an authenticator app, or log in with a passkey.")

// person lets everybody through who is logged in, in whatever account.
func (s *site) person() echo.MiddlewareFunc {
	return s.known(func(*models.Visitor) error { return nil })
}

// known asks who a request comes from, lets check decide, and puts what is
// changed down to them.
func (s *site) known(check func(*models.Visitor) error) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			v, err := s.visitor(c)
			switch {
			case err != nil:
				return err
			case v == nil && isHTMX(c):
				return refuse(http.StatusUnauthorized, "You are logged out. Log in to see this.")
			case v == nil:
				return s.sendToLogin(c, reasonWanted, sessionCookie)
			}
			err = check(v)
			if errors.Is(err, errLacksFactor) && c.Request().Method == http.MethodGet && !isHTMX(c) {
				return seeOther(c, signingInPath)
			}
			if err == nil {
				err = s.checkAccount(c, v)
			}
			if err != nil {
				return err
			}
			actAs(c, v.UserID, v.Email)
			return next(c)
		}
	}
}

// actAs puts the changes of a request down to a person.
func actAs(c echo.Context, userID, email string) {
	r := c.Request()
	c.SetRequest(r.WithContext(models.By(r.Context(), models.Actor{UserID: userID, Name: email, Address: c.RealIP()})))
}

// member is the visitor of a route behind may or person.
func member(c echo.Context) *models.Visitor {
	return c.Get(keyVisitor).(*models.Visitor)
}

// maxDevice is how much is kept of what a browser says it is, in bytes.
const maxDevice = 300

// deviceOf is what a browser says it is.
func deviceOf(r *http.Request) string {
	device := r.UserAgent()
	return device[:min(len(device), maxDevice)]
}
