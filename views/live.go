package views

import "github.com/a-h/templ"

// How what htmx brings takes the place of what was there. Where the same things
// have other values they are changed in place, which keeps them and the focus;
// lists of other things are replaced, which moves none of the old ones. The
// place of the page stays, but where a page of a list is turned.
const (
	inPlace = "outerMorph show:none"
	anew    = "outerHTML show:none"
	turned  = "outerHTML show:top"
)

// live makes the links inside replace a panel of the page, which has the id;
// without JavaScript they open the same page.
func live(panel, how string) templ.Attributes {
	return templ.Attributes{
		"hx-boost:inherited":     "true",
		"hx-target:inherited":    "#" + panel,
		"hx-select:inherited":    "#" + panel,
		"hx-swap:inherited":      how,
		"hx-indicator:inherited": "#" + panel,
	}
}
