package document

// ID names a series of documents. It is also the last part of the key of its words:
// request.paper.ID says that it is not accepted.
type ID string

// The series that are told apart.
const (
	FrenchCardOld  ID = "fra-card-1988"
	FrenchCard     ID = "fra-card-2021"
	FrenchPassport ID = "fra-passport"
	FrenchPermit   ID = "fra-permit"
	FrenchLicence  ID = "fra-licence-2013"
	BelgianCard    ID = "bel-card"
	SpanishCard    ID = "esp-card"
	GermanCard     ID = "deu-card"
	AnyPassport    ID = "passport"
	AnyCard        ID = "card-td1"
	AnyLargeCard   ID = "card-td2"
	AnyPermit      ID = "permit-td1"
	AnyLargePermit ID = "permit-td2"
	AnyVisa        ID = "visa-a"
	AnySmallVisa   ID = "visa-b"
	AnyLicence     ID = "licence"
	AnyCrew        ID = "crew-td1"
)

// Accepted says whether a series is accepted.
type Accepted string

// The rules of acceptance.
const (
	Always   Accepted = "always"
	IfListed Accepted = "if-listed" // where the settings list its state
	Never    Accepted = "never"
)

// Validity is the rule by which a series runs out.
type Validity string

// The rules of validity.
const (
	ByZone  Validity = "zone"  // the zone has the last day
	ByIssue Validity = "issue" // the print has it; it is prolonged by month of issue and age
)

// Row is one series of documents. Rows are compared with ==.
type Row struct {
	ID     ID
	Kind   Kind
	Issuer string // as in the zone; empty: any
	Format Format
	Layout Layout
	// Expiry is the side on which the last day is printed; empty where it is not.
	Expiry   Side
	Validity Validity
	Accepted Accepted
	// Labels are printed labels of this series that others have not: lines of a field,
	// a colon and texts of letters alone. See Labels.
	Labels string
	// Title is what is printed above a document of this series, where no other title of its kind stands there too.
	// Capitals without accents, < between words.
	Title string
	// Source says where the row is from.
	Source string
}

const (
	icao4 = "ICAO Doc 9303-4 (TD3), §3 and §4"
	icao5 = "ICAO Doc 9303-5 (TD1), §3 and §4"
	icao6 = "ICAO Doc 9303-6 (TD2), §3 and §4"
	icao7 = "ICAO Doc 9303-7, §3 and §4"
	eu126 = "directive 2006/126/EC, annex I"
)

// rows is the one table. The first row that fits a zone is its series, so that those
// of a state stand before those of any; the usual layout of a kind stands first.
func rows() []Row {
	return []Row{
		{FrenchCard, IdentityCard, "FRA", TD1, LayoutCard, Front, ByZone, Always, "", "",
			"règlement (UE) 2019/1157, décret n° 2021-279 du 13 mars 2021; " + icao5},
		{FrenchCardOld, IdentityCard, "FRA", IDFRA, LayoutOldCard, Back, ByIssue, Always, "", "",
			"décret n° 55-1397 du 22 octobre 1955, décret n° 2013-1188 du 18 décembre 2013, règlement (UE) 2019/1157 art. 5"},
		{FrenchPermit, ResidencePermit, "FRA", TD1, LayoutCard, Front, ByZone, Always, "", "",
			"règlement (CE) n° 1030/2002 modifié par (UE) 2017/1954; " + icao5},
		{FrenchPassport, Passport, "FRA", TD3, LayoutPage, Front, ByZone, Always, "", "",
			"décret n° 2005-1726 du 30 décembre 2005; " + icao4},
		{BelgianCard, IdentityCard, "BEL", TD1, LayoutCard, Front, ByZone, IfListed, belgianLabels,
			"IDENTITEITSKAART", "arrêté royal du 25 mars 2003; " + icao5},
		{SpanishCard, IdentityCard, "ESP", TD1, LayoutCard, Front, ByZone, IfListed, spanishLabels,
			"DOCUMENTO<NACIONAL<DE<IDENTIDAD", "Real Decreto 1553/2005; " + icao5},
		{GermanCard, IdentityCard, "D", TD1, LayoutCard, Front, ByZone, IfListed, germanLabels,
			"PERSONALAUSWEIS", "Personalausweisgesetz § 5; " + icao5},
		{FrenchLicence, DrivingLicence, "FRA", Licence, LayoutLicence, Front, ByZone, Never, "", "",
			"arrêté du 20 avril 2012; " + eu126},
		{AnyPassport, Passport, "", TD3, LayoutPage, Front, ByZone, Always, "", "", icao4},
		{AnyCard, IdentityCard, "", TD1, LayoutCard, Front, ByZone, Always, "", "", icao5},
		{AnyPermit, ResidencePermit, "", TD1, LayoutCard, Front, ByZone, Always, "", "", icao5},
		{AnyLargeCard, IdentityCard, "", TD2, LayoutOldCard, Front, ByZone, Always, "", "", icao6},
		{AnyLargePermit, ResidencePermit, "", TD2, LayoutOldCard, Front, ByZone, Always, "", "", icao6},
		{AnyVisa, Visa, "", MRVA, LayoutSticker, Front, ByZone, Never, "", "", icao7},
		{AnySmallVisa, Visa, "", MRVB, LayoutSticker, Front, ByZone, Never, "", "", icao7},
		{AnyLicence, DrivingLicence, "", Licence, LayoutLicence, Front, ByZone, Never, "", "", eu126},
		{AnyCrew, Crew, "", TD1, LayoutCard, Front, ByZone, Never, "", "", icao5},
	}
}

// All returns the rows in their order.
func All() []Row { return rows() }

// ByID returns a row of the table.
func ByID(id ID) (Row, bool) {
	for _, r := range rows() {
		if r.ID == id {
			return r, true
		}
	}
	return Row{}, false
}

// Find returns the series of a kind whose zone has a format and an issuer.
func Find(k Kind, f Format, issuer string) (Row, bool) {
	for _, r := range rows() {
		if r.Kind == k && r.Format == f && (r.Issuer == "" || r.Issuer == issuer) {
			return r, true
		}
	}
	return Row{}, false
}

// Portrait returns the side with the portrait.
func (r Row) Portrait() Side {
	for _, l := range r.Layout.Looks() {
		if l.Portrait {
			return l.Side
		}
	}
	return ""
}

// Coloured tells whether a side of the series is known to be printed in colours, so that one
// without them is a copy. Data pages and permits are, and so are fronts: their ground is
// (ICAO Doc 9303-2, appendix A; règlement (UE) 2017/1954). Some states print the back of an
// identity card, a zone on plain paper, in black alone: of a state that the table does not
// name that is not known.
func (r Row) Coloured(s Side) bool {
	return r.Kind != IdentityCard || r.Issuer != "" || s != r.Zone() || s == r.Portrait()
}

// Zone returns the side with the machine readable zone.
func (r Row) Zone() Side {
	for _, l := range r.Layout.Looks() {
		if l.Lines > 0 {
			return l.Side
		}
	}
	return ""
}

// Size returns width and height of a side in millimetres.
func (r Row) Size() (width, height float64) { return r.Layout.Size() }
