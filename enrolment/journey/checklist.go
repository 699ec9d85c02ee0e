package journey

import (
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
	"strconv"

	"visavis/enrolment"
	"visavis/identity"
)

// Question is one thing that a reviewer has to check.
type Question struct {
	ID string
}

// drawnQuestions is how many questions of a kind are drawn for each review: few enough to
// be answered with care, and varying so that no habit forms.
const drawnQuestions = 4

// questions by kind of document; those of "" are for every kind.
var questions = map[string][]Question{
	"": {
		{"portrait-selfie"},
		{"no-screen"},
		{"edges"},
		{"portrait-edge"},
		{"type"},
		{"zone-print"},
		{"background"},
		{"selfie-live"},
	},
	string(identity.KindIdentityCard): {
		{"card-ghost"},
		{"card-relief"},
		{"card-back"},
	},
	string(identity.KindPassport): {
		{"passport-page"},
		{"passport-number"},
		{"passport-relief"},
	},
	string(identity.KindResidencePermit): {
		{"permit-title"},
		{"permit-ghost"},
		{"permit-chip"},
	},
}

// visitQuestions are for a registrar in a check in person.
var visitQuestions = []Question{
	{"visit-person"},
	{"visit-original"},
	{"visit-security"},
	{"visit-valid"},
}

// VisitQuestions returns the questions to answer before a check in person is accepted.
func VisitQuestions() []Question { return visitQuestions }

// asked returns the ids of the questions that a role has to answer.
func asked(r enrolment.Record, _ enrolment.Role) []string {
	list := checklist(r)
	if r.State == enrolment.InPerson {
		list = visitQuestions
	}
	out := make([]string, len(list))
	for i, q := range list {
		out[i] = q.ID
	}
	return out
}

// checklist draws the questions of a review at random; they stay the same while the
// reviewer holds the file.
func checklist(r enrolment.Record) []Question {
	pool := append(append([]Question{}, questions[""]...), questions[r.Document]...)
	seed := r.ID
	if d := r.Review.Drawn; d != nil {
		seed += d.By + strconv.FormatInt(d.At.UnixMilli(), 10)
	}
	sum := sha256.Sum256([]byte(seed))
	chance := rand.New(rand.NewPCG(binary.BigEndian.Uint64(sum[:]), binary.BigEndian.Uint64(sum[8:])))
	chance.Shuffle(len(pool), func(i, j int) { pool[i], pool[j] = pool[j], pool[i] })
	return pool[:drawnQuestions]
}
