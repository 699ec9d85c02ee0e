package identity

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// The examples and expected results of the project's matching rules, one sentence
// each.
func TestSurnameMatchesByTheRules(t *testing.T) {
	for _, c := range []struct {
		sentence, declared, document string
		full                         bool
		want                         MatchClass
	}{
		{"hyphen and accent vanish", "Lefèvre-Dubois", "LEFEVRE<DUBOIS", false, Exact},
		{"half a double name is another name", "Lefèvre", "LEFEVRE<DUBOIS", false, NoMatch},
		{"particles are components", "de La Fontaine", "DE<LA<FONTAINE", false, Exact},
		{"foreign particles too", "Van der Muellen", "VAN<DER<MUELLEN", false, Exact},
		{"a particle left out is another name", "Fontaine", "DE<LA<FONTAINE", false, NoMatch},
		{"ü may be ue", "Müller", "MUELLER", false, Exact},
		{"ü may be u", "Müller", "MULLER", false, Exact},
		{"ü may be uxx", "Müller", "MUXXLLER", false, Exact},
		{"u is not ue", "Muller", "MUELLER", false, NoMatch},
		{"ue is not u", "Mueller", "MULLER", false, NoMatch},
		{"ue is ü in print", "Mueller", "MÜLLER", false, Exact},
		{"a full field may cut", "Papandropoulous-Longname", "PAPANDROPOULOUS<LONGN", true, Truncated},
		{"a field with room does not cut", "Papandropoulous-Longname", "PAPANDROPOULOUS<LONGN", false, NoMatch},
		{"a full field may leave words out", "Bennelong Wooloomooloo Warrandyte Warnambool", "BENNELONG<WOOLOOMOOLOO<WARRANDYTE<W", true, Truncated},
		{"an apostrophe is dropped", "L'Hostis", "LHOSTIS", false, Exact},
		{"a curly apostrophe too", "L’Hostis", "LHOSTIS", false, Exact},
		{"or it parts", "L’Hostis", "L<HOSTIS", false, Exact},
		{"an elided particle", "d’Artagnan", "DARTAGNAN", false, Exact},
		{"O'Connor", "O'Connor", "OCONNOR", false, Exact},
		{"ł is l", "Łukasz", "LUKASZ", false, Exact},
		{"ß is ss", "Strauß", "STRAUSS", false, Exact},
		{"so is its capital", "STRAUẞ", "STRAUSS", false, Exact},
		{"ø is oe", "Ørsted", "OERSTED", false, Exact},
		{"þ is th", "Þór", "THOR", false, Exact},
		{"œ is oe", "Bœuf", "BOEUF", false, Exact},
		{"ñ may be nxx", "Muñoz", "MUNXXOZ", false, Exact},
		{"comma below falls back to its base", "Țepeș", "TEPES", false, Exact},
		{"hook and horn fall off", "Nguyễn Thơ", "NGUYEN<THO", false, Exact},
		{"a dot is left out", "St. John", "ST<JOHN", false, Exact},
		{"nothing in common", "Durand", "LEFEVRE", false, NoMatch},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			got, err := MatchSurname(c.declared, NameField{Text: c.document, Full: c.full})
			if err != nil || got != c.want {
				t.Errorf("%s | %s: %s, %v, want %s", c.declared, c.document, got, err, c.want)
			}
		})
	}
}

