package views

import "github.com/sealpost/sealpost/views/chart"

// LandingPage is "/": what Sealpost does, in one screen.
type LandingPage struct {
	Frame
	// Chart is the example chart made from demo data; nil leaves it out.
	Chart *chart.Trend
	// SignupOpen shows the links to sign up.
	SignupOpen bool
}
