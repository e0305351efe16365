package models_test

import (
	"context"
	"errors"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/sealpost/sealpost/internal/testkit"
	"github.com/sealpost/sealpost/models"
	"golang.org/x/sync/errgroup"
	"gorm.io/gorm"
	"gorm.io/gorm/schema"
)

// The migrations and the models say the same: gorm would make the same tables,
// with the same columns of the same kinds, and a column may be NULL exactly
// when its field is a pointer.
func TestMigrationsFitModels(t *testing.T) {
	t.Parallel()
	migrated := testkit.Store(t, testkit.NewClock()).WriteDB()
	auto := autoMigrated(t)
	for _, model := range models.Models() {
		s, err := schema.Parse(model, &sync.Map{}, schema.NamingStrategy{})
		if err != nil {
			t.Fatal(err)
		}
		ours, gorms := columns(t, migrated, s.Table), columns(t, auto, s.Table)
		for name, c := range gorms {
			if ours[name].kind != c.kind || ours[name].key != c.key {
				t.Errorf("%s.%s is %+v in the migrations, but gorm would make %+v", s.Table, name, ours[name], c)
			}
		}
		for name, c := range ours {
			field := s.LookUpField(name)
			if field == nil {
				t.Errorf("%s.%s has no field", s.Table, name)
			} else if pointer := field.FieldType.Kind() == reflect.Pointer; c.null != pointer {
				t.Errorf("%s.%s may be NULL: %v; its field is a pointer: %v", s.Table, name, c.null, pointer)
			}
		}
	}
}

func autoMigrated(t *testing.T) *gorm.DB {
	t.Helper()
	driver, dsn := "sqlite3", "file:"+filepath.Join(t.TempDir(), "auto.db")
	if url := testkit.DatabaseURL(t); strings.HasPrefix(url, "postgres") {
		driver, dsn = "pgx", url
	}
	db, err := models.AutoMigrated(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if pool, err := db.DB(); err == nil {
			pool.Close()
		}
	})
	return db
}

type column struct {
	kind      string
	key, null bool
}

func columns(t testing.TB, db *gorm.DB, table string) map[string]column {
	t.Helper()
	query := `SELECT name, type AS kind, pk > 0 AS is_key, "notnull" = 0 AS is_null FROM pragma_table_info(?)`
	if db.Name() == "postgres" {
		query = `SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS kind, NOT a.attnotnull AS is_null,
			EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = a.attrelid AND i.indisprimary AND a.attnum = ANY (i.indkey)) AS is_key
			FROM pg_attribute a WHERE a.attrelid = CAST(? AS regclass) AND a.attnum > 0 AND NOT a.attisdropped`
	}
	var rows []struct {
		Name, Kind    string
		IsKey, IsNull bool
	}
	if err := db.Raw(query, table).Scan(&rows).Error; err != nil || len(rows) == 0 {
		t.Fatalf("columns of %s: %v, %v", table, rows, err)
	}
	out := map[string]column{}
	for _, r := range rows {
		out[r.Name] = column{kindOf(r.Kind), r.IsKey, r.IsNull && !r.IsKey}
	}
	return out
}

// kindOf is what two engines and gorm call by different names.
func kindOf(databaseType string) string {
	for kind, names := range map[string]string{
		"number": "integer|bigint", "yes or no": "numeric|boolean", "bytes": "blob|bytea", "time": "datetime|timestamp with time zone",
	} {
		for name := range strings.SplitSeq(names, "|") {
			if strings.EqualFold(databaseType, name) {
				return kind
			}
		}
	}
	return strings.ToLower(databaseType)
}

func TestProcessesThatStartAtOnceMigrateOnce(t *testing.T) {
	t.Parallel()
	url := testkit.DatabaseURL(t)
	stores := make([]*models.Store, 6)
	var g errgroup.Group
	for i := range stores {
		g.Go(func() (err error) {
			stores[i], err = models.Open(context.Background(), url, models.Options{Now: testkit.NewClock().Now})
			return err
		})
	}
	err := g.Wait()
	for _, s := range stores {
		if s != nil {
			defer s.Close()
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	var applied, times int64
	versions := stores[0].WriteDB().Table("goose_db_version").Where("version_id > 0")
	if err := errors.Join(versions.Session(&gorm.Session{}).Count(&times).Error, versions.Distinct("version_id").Count(&applied).Error); err != nil || applied == 0 || applied != times {
		t.Errorf("%d migrations were applied %d times, %v", applied, times, err)
	}
	for _, s := range stores {
		if err := s.Ping(context.Background()); err != nil {
			t.Error(err)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, url := range []string{"", "mysql://x", "sealpost.db", "sqlite:" + dir, "postgres://127.0.0.1:1/x?connect_timeout=1"} {
		if s, err := models.Open(context.Background(), url, models.Options{Now: testkit.NewClock().Now}); err == nil {
			s.Close()
			t.Errorf("%q was opened", url)
		}
	}
}
