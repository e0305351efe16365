package handlers

import (
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strings"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/internal/hosted"
	"github.com/sealpost/sealpost/models"
)

const keyRequestID = "request id"

func requestID(c echo.Context) string {
	id, _ := c.Get(keyRequestID).(string)
	return id
}

// logRequests gives each request an id, answers its errors, and writes one
// line about it: never its query, its form or a secret.
func (s *site) logRequests(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		start := s.Now()
		id := make([]byte, 8)
		if _, err := io.ReadFull(s.Random, id); err != nil {
			return fmt.Errorf("draw a request id: %w", err)
		}
		c.Set(keyRequestID, hex.EncodeToString(id))
		c.Response().Header().Set("X-Request-Id", requestID(c))
		if err := guardPanic(next, c); err != nil {
			c.Error(err)
		}
		s.Log.Info("request", append([]any{"id", requestID(c), "method", c.Request().Method, "path", loggedPath(c.Request().URL.Path),
			"status", c.Response().Status, "bytes", c.Response().Size, "took", s.Now().Sub(start), "remote", c.RealIP()}, whoAsks(c)...)...)
		return nil
	}
}

// keyTried is the id of the person whom a login is about, whether it lets them
// in or not.
const keyTried = "tried"

// whoAsks is who a line of the log is about: ids, never a name or an address.
func whoAsks(c echo.Context) (who []any) {
	if v, ok := c.Get(keyVisitor).(*models.Visitor); ok && v != nil {
		who = append(who, "account", v.AccountID)
		if v.UserID != "" {
			who = append(who, "user", v.UserID)
		}
	}
	if b, ok := c.Get(keyBearer).(models.Bearer); ok {
		who = append(who, "token", b.ID)
	}
	if id, ok := c.Get(keyTried).(string); ok {
		who = append(who, "login", id)
	}
	return who
}

// guardPanic turns a panic into an error with its stack.
func guardPanic(next echo.HandlerFunc, c echo.Context) (err error) {
	defer func() {
		r := recover()
		if r == nil {
			return
		}
		if r == http.ErrAbortHandler {
			panic(r)
		}
		err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
	}()
	return next(c)
}

// loggedPath is a path without anything that has the form of a secret.
func loggedPath(path string) string {
	const longest = 200
	if len(path) > longest {
		path = path[:longest] + "…"
	}
	if i := strings.Index(strings.ToLower(path), hosted.ReportPath); i >= 0 {
		return path[:i] + hosted.ReportPath + "[secret]"
	}
	if strings.HasPrefix(path, sharePath) {
		return sharePath + "[secret]"
	}
	parts := strings.Split(path, "/")
	for i, p := range parts {
		if holdsSecret(p) {
			parts[i] = "[secret]"
		}
	}
	return strings.Join(parts, "/")
}

// holdsSecret finds what has the form of a secret anywhere in a part of a path.
func holdsSecret(part string) bool {
	part = strings.ToLower(part)
	if strings.Contains(part, hosted.APITokenPrefix) {
		return true
	}
	for i := 0; i+hosted.SecretLen <= len(part); i++ {
		if hosted.ValidSecret(part[i : i+hosted.SecretLen]) {
			return true
		}
	}
	return false
}

// addressOf finds the address of the person or server that asks: the peer, or
// what a trusted proxy says in X-Forwarded-For. Untrusted peers can say what
// they like.
func addressOf(proxies []netip.Prefix) echo.IPExtractor {
	if len(proxies) == 0 {
		return echo.ExtractIPDirect()
	}
	trust := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, p := range proxies {
		trust = append(trust, echo.TrustIPRange(&net.IPNet{IP: p.Masked().Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}))
	}
	return echo.ExtractIPFromXFFHeader(trust...)
}
