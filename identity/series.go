package identity

import (
	"slices"
	"strings"
)

// Kind is a kind of document.
type Kind string

// The kinds that are recognised. Which are accepted says Accept.
const (
	KindIdentityCard    Kind = "identity-card"
	KindPassport        Kind = "passport"
	KindResidencePermit Kind = "residence-permit"
	KindVisa            Kind = "visa"
	KindDrivingLicence  Kind = "driving-licence"
	KindCrew            Kind = "crew-certificate"
	KindUnknown         Kind = "unknown"
)

// Side is a side of a document. A passport's data page is its front.
type Side string

// The sides.
const (
	Front Side = "front"
	Back  Side = "back"
)

// SeriesID names a document series.
type SeriesID string

// The series that are told apart.
const (
	FrenchCardOld  SeriesID = "fra-card-1988"
	FrenchCard     SeriesID = "fra-card-2021"
	FrenchPassport SeriesID = "fra-passport"
	FrenchPermit   SeriesID = "fra-permit"
	AnyPassport    SeriesID = "passport"
	AnyCard        SeriesID = "card-td1"
	AnyLargeCard   SeriesID = "card-td2"
	AnyPermit      SeriesID = "permit-td1"
	AnyLargePermit SeriesID = "permit-td2"
)

// Series is one series of documents: where things are and which rule of validity
// holds.
type Series struct {
	ID     SeriesID
	Kind   Kind
	Issuer string // empty: any
	Format Format
	// Portrait, Zone and Expiry are the sides that carry them. Expiry is where it is
	// printed.
	Portrait, Zone, Expiry Side
	// ExpiryInZone is false where the zone has no expiry date.
	ExpiryInZone bool
	// Width and Height in millimetres.
	Width, Height float64
	// Source says where the row is from.
	Source string
}

// The proportions of ISO/IEC 7810 and ICAO 9303.
const (
	cardWidth, cardHeight   = 85.60, 53.98
	largeWidth, largeHeight = 105, 74
	pageWidth, pageHeight   = 125, 88
)

const (
	icao4 = "ICAO Doc 9303-4 (TD3), §3 and §4"
	icao5 = "ICAO Doc 9303-5 (TD1), §3 and §4"
	icao6 = "ICAO Doc 9303-6 (TD2), §3 and §4"
)

// allSeries is the one table; the first row that fits is the series.
func allSeries() []Series {
	return []Series{
		{FrenchCardOld, KindIdentityCard, "FRA", IDFRA, Front, Front, Back, false, largeWidth, largeHeight,
			"décret n° 55-1397 du 22 octobre 1955, décret n° 2013-1188 du 18 décembre 2013, règlement (UE) 2019/1157 art. 5"},
		{FrenchCard, KindIdentityCard, "FRA", TD1, Front, Back, Front, true, cardWidth, cardHeight,
			"règlement (UE) 2019/1157, décret n° 2021-279 du 13 mars 2021; " + icao5},
		{FrenchPermit, KindResidencePermit, "FRA", TD1, Front, Back, Front, true, cardWidth, cardHeight,
			"règlement (CE) n° 1030/2002 modifié par (UE) 2017/1954; " + icao5},
		{FrenchPassport, KindPassport, "FRA", TD3, Front, Front, Front, true, pageWidth, pageHeight,
			"décret n° 2005-1726 du 30 décembre 2005; " + icao4},
		{AnyPassport, KindPassport, "", TD3, Front, Front, Front, true, pageWidth, pageHeight, icao4},
		{AnyCard, KindIdentityCard, "", TD1, Front, Back, Front, true, cardWidth, cardHeight, icao5},
		{AnyPermit, KindResidencePermit, "", TD1, Front, Back, Front, true, cardWidth, cardHeight, icao5},
		{AnyLargeCard, KindIdentityCard, "", TD2, Front, Front, Front, true, largeWidth, largeHeight, icao6},
		{AnyLargePermit, KindResidencePermit, "", TD2, Front, Front, Front, true, largeWidth, largeHeight, icao6},
	}
}

