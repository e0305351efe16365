package handlers

import (
	"bytes"
	"context"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/a-h/templ"
	"github.com/klauspost/compress/gzip"
	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/models"
	"github.com/sealpost/sealpost/views"
)

// compressFrom is the size in bytes from which compression saves a packet.
const compressFrom = 1400

// render writes a component as the answer. It is drawn into memory first, so
// that an error half way is answered with the error page and not cut off.
func render(c echo.Context, status int, component templ.Component) error {
	page := pages.Get().(*bytes.Buffer)
	defer pages.Put(page)
	page.Reset()
	if err := component.Render(shownTo(c), page); err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Add("Vary", "Accept-Encoding")
	body := page
	if page.Len() >= compressFrom && acceptsGzip(c.Request().Header.Values("Accept-Encoding")) {
		body = pages.Get().(*bytes.Buffer)
		defer pages.Put(body)
		body.Reset()
		if err := pack(body, page.Bytes()); err != nil {
			return err
		}
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("Content-Length", strconv.Itoa(body.Len()))
	c.Response().WriteHeader(status)
	_, err := body.WriteTo(c.Response())
	return err
}

// shownTo is what a page is rendered with: whose forms it has.
func shownTo(c echo.Context) context.Context {
	ctx := c.Request().Context()
	if v, ok := c.Get(keyVisitor).(*models.Visitor); ok && v != nil {
		return views.InAccount(ctx, v.AccountID)
	}
	return ctx
}

// pages keeps the memory of pages for the next.
var pages = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// packers keeps compressors for the next page: each is a megabyte. A page of a
// year is packed in half the time of the usual level and is an eighth larger.
var packers = sync.Pool{New: func() any {
	w, err := gzip.NewWriterLevel(nil, gzip.BestSpeed)
	if err != nil {
		panic(err) // there is such a level
	}
	return w
}}

func pack(out *bytes.Buffer, page []byte) error {
	w := packers.Get().(*gzip.Writer)
	defer packers.Put(w)
	w.Reset(out)
	if _, err := w.Write(page); err != nil {
		return err
	}
	return w.Close()
}

// acceptsGzip reads Accept-Encoding (RFC 9110 §12.5.3), where "gzip;q=0" refuses.
func acceptsGzip(headers []string) bool {
	for part := range strings.SplitSeq(strings.Join(headers, ","), ",") {
		coding, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		if !strings.EqualFold(strings.TrimSpace(coding), "gzip") {
			continue
		}
		q, given := strings.CutPrefix(strings.ReplaceAll(strings.ToLower(params), " ", ""), "q=")
		weight, err := strconv.ParseFloat(q, 64)
		return !given || err == nil && weight > 0
	}
	return false
}

// seeOther sends the browser on with a GET, which is how every successful
// write ends.
func seeOther(c echo.Context, path string) error {
	return c.Redirect(http.StatusSeeOther, path)
}

// isHTMX reports whether a fragment was asked for.
func isHTMX(c echo.Context) bool { return c.Request().Header.Get("HX-Request") == "true" }
