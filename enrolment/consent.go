package enrolment

import (
	"slices"
	"time"
)

// ConsentKind is the subject of a text that a person answers.
type ConsentKind string

// The kinds. Processing, Privacy and Faces are consents to the use of data. Terms and
// Subscription are contracts. Archive is an acknowledgement, which cannot be withdrawn.
// Publication may be refused without ending the journey.
const (
	Processing   ConsentKind = "processing"
	Terms        ConsentKind = "terms"
	Privacy      ConsentKind = "privacy"
	Faces        ConsentKind = "faces"
	Subscription ConsentKind = "subscription"
	Archive      ConsentKind = "archive"
	Publication  ConsentKind = "publication"
)

// ConsentAnswer is the answer to one text, as it was shown.
type ConsentAnswer struct {
	Kind     ConsentKind `json:"kind"`
	Version  string      `json:"version"`
	TextHash string      `json:"textHash"` // SHA-256 of the text, hex
	Language string      `json:"language"`
	Yes      bool        `json:"yes"`
}

// StoredConsent is an answer with its time, stored as a record of its own.
type StoredConsent struct {
	ConsentAnswer
	ID        string    `json:"id"`
	Enrolment string    `json:"enrolment"`
	At        time.Time `json:"at"`
}

// Answers returns the answers in an event.
func Answers(e Event) []ConsentAnswer {
	switch e := e.(type) {
	case Consent:
		return e.Answers
	case RequestCertificate:
		return e.Answers
	}
	return nil
}

// needYes refuses unless every kind has a yes to a known text.
func needYes(a Action, answers []ConsentAnswer, kinds ...ConsentKind) error {
	for _, c := range answers {
		if c.Version == "" || len(c.TextHash) != 64 || c.Language == "" {
			return &ValueError{Action: a, Field: "answers"}
		}
	}
	for _, kind := range kinds {
		if !slices.ContainsFunc(answers, func(c ConsentAnswer) bool { return c.Kind == kind && c.Yes }) {
			return &ConsentError{kind}
		}
	}
	return nil
}

func (e Consent) apply(r *Record, _ Actor, _ *Rules, _ time.Time) (string, error) {
	if err := needYes(ActionConsent, e.Answers, Processing, Terms, Privacy, Faces); err != nil {
		return "", err
	}
	r.State = Consented
	return "", nil
}

func (e RequestCertificate) apply(r *Record, _ Actor, _ *Rules, _ time.Time) (string, error) {
	if err := needYes(ActionRequest, e.Answers, Subscription, Archive); err != nil {
		return "", err
	}
	if !slices.ContainsFunc(e.Answers, func(c ConsentAnswer) bool { return c.Kind == Publication }) {
		return "", &ConsentError{Publication} // yes or no, but an answer
	}
	r.State = Requested
	return "", nil
}
