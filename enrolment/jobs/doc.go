// Package jobs does what an enrolment asks for and nobody waits for: verification,
// e-mail, retention. River keeps the jobs in the store's own database.
//
// A job is enqueued in the transaction of the change that asks for it, so there is
// none without its change and no change without its job. Verification finishes in
// one transaction with what it changes: a server killed at any point does it once.
// The sweep of retention may run twice, which is no harm. An e-mail may be sent twice if the server is
// killed between the mail server's yes and the note of it; it carries the same
// Message-ID then.
//
// On SQLite, which has one process, jobs that a killed server left running are
// taken up at the next start. On PostgreSQL the instance of the same name does
// that, and any other after [RescueAfter].
package jobs
