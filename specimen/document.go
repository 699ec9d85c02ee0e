package specimen

import (
	"fmt"
	"image"
	"image/color"
	"strings"
	"time"
)

// DefaultScale is the resolution that documents are drawn at, pixels a
// millimetre: 16 are 406 dpi, more than a camera picture of the whole document
// holds.
const DefaultScale = 16.0

// Document is a drawn document. The images are never changed after Draw, so a
// Document may be used by many goroutines.
type Document struct {
	Kind   Kind
	Person Person
	// Zone is the machine readable zone, line by line.
	Zone []string
	// Width and Height of a side, millimetres.
	Width, Height float64
	// Front and Back of the document, transparent outside its rounded corners.
	// Back is nil where Kind.HasBack is false.
	Front, Back *image.RGBA
}

// Draw draws the document of a seed at scale pixels a millimetre; 0 means
// DefaultScale. An unknown kind is an error.
func Draw(kind Kind, seed uint64, scale float64, a *Assets) (*Document, error) {
	return DrawPerson(kind, NewPerson(kind, seed), seed, scale, a)
}

// DrawPerson draws the document of a person of one's own; what is no data follows
// from the seed.
func DrawPerson(kind Kind, person Person, seed uint64, scale float64, a *Assets) (*Document, error) {
	width, height, err := kind.Size()
	if err != nil {
		return nil, err
	}
	if scale == 0 {
		scale = DefaultScale
	}
	if scale < 2 || scale > 40 {
		return nil, fmt.Errorf("draw %s: scale %.1f pixels a millimetre, want 2 to 40", kind, scale)
	}
	d := &Document{Kind: kind, Person: person, Width: width, Height: height}
	if d.Zone, err = d.Person.Zone(kind); err != nil {
		return nil, fmt.Errorf("draw %s: %w", kind, err)
	}
	front, back := newPen(a, width, height, scale), newPen(a, width, height, scale)
	switch kind {
	case IdentityCard:
		d.cardFront(front, seed, cardLook{"CARTE D’IDENTITÉ", "IDENTITY CARD", color.RGBA{226, 233, 244, 255},
			color.RGBA{246, 224, 226, 255}})
		d.cardBack(back, seed, color.RGBA{236, 238, 246, 255}, color.RGBA{232, 226, 240, 255})
	case ResidencePermit:
		d.cardFront(front, seed, cardLook{"TITRE DE SÉJOUR", "RESIDENCE PERMIT", color.RGBA{250, 226, 216, 255},
			color.RGBA{226, 236, 232, 255}})
		d.cardBack(back, seed, color.RGBA{248, 232, 224, 255}, color.RGBA{226, 236, 232, 255})
	case OldFrenchCard:
		d.oldFront(front, seed)
		d.oldBack(back, seed)
	case Passport:
		d.dataPage(front, seed)
	case Visa:
		d.visa(front, seed)
	case DrivingLicence:
		d.licenceFront(front, seed)
		d.licenceBack(back, seed)
	default:
		look, _ := foreign(kind) // Size has refused what is none
		d.foreignFront(front, seed, look)
		d.foreignBack(back, seed, look)
	}
	if front.err != nil {
		return nil, fmt.Errorf("draw %s: %w", kind, front.err)
	}
	d.Front = front.img
	if kind.HasBack() {
		if back.err != nil {
			return nil, fmt.Errorf("draw %s: %w", kind, back.err)
		}
		d.Back = back.img
	}
	return d, nil
}

// inks of the printed text.
func ink() color.RGBA     { return color.RGBA{28, 30, 38, 255} }
func label() color.RGBA   { return color.RGBA{70, 84, 120, 255} }
func overlay() color.RGBA { return color.RGBA{60, 8, 14, 66} } // premultiplied red

func day(t time.Time) string { return t.Format("02 01 2006") }

func (d *Document) given() string { return strings.Join(d.Person.GivenNames, ", ") }

// field writes a small label and the value under it.
func (p *pen) field(x, y float64, name, value string, em float64) {
	p.text(p.assets.sans, 1.55, x, y, label(), name)
	p.text(p.assets.bold, em, x, y+em+0.25, ink(), value)
}

type cardLook struct {
	title, subtitle string
	from, to        color.RGBA
}

