package handlers

import (
	"strings"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/views"
)

// publicFrame is the frame of a page that anybody may see and search engines
// may list, under one address.
func (s *site) publicFrame(c echo.Context, title, description, path string) views.Frame {
	f := s.frame(c, title)
	f.Description, f.Canonical = description, s.address(path)
	return f
}

// address is the public address of a path of ours.
func (s *site) address(path string) string {
	return strings.TrimSuffix(s.BaseURL.String(), "/") + path
}
