package enrolments

import (
	"slices"
	"strings"
	"time"

	"visavis/enrolment"
	"visavis/enrolment/journey"
)

// view is the applicant's view of an enrolment.
type view struct {
	ID        string             `json:"id"`
	Reference string             `json:"reference"`
	Rev       int64              `json:"rev"`
	State     enrolment.State    `json:"state"`
	Language  string             `json:"language"`
	CreatedAt time.Time          `json:"createdAt"`
	ExpiresAt time.Time          `json:"expiresAt,omitzero"`
	DeletedAt time.Time          `json:"deletedAt,omitzero"`
	Allowed   []enrolment.Action `json:"allowed"`

	Declared     declared `json:"declared"`
	MobileNeeded bool     `json:"mobileNeeded"`

	Document string             `json:"document,omitempty"`
	Missing  []string           `json:"missing"`
	Taken    []string           `json:"taken"`
	Again    *enrolment.Again   `json:"again,omitempty"`
	Dispute  *enrolment.Dispute `json:"dispute,omitempty"`

	Extracted       *enrolment.Extracted `json:"extracted,omitempty"`
	CertificateName string               `json:"certificateName,omitempty"`
	NameChoice      bool                 `json:"nameChoice,omitempty"` // confirm takes "name"
	Pictures        []picture            `json:"pictures,omitempty"`

	Attempts attempts  `json:"attempts"`
	Wait     *wait     `json:"wait,omitempty"`
	Refusal  *refusal  `json:"refusal,omitempty"`
	Failure  *failure  `json:"failure,omitempty"`
	Texts    []text    `json:"texts"`
	InPerson *InPerson `json:"inPerson,omitempty"`
	// Appointment that was booked for the check in person; nil if there is none.
	Appointment *appointmentView `json:"appointment,omitempty"`
	// DisownedAt is when the reader of the declared address disowned it; zero while there is
	// an address.
	DisownedAt time.Time `json:"disownedAt,omitzero"`
	// Address is the progress of the confirmation of the declared address; nil before
	// there is one.
	Address *addressView `json:"address,omitempty"`
	// SMS says that the capture's link can be sent to the declared mobile number.
	SMS bool `json:"sms,omitempty"`
	// Undelivered says that the last letter could not be sent, and why.
	Undelivered *undelivered `json:"undelivered,omitempty"`

	Certificate *certificateView `json:"certificate,omitempty"`
	// Site that asked for it; nil if the person did.
	Site *askedBy `json:"site,omitempty"`
}

type declared struct {
	Surname    string `json:"surname"`
	GivenNames string `json:"givenNames"`
	BirthDate  string `json:"birthDate"`
	Mobile     string `json:"mobile"`
	Email      string `json:"email"`
}

type picture struct {
	Item string `json:"item"`
	Step string `json:"step"`
	URL  string `json:"url"`
	// Box of the document in it: x, y, width, height, 0..1. Missing if unknown.
	Box []float64 `json:"box,omitempty"`
}

type attempts struct {
	Left int       `json:"left"`
	Of   int       `json:"of"`
	Next time.Time `json:"next,omitzero"`
}

type wait struct {
	From    int       `json:"from"` // seconds
	To      int       `json:"to"`
	Queue   int       `json:"queue"`
	OpensAt time.Time `json:"opensAt,omitzero"`
	Overdue bool      `json:"overdue"`
	Since   time.Time `json:"since"`
}

type refusal struct {
	Reason      string    `json:"reason"`
	Words       string    `json:"words"`
	Paper       string    `json:"paper,omitempty"` // the document that is not accepted, as in document.ID
	Automatic   bool      `json:"automatic"`
	At          time.Time `json:"at"`
	Contestable bool      `json:"contestable"`
	Contested   bool      `json:"contested"` // once already, as often as it may be
}

type failure struct {
	Reason string `json:"reason"`
}

type undelivered struct {
	Reason string    `json:"reason"` // address, refused, utf8, unavailable
	At     time.Time `json:"at"`
}

// addressView is the confirmation of an e-mail address.
type addressView struct {
	Confirmed   bool      `json:"confirmed"`
	AskedAt     time.Time `json:"askedAt,omitzero"`     // of the newest letter; none was written where it is missing
	DigitsUntil time.Time `json:"digitsUntil,omitzero"` // of its digits
	Left        int       `json:"left"`                 // tries at them
	Again       time.Time `json:"again,omitzero"`       // when another letter may be asked for
}

type text struct {
	Kind     enrolment.ConsentKind `json:"kind"`
	Version  string                `json:"version"`
	Hash     string                `json:"hash"`
	Title    string                `json:"title"`
	URL      string                `json:"url"`
	Required bool                  `json:"required"`
	Language string                `json:"language"`
}

