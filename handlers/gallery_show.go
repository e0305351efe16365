package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"
	"github.com/sealpost/sealpost/views"
)

// showGallery shows the parts of pages in all their states, on a laptop only.
func (s *site) showGallery(c echo.Context) error {
	return render(c, http.StatusOK, views.Gallery(views.GalleryPage{Frame: s.frame(c, "Gallery")}))
}
