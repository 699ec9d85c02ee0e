// Package mail writes to applicants: French or English, as text and as HTML, by
// SMTP or, in the demonstration, into an outbox that a page shows.
//
// # Wiring
//
//	smtp, err := mail.ParseSMTP(url)             // nil without a URL: the demonstration
//	m, err := mail.New(mail.Config{Store: s, SMTP: smtp, From: …, PublicURL: …, Production: …})
//	jobs.New(jobs.Config{Mailer: m, …})          // sends jobs.Email{Enrolment, Template}
//	retention.New(retention.Config{Mailer: m, …})// sends what tells of a deletion
//	m.Outbox()                                   // the demonstration's, newest first
//
// The letters are letters/NAME.LANGUAGE.txt; Letters lists the names that a job may
// have. Each says which page it leads to; nothing personal stands in it but the
// greeting. "terms" has what Config.Texts returns attached.
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
