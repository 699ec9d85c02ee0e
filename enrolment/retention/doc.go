// Package retention obeys the table of what is kept (enrolment.Rules.Purposes): it
// deletes what is due, and what a person wants deleted, and hands a person all that
// is kept of them.
//
// # Wiring
//
//	r, err := retention.New(retention.Config{Keeper: k, Rules: rules, Queue: q, Mailer: m, Logger: log})
//	jobs.New(jobs.Config{Sweeper: r, …})      // sweeps every hour
//	r.DeleteDue(ctx, id)                      // at once after a cancellation
//	r.DeleteOnRequest(ctx, id)                // POST …/delete, after the owner was checked
//	r.Export(ctx, id, w)                      // GET …/export, after the owner was checked
//
// The Queue only enqueues: one made by jobs.New without workers will do, since the
// one that works needs this Sweeper first.
//
// # What is promised
//
// Every deletion leaves a signed receipt without a name, which
// "visavis evidence receipt FILE" checks offline. The person is told by e-mail after
// the deletion, with the receipt; the address lives in memory alone in between, so
// that a server killed there tells nobody, rather than keeping an address longer
// than its file. A mail server that fails delays no deletion.
//
// Doing anything twice is no harm. A Retention may be used by any number of
// goroutines and instances.
package retention
