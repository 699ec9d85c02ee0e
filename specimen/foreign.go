package specimen

import (
	"fmt"
	"image/color"
	"strings"
	"time"

	"visavis/document"
)

// The cards that are accepted where the settings list their state. All are ID-1.
const (
	BelgianCard Kind = "belgian-card"
	SpanishCard Kind = "spanish-card"
	GermanCard  Kind = "german-card"
)

// ForeignKinds returns the cards that are accepted where the settings list their
// state.
func ForeignKinds() []Kind {
	var out []Kind
	for _, l := range foreignLooks() {
		out = append(out, l.kind)
	}
	return out
}

// foreign returns the look of a card of another state; false for any other kind.
func foreign(k Kind) (foreignLook, bool) {
	for _, l := range foreignLooks() {
		if l.kind == k {
			return l, true
		}
	}
	return foreignLook{}, false
}

// foreignLook is what the drawn card of another state prints: its titles, its labels
// in its own languages, and its colours.
type foreignLook struct {
	kind                                            Kind
	series                                          document.ID
	title, subtitle                                 string
	surname, given, sex, nationality, birth, expiry string
	number, address, issued, authority, height      string
	day                                             func(time.Time) string
	from, to, line                                  color.RGBA
}

func dots(t time.Time) string { return t.Format("02.01.2006") }

// foreignLooks is the table of these cards. Titles and labels are those of the
// states' cards; patterns and places are invented.
func foreignLooks() []foreignLook {
	return []foreignLook{
		{
			kind: BelgianCard, series: document.BelgianCard,
			title: "IDENTITEITSKAART", subtitle: "CARTE D’IDENTITÉ · IDENTITY CARD",
			surname: "Naam / Nom / Name", given: "Voornamen / Prénoms / Given names", sex: "Geslacht / Sexe",
			nationality: "Nationaliteit / Nationalité",
			birth:       "Geboortedatum / Date de naissance", expiry: "Geldig tot / Valable jusqu’au",
			number:  "Kaartnr / N° de carte",
			address: "Adres / Adresse", issued: "Afgegeven op / Délivré le", authority: "Gemeente / Commune",
			height: "Rijksregisternr",
			day:    dots, from: color.RGBA{224, 236, 222, 255}, to: color.RGBA{236, 228, 238, 255},
			line: color.RGBA{132, 166, 140, 255},
		},
		{
			kind: SpanishCard, series: document.SpanishCard,
			title: "DOCUMENTO NACIONAL DE IDENTIDAD", subtitle: "",
			surname: "APELLIDOS / Surnames", given: "NOMBRE / Given names", sex: "SEXO / Sex",
			nationality: "NACIONALIDAD / Nationality",
			birth:       "FECHA DE NACIMIENTO / Date of birth", expiry: "VALIDEZ / Expiry", number: "NUM SOPORT / Document No",
			address: "DOMICILIO / Address", issued: "EMISIÓN / Issued", authority: "EQUIPO / Authority",
			height: "LUGAR DE NACIMIENTO",
			day:    day, from: color.RGBA{238, 228, 214, 255}, to: color.RGBA{222, 232, 238, 255},
			line: color.RGBA{186, 152, 120, 255},
		},
		{
			kind: GermanCard, series: document.GermanCard,
			title: "PERSONALAUSWEIS", subtitle: "IDENTITY CARD · CARTE D’IDENTITÉ",
			surname: "Name / Surname / Nom", given: "Vornamen / Given names / Prénoms", sex: "Geschlecht / Sex",
			nationality: "Staatsangehörigkeit / Nationality",
			birth:       "Geburtstag / Date of birth", expiry: "Gültig bis / Date of expiry", number: "Ausweisnummer",
			address: "Anschrift / Address", issued: "Ausstellungsdatum", authority: "Behörde / Authority",
			height: "Größe / Height",
			day:    dots, from: color.RGBA{220, 232, 238, 255}, to: color.RGBA{230, 238, 224, 255},
			line: color.RGBA{120, 156, 170, 255},
		},
	}
}

func (d *Document) foreignFront(p *pen, seed uint64, l foreignLook) {
	p.paint(pattern{l.from, l.to, l.line, seed})
	n := d.Person
	p.fill(0, 0, d.Width, 8.4, color.NRGBA{250, 250, 250, 120})
	p.fill(3.2, 1.6, 8.4, 5.4, color.NRGBA{32, 60, 140, 255})
	p.text(p.assets.bold, 3.0, 3.9, 5.4, color.RGBA{250, 222, 90, 255}, n.Issuer)
	em := 3.8
	if len(l.title) > 20 {
		em = 3.0
	}
	p.text(p.assets.bold, em, 14, 4.8, ink(), l.title)
	p.text(p.assets.sans, 1.8, 14, 7.4, label(), l.subtitle)
	p.portrait(4.2, 11.2, 26, 33.4, 0.15, 255)
	p.portrait(70.5, 29.5, 11, 14.1, 1, 90)
	p.field(33.5, 12.4, l.surname, strings.ToUpper(n.Surname), 3.3)
	p.field(33.5, 19.0, l.given, d.given(), 2.9)
	p.field(33.5, 25.2, l.sex, n.Sex, 2.7)
	p.field(52.5, 25.2, l.nationality, n.Nationality, 2.7)
	p.field(33.5, 31.2, l.birth, l.day(n.Birth), 2.7)
	p.field(33.5, 37.4, l.number, n.Number, 2.7)
	p.field(33.5, 43.6, l.expiry, l.day(n.Expiry), 2.7)
	p.text(p.assets.sans, 2.1, 4.2, 50.6, label(), "Document fictif, sans valeur. Fictitious, no value.")
	p.across(13.5, 47, 32, -0.42, overlay())
	p.wear(seed, 3.18)
}

func (d *Document) foreignBack(p *pen, seed uint64, l foreignLook) {
	p.paint(pattern{l.to, l.from, l.line, seed + 1})
	n := d.Person
	p.field(5, 6.0, l.address, "EXEMPLE 1", 2.5)
	p.text(p.assets.bold, 2.5, 5, 11.8, ink(), "00000 "+strings.ToUpper(n.BirthPlace))
	p.field(5, 16.2, l.height, fmt.Sprintf("%d", n.HeightCM), 2.5)
	p.field(35, 16.2, l.issued, l.day(n.Issued), 2.5)
	p.field(5, 22.2, l.authority, "VISAVIS", 2.5)
	d.chip(p, 66, 5.4)
	p.fill(0, 31.2, d.Width, d.Height-31.2, color.NRGBA{222, 222, 224, 222})
	p.across(11, 43, 17, -0.25, overlay())
	p.zone(d.Zone, d.Width, 49.6, 6.0)
	p.wear(seed+1, 3.18)
}