func (d *Document) cardFront(p *pen, seed uint64, look cardLook) {
	p.paint(pattern{look.from, look.to, color.RGBA{128, 146, 196, 255}, seed})
	p.fill(0, 0, d.Width, 8.4, color.NRGBA{26, 44, 88, 90})
	p.text(p.assets.bold, 4.0, 17.5, 5.9, color.White, look.title)
	p.text(p.assets.sans, 2.0, 61, 5.7, color.White, look.subtitle)
	p.fill(3.2, 1.6, 8.4, 5.4, color.NRGBA{32, 60, 140, 255})
	p.text(p.assets.bold, 3.2, 4.1, 5.5, color.RGBA{250, 222, 90, 255}, d.Person.Issuer)
	p.portrait(4.2, 11.2, 26, 33.4, 0.15, 255)
	p.portrait(70.5, 29.5, 11, 14.1, 1, 90)
	n := d.Person
	p.field(33.5, 12.4, "NOM / Surname", strings.ToUpper(n.Surname), 3.3)
	p.field(33.5, 19.0, "Prénoms / Given names", d.given(), 2.9)
	p.field(33.5, 25.2, "SEXE / Sex", n.Sex, 2.7)
	p.field(45.5, 25.2, "NATIONALITÉ / Nationality", n.Nationality, 2.7)
	p.field(33.5, 31.2, "DATE DE NAISS. / Date of birth", day(n.Birth), 2.7)
	p.field(33.5, 37.2, "LIEU DE NAISSANCE / Place of birth", strings.ToUpper(n.BirthPlace), 2.5)
	p.field(33.5, 43.2, "N° DU DOCUMENT / Document No", n.Number, 2.7)
	p.field(62.5, 43.2, "EXPIRE LE / Expiry", day(n.Expiry), 2.7)
	p.text(p.assets.sans, 2.1, 4.2, 50.2, label(), "Document fictif, sans valeur. Fictitious, no value.")
	p.across(13.5, 47, 32, -0.42, overlay())
	p.wear(seed, 3.18)
}

func (d *Document) cardBack(p *pen, seed uint64, from, to color.RGBA) {
	p.paint(pattern{from, to, color.RGBA{150, 140, 190, 255}, seed + 1})
	n := d.Person
	p.field(5, 6.0, "ADRESSE / Address", "1 RUE DE L’EXEMPLE", 2.5)
	p.text(p.assets.bold, 2.5, 5, 11.8, ink(), "00000 "+strings.ToUpper(n.BirthPlace))
	p.field(5, 16.2, "TAILLE / Height", fmt.Sprintf("%d,%02d m", n.HeightCM/100, n.HeightCM%100), 2.5)
	p.field(27, 16.2, "DÉLIVRÉ LE / Issued", day(n.Issued), 2.5)
	p.field(5, 22.2, "AUTORITÉ / Authority", "VISAVIS", 2.5)
	d.chip(p, 62, 5.4)
	p.fill(0, 31.2, d.Width, d.Height-31.2, color.NRGBA{222, 222, 224, 222})
	p.across(11, 43, 17, -0.25, overlay())
	p.zone(d.Zone, d.Width, 49.6, 6.0)
	p.wear(seed+1, 3.18)
}

// chip draws a contact plate of our own: a plain grid.
func (d *Document) chip(p *pen, x, y float64) {
	p.fill(x, y, 13, 11, color.NRGBA{206, 178, 98, 255})
	for i := 1; i < 4; i++ {
		p.fill(x, y+float64(i)*2.75, 13, 0.25, color.NRGBA{128, 104, 48, 255})
	}
	p.fill(x+4.2, y, 0.25, 11, color.NRGBA{128, 104, 48, 255})
	p.fill(x+8.6, y, 0.25, 11, color.NRGBA{128, 104, 48, 255})
}