// SeriesOf returns the series of a zone. False when the zone is of no identity
// document: Accept then says why.
func SeriesOf(m MRZ) (Series, bool) {
	kind := KindOf(m)
	for _, s := range allSeries() {
		if s.Kind == kind && s.Format == m.Format && (s.Issuer == "" || s.Issuer == m.Issuer) {
			return s, true
		}
	}
	return Series{}, false
}

// SeriesByID returns a row of the table.
func SeriesByID(id SeriesID) (Series, bool) {
	for _, s := range allSeries() {
		if s.ID == id {
			return s, true
		}
	}
	return Series{}, false
}

// KindOf tells what kind of document a zone belongs to. National cards and permits
// share the layout: a permit has R as the second letter of its code, or names
// another nationality than its issuer.
func KindOf(m MRZ) Kind {
	switch {
	case m.Format.Visa():
		return KindVisa
	case m.Format == IDFRA:
		return KindIdentityCard
	case m.Format == TD3:
		return KindPassport
	case m.Format == TD1 && m.DocumentCode == "AC":
		return KindCrew
	case m.Format != TD1 && m.Format != TD2:
		return KindUnknown
	case strings.HasSuffix(m.DocumentCode, "R") || m.Nationality != "" && m.Nationality != m.Issuer:
		return KindResidencePermit
	}
	return KindIdentityCard
}

// KindOfLines tells the kind of recognised lines that Parse may not know: the one
// line of a European driving licence begins with D.
func KindOfLines(lines []string) Kind {
	if len(lines) == 1 && len(lines[0]) == 30 && lines[0][0] == 'D' {
		return KindDrivingLicence
	}
	m, err := Parse(lines)
	if err != nil {
		return KindUnknown
	}
	return KindOf(m)
}

// KindOfTitle tells the kind by what is printed on a document; KindUnknown where
// no title stands in the text.
func KindOfTitle(text string) Kind {
	folded, err := Fold(lettersOf(text))
	if err != nil {
		return KindUnknown
	}
	folded = "<" + folded + "<"
	for _, t := range []struct {
		kind   Kind
		titles []string
	}{
		{KindDrivingLicence, []string{"PERMIS<DE<CONDUIRE", "DRIVING<LICENCE", "DRIVING<LICENSE", "FUHRERSCHEIN"}},
		{KindResidencePermit, []string{"TITRE<DE<SEJOUR", "RESIDENCE<PERMIT", "CARTE<DE<SEJOUR", "CARTE<DE<RESIDENT"}},
		{KindIdentityCard, []string{"CARTE<NATIONALE<DIDENTITE", "CARTE<DIDENTITE", "CARTE<D<IDENTITE", "CARTE<NATIONALE<D<IDENTITE", "IDENTITY<CARD"}},
		{KindPassport, []string{"PASSEPORT", "PASSPORT"}},
		{KindVisa, []string{"VISA"}},
	} {
		if slices.ContainsFunc(t.titles, func(title string) bool { return strings.Contains(folded, "<"+title+"<") }) {
			return t.kind
		}
	}
	return KindUnknown
}

// lettersOf leaves letters and apostrophes, at most as many as a name may have.
func lettersOf(text string) string {
	kept := make([]rune, 0, len(text))
	for _, r := range text {
		switch kind := kindOf(r); {
		case kind == signLetter && spellingsOf(string(r)) != nil, kind == signApostrophe:
			kept = append(kept, r)
		default:
			if len(kept) > 0 && kept[len(kept)-1] != ' ' {
				kept = append(kept, ' ')
			}
		}
	}
	words := strings.Fields(string(kept))
	words = words[:min(len(words), maxComponents)]
	out := strings.Join(words, " ")
	if r := []rune(out); len(r) > maxSigns {
		out = string(r[:maxSigns])
	}
	return out
}