func TestGivenNamesMatchByTheRules(t *testing.T) {
	for _, c := range []struct {
		sentence, declared, document string
		full                         bool
		want                         MatchClass
	}{
		{"the first of three", "Maéva", "MAEVA<ANNE<LOUISE", false, SubsetFirst},
		{"a combining accent is the same letter", "Mae\u0301va", "MAEVA", false, Exact},
		{"first and third in their order", "Maéva Louise", "MAEVA<ANNE<LOUISE", false, SubsetFirst},
		{"not the first one", "Anne", "MAEVA<ANNE<LOUISE", false, SubsetOther},
		{"the field is cut within the third", "Maéva Anne Louise", "MAEVA<ANNE<LOU", true, Truncated},
		{"the same field with room for more", "Maéva Anne Louise", "MAEVA<ANNE<LOU", false, NoMatch},
		{"before the cut nothing is missing", "Maéva Anne", "MAEVA<ANNE<LOU", true, SubsetFirst},
		{"one letter more", "Maevaa", "MAEVA<ANNE", false, NoMatch},
		{"a space for the hyphen", "Jean Pierre", "JEAN<PIERRE", false, Exact},
		{"a hyphen", "Jean-Pierre", "JEAN<PIERRE", false, Exact},
		{"the other way round", "Pierre Jean", "JEAN<PIERRE", false, SubsetOther},
		{"in one word", "Jeanpierre", "JEAN<PIERRE", false, NoMatch},
		{"commas of the print", "Maéva, Anne", "Maéva, Anne, Louise", false, SubsetFirst},
		{"the first named twice", "Maéva Maéva", "MAEVA<ANNE", false, NoMatch},
		{"gaelle", "Gaëlle", "GAELLE", false, Exact},
		{"francois", "François", "FRANCOIS", false, Exact},
		{"laetitia", "Lætitia", "LAETITIA", false, Exact},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			got, err := MatchGivenNames(c.declared, NameField{Text: c.document, Full: c.full})
			if err != nil || got != c.want {
				t.Errorf("%s | %s: %s, %v, want %s", c.declared, c.document, got, err, c.want)
			}
		})
	}
}

func TestDeclaredNamesAreRefusedWithACode(t *testing.T) {
	for _, c := range []struct {
		sentence, declared string
		want               NameProblem
	}{
		{"nothing typed", "  ", NameEmpty},
		{"hyphens only", "--", NameEmpty},
		{"a digit", "Specimen 2", NameDigits},
		{"a digit of another script", "Specimen ٣", NameDigits},
		{"another alphabet has no Latin base", "Мария", NameNotLatin},
		{"an alphabet without a table", "მარიამ", NameNotLatin},
		{"two alphabets in one name", "Mария", NameMixedScripts},
		{"a Greek omicron among Latin letters", "Specimen Lοuise", NameMixedScripts},
		{"a direction mark", "Spec\u202eimen", NameControl},
		{"a line break", "Spec\nimen", NameControl},
		{"a zero width space", "Spec\u200bimen", NameControl},
		{"a sign", "Specimen & Co", NameSymbol},
		{"a filler of the zone", "SPECIMEN<MAEVA", NameSymbol},
		{"an accent on nothing", "\u0301Anne", NameSymbol},
		{"a novel", strings.Repeat("a", 257), NameTooLong},
		{"a list", strings.Repeat("a ", 65), NameTooLong},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			err := CheckName(c.declared)
			var e *NameError
			if !errors.As(err, &e) || e.Problem != c.want {
				t.Fatalf("%q: %v, want %s", c.declared, err, c.want)
			}
			if _, err := MatchSurname(c.declared, NameField{Text: "SPECIMEN"}); err == nil {
				t.Error("matched all the same")
			}
		})
	}
	for _, good := range []string{"Maéva", "Lefèvre-Dubois", "de La Fontaine", "L’Hostis", "Nguyễn", "O'Connor",
		"St. John", "Gal·la", "Anne, Louise"} {
		if err := CheckName(good); err != nil {
			t.Errorf("%q refused: %v", good, err)
		}
	}
}

func TestTransliterationTableIsWhole(t *testing.T) {
	table := icaoTable()
	if len(table) != 95 {
		t.Fatalf("%d letters, want 95", len(table))
	}
	for letter, want := range map[string][]string{
		"Ä": {"AE", "A"}, "å": {"AA", "A"}, "Æ": {"AE"}, "ñ": {"N", "NXX"}, "Ö": {"OE", "O"}, "ø": {"OE"},
		"ü": {"UE", "UXX", "U"}, "þ": {"TH"}, "ĳ": {"IJ"}, "œ": {"OE"}, "ß": {"SS"}, "ð": {"D"}, "đ": {"D", "DJ"},
		"ħ": {"H"}, "ı": {"I"}, "İ": {"I"}, "ł": {"L"}, "ŀ": {"L"}, "ŋ": {"N", "NG"}, "ŧ": {"T"}, "é": {"E"},
	} {
		if got := spellingsOf(letter); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", letter, got, want)
		}
	}
	if got := listed(t, "Müller"); !slices.Equal(got, []string{"MUELLER", "MULLER", "MUXXLLER"}) {
		t.Errorf("Müller: %v", got)
	}
}

