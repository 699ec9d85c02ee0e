// Package texts holds what an applicant consents to or agrees on: one document a
// kind, in French and English, as the HTML page that is shown.
//
// # Wiring
//
// Serve Of(kind, language, vars).HTML at /texts/{kind}?lang=… with the policy
// "default-src 'none'; style-src 'self'; img-src 'self'": a page has no script and no style of
// its own. Its Hash is over the very bytes served, and goes with Version and
// Language into each answer (enrolment.ConsentAnswer). KeepAll at start, before
// anybody answers: a hash without its text proves little once the settings have
// changed. No text holds anything about the applicant.
//
// A text that changes needs a new version in versions.go; a test holds that.
package texts
