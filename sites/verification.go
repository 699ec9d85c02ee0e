package sites

import (
	"slices"
	"strings"
	"time"

	"visavis/enrolment"
)

// Purpose says where a verification ends.
type Purpose string

// The purposes.
const (
	Identity    Purpose = "identity"    // with data that their person confirmed
	Certificate Purpose = "certificate" // with a certificate
)

// Status is the status of a verification.
type Status string

// The statuses, in the order of the journey.
const (
	Created       Status = "created"   // no picture was taken yet
	Capturing     Status = "capturing" // pictures are being taken
	Verifying     Status = "verifying" // the machine reads and compares
	InReview      Status = "review"    // a person looks at it
	RequiresInput Status = "requires_input"
	ToConfirm     Status = "to_confirm" // their person has to say that the data are right, or accept the terms
	Requested     Status = "requested"  // the certificate is being issued
	Verified      Status = "verified"
	Refused       Status = "refused"
	InPerson      Status = "in_person" // a registrar has to see the person
	Cancelled     Status = "cancelled"
	Expired       Status = "expired"
	Redacted      Status = "redacted"
)

// Statuses returns all statuses.
func Statuses() []Status {
	return []Status{Created, Capturing, Verifying, InReview, RequiresInput, ToConfirm, Requested, Verified, Refused,
		InPerson, Cancelled, Expired, Redacted}
}

// Final reports whether a status is permanent, except for a redaction or a contested
// refusal.
func (s Status) Final() bool {
	return slices.Contains([]Status{Verified, Refused, Cancelled, Expired, Redacted}, s)
}

// WaitsForPerson reports whether the next step is the person's, who may never take it.
func (s Status) WaitsForPerson() bool {
	return slices.Contains([]Status{Created, Capturing, RequiresInput, ToConfirm}, s)
}

// Verification is what a site asked for. It holds no data of the document; these stay
// with the enrolment.
type Verification struct {
	ID        string  `json:"id"`
	Site      string  `json:"site"`
	Live      bool    `json:"live"`
	Enrolment string  `json:"enrolment"` // the current one
	Purpose   Purpose `json:"purpose"`
	Status    Status  `json:"status"`
	Reason    Reason  `json:"reason,omitempty"`
	Rev       int64   `json:"rev"`
	// Reference, Metadata and ReturnURL are set by the site.
	Reference string            `json:"reference,omitempty"`
	Metadata  map[string]string `json:"metadata,omitempty"`
	ReturnURL string            `json:"returnUrl,omitempty"`
	Language  string            `json:"language"`
	CreatedAt time.Time         `json:"createdAt"`
	ChangedAt time.Time         `json:"changedAt"`
	ExpiresAt time.Time         `json:"expiresAt"`
	// Code is the reference shown to people and in the log.
	Code string `json:"code"`
	// Before are earlier, refused enrolments of the verification, the oldest first.
	Before []string `json:"before,omitempty"`
	// DeletedAt is when its pictures and data were deleted; zero if they exist.
	DeletedAt time.Time `json:"deletedAt,omitzero"`

	Link Link `json:"link"`
	// Letters is how many links were sent by e-mail.
	Letters int `json:"letters,omitempty"`
	// Ahead is how far the site's clock was ahead at the last change of its enrolment, whose times are the machine's.
	Ahead time.Duration `json:"ahead,omitempty"`
	// Planned is the outcome that a test waits for.
	Planned *Plan `json:"planned,omitempty"`
	// Phone is the phone that joined last.
	Phone Phone `json:"phone,omitzero"`
}

// Phone is what is known of a phone.
type Phone struct {
	Browser  string    `json:"browser"`  // with its system, such as "Android, Chrome"
	JoinedAt time.Time `json:"joinedAt"` // the first of them
}

// Plan is a status to which a test moves later.
type Plan struct {
	To     Status    `json:"to"`
	Reason Reason    `json:"reason,omitempty"`
	At     time.Time `json:"at"` // by the site's clock
}

// Link is the address to which a site sends its person.
type Link struct {
	Generation int       `json:"generation"` // a new link ends the one before
	ExpiresAt  time.Time `json:"expiresAt"`
	// Browser is the hash of the cookie of the browser that opened it; empty if none did.
	Browser  string    `json:"browser,omitempty"`
	OpenedAt time.Time `json:"openedAt,omitzero"`
	// ElsewhereAt is when another browser last tried it.
	ElsewhereAt time.Time `json:"elsewhereAt,omitzero"`
	// EmailedAt is when it was sent to the person by e-mail; zero if the site has it.
	EmailedAt time.Time `json:"emailedAt,omitzero"`
}

// subjectPrefix marks the logins of people who came by a link. No other login's subject
// begins so.
const subjectPrefix = "site:"

// Subject returns the login of a verification's person. It owns this verification's
// enrolments and nothing else.
func (v Verification) Subject() string {
	mode := "test"
	if v.Live {
		mode = "live"
	}
	return subjectPrefix + mode + ":" + v.ID
}