func (d *Document) oldFront(p *pen, seed uint64) {
	p.paint(pattern{color.RGBA{214, 228, 240, 255}, color.RGBA{226, 232, 246, 255}, color.RGBA{116, 150, 196, 255}, seed})
	n := d.Person
	p.text(p.assets.bold, 3.6, 5, 7, ink(), "CARTE NATIONALE D’IDENTITÉ – SPECIMEN")
	p.text(p.assets.sans, 2.6, 5, 12, label(), "N° : "+d.Zone[1][:12])
	p.text(p.assets.sans, 2.6, 62, 12, label(), "Nationalité : Fictive")
	p.portrait(6, 15.5, 27, 34.5, 0.25, 255)
	p.field(38, 18.2, "Nom", strings.ToUpper(n.Surname), 3.4)
	p.field(38, 25.4, "Prénom(s)", d.given(), 3.1)
	p.field(38, 32.4, "Sexe", n.Sex, 2.9)
	p.field(52, 32.4, "Né(e) le", n.Birth.Format("02.01.2006"), 2.9)
	p.field(38, 39.2, "à", strings.ToUpper(n.BirthPlace), 2.9)
	p.field(38, 46.0, "Taille", fmt.Sprintf("%d,%02d m", n.HeightCM/100, n.HeightCM%100), 2.9)
	p.fill(0, 53.6, d.Width, d.Height-53.6, color.NRGBA{212, 218, 226, 222})
	p.across(15, 58, 32, -0.42, overlay())
	p.zone(d.Zone, d.Width, 69.2, 6.35)
	p.wear(seed, 3)
}

func (d *Document) oldBack(p *pen, seed uint64) {
	p.paint(pattern{color.RGBA{222, 232, 242, 255}, color.RGBA{216, 228, 238, 255},
		color.RGBA{124, 156, 196, 255}, seed + 1})
	n := d.Person
	p.field(8, 12, "Adresse", "1 RUE DE L’EXEMPLE", 3.1)
	p.text(p.assets.bold, 3.1, 8, 19.6, ink(), "00000 "+strings.ToUpper(n.BirthPlace))
	p.field(8, 28, "Carte valable jusqu’au", n.Expiry.AddDate(-5, 0, 0).Format("02.01.2006"), 3.4)
	p.field(8, 38, "délivrée le", n.Issued.Format("02.01.2006"), 3.4)
	p.field(8, 48, "par", "SERVICE FICTIF ("+n.Department+")", 3.1)
	p.text(p.assets.sans, 2.4, 8, 66, label(), "Document fictif, sans valeur. Fictitious, no value.")
	p.across(16, 56, 37, -0.5, overlay())
	p.wear(seed+1, 3)
}

func (d *Document) dataPage(p *pen, seed uint64) {
	p.paint(pattern{color.RGBA{240, 232, 222, 255}, color.RGBA{226, 230, 240, 255}, color.RGBA{176, 146, 150, 255}, seed})
	n := d.Person
	p.text(p.assets.bold, 4.2, 44, 9, ink(), "PASSEPORT · PASSPORT")
	p.text(p.assets.sans, 2.6, 6, 9, label(), "SPECIMEN "+n.Issuer)
	p.portrait(6, 14, 33, 43, 0.1, 255)
	p.portrait(101, 36, 15, 19.5, 1, 84)
	p.field(44, 14.5, "Type", "P", 3.0)
	p.field(60, 14.5, "Code du pays / Country code", n.Issuer, 3.0)
	p.field(92, 14.5, "Passeport n° / No", n.Number, 3.0)
	p.field(44, 21.5, "Nom / Surname", strings.ToUpper(n.Surname), 3.4)
	p.field(44, 29.0, "Prénoms / Given names", d.given(), 3.2)
	p.field(44, 36.4, "Nationalité / Nationality", n.Nationality, 3.0)
	p.field(44, 43.4, "Date de naissance / Date of birth", day(n.Birth), 3.0)
	p.field(84, 43.4, "Sexe / Sex", n.Sex, 3.0)
	p.field(44, 50.4, "Délivré le / Issued", day(n.Issued), 3.0)
	p.field(74, 50.4, "Expire le / Expiry", day(n.Expiry), 3.0)
	p.text(p.assets.sans, 2.2, 44, 59.5, label(), "Document fictif, sans valeur. Fictitious, no value.")
	p.fill(0, 64.8, d.Width, d.Height-64.8, color.NRGBA{224, 222, 218, 222})
	p.across(19, 66, 36, -0.4, overlay())
	p.zone(d.Zone, d.Width, 82.0, 6.35)
	p.wear(seed, 3)
}
