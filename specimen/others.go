package specimen

import (
	"image/color"
	"strings"
)

// The documents that no identity check accepts.

func (d *Document) visa(p *pen, seed uint64) {
	p.paint(pattern{color.RGBA{222, 238, 226, 255}, color.RGBA{240, 234, 214, 255}, color.RGBA{130, 170, 140, 255}, seed})
	n := d.Person
	p.text(p.assets.bold, 6.0, 44, 10, ink(), "VISA")
	p.text(p.assets.sans, 2.6, 6, 9, label(), "SPECIMEN "+n.Issuer)
	p.portrait(6, 13, 29, 37.5, 0.1, 255)
	p.field(44, 14.5, "Valable pour / Valid for", "ÉTATS FICTIFS", 3.0)
	p.field(44, 22.0, "Du / From", day(n.Issued), 3.0)
	p.field(76, 22.0, "Au / Until", day(n.Expiry), 3.0)
	p.field(44, 29.5, "Nombre d’entrées / Entries", "MULT", 3.0)
	p.field(76, 29.5, "N° de visa / Number", n.Number, 3.0)
	p.field(44, 37.0, "Nom / Surname", strings.ToUpper(n.Surname), 3.3)
	p.field(44, 44.5, "Prénoms / Given names", d.given(), 3.0)
	p.text(p.assets.sans, 2.2, 44, 54, label(), "Document fictif, sans valeur. Fictitious, no value.")
	p.fill(0, 58.4, d.Width, d.Height-58.4, color.NRGBA{224, 226, 218, 222})
	p.across(18, 64, 34, -0.4, overlay())
	p.zone(d.Zone, d.Width, 74.6, 6.35)
	p.wear(seed, 1)
}

func (d *Document) licenceFront(p *pen, seed uint64) {
	p.paint(pattern{color.RGBA{246, 222, 228, 255}, color.RGBA{238, 232, 244, 255}, color.RGBA{206, 140, 160, 255}, seed})
	n := d.Person
	p.fill(14, 1.6, d.Width-17.2, 6.2, color.NRGBA{252, 250, 251, 230})
	p.text(p.assets.bold, 4.0, 17.5, 6.3, ink(), "PERMIS DE CONDUIRE")
	p.text(p.assets.sans, 1.8, 64.5, 6.3, label(), "DRIVING LICENCE")
	p.fill(3.2, 1.6, 8.4, 5.4, color.NRGBA{32, 60, 140, 255})
	p.text(p.assets.bold, 3.2, 4.1, 5.5, color.RGBA{250, 222, 90, 255}, n.Issuer)
	p.portrait(4.2, 11.2, 26, 33.4, 0.15, 255)
	for i, line := range []string{
		"1.  " + strings.ToUpper(n.Surname),
		"2.  " + d.given(),
		"3.  " + n.Birth.Format("02.01.2006") + "  " + strings.ToUpper(n.BirthPlace),
		"4a. " + n.Issued.Format("02.01.2006") + "   4c. VISAVIS",
		"4b. " + n.Expiry.Format("02.01.2006"),
		"5.  " + n.Number,
		"9.  AM  B1  B",
	} {
		p.text(p.assets.bold, 2.5, 33.5, 13.5+5.2*float64(i), ink(), line)
	}
	p.text(p.assets.sans, 2.1, 4.2, 50.2, label(), "Document fictif, sans valeur. Fictitious, no value.")
	p.across(13.5, 47, 32, -0.42, overlay())
	p.wear(seed, 3.18)
}

func (d *Document) licenceBack(p *pen, seed uint64) {
	p.paint(pattern{color.RGBA{244, 230, 236, 255}, color.RGBA{236, 234, 244, 255},
		color.RGBA{196, 150, 170, 255}, seed + 1})
	for i, category := range []string{"AM", "A1", "A2", "A", "B1", "B", "BE", "C1"} {
		y := 7.5 + 4*float64(i)
		p.text(p.assets.bold, 2.3, 20, y, ink(), category)
		p.fill(18, y+1, 60, 0.2, color.NRGBA{110, 80, 96, 255})
		if category == "AM" || category == "B1" || category == "B" {
			p.text(p.assets.sans, 2.1, 34, y, ink(), d.Person.Issued.Format("02.01.06"))
			p.text(p.assets.sans, 2.1, 54, y, ink(), d.Person.Expiry.Format("02.01.06"))
		}
	}
	p.across(11, 48, 22, -0.25, overlay())
	p.zone(d.Zone, d.Width, 49.6, 6.0)
	p.wear(seed+1, 3.18)
}
