// Package tlsrpt speaks SMTP TLS Reporting (RFC 8460): the DNS record that asks
// for reports (parse, lint, write) and the reports that senders deliver (read,
// count, write). Bytes and strings go in, structs come out.
//
// It never imports a database, a network client, a logger or any other package
// of ours.
package tlsrpt
