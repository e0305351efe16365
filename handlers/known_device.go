package handlers

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"time"

	"github.com/labstack/echo/v4"
)

// A browser that has logged in to an address before, or has given a right code
// of a person before, is remembered by a cookie. Its tries are counted by
// themselves, so that strangers who guess from everywhere can never keep the
// owner out.

const (
	deviceCookie = "device" // the password was right
	factorCookie = "factor" // and so was the code
	deviceLife   = 365 * 24 * time.Hour
	deviceNonce  = 16
)

// browserMark binds a nonce to what the browser has proven.
func (s *site) browserMark(nonce []byte, subject string) []byte {
	mac := hmac.New(sha256.New, s.Store.SecretKey)
	mac.Write([]byte("known device\x00" + subject + "\x00"))
	mac.Write(nonce)
	return mac.Sum(nil)
}

// knowDevice remembers that a browser has logged in to an address.
func (s *site) knowDevice(c echo.Context, email string) error {
	return s.knowBrowser(c, deviceCookie, email)
}

func (s *site) knowBrowser(c echo.Context, cookie, subject string) error {
	nonce := make([]byte, deviceNonce)
	if _, err := io.ReadFull(s.Random, nonce); err != nil {
		return fmt.Errorf("draw a nonce: %w", err)
	}
	value := base64.RawURLEncoding.EncodeToString(append(nonce, s.browserMark(nonce, subject)...))
	c.SetCookie(s.cookie(cookie, value, deviceLife))
	return nil
}

// deviceOfAddress is the name under which the tries of a browser are counted
// that has logged in to an address before; "" when it has not.
func (s *site) deviceOfAddress(c echo.Context, email string) string {
	return s.knownBrowser(c, deviceCookie, email)
}

func (s *site) knownBrowser(c echo.Context, name, subject string) string {
	value, ok := s.cookieValue(c, name)
	if !ok {
		return ""
	}
	raw, err := base64.RawURLEncoding.DecodeString(value)
	if err != nil || len(raw) != deviceNonce+sha256.Size || !hmac.Equal(raw[deviceNonce:], s.browserMark(raw[:deviceNonce], subject)) {
		return ""
	}
	return value
}
