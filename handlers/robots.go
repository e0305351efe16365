package handlers

import (
	"encoding/xml"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
)

// publicPages are those that search engines may list.
func publicPages() []string {
	return []string{"/", toolCheckPath, toolGeneratePath, toolAnalyzePath}
}

// showRobots keeps crawlers to the public pages. A question to a tool starts
// work of ours, so questions are not for them.
func (s *site) showRobots(c echo.Context) error {
	lines := []string{"User-agent: *", "Allow: /static/"}
	for _, path := range publicPages() {
		lines = append(lines, "Allow: "+path+"$")
	}
	lines = append(lines, "Disallow: /", "Sitemap: "+s.address("/sitemap.xml"), "")
	return c.Blob(http.StatusOK, "text/plain; charset=utf-8", []byte(strings.Join(lines, "\n")))
}

// sitemap is the document of sitemaps.org.
type sitemap struct {
	XMLName xml.Name     `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 urlset"`
	URLs    []sitemapURL `xml:"url"`
}

type sitemapURL struct {
	Loc string `xml:"loc"`
}

func (s *site) showSitemap(c echo.Context) error {
	var m sitemap
	for _, path := range publicPages() {
		m.URLs = append(m.URLs, sitemapURL{s.address(path)})
	}
	text, err := xml.Marshal(m)
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, "application/xml; charset=utf-8", append([]byte(xml.Header), text...))
}