// shown are the states in which the applicant sees the data read from the document.
var shown = []enrolment.State{enrolment.ToConfirm, enrolment.Confirmed, enrolment.Requested, enrolment.Issued}

// viewOf returns the applicant's view of an enrolment.
func (p *Plane) viewOf(s journey.Status, language string) view {
	v := view{
		ID: s.ID, Reference: s.Reference, Rev: s.Rev, State: s.State, Language: s.Language, CreatedAt: s.CreatedAt,
		ExpiresAt: s.ExpiresAt, DeletedAt: s.DeletedAt, Allowed: s.Allowed,
		Declared:     declared(s.Declared),
		MobileNeeded: p.cfg.MobileNeeded,
		Document:     s.Document, Missing: s.Missing(), Taken: []string{}, Again: s.Again, Dispute: s.Dispute,
		Attempts: attempts{max(s.AttemptsLeft, 0), s.AttemptsOf, s.NextAttempt},
		Texts:    p.textsOf(s.State, language), SMS: p.journey.Texts(s.Record),
	}
	if v.Allowed == nil {
		v.Allowed = []enrolment.Action{}
	}
	for _, side := range enrolment.Sides(s.Document) {
		if _, ok := s.Record.Taken[side]; ok {
			v.Taken = append(v.Taken, side)
		}
	}
	if slices.Contains(shown, s.State) {
		v.Extracted = s.Extracted
		v.Pictures = picturesOf(s)
		if s.Extracted != nil {
			v.CertificateName = certificateName(s.Record)
			v.NameChoice = s.State == enrolment.ToConfirm && s.Extracted.UsageName != ""
		}
	}
	if a := s.Again; a != nil && a.Item != "" { // the area is marked on it
		v.Pictures = []picture{{Item: a.Item, Step: a.Step, URL: pictureURL(s.ID, a.Item)}}
	}
	if s.Declared.Email != "" {
		v.Address = &addressView{s.AddressConfirmed(), s.Asked.At, s.Asked.DigitsUntil, s.Asked.Left, s.Asked.Again}
	}
	v.DisownedAt = s.DisownedAt
	if u := s.Undelivered; u != nil {
		v.Undelivered = &undelivered{u.Reason, u.At}
	}
	if w := s.Wait; w != nil {
		v.Wait = &wait{int(w.From.Seconds()), int(w.To.Seconds()), w.Queue, w.OpensAt, w.Overdue, w.Since}
	}
	if r := s.Refusal; r != nil {
		v.Refusal = &refusal{r.Reason, r.Words, r.Paper, r.Automatic, r.At, s.Contestable, s.Review.Contested}
	}
	if n := len(s.Record.Attempts); n > 0 && s.Record.Attempts[n-1].Failure != "" {
		v.Failure = &failure{s.Record.Attempts[n-1].Failure}
	}
	if p.cfg.InPerson.Place != "" {
		v.InPerson = &p.cfg.InPerson
	}
	v.Appointment = p.appointmentOf(s.Record)
	return v
}

// picturesOf returns the document's pictures, shown beside the data.
func picturesOf(s journey.Status) []picture {
	var out []picture
	for _, side := range enrolment.Sides(s.Document) {
		if taken, ok := s.Record.Taken[side]; ok {
			out = append(out, picture{taken.Item, side, pictureURL(s.ID, taken.Item), taken.Box})
		}
	}
	return out
}

func pictureURL(id, item string) string { return "/api/enrolments/" + id + "/pictures/" + item }

// certificateName returns the name on the certificate.
func certificateName(r enrolment.Record) string {
	return strings.TrimSpace(r.Extracted.GivenNames + " " + r.CertificateSurname())
}

// The texts of each state, and whether consent is required.
var (
	captureTexts = []enrolment.ConsentKind{enrolment.Processing, enrolment.Terms, enrolment.Privacy, enrolment.Faces}
	requestTexts = []enrolment.ConsentKind{enrolment.Subscription, enrolment.Archive, enrolment.Publication}
)

func (p *Plane) textsOf(s enrolment.State, language string) []text {
	kinds := captureTexts
	switch s {
	case enrolment.Confirmed, enrolment.Requested, enrolment.Issued:
		kinds = requestTexts
	}
	out := make([]text, 0, len(kinds))
	for _, kind := range kinds {
		t := p.journey.Text(kind, language)
		out = append(out, text{
			Kind: kind, Version: t.Version, Hash: t.Hash, Title: t.Title, Language: t.Language,
			URL: "/texts/" + string(kind) + "?lang=" + t.Language, Required: kind != enrolment.Publication,
		})
	}
	return out
}
