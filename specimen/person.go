package specimen

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"visavis/document"
)

// Kind is a document that this package can draw.
type Kind string

// The kinds.
const (
	IdentityCard    Kind = "identity-card"    // ID-1, portrait on the front, three lines of zone on the back
	OldFrenchCard   Kind = "old-french-card"  // 105 × 74 mm, portrait and two lines of zone on the front
	ResidencePermit Kind = "residence-permit" // ID-1
	Passport        Kind = "passport"         // data page of 125 × 88 mm; no back
	Visa            Kind = "visa"             // sticker of 120 × 80 mm; no back
	DrivingLicence  Kind = "driving-licence"  // ID-1, portrait on the front, one line of zone on the back
)

// Kinds returns the kinds that show who somebody is, in the order of the constants.
func Kinds() []Kind {
	return []Kind{IdentityCard, OldFrenchCard, ResidencePermit, Passport}
}

// OtherKinds returns the kinds that an identity check has to refuse.
func OtherKinds() []Kind {
	return []Kind{Visa, DrivingLicence}
}

// HasBack tells whether a back is drawn.
func (k Kind) HasBack() bool {
	row, _ := k.Series()
	return slices.ContainsFunc(row.Layout.Looks(), func(l document.Look) bool { return l.Side == document.Back })
}

// Series returns the row of the table of documents that a kind is drawn after; false
// of a kind that nothing is drawn of.
func (k Kind) Series() (document.Row, bool) {
	if look, ok := foreign(k); ok {
		return document.ByID(look.series)
	}
	return document.ByID(series[k])
}

// series are the rows of the other drawn kinds.
var series = map[Kind]document.ID{
	IdentityCard: document.FrenchCard, OldFrenchCard: document.FrenchCardOld, ResidencePermit: document.FrenchPermit,
	Passport: document.FrenchPassport,
	Visa:     document.AnyVisa, DrivingLicence: document.FrenchLicence,
}

// Size returns the width and height of a side in millimetres.
func (k Kind) Size() (width, height float64, err error) {
	row, ok := k.Series()
	if !ok {
		return 0, 0, fmt.Errorf("specimen kind %q: want one of %v", string(k),
			append(append(Kinds(), ForeignKinds()...), OtherKinds()...))
	}
	width, height = row.Size()
	return width, height, nil
}

// Person is who the drawn document is about. Nobody: the surname is SPECIMEN.
type Person struct {
	Surname     string
	GivenNames  []string
	Sex         string // "F" or "M"
	Nationality string
	Issuer      string
	BirthPlace  string
	HeightCM    int
	Number      string // document number of 9 characters
	Department  string
	Sequence    string
	Office      string
	Birth       time.Time
	Issued      time.Time
	Expiry      time.Time
}

// Details are what somebody chooses of a person; a zero value is left to the seed.
type Details struct {
	Birth  time.Time
	Issued time.Time // the expiry follows, unless it is chosen too
	Expiry time.Time
}

// With returns the person with chosen details.
func (p Person) With(d Details) Person {
	if !d.Birth.IsZero() {
		p.Birth = d.Birth
	}
	if !d.Issued.IsZero() {
		p.Expiry = d.Issued.AddDate(p.Expiry.AddDate(0, 0, 1).Year()-p.Issued.Year(), 0, -1)
		p.Issued = d.Issued
	}
	if !d.Expiry.IsZero() {
		p.Expiry = d.Expiry
	}
	return p
}

// newRand returns the generator of a seed. What names what the numbers are for,
// so that one more number drawn in one place changes nothing in another.
func newRand(seed uint64, what string) *rand.Rand {
	var mix uint64 = 14695981039346656037
	for i := range len(what) {
		mix = (mix ^ uint64(what[i])) * 1099511628211
	}
	return rand.New(rand.NewPCG(seed, mix))
}

// NewPerson invents the person of a seed. The dates suit the kind: an old French
// card was issued before August 2021, everything else is valid until at least
// 2030.
func NewPerson(kind Kind, seed uint64) Person {
	r := newRand(seed, "person")
	given := []string{"Maéva", "Anaïs", "Chloé", "Noémie", "Gaëlle", "Zoé", "Inès", "Agnès", "Solène", "Hélène"}
	second := []string{"Anne", "Louise", "Marie", "Jeanne", "Claire", "Alice"}
	places := []string{"Exempleville", "Sainte-Maquette", "Modèle-sur-Seine", "Villefictive"}
	p := Person{
		Surname:     "Specimen",
		GivenNames:  []string{given[r.IntN(len(given))]},
		Sex:         "F",
		Nationality: "FRA",
		Issuer:      "FRA",
		BirthPlace:  places[r.IntN(len(places))],
		HeightCM:    155 + r.IntN(30),
		Department:  fmt.Sprintf("%02d0", 1+r.IntN(95)),
		Sequence:    fmt.Sprintf("%05d", r.IntN(100000)),
		Birth:       time.Date(1962+r.IntN(38), time.Month(1+r.IntN(12)), 1+r.IntN(28), 0, 0, 0, 0, time.UTC),
	}
	p.Office = fmt.Sprintf("%s%03d", p.Department, 1+r.IntN(9))
	if r.IntN(2) == 0 {
		p.GivenNames = append(p.GivenNames, second[r.IntN(len(second))])
	}
	const characters = "0123456789BCDFGHJKLMNPQRTVWXZ"
	var number strings.Builder
	for range 9 {
		number.WriteByte(characters[r.IntN(len(characters))])
	}
	p.Number = number.String()
	p.Issued = time.Date(2022+r.IntN(3), time.Month(1+r.IntN(12)), 1+r.IntN(28), 0, 0, 0, 0, time.UTC)
	p.Expiry = p.Issued.AddDate(10, 0, -1)
	switch kind {
	case OldFrenchCard:
		p.Issued = time.Date(2014+r.IntN(6), p.Issued.Month(), p.Issued.Day(), 0, 0, 0, 0, time.UTC)
		p.Expiry = p.Issued.AddDate(15, 0, -1)
	case ResidencePermit, Visa:
		p.Nationality = "UTO"
	}
	if _, ok := foreign(kind); ok {
		row, _ := kind.Series()
		p.Issuer, p.Nationality = row.Issuer, row.Issuer
	}
	return p
}

// Zone returns the lines of the machine readable zone of this person's document.
func (p Person) Zone(kind Kind) ([]string, error) {
	z := Zone{
		Issuer: p.Issuer, Nationality: p.Nationality, Surname: p.Surname, GivenNames: p.GivenNames,
		Number: p.Number, Sex: p.Sex, Birth: p.Birth, Expiry: p.Expiry, Issued: p.Issued,
		Department: p.Department, Sequence: p.Sequence, Office: p.Office,
	}
	if _, ok := foreign(kind); ok || kind == IdentityCard {
		z.Code = "ID"
		return z.TD1()
	}
	switch kind {
	case ResidencePermit:
		z.Code = "IR"
		return z.TD1()
	case Passport:
		z.Code = "P"
		return z.TD3()
	case OldFrenchCard:
		return z.OldFrench()
	case Visa:
		z.Code = "V"
		return z.MRVA()
	case DrivingLicence:
		z.Code = "D1"
		return z.licence()
	}
	return nil, fmt.Errorf("specimen kind %q: no machine readable zone known", string(kind))
}
