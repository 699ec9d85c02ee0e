package jobs

import (
	"context"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"visavis/enrolment/store"
)

// Job is something to be done later: one of this package's kinds.
type Job interface{ Kind() string }

// putOff is a job that its own work puts off until something is due. Who enqueues it again has the one that waits done
// now, and adds none.
type putOff interface {
	Job
	// turn returns the job again as the n-th beside those that run.
	turn(n int) Job
}

// oneLive has a job inserted unless the same one waits or runs.
var oneLive = river.UniqueOpts{ByArgs: true, ByState: []rivertype.JobState{
	rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable, rivertype.JobStateRunning,
	rivertype.JobStateScheduled,
}}

// Verification reads and compares what an enrolment captured.
type Verification struct {
	Enrolment string `json:"enrolment"`
}

// Kind names the job for River.
func (Verification) Kind() string { return "verification" }

// Email tells an applicant something. Addresses and names are read when it is
// sent: the job holds nothing personal, and a deleted enrolment gets no mail.
type Email struct {
	Enrolment string `json:"enrolment"`
	Template  string `json:"template"`
	// Early letters were asked for by a test's clock: the machine's does not hold them back.
	Early bool `json:"early,omitempty"`
}

// Kind names the job for River.
func (Email) Kind() string { return "email" }

// Certificate asks the issuer for a certificate until it is decided.
type Certificate struct {
	ID string `json:"id"`
}

// Kind names the job for River.
func (Certificate) Kind() string { return "certificate" }

// Reminder is an e-mail of which one is enough.
type Reminder struct{ Email }

// InsertOpts has it inserted once while River remembers it: 24 hours.
func (Reminder) InsertOpts() river.InsertOpts {
	return river.InsertOpts{UniqueOpts: river.UniqueOpts{ByArgs: true}}
}

// Stamp has a time stamp put on the log of all chains.
type Stamp struct{}

// Kind names the job for River.
func (Stamp) Kind() string { return "stamp" }

// Retention deletes what is due.
type Retention struct{}

// Kind names the job for River.
func (Retention) Kind() string { return "retention" }

// InsertOpts says that one waiting sweep is enough.
func (Retention) InsertOpts() river.InsertOpts {
	return river.InsertOpts{UniqueOpts: river.UniqueOpts{ByArgs: true, ByPeriod: time.Minute}}
}

// Delivery tells an endpoint of a site of an event.
type Delivery struct {
	ID   string `json:"id"`
	Turn int    `json:"turn,omitempty"` // set by Enqueue
}

// Kind names the job for River.
func (Delivery) Kind() string { return "delivery" }

// InsertOpts puts it into a queue of its own: endpoints that are slow keep no
// verification and no letter waiting.
func (Delivery) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: deliveries, UniqueOpts: oneLive}
}

func (d Delivery) turn(n int) Job { d.Turn = n; return d }

// Transfer hands the file of an issued certificate over to its provider.
type Transfer struct {
	Enrolment string `json:"enrolment"`
	Turn      int    `json:"turn,omitempty"` // set by Enqueue
}

// Kind names the job for River.
func (Transfer) Kind() string { return "transfer" }

// InsertOpts puts it into a queue of its own: a slow line keeps nothing else waiting.
func (Transfer) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: transfers, UniqueOpts: oneLive}
}

func (t Transfer) turn(n int) Job { t.Turn = n; return t }

// Transferrer hands a file over, or goes on with it, and returns while the job's time
// lasts. With again above zero the job is done once more after that time: until the
// recipient has acknowledged the file. An error has the job tried again later.
type Transferrer interface {
	Transfer(ctx context.Context, enrolment string) (again time.Duration, err error)
}

// SiteLetter tells the person of a verification, or the contact of a site, something. Id is what it is about; the
// rest is read when it is sent.
type SiteLetter struct {
	Template string `json:"template"`
	ID       string `json:"id"`
}

// Kind names the job for River.
func (SiteLetter) Kind() string { return "site-letter" }

// Advance does what was planned for a test verification.
type Advance struct {
	Verification string `json:"verification"`
	Turn         int    `json:"turn,omitempty"` // set by Enqueue
}

// Kind names the job for River.
func (Advance) Kind() string { return "advance" }

// InsertOpts says that one for each verification is enough: it does the latest plan.
func (Advance) InsertOpts() river.InsertOpts { return river.InsertOpts{UniqueOpts: oneLive} }

func (a Advance) turn(n int) Job { a.Turn = n; return a }

// SiteMailer sends one letter of a site; job numbers it for the Message-ID. An error has the job tried again later.
type SiteMailer interface {
	MailSite(ctx context.Context, job int64, m SiteLetter) error
}

// Advancer does what was planned for a test verification, if it is due. With again above zero the job is done once
// more after that time.
type Advancer interface {
	AdvanceDue(ctx context.Context, verification string) (again time.Duration, err error)
}

// Deliverer makes one attempt of a delivery. With again above zero the job is done
// once more after that time. An error has the job tried again later.
type Deliverer interface {
	Deliver(ctx context.Context, id string) (again time.Duration, err error)
}

// Finish is the end of a job: what it changes, in the transaction that also marks
// the job as done.
type Finish func(ctx context.Context, tx *store.Tx) error

// Verifier does the work of Verification outside any transaction, and returns its
// end. An error has the job tried again later.
type Verifier interface {
	Verify(ctx context.Context, enrolment string) (Finish, error)
}

// Issuer does the work of Certificate outside any transaction, and returns its end.
// With again above zero the job is done once more after that time. An error has
// the job tried again later.
type Issuer interface {
	Issue(ctx context.Context, certificate string) (finish Finish, again time.Duration, err error)
}

// Mailer sends one message; job numbers it for the Message-ID. An error has the
// job tried again later. An enrolment that is not there any more is no error.
type Mailer interface {
	Mail(ctx context.Context, job int64, m Email) error
}

// Sent notes, in the transaction that ends a letter's job, that it was sent.
type Sent func(ctx context.Context, tx *store.Tx, m Email) error

// Stamper has the log of all chains stamped. Idempotent.
type Stamper interface {
	Stamp(ctx context.Context) error
}

// Sweeper deletes what is due by now. Doing it twice is no harm.
type Sweeper interface {
	Sweep(ctx context.Context, now time.Time) error
}
