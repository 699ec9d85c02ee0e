// Package mail writes to applicants: in the language of their enrolment, as text and
// as HTML, by SMTP or, in the demonstration, into an outbox that a page shows.
//
// # Wiring
//
//	smtp, err := mail.ParseSMTP(url)             // nil without a URL: the demonstration
//	m, err := mail.New(mail.Config{Store: s, SMTP: smtp, From: …, PublicURL: …, Production: …})
//	jobs.New(jobs.Config{Mailer: m, …})          // sends jobs.Email{Enrolment, Template}
//	retention.New(retention.Config{Mailer: m, …})// sends what tells of a deletion
//	m.Outbox()                                   // the demonstration's, newest first
//
// The table forms has what a letter is made of and which page it leads to; its
// sentences are words/TAG/letters.json. Letters lists the names that a job may have.
// Nothing personal stands in a letter but the greeting. "terms" has what Config.Texts
// returns attached, "in-person" an entry for a calendar, and
// "visit-cancelled" what takes it out again.
//
// # What is promised
//
// A message's Message-ID comes from the job's number, so that one that is sent twice
// is seen as one. What is logged names neither address nor person, nor do the
// errors: they are kept with the job. A server that will never take a message for a
// recipient is not asked again; everything else is tried again.
//
// A Mailer may be used by any number of goroutines.
package mail
