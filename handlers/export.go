package handlers

import "strings"

// exportURL is where a table of the page can be had as a file, with the same
// range and filters.
func exportURL(q domainQuery, table, kind string) string {
	q.sort, q.more = "", ""
	path, query, _ := strings.Cut(q.url(), "?")
	return path + "/export/" + table + "." + kind + "?" + query
}
