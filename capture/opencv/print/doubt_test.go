package print

import (
	"testing"

	"visavis/identity"
)

func TestTextsThatAreNotOneName(t *testing.T) {
	for _, c := range []struct {
		text string
		want bool
	}{
		{"LEFÈVRE-DUBOIS", false}, {"Anaïs, Léa", false}, {"D’ARCY", false}, {"Ève", false}, {"LÉA", false},
		{"Ba", true},                // a pattern says as much
		{"MAPIAHA/MARIANA", true},   // two scripts
		{"Of VISA", true},           // a title's word
		{"GIVEN NAMES", false},      // two words, none of which is a label of its own
		{"Surname", true},           // a label
		{"DELA CRUz", true},         // no spelling of a name
		{"Nata NATACHA", true},      // two prints
		{"SPEC1MEN", true},          // a digit
		{"FRED WIREMU JOHN", false}, // three names
	} {
		if got := notOneName(c.text); got != c.want {
			t.Errorf("%q: %v, want %v", c.text, got, c.want)
		}
	}
}

func TestLabelsThatMayBeAnothers(t *testing.T) {
	for name, c := range map[string]struct {
		words         []word
		phrase, other bool
	}{
		"alone":                    {[]word{at(0, 0, "Surname")}, false, false},
		"behind its number":        {[]word{at(0, 0, "1."), at(30, 0, "Surname")}, false, false},
		"behind a word of nothing": {[]word{at(0, 0, ""), at(30, 0, "Surname")}, false, false},
		"in two known languages":   {[]word{at(0, 0, "Nom"), at(35, 0, "/"), at(50, 0, "Surname")}, false, false},
		"the end of a phrase":      {[]word{at(0, 0, "Issuing"), at(80, 0, "Post"), at(130, 0, "Name")}, true, false},
		"one of two in brackets":   {[]word{at(0, 0, "(Surname,"), at(100, 0, "Given"), at(160, 0, "names)")}, true, false},
		"in a language not known":  {[]word{at(0, 0, "Kenninafn/Surname")}, false, true},
	} {
		labels := findLabels(c.words)
		if len(labels) == 0 {
			t.Errorf("%s: no label", name)
			continue
		}
		l := labels[len(labels)-1]
		if got := partOfPhrase(l, labels, c.words); got != c.phrase {
			t.Errorf("%s: part of a phrase: %v", name, got)
		}
		if got := inOtherLanguage(l, c.words); got != c.other {
			t.Errorf("%s: in another language: %v", name, got)
		}
	}
}

// Dates have a calendar that speaks for them: only names are doubted for their label.
func TestDatesAreNotDoubtedForTheirLabel(t *testing.T) {
	words := []word{at(0, 0, "Fæðingardagur/Date"), at(190, 0, "of"), at(220, 0, "birth")}
	labels := findLabels(words)
	for _, l := range labels {
		if l.field == identity.FieldBirthDate && doubtful(found{label: l}, "12 DES/DEC 1977", labels, words) {
			t.Error("doubtful")
		}
	}
}

// Looks that see more letters than the elected text say that it is cut.
func TestATextThatGoesOnIsCut(t *testing.T) {
	for _, c := range []struct {
		readings []reading
		share    float64
		goesOn   bool
	}{
		{[]reading{{"Nata", 0.9}, {"Nata", 0.9}, {"Natacha", 0.8}}, 0.6, true},
		{[]reading{{"Anaïs", 0.9}, {"Anais", 0.6}, {"Anaïs", 0.9}}, 0.8, false}, // accents are no other letters
		{[]reading{{"SPECIMEN", 0.9}, {"", 0}, {"SPECIMEN", 0.9}}, 0.6, false},
	} {
		best, _ := elected(c.readings, marksOf(c.readings[0].text))
		if got := shared(c.readings, best); got < c.share-1e-9 || got > c.share+1e-9 || goesOn(c.readings, best) != c.goesOn {
			t.Errorf("%v: %q by %.2f, goes on %v", c.readings, best, got, goesOn(c.readings, best))
		}
	}
}
