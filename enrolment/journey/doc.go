// Package journey has the operations on enrolments, without HTTP: those of applicants,
// captures, reviewers and registrars, and the verification.
//
// # One change, one transaction
//
// Every operation goes through one function. In one transaction it loads the record,
// applies the event, saves the record, lists the transition in the manifest, stores the
// answers and enqueues the resulting jobs. On a conflict it starts again. Every operation
// is idempotent: repeating it changes nothing and is no error.
//
// # Notifications
//
// [Service.Subscribe] reports changes of an enrolment made on this instance and, with
// PostgreSQL, on every other.
package journey
