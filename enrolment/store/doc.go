// Package store keeps enrolments, their log, consents, keys, manifests and
// receipts in SQL: a SQLite file by default, PostgreSQL where the URL says so.
//
// There is one set of queries, with $1 parameters, and one contract suite that
// runs on both. Everything happens in a [Tx]; a record is saved only if its rev is
// the one that was read, else [ErrConflict]. The log has no query that changes or
// removes a single row.
//
// A [Store] may be used by any number of goroutines. SQLite has one connection:
// never open a transaction inside another, and do no slow work within one.
package store
