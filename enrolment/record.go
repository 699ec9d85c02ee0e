package enrolment

import (
	"maps"
	"slices"
	"time"
)

// State is the state of an enrolment.
type State string

// The states, in the order of the journey; the chart is in the package comment.
const (
	Declared  State = "declared"   // the person gave their name
	Consented State = "consented"  // an attempt may start
	Capturing State = "capturing"  // an attempt, or a repeated step, is in progress
	Verifying State = "verifying"  // the machine reads and compares
	Review    State = "review"     // a person decides
	ToConfirm State = "to-confirm" // the applicant looks at what was read
	Confirmed State = "confirmed"
	Requested State = "requested" // the issuer has the request
	Issued    State = "issued"
	InPerson  State = "in-person" // a registrar will check
	Refused   State = "refused"
	Contested State = "contested" // another person looks at a refusal
	Expired   State = "expired"
	Cancelled State = "cancelled"
)

// States returns all states in the order of the journey.
func States() []State {
	return []State{Declared, Consented, Capturing, Verifying, Review, ToConfirm, Confirmed, Requested, Issued,
		InPerson, Refused, Contested, Expired, Cancelled}
}

// Role is the capacity in which somebody acts.
type Role string

// The roles.
const (
	Applicant Role = "applicant"
	Reviewer  Role = "reviewer"
	Registrar Role = "registrar"
	System    Role = "system"
	// Operator and SiteStaff look at the console. They change no enrolment.
	Operator  Role = "operator"
	SiteStaff Role = "site-staff"
)

// Actor is who acts. ID is the subject of their login, or the name of the system's part.
type Actor struct {
	Role Role   `json:"role"`
	ID   string `json:"id"`
}

// Declaration is the applicant's data from the first screen.
type Declaration struct {
	Surname    string `json:"surname"` // nom de naissance
	GivenNames string `json:"givenNames"`
	BirthDate  string `json:"birthDate,omitempty"` // YYYY-MM-DD
	Mobile     string `json:"mobile,omitempty"`    // E.164
	Email      string `json:"email"`
}

// Extracted is the data of the document, as the applicant confirms it.
type Extracted struct {
	Surname    string `json:"surname"`
	GivenNames string `json:"givenNames"`
	UsageName  string `json:"usageName,omitempty"`
	BirthDate  string `json:"birthDate"` // YYYY-MM-DD
}

// Transition is one change of a record: who, when, why.
type Transition struct {
	Seq    int64     `json:"seq"` // the rev it made
	From   State     `json:"from,omitempty"`
	To     State     `json:"to"`
	Action Action    `json:"action"`
	By     Actor     `json:"by"`
	At     time.Time `json:"at"`
	Why    string    `json:"why,omitempty"`
}

// FailureDisowned ends an attempt made by a phone that was not the applicant's.
const FailureDisowned = "not-my-phone"

// Attempt is one run of capture.
type Attempt struct {
	StartedAt time.Time `json:"startedAt"`
	EndedAt   time.Time `json:"endedAt,omitzero"`
	Failure   string    `json:"failure,omitempty"` // why it failed; empty if it did not
}

// Area is a part of a picture, 0..1 of its width and height.
type Area struct {
	X      float64 `json:"x"`
	Y      float64 `json:"y"`
	Width  float64 `json:"width"`
	Height float64 `json:"height"`
}

// Again is one step that a reviewer asked to repeat.
type Again struct {
	Step  string `json:"step"`
	Area  *Area  `json:"area,omitempty"`
	Words string `json:"words"`
	// Item is the evidence item that was not good enough.
	Item string `json:"item,omitempty"`
}

// Refusal says why an enrolment was refused. Only certain reasons lead to an automatic
// refusal.
type Refusal struct {
	Reason string `json:"reason"` // code
	Words  string `json:"words,omitempty"`
	// Paper is the document that is not accepted, as in document.ID; empty for other
	// reasons.
	Paper     string    `json:"paper,omitempty"`
	Automatic bool      `json:"automatic,omitempty"`
	At        time.Time `json:"at"`
}

// Dispute is data that the applicant says is wrong. The document's data are never
// overwritten.
type Dispute struct {
	Field string `json:"field"`
	Words string `json:"words,omitempty"`
}

// Visit is a registrar's reading, if it differs from the declaration.
type Visit struct {
	By        Actor           `json:"by"`
	At        time.Time       `json:"at"`
	Extracted Extracted       `json:"extracted"`
	Checklist map[string]bool `json:"checklist,omitempty"`
}

