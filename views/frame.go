package views

import "time"

// Theme is how a person wants pages to look; the empty value is ThemeSystem.
type Theme string

// The values of the theme cookie and of the field "theme" of POST /theme.
const (
	ThemeSystem Theme = "system"
	ThemeLight  Theme = "light"
	ThemeDark   Theme = "dark"
)

// Frame is what every page has around its own content. Embed it in each page.
type Frame struct {
	// Title stands before " · Sealpost" in the browser's title bar.
	Title string
	// User is the e-mail address of the person logged in, "" for nobody.
	User string
	// Account is the name of the account the page lives in.
	Account string
	// Path is the request's path with its query. It marks the current entry of
	// the menu, and POST /theme returns to it (field "next").
	Path string
	// Theme comes from the cookie "theme".
	Theme Theme
	// QuarantineCount is the number of deliveries in quarantine.
	QuarantineCount int
	// Assets turns the name of a static file ("css/base.css") into its URL.
	// Nil gives "/static/" + name.
	Assets func(name string) string
	// Integrity gives the hash of a static file for the attribute of that name.
	// Nil, and "", leave it out.
	Integrity func(name string) string
	// Flash is the outcome of what the person did last; the zero value shows nothing.
	Flash Flash
	// StorageFull says that no report is accepted for want of space.
	StorageFull bool
	// ClosesAt is from when on the account, which is being deleted, is removed;
	// zero for one that is not. CanClose says that the person can take it back.
	ClosesAt time.Time
	CanClose bool
	// Now is the time of rendering; "4 s ago" is counted from it.
	Now time.Time
	// Description is what a search engine shows beneath the title, and Canonical
	// the one address of a page that anybody may see; a page without it asks not
	// to be listed.
	Description, Canonical string
	// Refresh reloads the page after so many seconds where there is no
	// JavaScript; 0 never does.
	Refresh int
}

// Flash is one sentence above the page's content.
type Flash struct {
	// Verdict gives the sign and the colour: Pass for done, Fail for refused,
	// Warn for done with a caveat.
	Verdict Verdict
	// Text is one plain sentence. Empty: no flash.
	Text string
}

func (f Frame) asset(name string) string {
	if f.Assets == nil {
		return "/static/" + name
	}
	return f.Assets(name)
}

func (f Frame) integrity(name string) string {
	if f.Integrity == nil {
		return ""
	}
	return f.Integrity(name)
}

func (f Frame) title() string {
	if f.Title == "" {
		return "Sealpost"
	}
	return f.Title + " · Sealpost"
}

// themeAttr is the value of data-theme on the html element.
func (f Frame) themeAttr() string {
	if f.Theme == ThemeLight || f.Theme == ThemeDark {
		return string(f.Theme)
	}
	return string(ThemeSystem)
}
