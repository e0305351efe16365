package handlers

import (
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// fromBrowser reports whether a request wants a page to look at: its Accept
// names HTML itself, as every browser's does, and likes nothing better that a
// machine could want. "*/*", which most programs send, names nothing.
func fromBrowser(r *http.Request) bool {
	var html, machine float64
	for part := range strings.SplitSeq(strings.Join(r.Header.Values("Accept"), ","), ",") {
		switch kind, weight := acceptRange(part); kind {
		case "text/html":
			html = max(html, weight)
		case "text/plain", "application/json", "application/problem+json":
			machine = max(machine, weight)
		}
	}
	return html > 0 && html >= machine
}

// acceptRange is a media type of an Accept and how much it is liked, from 0 to
// 1 (RFC 9110 §12.5.1).
func acceptRange(part string) (kind string, weight float64) {
	kind, params, err := mime.ParseMediaType(part)
	if err != nil {
		return "", 0
	}
	q, given := params["q"]
	if !given {
		return kind, 1
	}
	weight, err = strconv.ParseFloat(q, 64)
	if err == nil && weight >= 0 && weight <= 1 {
		return kind, weight
	}
	return kind, 0
}

// opensPage reports whether a person looks at an address for machines. What a
// form sends there is no visit, and who sends a token is a program, whatever it
// accepts: those in Java like HTML as browsers do unless they are told not to.
func opensPage(r *http.Request) bool {
	return opens(r) && fromBrowser(r) && r.Header.Get("Authorization") == ""
}

func opens(r *http.Request) bool {
	return r.Method == http.MethodGet || r.Method == http.MethodHead
}
