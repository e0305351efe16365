package handlers_test

import (
	"testing"

	"github.com/sealpost/sealpost/handlers"
)

// The gallery is for who works on the look: it is there on a laptop only.
func TestGalleryIsForLaptops(t *testing.T) {
	t.Parallel()
	if got := newWorld(t).get("/dev/gallery", nil); got.StatusCode != 404 {
		t.Errorf("a server for people shows it: %d", got.StatusCode)
	}
	page := newWorld(t, func(d *handlers.Deps) { d.ShowsMail = true }).get("/dev/gallery", nil)
	if page.StatusCode != 200 || page.doc(t).Find(".gallery section").Length() < 7 {
		t.Errorf("on a laptop it answers %d", page.StatusCode)
	}
}