func TestNameFieldsOfTheZoneSayHowTheyEnd(t *testing.T) {
	type ends struct{ surnameFull, surnameLast, givenFull, givenLast bool }
	for _, c := range []struct {
		sentence string
		lines    []string
		want     ends
	}{
		{"a given name reaches the last place", []string{
			"IDFRAT0EST12348<<<<<<<<<<<<<<<", "8802299F3512311FRA<<<<<<<<<<<2", "LEFEVRE<DUBOIS<<MAEVA<ANNE<LOU",
		}, ends{true, false, true, true}},
		{"there is room", []string{
			"IRFRAT0TITRE011<<<<<<<<<<<<<<<", "7901058M3111150MAR<<<<<<<<<<<6", "EL<AMRANI<<YOUSSEF<<<<<<<<<<<<",
		}, ends{false, false, false, true}},
		{"the old French card has two fields", []string{
			"IDFRALEFEVRE<DUBOIS<<<<<<<<<<<750123", "1503751000420MAEVA<<ANNE<<<8802299F9",
		}, ends{false, true, false, true}},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			m, err := Parse(c.lines)
			if err != nil {
				t.Fatal(err)
			}
			s, g := ZoneNames(m)
			if got := (ends{s.Full, s.Last, g.Full, g.Last}); got != c.want {
				t.Errorf("%+v, want %+v", got, c.want)
			}
		})
	}
}

// FuzzNameFold: folding never panics, and folding twice is folding once.
func FuzzNameFold(f *testing.F) {
	for _, s := range []string{"Maéva", "Lefèvre-Dubois", "Strauß", "Mae\u0301va", "Łukasz", "L’Hostis", "LEFEVRE<DUBOIS",
		"Мария", "ŉ", "Ǆ", "\u0345a", "ﬁ", "K"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once, err := Fold(s)
		if err != nil {
			var e *NameError
			if !errors.As(err, &e) || e.Problem == "" {
				t.Fatalf("%q: error without words: %v", s, err)
			}
			return
		}
		if strings.Trim(once, "ABCDEFGHIJKLMNOPQRSTUVWXYZ<") != "" || strings.Contains(once, "<<") {
			t.Fatalf("%q folds to %q", s, once)
		}
		twice, err := Fold(once)
		if err != nil || twice != once {
			t.Fatalf("%q folds to %q, then to %q, %v", s, once, twice, err)
		}
		if !SameName(NameField{Text: once}, s) {
			t.Fatalf("%q is not spelt %q", s, once)
		}
		_ = Display(s, s, true)
		_ = CheckName(s)
	})
}

func TestBothNamesHaveTheirFaultNamed(t *testing.T) {
	for _, c := range []struct {
		surname, givenNames string
		want                []NameError // Field and Problem
	}{
		{"Specimen", "Maéva", nil},
		{"", "Maéva", nil},
		{"Specimen", "", nil},
		{"", "", []NameError{{Field: FieldSurname, Problem: NameEmpty}}},
		{"Sp3cimen", "M<eva", []NameError{{Field: FieldSurname, Problem: NameDigits}, {Field: FieldGivenNames, Problem: NameSymbol}}},
		{"Specimen", "M<eva", []NameError{{Field: FieldGivenNames, Problem: NameSymbol}}},
		{"Sp3cimen", "", []NameError{{Field: FieldSurname, Problem: NameDigits}}},
		{strings.Repeat("a", 60), "Maéva", []NameError{{Field: FieldSurname, Problem: NameTooLong}}},
		{"Specimen", strings.Repeat("a", 60), []NameError{{Field: FieldGivenNames, Problem: NameTooLong}}},
	} {
		faults := NameFaults(c.surname, c.givenNames)
		got := make([]NameError, len(faults))
		for i, f := range faults {
			got[i] = NameError{Field: f.Field, Problem: f.Problem}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%q, %q: %+v, want %+v", c.surname, c.givenNames, got, c.want)
		}
	}
}
