// Package chart draws Sealpost's charts as SVG on the server: a pure layout
// step turns counts into paths and labels, and templ components write them
// out. It never sees a request, a database or the clock, and imports the
// standard library and a-h/templ only, none of our own packages.
//
// Everything is coloured by class (static/css/chart.css); no component writes
// a style attribute or a script, so the strictest content security policy
// holds. Widths are percentages and heights are pixels: text keeps its size
// and nothing moves between 320 and 1920 pixels.
package chart
