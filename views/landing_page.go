package views

import "github.com/a-h/templ"

// LandingPage is "/": what Sealpost does, in one screen.
type LandingPage struct {
	Frame
	// Chart is the example chart made from demo data; nil leaves it out.
	Chart templ.Component
	// SignupOpen shows the links to sign up.
	SignupOpen bool
}
