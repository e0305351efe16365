// Package ledger holds what is counted for one domain, day by day and reporter
// by reporter, in a form that a page can sum, filter and split in one pass. A
// ledger is kept as pages of 32 days, each a few kilobytes: a year is twelve
// rows of the database instead of many thousand. It is pure and imports the
// standard library only.
package ledger
