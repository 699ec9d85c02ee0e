package identity

import "strings"

// SurePrint is the confidence from which on a printed field stands by itself, beside a
// zone that says something else or without one. docs/accuracy.md has how often such
// fields are wrong.
const SurePrint = 0.8

// Told returns what is told of the print of the sides of a document: fields that are
// sure, which may contradict the zone, and unsure ones that say what the zone says. The
// rest is not read, as far as anybody is told: beside a right zone a wrong reading looks
// like altered print.
func Told(zone Reading, sides []PrintedSide) []PrintedSide {
	m := zone.MRZ
	if zone.Status == Unreadable {
		m = MRZ{}
	}
	out := make([]PrintedSide, len(sides))
	for i, side := range sides {
		out[i] = side
		out[i].Fields = nil
		for _, f := range side.Fields {
			if f.Confidence >= SurePrint || saidByZone(m, f) {
				out[i].Fields = append(out[i].Fields, f)
			}
		}
	}
	return out
}

// saidByZone tells whether a zone says what a printed field does.
func saidByZone(m MRZ, f Field) bool {
	surname, given := ZoneNames(m)
	switch f.Name {
	case FieldSurname:
		birth, _ := SplitUsage(f.Text)
		return sameAsZone(surname, birth)
	case FieldGivenNames:
		return sameAsZone(given, f.Text)
	case FieldBirthDate:
		return m.BirthDate != "" && sameDay(f.Text, m.BirthDate)
	case FieldExpiryDate:
		return m.ExpiryDate != "" && sameDay(f.Text, m.ExpiryDate)
	case FieldNumber:
		return m.Number != "" && SameNumber(m.Number, f.Text)
	}
	return false
}

func sameAsZone(zone NameField, printed string) bool {
	return zone.Text != "" && SameName(zone, printed)
}

func sameDay(printed, zone string) bool {
	day, err := PrintedDay(printed)
	return err == nil && day == zone
}

// numberSigns are what stands in a document's number without counting: the zone's fillers, and what print has
// between its groups.
var numberSigns = strings.NewReplacer(" ", "", "-", "", "<", "")

// SameNumber tells whether two ways of writing a document's number are of one number.
func SameNumber(a, b string) bool {
	return strings.EqualFold(numberSigns.Replace(a), numberSigns.Replace(b))
}
