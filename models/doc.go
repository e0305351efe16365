// Package models is the only one that knows gorm and SQL: the tables, the
// queries and the migrations, on SQLite and on PostgreSQL alike. Every method
// that touches a tenant's rows takes the account. It never imports handlers,
// views, jobs or ingest.
package models
