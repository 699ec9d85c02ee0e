// Package enrolments serves the record plane over HTTP: the pages and the JSON API of
// enrolments, and the record plane's side of capture sessions.
//
// It has no rules of its own; package journey has them. Here a request becomes a call, an
// error its status, a record the view of its reader. Each handler is a function from a
// request and its account to a value or an error; see api.
package enrolments
