package models

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gorm.io/gorm"
)

// direct runs statements without gorm, on a pool or in a transaction. What runs
// for every report goes this way: gorm costs more than the statement there
// (performance.md §7). Errors are the driver's; outcome knows them.
type direct struct {
	on     gorm.ConnPool
	engine engine
}

// within is the direct way into a transaction that gorm has begun.
func (s *Store) within(tx *gorm.DB) direct { return direct{tx.Statement.ConnPool, s.engine} }

// reading is the direct way to what pages read.
func (s *Store) reading() direct { return direct{s.readPool, s.engine} }

// asking is the direct way for what a page asks of one account, watched by the
// tenant guard and within the sight of who asks.
func (s *Store) asking(ctx context.Context) direct { return s.watched(ctx, s.readPool) }

// watched is asking on another pool, or in a transaction.
func (s *Store) watched(ctx context.Context, on gorm.ConnPool) direct {
	return direct{guardedPool{on, s.guard, sightOf(ctx), s.engine}, s.engine}
}

// exec runs a statement with ? for each argument. It cannot be cancelled in the
// middle: that would cost more than most statements take.
func (d direct) exec(ctx context.Context, query string, args ...any) error {
	_, err := d.on.ExecContext(context.WithoutCancel(ctx), d.placed(query), args...)
	return err
}

// each calls row for every row of a query, with the func that scans it.
func (d direct) each(ctx context.Context, query string, args []any, row func(scan func(...any) error) error) error {
	rows, err := d.on.QueryContext(context.WithoutCancel(ctx), d.placed(query), args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// one scans the only row of a query; ErrNotFound when there is none.
func (d direct) one(ctx context.Context, query string, args []any, into ...any) error {
	err := d.on.QueryRowContext(context.WithoutCancel(ctx), d.placed(query), args...).Scan(into...)
	if errors.Is(err, sql.ErrNoRows) || cannotExist(err) {
		return ErrNotFound
	}
	return err
}

// insertSteps are how many rows a statement inserts. They are few, so that the
// databases know the statements already.
var insertSteps = [...]int{64, 16, 4, 1}

// insert stores rows of args, many in one statement: head is the statement up
// to VALUES, row the parenthesis of one row, tail what follows.
func (d direct) insert(ctx context.Context, head, row, tail string, rows [][]any) error {
	for _, step := range insertSteps {
		for len(rows) >= step {
			var args []any
			for _, r := range rows[:step] {
				args = append(args, r...)
			}
			if err := d.exec(ctx, head+" VALUES "+listOf(row, step)+tail, args...); err != nil {
				return err
			}
			rows = rows[step:]
		}
	}
	return nil
}

// insertAll is insert for rows of arguments only.
func (d direct) insertAll(ctx context.Context, head string, rows [][]any) error {
	if len(rows) == 0 {
		return nil
	}
	return d.insert(ctx, head, "("+listOf("?", len(rows[0]))+")", "", rows)
}

// keysIn is the right side of (a, b) IN for keys of one length, with its
// arguments.
func (d direct) keysIn(keys [][]any) (list string, args []any) {
	keys = padded(keys)
	for _, key := range keys {
		args = append(args, key...)
	}
	list = listOf("("+listOf("?", len(keys[0]))+")", len(keys))
	if d.engine == sqliteEngine {
		list = "SELECT " + typedColumns(keys[0]) + " FROM (VALUES " + list + ")"
	}
	return "(" + list + ")", args
}

// padded repeats the last key up to the next of a few lengths, so that the
// databases know the statements already.
func padded(keys [][]any) [][]any {
	n := 1
	for n < len(keys) {
		n *= 4
	}
	keys = slices.Clone(keys)
	for len(keys) < n {
		keys = append(keys, keys[len(keys)-1])
	}
	return keys
}

// typedColumns names the columns of VALUES with their types: SQLite looks into
// no index for what has none.
func typedColumns(key []any) string {
	columns := make([]string, len(key))
	for i, v := range key {
		kind := "bigint"
		switch v.(type) {
		case string:
			kind = "text"
		case []byte:
			kind = "blob"
		}
		columns[i] = fmt.Sprintf("CAST(column%d AS %s)", i+1, kind)
	}
	return strings.Join(columns, ", ")
}

// keysAtOnce bounds the keys that one statement is about.
const keysAtOnce = 256

// eachIn is each for a query about many keys: head ends with IN, and tail with
// its arguments follows the list. The rows come in no order.
func (d direct) eachIn(ctx context.Context, head string, keys [][]any, tail string, tailArgs []any, row func(scan func(...any) error) error) error {
	for some := range slices.Chunk(keys, keysAtOnce) {
		list, args := d.keysIn(some)
		if err := d.each(ctx, head+" "+list+tail, append(args, tailArgs...), row); err != nil {
			return err
		}
	}
	return nil
}

// idsIn is the right side of a IN, with its arguments.
func idsIn(ids []string) (list string, args []any) {
	for _, id := range ids {
		args = append(args, id)
	}
	return "(" + listOf("?", len(ids)) + ")", args
}

func listOf(item string, n int) string {
	return strings.TrimSuffix(strings.Repeat(item+", ", n), ", ")
}

// placed writes the places of the arguments as the engine wants them.
func (d direct) placed(query string) string {
	if d.engine == sqliteEngine {
		return query
	}
	var b strings.Builder
	for n := 1; ; n++ {
		before, after, found := strings.Cut(query, "?")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		b.WriteString("$" + strconv.Itoa(n))
		query = after
	}
}
