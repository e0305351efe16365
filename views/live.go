package views

import "github.com/a-h/templ"

// live makes the links inside replace a panel of the page, which has the id;
// without JavaScript they open the same page.
func live(panel string) templ.Attributes {
	return templ.Attributes{
		"hx-boost:inherited":     "true",
		"hx-target:inherited":    "#" + panel,
		"hx-select:inherited":    "#" + panel,
		"hx-swap:inherited":      "outerMorph",
		"hx-indicator:inherited": "#" + panel,
	}
}
