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

// A browser that has logged in to an address before is remembered by a cookie.
// Its tries are counted by themselves, so that strangers who guess at the
// address from everywhere can never keep its owner out.

const (
	deviceCookie = "device"
	deviceLife   = 365 * 24 * time.Hour
	deviceNonce  = 16
)

// deviceMark binds a nonce to an address.
func (s *site) deviceMark(nonce []byte, email string) []byte {
	mac := hmac.New(sha256.New, s.Store.SecretKey)
	mac.Write([]byte("known device\x00" + email + "\x00"))
	mac.Write(nonce)
	return mac.Sum(nil)
}

// knowDevice remembers that a browser has logged in to an address.
func (s *site) knowDevice(c echo.Context, email string) error {
	nonce := make([]byte, deviceNonce)
	if _, err := io.ReadFull(s.Random, nonce); err != nil {
		return fmt.Errorf("draw a nonce: %w", err)
	}
	value := base64.RawURLEncoding.EncodeToString(append(nonce, s.deviceMark(nonce, email)...))
	c.SetCookie(s.cookie(s.deviceCookieName(), value, deviceLife))
	return nil
}

func (s *site) deviceCookieName() string {
	if s.https() {
		return "__Host-" + deviceCookie
	}
	return deviceCookie
}

// deviceOfAddress is the name under which the tries of a browser are counted
// that has logged in to an address before; "" when it has not.
func (s *site) deviceOfAddress(c echo.Context, email string) string {
	cookie, err := c.Cookie(s.deviceCookieName())
	if err != nil {
		return ""
	}
	raw, err := base64.RawURLEncoding.DecodeString(cookie.Value)
	if err != nil || len(raw) != deviceNonce+sha256.Size || !hmac.Equal(raw[deviceNonce:], s.deviceMark(raw[:deviceNonce], email)) {
		return ""
	}
	return cookie.Value
}
