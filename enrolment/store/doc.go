// Package store keeps enrolments, their log, consents, keys, manifests and receipts in
// SQL: a SQLite file by default, PostgreSQL if the URL says so.
//
// There is one set of queries, with $1 parameters, and one contract suite that runs on
// both databases. Every query runs in a [Tx]. A record is saved only if its rev is the
// one that was loaded, otherwise [ErrConflict] is returned. No query changes or removes a
// single row of the log.
//
// A [Store] is safe for concurrent use. SQLite has one connection: never open a
// transaction inside another, and do no slow work within one.
package store
