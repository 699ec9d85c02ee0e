package print

import (
	"testing"

	"visavis/identity"
)

// at is a word of print 20 pixels high whose letters are 10 wide.
func at(left, top int, text string) word {
	return word{text: text, confidence: 0.9, rect: rect{left, top, left + 10*len([]rune(text)), top + 20}}
}

// big is a word of values, 30 pixels high.
func big(left, top int, text string) word {
	w := at(left, top, text)
	w.bottom += 10
	return w
}

func TestValuesAreFoundByTheirLabels(t *testing.T) {
	const surname, given, birth, number = identity.FieldSurname, identity.FieldGivenNames, identity.FieldBirthDate,
		identity.FieldNumber
	for name, c := range map[string]struct {
		words []word
		want  map[identity.FieldName]string
	}{
		"under a label in two languages": {
			[]word{at(0, 0, "Nom"), at(40, 0, "/"), at(60, 0, "Surname"), big(0, 30, "LEFÈVRE")},
			map[identity.FieldName]string{surname: "LEFÈVRE"},
		},
		"under the language that is not known": {
			[]word{at(0, 0, "Sukunimi/Efternamn/Surname"), big(2, 30, "MÄKINEN")},
			map[identity.FieldName]string{surname: "MÄKINEN"},
		},
		"under two lines of labels": {
			[]word{
				at(0, 0, "Date"), at(50, 0, "of"), at(80, 0, "birth/"),
				at(0, 25, "Date"), at(50, 25, "de"), at(80, 25, "naissance"), big(0, 55, "12"), big(30, 55, "AUG/AOÛT"),
				big(120, 55, "74"),
			},
			map[identity.FieldName]string{birth: "12 AUG/AOÛT 74"},
		},
		"the column of its own": {
			[]word{at(0, 0, "Vorname"), at(300, 0, "Geburtstag"), big(0, 30, "JÜRGEN"), big(300, 30, "13.07.1990")},
			map[identity.FieldName]string{given: "JÜRGEN", birth: "13.07.1990"},
		},
		"both names behind one label": {
			[]word{at(0, 0, "Name/"), at(60, 0, "Nom"), big(0, 30, "ERIKSSON,"), big(110, 30, "ANNA"), big(160, 30, "MARIA")},
			map[identity.FieldName]string{surname: "ERIKSSON", given: "ANNA MARIA"},
		},
		"given names with commas of their own": {
			[]word{at(0, 0, "Surname"), big(0, 30, "LEFÈVRE"), at(0, 80, "Prénoms"), big(0, 110, "Anaïs,"), big(80, 110, "Léa")},
			map[identity.FieldName]string{surname: "LEFÈVRE", given: "Anaïs, Léa"},
		},
		"no number without digits": {
			[]word{at(0, 0, "Document"), at(90, 0, "No."), at(0, 25, "Numero")},
			map[identity.FieldName]string{number: ""},
		},
	} {
		values := findValues(c.words, findLabels(c.words))
		have := map[identity.FieldName]string{}
		for _, f := range values {
			have[f.label.field] = f.text
		}
		for field, want := range c.want {
			if have[field] != want {
				t.Errorf("%s: %s %q, want %q", name, field, have[field], want)
			}
		}
	}
}

// A label is known with a wrong letter in every five; a short one only as it is.
func TestLabelsMayBeMisread(t *testing.T) {
	for _, c := range []struct {
		have, want string
		same       bool
	}{
		{"GIVENNAMES", "GIVENNAMES", true}, {"GIVENNOMES", "GIVENNAMES", true}, {"GIVEMNOMES", "GIVENNAMES", true},
		{"GIVEMNOMFS", "GIVENNAMES", false}, {"NON", "NOM", false}, {"URNAME", "SURNAME", false}, {"", "NOM", false},
	} {
		if got := alike(c.have, c.want); got != c.same {
			t.Errorf("%q as %q: %v", c.have, c.want, got)
		}
	}
}

// A field that is named twice is looked for once: a side that has told it lacks nothing.
func TestAFieldIsSoughtOnce(t *testing.T) {
	words := []word{at(0, 0, "Surname"), big(0, 30, "LEFÈVRE"), at(0, 120, "Surname"), big(0, 150, "LEFÈVRE"),
		at(0, 240, "Prénoms"), big(0, 270, "Léa")}
	labels := findLabels(words)
	if got := fieldsOf(labels); len(labels) != 3 || got != 2 {
		t.Errorf("%d labels of %d fields, want 3 of 2", len(labels), got)
	}
}