// Record is one enrolment without its consents, log and evidence, which are stored
// separately. A Record is a value: what Apply returns shares no memory with its argument.
type Record struct {
	ID        string    `json:"id"`        // uuid
	Reference string    `json:"reference"` // six characters for people and logs
	Owner     string    `json:"owner"`     // subject of the applicant's login
	Rev       int64     `json:"rev"`       // grows by one with every transition
	State     State     `json:"state"`
	Language  string    `json:"language"`       // of the letters: a tag of the words' list
	Zone      string    `json:"zone,omitempty"` // of the applicant's browser, see ParseZone; empty if none is known
	CreatedAt time.Time `json:"createdAt"`
	// LastAction is when the state began, or the applicant's last action in a state that
	// waits for them. The time to abandonment counts from it.
	LastAction time.Time `json:"lastAction"`

	Declared Declaration `json:"declared"`
	// Address is the last confirmed address; see AddressConfirmed.
	Address *ConfirmedAddress `json:"address,omitempty"`
	// DisownedAt is when the declared address was disowned by whoever reads it; zero once
	// another one is declared.
	DisownedAt time.Time  `json:"disownedAt,omitzero"`
	Extracted  *Extracted `json:"extracted,omitempty"`
	// ShowUsage says that the person chose the printed nom d'usage for the certificate.
	ShowUsage bool     `json:"showUsage,omitempty"`
	Dispute   *Dispute `json:"dispute,omitempty"`

	// Stills are the digests of the stills sent in this attempt, by side.
	Attempts []Attempt           `json:"attempts,omitempty"`
	Stills   map[string][]string `json:"stills,omitempty"`
	Again    *Again              `json:"again,omitempty"`
	// Document is the kind of document. Taken are the kept stills of it and of the face
	// in this attempt, by side.
	Document string           `json:"document,omitempty"`
	Taken    map[string]Taken `json:"taken,omitempty"`

	Review ReviewState `json:"review"`
	// Appointment is the one that the applicant booked with a registrar; only in InPerson.
	Appointment *Appointment `json:"appointment,omitempty"`
	// Visit is a registrar's check that awaits a second person.
	Visit   *Visit   `json:"visit,omitempty"`
	Refusal *Refusal `json:"refusal,omitempty"`

	Certificate  string    `json:"certificate,omitempty"` // its id, once issued
	HandedOverAt time.Time `json:"handedOverAt,omitzero"` // when the file was handed to its keeper

	// Last is the transition that made this rev. Done is the fingerprint of the last
	// event of each action, to recognise a repeat.
	Last Transition        `json:"last"`
	Done map[Action]string `json:"done,omitempty"`
}

// CertificateSurname is the surname for the certificate: the birth name, or the nom
// d'usage if the person chose it. Empty before the data were extracted.
func (r Record) CertificateSurname() string {
	switch {
	case r.Extracted == nil:
		return ""
	case r.ShowUsage:
		return r.Extracted.UsageName
	}
	return r.Extracted.Surname
}

// ByRegistrar reports whether a registrar vouches for the data, not pictures.
func (r Record) ByRegistrar() bool { return len(r.Taken) == 0 && r.Done[ActionInPerson] != "" }

// Clone returns a deep copy.
func (r Record) Clone() Record {
	r.Address = clonePointer(r.Address)
	r.Extracted = clonePointer(r.Extracted)
	r.Dispute = clonePointer(r.Dispute)
	r.Attempts = slices.Clone(r.Attempts)
	stills := maps.Clone(r.Stills)
	for side, digests := range stills {
		stills[side] = slices.Clone(digests)
	}
	r.Stills = stills
	r.Taken = maps.Clone(r.Taken)
	r.Again = clonePointer(r.Again)
	if r.Again != nil {
		r.Again.Area = clonePointer(r.Again.Area)
	}
	r.Review = r.Review.clone()
	r.Appointment = clonePointer(r.Appointment)
	if r.Visit = clonePointer(r.Visit); r.Visit != nil {
		r.Visit.Checklist = maps.Clone(r.Visit.Checklist)
	}
	r.Refusal = clonePointer(r.Refusal)
	r.Done = maps.Clone(r.Done)
	return r
}

func clonePointer[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}

// New returns a new enrolment.
func New(id, reference, owner, language string, d Declaration, now time.Time) Record {
	return Record{
		ID: id, Reference: reference, Owner: owner, Language: language, Rev: 1, State: Declared,
		CreatedAt: now, LastAction: now, Declared: d,
		Last: Transition{Seq: 1, To: Declared, Action: ActionDeclare, By: Actor{Applicant, owner}, At: now},
	}
}
