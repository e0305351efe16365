package views

import (
	_ "embed"
	"encoding/json"
	"strings"
	"sync"
)

//go:embed dns_hosts.json
var dnsHostsFile []byte

// dnsHost says where a record is entered at one well-known DNS host.
type dnsHost struct {
	Name string
	// NS are the domains of its name servers; "awsdns-*" stands for all that begin so.
	NS []string
	// Path are the places to click, one after another.
	Path []string
	// Type, Host and Value are what the fields of the form are called.
	Type, Host, Value string
	// Dot says what to do with the dot at the end of the value.
	Dot  dotRule
	Note string
}

// dotRule is how a form takes the dot at the end of a value.
type dotRule string

const (
	dotKeep   dotRule = "keep"
	dotOmit   dotRule = "omit"
	dotEither dotRule = "either"
)

func (r dotRule) sentence() string {
	switch r {
	case dotKeep:
		return "Keep the dot at the end of the value."
	case dotOmit:
		return "Leave out the dot at the end of the value."
	default:
		return "The value may be entered with or without the dot at its end."
	}
}

// dnsHosts are all hosts of the data file, in its order. A file that does not
// parse is a failing test, and no reason to lose the page.
var dnsHosts = sync.OnceValue(func() []dnsHost {
	hosts, err := readDNSHosts(dnsHostsFile)
	if err != nil {
		return nil
	}
	return hosts
})

func readDNSHosts(file []byte) ([]dnsHost, error) {
	var hosts []dnsHost
	err := json.Unmarshal(file, &hosts)
	for i := range hosts {
		hosts[i].Type = or(hosts[i].Type, "Type")
	}
	return hosts, err
}

// hostOf finds the DNS host that most of the name servers belong to; "" when
// that is none we know.
func hostOf(nameServers []string) string {
	for _, h := range dnsHosts() {
		n := 0
		for _, server := range nameServers {
			if h.runs(server) {
				n++
			}
		}
		if n*2 > len(nameServers) {
			return h.Name
		}
	}
	return ""
}

func (h dnsHost) runs(server string) bool {
	server = strings.ToLower(strings.TrimSuffix(server, "."))
	for _, suffix := range h.NS {
		if prefix, ok := strings.CutSuffix(suffix, "*"); ok && strings.Contains("."+server, "."+prefix) {
			return true
		}
		if server == suffix || strings.HasSuffix(server, "."+suffix) {
			return true
		}
	}
	return false
}

// value is the value to enter there.
func (h dnsHost) value(target string) string {
	if h.Dot == dotOmit {
		return strings.TrimSuffix(target, ".")
	}
	return target
}
