package models

import (
	"context"
	"database/sql"
	"maps"

	"gorm.io/driver/postgres"
	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
)

// WriteDB gives tests the writer itself, to look at rows that no method shows.
func (s *Store) WriteDB() *gorm.DB { return s.write.WithContext(asSystem(context.Background())) }

// ReadDB gives tests the pool of the readers.
func (s *Store) ReadDB() *gorm.DB { return s.read.WithContext(asSystem(context.Background())) }

// TenantDB is the writer as the Store's own methods have it for an account.
func (s *Store) TenantDB() *gorm.DB { return s.write.WithContext(context.Background()) }

// TenantTables are those that the guard watches, with the columns it asks for.
func TenantTables() map[string][]string { return tenantTables() }

// ReadThrough makes pages read through another pool of the same database.
func (s *Store) ReadThrough(pool *sql.DB) (err error) {
	dialect := gorm.Dialector(sqlite.Dialector{Conn: pool})
	if s.engine == postgresEngine {
		dialect = postgres.New(postgres.Config{Conn: pool})
	}
	if s.readPool != s.writePool {
		s.readPool.Close()
	}
	s.readPool = pool
	s.read, err = gorm.Open(dialect, s.gormConfig())
	return err
}

// VersionAtLeast is the comparison that decides on the version of SQLite.
func VersionAtLeast(version, oldest string) bool { return versionAtLeast(version, oldest) }

// AssertSQLite is the check of a writer's connection at the start.
func AssertSQLite(ctx context.Context, dsn string) error {
	pool, err := sql.Open("sqlite3", dsn)
	if err != nil {
		return err
	}
	defer pool.Close()
	return assertSQLite(ctx, pool)
}

// Models are the structs that gorm maps to tables.
func Models() []any {
	return []any{
		&Account{}, &User{}, &Membership{}, &Session{}, &Domain{}, &CheckMemory{}, &IssuedToken{},
		&Observation{}, &DomainEvent{}, &Delivery{}, &DeliveryBody{}, &ReporterSeen{}, &DeliveryEvent{}, &IntakeDay{}, &Notice{},
		&Report{}, &PolicyResult{}, &FailureDetail{}, &DailyTotal{}, &ZoneChange{}, Report{}, &PolicyResult{}, &FailureDetail{}, &DailyTotal{}, &ZoneChange{},
		&PublicCheck{}, &ShareLink{}, &Mailbox{},
		&APIToken{}, &APIReplay{}, &OutgoingMail{}, &Forward{}, &ForwardDispatch{}, &SelfTest{},
		&Invitation{}, &AuditEvent{}, &MailLink{}, &DomainTag{}, &ReverseName{},
		&OneTimeSecret{}, &RecoveryCode{}, &Challenge{}, &Passkey{}, &Identity{},
		&Transfer{}, &AuditChain{},
	}
}

// AutoMigrated opens an empty database and lets gorm make the tables of Models.
func AutoMigrated(driver, dsn string) (*gorm.DB, error) {
	pool, err := sql.Open(driver, dsn)
	if err != nil {
		return nil, err
	}
	dialect := gorm.Dialector(sqlite.Dialector{Conn: pool})
	if driver == "pgx" {
		dialect = postgres.New(postgres.Config{Conn: pool})
	}
	db, err := gorm.Open(dialect, &gorm.Config{})
	if err != nil {
		return nil, err
	}
	return db, db.AutoMigrate(Models()...)
}

// SightedTables says of each tenant table whether a limited sight has a part
// of it, or the reason why it has all.
func SightedTables() map[string]string {
	tables := maps.Clone(seenWhole)
	for _, t := range sighted {
		tables[t.table] = "part"
	}
	return tables
}

// Trend sums a domain's daily_totals by day, oldest first. Pages read the ledger,
// which says the same.
func (s *Store) Trend(ctx context.Context, d Domain, span Span) ([]DaySum, error) {
	var days []DaySum
	err := s.ReadDB().WithContext(asSystem(ctx)).Raw(`SELECT day, SUM(successful) AS successful, SUM(failed) AS failed, SUM(reports) AS reports
		FROM daily_totals WHERE domain_id = ? AND account_id = ? AND day BETWEEN ? AND ? GROUP BY day ORDER BY day`,
		d.ID, d.AccountID, span.From, span.To).Scan(&days).Error
	return days, err
}

// Problem is a kind of failure at one MX over time, by daily_failures.
type Problem struct {
	ResultType  string
	ReceivingMX string
	Sessions    int64
	FirstDay    Day
	LastDay     Day
	Reporters   int64
}

// Problems groups a domain's daily_failures by result type and receiving MX.
func (s *Store) Problems(ctx context.Context, d Domain, span Span) ([]Problem, error) {
	var rows []Problem
	err := s.ReadDB().WithContext(asSystem(ctx)).Raw(`SELECT result_type, receiving_mx, SUM(sessions) AS sessions, MIN(day) AS first_day, MAX(day) AS last_day, COUNT(DISTINCT reporter) AS reporters
		FROM daily_failures WHERE domain_id = ? AND day BETWEEN ? AND ? GROUP BY result_type, receiving_mx ORDER BY SUM(sessions) DESC, result_type, receiving_mx`,
		d.ID, span.From, span.To).Scan(&rows).Error
	return rows, err
}