// OfSubject returns the verification of a login; false for any other login.
func OfSubject(subject string) (id string, live, ok bool) {
	rest, ok := strings.CutPrefix(subject, subjectPrefix)
	if !ok {
		return "", false, false
	}
	mode, id, ok := strings.Cut(rest, ":")
	return id, mode == "live", ok && id != "" && (mode == "live" || mode == "test")
}

// Reason says, within a status, what is missing or why it ended. Its first part names who
// can act: device, document, person, reviewer, site, service.
type Reason string

// The reasons.
const (
	CaptureFailed    Reason = "device.capture_failed"
	StepAgain        Reason = "document.step_again" // one step has to be photographed again
	NotAccepted      Reason = "document.not_accepted"
	DocumentExpired  Reason = "document.expired"
	Unreadable       Reason = "document.unreadable"
	UnderAge         Reason = "person.under_age"
	DataDisputed     Reason = "person.data_disputed"
	OtherPerson      Reason = "person.not_the_holder"
	TermsOpen        Reason = "person.terms_open" // the terms of the certificate are not accepted yet
	PersonCancelled  Reason = "person.cancelled"
	DeletedByPerson  Reason = "person.deleted_data"
	Abandoned        Reason = "person.abandoned"
	Contested        Reason = "reviewer.contested" // a refusal that another person looks at
	ReviewerRefused  Reason = "reviewer.refused"
	Doubts           Reason = "reviewer.doubts"
	Replayed         Reason = "document.replayed"
	NotOriginal      Reason = "document.not_original"
	Altered          Reason = "document.altered"
	NoDocument       Reason = "document.none"
	NotPresent       Reason = "person.not_present"
	WrongName        Reason = "person.other_name"
	WrongBirthDate   Reason = "person.other_birth_date"
	SiteCancelled    Reason = "site.cancelled"
	IssuerRefused    Reason = "service.issuer_refused"
	DeletedByService Reason = "service.retention"
)

// refusals are the reasons given by reviewers, registrars and the machine. The
// verification stays open if another document or other pictures can resolve one.
var refusals = map[string]struct {
	reason Reason
	mends  bool
}{
	string(enrolment.KindNotAccepted):  {NotAccepted, true},
	string(enrolment.DocumentExpired):  {DocumentExpired, true},
	string(enrolment.UnderAge):         {UnderAge, false},
	string(enrolment.ReplayedSequence): {Replayed, false},
	enrolment.ReasonDoubt:              {Doubts, true},
	enrolment.ReasonIssuer:             {IssuerRefused, false},
	"not-readable":                     {Unreadable, true},
	"not-original":                     {NotOriginal, true},
	"document-altered":                 {Altered, false},
	"no-document":                      {NoDocument, true},
	"other-person":                     {OtherPerson, false},
	"presence":                         {NotPresent, false},
	"wrong-name":                       {WrongName, true},
	"wrong-birth-date":                 {WrongBirthDate, true},
}

// StatusOf returns a site's view of an enrolment.
func StatusOf(r enrolment.Record, p Purpose) (Status, Reason) {
	switch r.State {
	case enrolment.Declared, enrolment.Consented:
		switch n := len(r.Attempts); {
		case r.Dispute != nil:
			return RequiresInput, DataDisputed
		case n > 0 && r.Attempts[n-1].Failure != "":
			return RequiresInput, CaptureFailed
		}
		return Created, ""
	case enrolment.Capturing:
		if r.Again != nil {
			return RequiresInput, StepAgain
		}
		return Capturing, ""
	case enrolment.Verifying:
		return Verifying, ""
	case enrolment.Review:
		return InReview, ""
	case enrolment.Contested:
		return InReview, Contested
	case enrolment.ToConfirm:
		return ToConfirm, ""
	case enrolment.Confirmed:
		if p == Identity {
			return Verified, ""
		}
		return ToConfirm, TermsOpen
	case enrolment.Requested:
		return Requested, ""
	case enrolment.Issued:
		return Verified, ""
	case enrolment.InPerson:
		return InPerson, ""
	case enrolment.Refused:
		return refused(r.Refusal)
	case enrolment.Cancelled:
		if r.Last.Why == string(SiteCancelled) {
			return Cancelled, SiteCancelled
		}
		return Cancelled, PersonCancelled
	case enrolment.Expired:
		return Expired, Abandoned
	}
	return Created, ""
}

func refused(r *enrolment.Refusal) (Status, Reason) {
	if r == nil {
		return Refused, ReviewerRefused
	}
	known, ok := refusals[r.Reason]
	switch {
	case !ok:
		return Refused, ReviewerRefused
	case known.mends:
		return RequiresInput, known.reason
	}
	return Refused, known.reason
}

// RefusalOf returns the reviewers' code of a reason, of those that mend or of the others.
func RefusalOf(r Reason, mends bool) (code string, ok bool) {
	if r == ReviewerRefused && !mends {
		return "other", true
	}
	for code, known := range refusals {
		if known.reason == r && known.mends == mends {
			return code, true
		}
	}
	return "", false
}
