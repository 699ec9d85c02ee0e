package identity

import "strings"

// DeclaredNames are what the applicant or the site gave.
type DeclaredNames struct {
	Surname    string // nom de naissance
	GivenNames string
}

// DocumentNames are what a document says. Empty where it was not read.
type DocumentNames struct {
	// Of the machine readable zone: the nom de naissance.
	ZoneSurname, ZoneGivenNames NameField
	// As printed. UsageName is the nom d'usage, without « épouse » and the like.
	Surname, GivenNames, UsageName string
}

// ZoneNames returns the two names of a zone with what is known of their ends.
func ZoneNames(m MRZ) (surname, given NameField) {
	surname.Text, given.Text = m.Surname, m.GivenNames
	if m.Format == IDFRA && len(m.Lines) == 2 { // each has a field of its own
		surname.Last, given.Last = true, true
		surname.Full, given.Full = m.Lines[0][29] != '<', m.Lines[1][26] != '<'
		return surname, given
	}
	surname.Full, given.Full = m.NameTruncated, m.NameTruncated
	given.Last = given.Text != ""
	surname.Last = !given.Last
	return surname, given
}

// PartMatch is how one of the two names matched: the class, and what it was
// against the zone and against the print; empty where that was not read.
type PartMatch struct {
	Class         MatchClass
	Zone, Printed MatchClass
	// PrintDiffers: print and zone were both read and are not the same name. One of
	// the readings is wrong, or the document is; the class is then the zone's.
	PrintDiffers bool
}

// NameMatch is the result of MatchNames: kept whole, because the practice
// statement asks which rule matched.
type NameMatch struct {
	Class      MatchClass // the worse of both
	Surname    PartMatch
	GivenNames PartMatch
}

// Automatic tells whether the journey may go on without a person: exact,
// subset-first, or truncated where the print agrees; zone and print must not
// contradict each other, and the zone must have been read.
func (m NameMatch) Automatic() bool {
	for _, p := range []PartMatch{m.Surname, m.GivenNames} {
		agrees := p.Printed == Exact || p.Printed == SubsetFirst
		switch {
		case p.PrintDiffers || p.Zone == "":
			return false
		case p.Class == Truncated && !agrees:
			return false
		case p.Class != Exact && p.Class != SubsetFirst && p.Class != Truncated:
			return false
		}
	}
	return true
}

// MatchNames compares declared names with a document's. The declared surname is
// matched against the birth name first, then against the usage name. The only name
// of a person is matched with the only one of a document, whichever of the two
// fields have it. A name that
// does not match but differs by one or two letters is near. The error is a
// *NameError of the declared names.
func MatchNames(declared DeclaredNames, doc DocumentNames) (NameMatch, error) {
	var m NameMatch
	doc = alignOneName(declared, doc)
	oneName := doc.ZoneSurname.Text == "" && doc.Surname == "" && strings.TrimSpace(declared.GivenNames) != ""
	err := CheckName(declared.Surname)
	if err != nil && (strings.TrimSpace(declared.Surname) != "" || !oneName) {
		return m, err
	}
	if m.Surname, err = matchPart(declared.Surname, doc.ZoneSurname, doc.Surname, MatchSurname); err != nil {
		return NameMatch{}, err
	}
	if m.Surname.Class == NoMatch && doc.UsageName != "" {
		if c, err := MatchSurname(declared.Surname, NameField{Text: doc.UsageName}); err == nil && c == Exact {
			m.Surname.Class = UsageName
		}
	}
	if m.GivenNames, err = matchPart(declared.GivenNames, doc.ZoneGivenNames, doc.GivenNames,
		MatchGivenNames); err != nil {
		return NameMatch{}, err
	}
	lift(&m.Surname, declared.Surname, doc.ZoneSurname, doc.Surname, false)
	lift(&m.GivenNames, declared.GivenNames, doc.ZoneGivenNames, doc.GivenNames, true)
	m.Class = worse(m.Surname.Class, m.GivenNames.Class)
	return m, nil
}

// lift makes near of a part that does not match but nearly does.
func lift(p *PartMatch, declared string, zone NameField, printed string, given bool) {
	if p.Class == NoMatch && (near(declared, zone, given) || near(declared, NameField{Text: printed}, given)) {
		p.Class = Near
	}
}

type matcher func(declared string, document NameField) (MatchClass, error)

func matchPart(declared string, zone NameField, printed string, match matcher) (PartMatch, error) {
	if strings.TrimSpace(declared) == "" {
		return matchNothing(zone, printed), nil
	}
	var p PartMatch
	err := CheckName(declared)
	if err != nil {
		return p, err
	}
	if zone.Text != "" {
		if p.Zone, err = match(declared, zone); err != nil {
			return p, err
		}
	}
	if printed != "" {
		if p.Printed, err = match(declared, NameField{Text: printed}); err != nil {
			return p, err
		}
	}
	p.settle(zone, printed)
	return p, nil
}

// matchNothing is for people of one name: nothing declared, nothing there.
func matchNothing(zone NameField, printed string) PartMatch {
	if zone.Text != "" || printed != "" {
		return PartMatch{Class: NoMatch}
	}
	return PartMatch{Class: Exact, Zone: Exact}
}

// settle makes one class of what zone and print say.
func (p *PartMatch) settle(zone NameField, printed string) {
	p.PrintDiffers = zone.Text != "" && printed != "" && !SameName(zone, printed)
	agrees := p.Printed == Exact || p.Printed == SubsetFirst
	switch {
	case p.Zone == "" && p.Printed == "":
		p.Class = NoMatch
	case p.Zone == "":
		p.Class = p.Printed
	case p.Printed == "" || p.PrintDiffers:
		p.Class = p.Zone
		if p.Class == Exact && zone.Full && zone.Last {
			p.Class = Truncated
		}
	case p.Zone == NoMatch && agrees && zone.Full: // SameName: the zone shortens the print
		p.Class = Truncated
	case p.Zone == Exact && zone.Full && zone.Last:
		p.Class = p.Printed // it fits exactly, or the print has more
	default:
		p.Class = worse(p.Zone, p.Printed)
	}
}

// SameName tells whether a name of the zone and a printed one are the same: a
// spelling of the print is the zone's, or the zone's field is full and holds it
// cut, without its last components, or with components shortened.
func SameName(zone NameField, printed string) bool {
	have, err := spellings(zone.Text)
	if err != nil {
		return false
	}
	whole, err := spellings(printed)
	if err != nil {
		return false
	}
	return equalNames.holds(have, whole) || zone.Full && shortenWords.holds(have, whole)
}
