package journey

import (
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
	"strconv"

	"visavis/enrolment"
	"visavis/identity"
)

// Question is one thing that a reviewer has to look at.
type Question struct {
	ID              string
	French, English string
}

// drawnQuestions is how many of the questions of a kind each look draws: few enough
// to be answered with care, and never the same ones by habit.
const drawnQuestions = 4

// questions by kind of document; of every kind those of "".
var questions = map[string][]Question{
	"": {
		{"portrait-selfie", "Le portrait et le selfie montrent la même personne.", "The portrait and the selfie show the same person."},
		{"no-screen", "La pièce n’est ni filmée sur un écran ni photocopiée.", "The document is neither filmed from a screen nor photocopied."},
		{"edges", "Les quatre bords sont visibles et d’un seul tenant.", "All four edges can be seen and are of one piece."},
		{"portrait-edge", "Le portrait fait corps avec la pièce\u202f: pas de bord collé, pas d’ombre autour.", "The portrait is part of the document: no glued edge, no shadow around it."},
		{"type", "Les caractères imprimés ont tous la même police et le même alignement.", "All printed letters share one typeface and one alignment."},
		{"zone-print", "La zone de lecture et les champs imprimés disent la même chose.", "The machine readable zone and the printed fields say the same."},
		{"background", "Le fond de sécurité (guilloches) passe sous le texte sans interruption.", "The security background runs under the text without a break."},
		{"selfie-live", "Le selfie montre un visage réel, sans bord d’écran ni masque.", "The selfie shows a real face, without a screen’s edge or a mask."},
	},
	string(identity.KindIdentityCard): {
		{"card-ghost", "Le second portrait, plus petit, est celui de la même personne.", "The second, smaller portrait is of the same person."},
		{"card-relief", "Les reflets se déplacent quand la carte est inclinée.", "The reflections move when the card is tilted."},
		{"card-back", "Le verso est celui du même modèle de carte que le recto.", "The back is of the same model of card as the front."},
	},
	string(identity.KindPassport): {
		{"passport-page", "La page de données est celle d’un passeport, avec sa reliure.", "The data page is a passport’s, with its binding."},
		{"passport-number", "Le numéro imprimé est le même dans la zone de lecture.", "The printed number is the same in the machine readable zone."},
		{"passport-relief", "Les éléments holographiques recouvrent le portrait.", "The holographic elements cover the portrait."},
	},
	string(identity.KindResidencePermit): {
		{"permit-title", "Le titre imprimé est bien celui d’un titre de séjour.", "The printed title is a residence permit’s."},
		{"permit-ghost", "Le second portrait est celui de la même personne.", "The second portrait is of the same person."},
		{"permit-chip", "Le symbole de la puce électronique est présent.", "The symbol of the chip is there."},
	},
}

// visitQuestions are what a registrar answers with the person before them.
var visitQuestions = []Question{
	{"visit-person", "La personne devant vous est celle du portrait.", "The person before you is the one of the portrait."},
	{"visit-original", "Vous avez eu l’original en main, ni copie ni écran.", "You held the original in your hands, no copy and no screen."},
	{"visit-security", "Vous avez incliné le document et vu ses éléments de sécurité.", "You tilted the document and saw its security features."},
	{"visit-valid", "Le document est accepté et en cours de validité.", "The document is of an accepted kind and still valid."},
}

// VisitQuestions are what has to be answered before a check in person is accepted.
func VisitQuestions() []Question { return visitQuestions }

// asked are the ids of the questions that a role has to answer.
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

// checklist draws the questions of this look: by chance, and the same while the
// file stays in the same hands.
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
