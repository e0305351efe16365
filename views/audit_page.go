package views

import (
	"net/url"
	"time"
)

// AuditPage is "/settings/audit": what was changed in the account, newest
// first. "?actor=", "?action=" and "?object=" narrow it; every cell is such a
// link. "/settings/audit/export/audit.csv" and ".json" are the same as a file.
type AuditPage struct {
	Frame
	Rows []AuditRow
	Pager
	// Actor, Action and Object are the filters in force; "" for none.
	Actor, Action, Object string
	// KeptDays is after how many days events are deleted.
	KeptDays int
}

// AuditRow is one change.
type AuditRow struct {
	At                             time.Time
	Actor, Address, Action, Object string
	Facts                          []AuditFact
	// Number counts the entries of the account, Hash is that of this one and of
	// the one before, in hexadecimal digits. 0 and "" for entries from before
	// there were hashes.
	Number int64
	Hash   string
}

// shortHash is enough of a hash to compare it by eye.
func (r AuditRow) shortHash() string { return r.Hash[:min(len(r.Hash), 12)] }

// AuditFact is a value of what was changed, before and after; "" for none.
type AuditFact struct {
	Name, Before, After string
}

// with is the address of the page with one filter changed.
func (p AuditPage) with(name, value string) string {
	return p.address("/settings/audit", name, value)
}

func (p AuditPage) export(kind string) string {
	return p.address("/settings/audit/export/audit."+kind, "", "")
}

func (p AuditPage) address(path, name, value string) string {
	q := url.Values{}
	for _, f := range p.filters() {
		q.Set(f.name, f.value)
	}
	q.Del(name)
	if value != "" {
		q.Set(name, value)
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

func (p AuditPage) filters() []struct{ name, value string } {
	var out []struct{ name, value string }
	for _, f := range []struct{ name, value string }{{"actor", p.Actor}, {"action", p.Action}, {"object", p.Object}} {
		if f.value != "" {
			out = append(out, f)
		}
	}
	return out
}
