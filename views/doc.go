// Package views holds the templ components of every page and the structs they
// render: one struct per page, shaped like the page, filled by a handler. It
// imports the standard library, templ and views/chart, and will never import
// models, a database package or the web framework.
package views
