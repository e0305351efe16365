package views

// Period is a fixed range of days that ends today, with the key that leads to it.
type Period struct {
	Days int
	// Word is the link's text, Title its title, Key the key in lower case.
	Word, Title, Key string
}

// Periods are the fixed ranges of all pages that have days to choose.
func Periods() []Period {
	return []Period{
		{1, "1d", "today", "d"},
		{7, "7d", "7 days", "w"},
		{30, "30d", "30 days", "m"},
		{90, "90d", "90 days", "q"},
		{365, "1y", "365 days", "y"},
	}
}

// Keys of single elements, as the browser names them in lower case.
const (
	keySearch   = "/"
	keyHelp     = "?"
	keyPrevious = "arrowleft"
	keyNext     = "arrowright"
)

// keyGroup is a part of the keyboard map: the keys that work in one place.
type keyGroup struct {
	where string
	keys  []keyLine
}

type keyLine struct {
	caps []string
	act  string
}

// keyMap is what the help says of the keyboard. The script reads the same keys
// from the elements that they press.
func keyMap() []keyGroup {
	days := keyGroup{where: "Where days are chosen: overview, failures, a domain, a day"}
	for _, p := range Periods() {
		act := "the last " + p.Title
		if p.Days == 1 {
			act = p.Title
		}
		days.keys = append(days.keys, keyLine{[]string{keyCap(p.Key)}, act})
	}
	return []keyGroup{
		{"Everywhere", []keyLine{
			{[]string{keyCap(keySearch)}, "search your domains"},
			{[]string{keyCap(keyHelp)}, "this help"},
			{[]string{"Esc"}, "close what is open"},
		}},
		days,
		{"On a domain and on a day", []keyLine{{[]string{keyCap(keyPrevious), keyCap(keyNext)}, "the days before or after"}}},
		{"In a long list", []keyLine{{[]string{keyCap(keyPrevious), keyCap(keyNext)}, "the page before or after"}}},
		{"In a chart, reached by Tab", []keyLine{
			{[]string{keyCap(keyPrevious), keyCap(keyNext)}, "the value of the day before or after"},
			{[]string{"PgUp", "PgDn"}, "a week before or after"},
			{[]string{"Home", "End"}, "the first or last day"},
			{[]string{"Enter"}, "open the day"},
		}},
	}
}

// keyCap is what is printed on a key.
func keyCap(key string) string {
	switch key {
	case keyPrevious:
		return "←"
	case keyNext:
		return "→"
	}
	if len(key) == 1 && key[0] >= 'a' && key[0] <= 'z' {
		return string(key[0] - 'a' + 'A')
	}
	return key
}
