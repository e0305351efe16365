package views

// htmxConfig keeps htmx inside the content security policy and adds nothing to
// the page by itself.
const htmxConfig = `{"includeIndicatorCSS":false}`

var stylesheets = []string{"css/base.css", "css/parts.css", "css/pages.css", "css/chart.css"}

// scripts are those of every page; uploads and passkeys bring their own.
var scripts = []string{"js/htmx.min.js", "js/copy.js", "js/keys.js", "js/chart.js"}

var menu = []struct{ path, word string }{
	{"/overview", "Overview"},
	{"/domains", "Domains"},
	{"/failures", "Failures"},
	{"/reports", "Reports"},
	{"/quarantine", "Quarantine"},
}

// tools are the pages that work without an account.
var tools = []struct{ path, short, word string }{
	{"/tools/check", "Check", "Record checker"},
	{"/tools/generate", "Generate", "Record generator"},
	{"/tools/analyze", "Analyze", "Report analyzer"},
}

var themes = []struct {
	theme Theme
	word  string
}{{ThemeSystem, "As the system"}, {ThemeLight, "Light"}, {ThemeDark, "Dark"}}

func (f Frame) home() string {
	if f.User == "" {
		return "/"
	}
	return "/overview"
}
