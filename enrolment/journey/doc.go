// Package journey is what people and machines do to enrolments, free of HTTP: the
// applicant's screens, the capture's stills, the reviewers, the registrar and the
// verification.
//
// # One change, one transaction
//
// Whatever happens goes through one function: load the record, apply the event,
// save it, list the transition in the manifest, store the answers, enqueue the
// jobs that the transition asks for; all of it or nothing. A record that somebody
// else changed meanwhile is read again. Everything may be repeated: what was done
// already changes nothing and is no error.
//
// # Who hears of it
//
// [Service.Subscribe] tells that an enrolment changed, on this instance and, with
// PostgreSQL, on every other.
package journey
