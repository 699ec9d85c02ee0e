// Package enrolments serves the record plane over HTTP: the pages and the JSON API of
// enrolments, and what capture sessions of an enrolment need of it.
//
// It has no rules of its own: package journey has them. Here a request becomes a
// call, an error its status, a record what its reader may see. Each handler is a
// function from a request and its account to a value or an error; see api.
package enrolments
