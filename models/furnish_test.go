package models_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sealpost/sealpost/models"
)

// tenant is an account with at least one row in every table that can hold
// something of an account, a domain or a person. The rows are made from the
// schema, so that a table that is added later is filled too.
type tenant struct {
	account models.Account
	user    models.User
	domain  models.Domain
	// ids are what the rows of its own are known by, by the names of columns.
	ids map[string]string
}

// furnished makes a tenant.
func (w *world) furnished(email, domain string) tenant {
	w.t.Helper()
	user, account, err := w.store.SignUp(w.ctx, email, "no password fits this")
	w.must(err)
	d, err := w.store.AddDomain(w.ctx, account.ID, domain)
	w.must(err)
	t := tenant{account, user, d, map[string]string{"account_id": account.ID, "domain_id": d.ID, "user_id": user.ID, "owner": d.ID}}
	for _, table := range []string{"deliveries", "forwards"} { // others hang on them
		id := w.fill(table, t.ids)
		t.ids[map[string]string{"deliveries": "delivery_id", "forwards": "forward_id"}[table]] = id
	}
	for _, table := range w.owned() {
		if !w.holds(table, t) {
			w.fill(table, t.ids)
		}
		if !w.holds(table, t) {
			w.t.Fatalf("%s could not be filled", table)
		}
	}
	return t
}

// owned lists the tables with a column that names whose a row is.
func (w *world) owned() []string {
	w.t.Helper()
	tables, err := w.store.WriteDB().Migrator().GetTables()
	w.must(err)
	slices.Sort(tables)
	tables = slices.DeleteFunc(tables, func(table string) bool {
		return strings.HasPrefix(table, "sqlite_") || !slices.ContainsFunc(ownerColumns(), func(c string) bool { return w.store.WriteDB().Migrator().HasColumn(table, c) })
	})
	if len(tables) < 40 {
		w.t.Fatalf("only %q belong to somebody", tables)
	}
	return tables
}

func ownerColumns() []string {
	return []string{"account_id", "domain_id", "user_id", "delivery_id", "forward_id", "owner"}
}

// fill adds a row of which every column has a value, and gives its id.
func (w *world) fill(table string, ids map[string]string) (id string) {
	w.t.Helper()
	db, row := w.store.WriteDB(), map[string]any{}
	for name, c := range columns(w.t, db, table) {
		switch known, ok := ids[name]; {
		case ok:
			row[name] = known
		case name == "id" && c.kind == "number":
		case c.kind == "number":
			row[name] = 7
		case c.kind == "time":
			row[name] = w.clock.Now()
		case c.kind == "bytes":
			row[name] = []byte(models.NewDeliveryID())
		case c.kind == "yes or no":
			row[name] = false
		default:
			row[name] = models.NewDeliveryID()
		}
	}
	if err := db.Table(table).Create(row).Error; err != nil {
		w.t.Fatalf("fill %s with %v: %v", table, slices.Collect(maps.Keys(row)), err)
	}
	return fmt.Sprint(row["id"])
}

// holds tells whether a table has a row of a tenant.
func (w *world) holds(table string, t tenant) bool {
	return slices.ContainsFunc(w.dump(table), func(row string) bool { return t.in(row) })
}

// in tells whether a row names a tenant, its person, its domain, or what hangs on them.
func (t tenant) in(row string) bool {
	for _, id := range t.ids {
		if strings.Contains(row, id) {
			return true
		}
	}
	return strings.Contains(row, t.user.Email) || strings.Contains(row, t.domain.Name)
}

// dump is each row of a table as text.
func (w *world) dump(table string) []string {
	w.t.Helper()
	rows, err := w.store.WriteDB().Table(table).Rows()
	w.must(err)
	defer rows.Close()
	names, err := rows.Columns()
	w.must(err)
	var out []string
	for rows.Next() {
		cells := make([]any, len(names))
		for i := range cells {
			cells[i] = new(any)
		}
		w.must(rows.Scan(cells...))
		var text strings.Builder
		for i, c := range cells {
			v := *c.(*any)
			if b, ok := v.([]byte); ok {
				v = string(b)
			}
			fmt.Fprintf(&text, "%s=%v ", names[i], v)
		}
		out = append(out, text.String())
	}
	w.must(rows.Err())
	slices.Sort(out)
	return out
}

// snapshot is all rows of a tenant, by table.
func (w *world) snapshot(t tenant) map[string][]string {
	w.t.Helper()
	tables, err := w.store.WriteDB().Migrator().GetTables()
	w.must(err)
	out := map[string][]string{}
	for _, table := range tables {
		for _, row := range w.dump(table) {
			if t.in(row) {
				out[table] = append(out[table], row)
			}
		}
	}
	return out
}
