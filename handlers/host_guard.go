package handlers

import (
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/static"
)

// guardHost answers under our own name only: what is asked of another, such as
// a customer's whose records lead here, is none of ours to answer, and gets no
// cookie (RFC 9110 §15.5.20). Reports and health may be asked for by any name,
// since a report must not be lost because the pages have moved.
func (s *site) guardHost(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		if machineRoute(c) || strings.HasPrefix(r.URL.Path, static.Prefix) || !s.misdirected(r) {
			return next(c)
		}
		if !portExists(r.Host) {
			return refuse(http.StatusBadRequest, "The Host of this request names a port that cannot be.")
		}
		return refuse(http.StatusMisdirectedRequest, "Nothing is served under this name. The pages of this server are at "+s.BaseURL.String()+".")
	}
}

// misdirected reports whether a request means another host than ours.
func (s *site) misdirected(r *http.Request) bool {
	return !(s.ours(r.Host) && portExists(r.Host) && s.oursByTLS(r) || s.byProxy(r))
}

// ours reports whether a Host is the name of the pages. An address, and the name
// of the machine itself, cannot be made to lead somewhere else.
func (s *site) ours(host string) bool {
	name := strings.TrimSuffix(strings.ToLower(hostName(host)), ".")
	if _, err := netip.ParseAddr(name); err == nil {
		return true
	}
	return name == "localhost" || name == strings.ToLower(s.BaseURL.Hostname())
}

// oursByTLS reports whether the name that a client has asked for before the
// request (RFC 6066 §3), if any, is ours as well.
func (s *site) oursByTLS(r *http.Request) bool {
	return r.TLS == nil || r.TLS.ServerName == "" || s.ours(r.TLS.ServerName)
}

// byProxy reports whether one of our proxies asks, which may change the Host.
func (s *site) byProxy(r *http.Request) bool {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return false
	}
	for _, p := range s.TrustedProxies {
		if p.Contains(peer.Addr().Unmap()) {
			return true
		}
	}
	return false
}

// portExists reports whether a Host has no port, or one that there can be.
func portExists(host string) bool {
	_, port, err := net.SplitHostPort(host)
	if err != nil || port == "" {
		return true
	}
	n, err := strconv.ParseUint(port, 10, 16)
	return err == nil && n > 0
}

// hostName is a Host without its port.
func hostName(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return strings.Trim(host, "[]")
}
