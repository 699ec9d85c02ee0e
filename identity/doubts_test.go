package identity

import (
	"slices"
	"strings"
	"testing"
)

// zoneOf is a passport's zone of a name field, with right digits.
func zoneOf(names, sex, birth string) []string {
	names += strings.Repeat("<", 39-len(names))
	number, expiry, optional := "L898902C3", "301231", "<<<<<<<<<<<<<<"
	line := number + string(CheckDigit(number)) + "UTO" + birth + string(CheckDigit(birth)) + sex + expiry +
		string(CheckDigit(expiry)) + optional + "0"
	return []string{"P<UTO" + names, line + string(CheckDigit(line[:10]+line[13:20]+line[21:43]))}
}

// numberless is a passport's zone with fillers and a right digit in the place of its number.
func numberless(lines []string) []string {
	second := "<<<<<<<<<0" + lines[1][10:]
	return []string{lines[0], second[:43] + string(CheckDigit(second[:10]+second[13:20]+second[21:43]))}
}

// cardOf is a card's zone of a name line and what stands in the place of the
// number's digit; withDigit false leaves the right one.
func cardOf(names string) []string {
	first := "I<UTOD23145890"
	first += string(CheckDigit("D23145890")) + strings.Repeat("<", 15)
	second := "7408122F3012319UTO<<<<<<<<<<<"
	second = second[:14] + string(CheckDigit("301231")) + second[15:]
	return []string{first, second + string(CheckDigit(first[5:30]+second[:7]+second[8:15]+second[18:29])), names +
		strings.Repeat("<", 30-len(names))}
}

// Kind: what stands in a zone with right digits and cannot be, because no digit
// covers it.
func TestWhatNoDigitCoversIsDoubted(t *testing.T) {
	const born = "740812"
	for _, c := range []struct {
		sentence string
		lines    []string
		want     []Doubt // nil: valid
	}{
		{"a name", zoneOf("ERIKSSON<<ANNA<MARIA", "F", born), nil},
		{"a digit that is no letter", zoneOf("ERIKSSON<<J3HN", "F", born), []Doubt{DoubtNameDigit}},
		{"a seven in a surname", zoneOf("ERIK7SON<<JOHN", "F", born), []Doubt{DoubtNameDigit}},
		{"a digit in the name of a card", cardOf("ERIKSSON<<J9HN"), []Doubt{DoubtNameDigit}},
		{"a zero for an O", zoneOf("ERIKSSON<<J0HN", "F", born), []Doubt{DoubtNameDigit}},
		{"a one for an I in a surname", zoneOf("ER1KSSON<<ANNA", "F", born), []Doubt{DoubtNameDigit}},
		{"an eight for a B at the end", zoneOf("ERIKSSON<<JAC0B8", "F", born), []Doubt{DoubtNameDigit}},
		{"a five for an S in the name of a card", cardOf("ERIK5SON<<JOHN"), []Doubt{DoubtNameDigit}},
		{"a zero for an O in the state's code", []string{strings.Replace(zoneOf("ERIKSSON<<ANNA", "F", born)[0], "UTO", "UT0", 1), zoneOf("ERIKSSON<<ANNA", "F", born)[1]}, nil},
		{"a digit in the state's code", []string{strings.Replace(zoneOf("ERIKSSON<<ANNA", "F", born)[0], "UTO", "U7O", 1), zoneOf("ERIKSSON<<ANNA", "F", born)[1]}, []Doubt{DoubtCode}},
		{"fillers as K to the end", zoneOf("ERIKSSON<<ANNA"+strings.Repeat("K", 25), "F", born), []Doubt{DoubtNameFiller}},
		{"some fillers as K", zoneOf("ERIKSSON<<ANNAKKKKKK", "F", born), []Doubt{DoubtNameFiller}},
		{"fillers as L", zoneOf("ERIKSSON<<ANNALLLL", "F", born), []Doubt{DoubtNameFiller}},
		{"fillers as C", zoneOf("ERIKSSON<<ANNACCC", "F", born), []Doubt{DoubtNameFiller}},
		{"fillers as E", zoneOf("ERIKSSON<<ANNA"+strings.Repeat("E", 25), "F", born), []Doubt{DoubtNameFiller}},
		{"fillers as S", zoneOf("ERIKSSON<<ANNASSSS", "F", born), []Doubt{DoubtNameFiller}},
		{"fillers as several letters", zoneOf("ERIKSSON<<ANNAKCKLKC", "F", born), []Doubt{DoubtNameFiller}},
		{"the last two fillers of a full line", zoneOf("ERIKSSON<<ANNA<MARIA<JOHANNA<ELISABETKK", "F", born), []Doubt{DoubtNameFiller}},
		{"lone letters among the fillers", zoneOf("ERIKSSON<<ANNA<<<K<<<<L", "F", born), []Doubt{DoubtNameFiller}},
		{"every other filler as K", zoneOf("ERIKSSON<<ANNA<K<K<K", "F", born), []Doubt{DoubtNameFiller}},
		{"every other filler as L, of a card", cardOf("ERIKSSON<<ANNA<L<L"), []Doubt{DoubtNameFiller}},
		{"every other filler as E, to the end", zoneOf("ERIKSSON<<ANNA<MARIA<JOHANNA<ELIS<E<E<E", "F", born), []Doubt{DoubtNameFiller}},
		{"every other filler behind a surname", zoneOf("SUPRAPTO<K<K", "M", born), []Doubt{DoubtNameFiller}},
		{"one initial", zoneOf("ERIKSSON<<ANNA<K", "F", born), nil},
		{"two initials", zoneOf("ERIKSSON<<ANNA<K<L", "F", born), nil},
		{"the same initial twice, which is no filler's shape", zoneOf("ERIKSSON<<ANNA<M<M", "F", born), nil},
		{"initials alone", zoneOf("ERIKSSON<<K<L<K", "F", born), nil},
		{"no number", numberless(zoneOf("ERIKSSON<<ANNA", "F", born)), []Doubt{DoubtNumberMissing}},
		{"fillers between the names", zoneOf("ERIKSSONKKKANNA", "F", born), []Doubt{DoubtNameFiller}},
		{"fillers of a card", cardOf("ERIKSSON<<ANNAKKKKKKKKK"), []Doubt{DoubtNameFiller}},
		{"the names of a visa", []string{"V<UTOERIKSSON<<ANNA<MARIAKKKKKKKKKKKKKKKKKKK", "L898902C<3UTO6908061F9406236ZE184226B<<<<<<<"}, []Doubt{DoubtNameFiller}},
		{"no surname", zoneOf("<<ANNA", "F", born), []Doubt{DoubtNameMissing}},
		{"no names at all", zoneOf("", "F", born), []Doubt{DoubtNameMissing}},
		{"a card without names", cardOf(""), []Doubt{DoubtNameMissing}},
		{"a single name in the place of the surname", zoneOf("SUPRAPTO", "F", born), nil},
		{"a name that ends with two K", zoneOf("BAKK<<ANNA", "F", born), nil},
		{"a given name that ends with two K", zoneOf("ERIKSSON<<KUKK", "F", born), nil},
		{"the third of a name", zoneOf("ERIKSSON<<JOHN<III", "M", born), nil},
		{"a name that is cut at the end", zoneOf("NILAVADHANANANDA<<CHAYAPA<DEJTHAMRONG<K", "F", born), nil},
		{"two fillers between given names", zoneOf("ERIKSSON<<ANNA<<MARIA", "F", born), nil},
		{"a name of L", zoneOf("LLEWELLYN<<ISABELL", "F", born), nil},
		{"sex H", zoneOf("ERIKSSON<<ANNA", "H", born), []Doubt{DoubtSex}},
		{"sex W", zoneOf("ERIKSSON<<ANNA", "W", born), []Doubt{DoubtSex}},
		{"sex X, which a zone has as a filler", zoneOf("ERIKSSON<<ANNA", "X", born), []Doubt{DoubtSex}},
		{"sex 1", zoneOf("ERIKSSON<<ANNA", "1", born), []Doubt{DoubtSex}},
		{"sex unspecified", zoneOf("ERIKSSON<<ANNA", "<", born), nil},
		{"month and day of birth unknown", zoneOf("ERIKSSON<<ANNA", "F", "74<<<<"), nil},
		{"day of birth unknown", zoneOf("ERIKSSON<<ANNA", "F", "7402<<"), nil},
		{"zeros for month and day", zoneOf("ERIKSSON<<ANNA", "F", "740000"), nil},
		{"two doubts", zoneOf("ERIKSSON<<J3HN", "H", born), []Doubt{DoubtNameDigit, DoubtSex}},
	} {
		r := Read(c.lines)
		want := Valid
		if c.want != nil {
			want = Ambiguous
		}
		if r.Status != want || !slices.Equal(r.Doubts, c.want) {
			t.Errorf("%s: %s %v, want %s %v", c.sentence, r.Status, r.Doubts, want, c.want)
		}
	}
	m, err := Parse(zoneOf("ERIKSSON<<J0HN", "F", born))
	if err != nil || m.Valid() || m.GivenNames != "J0HN" {
		t.Errorf("a zone with the name %q is valid, %v", m.GivenNames, err)
	}
	if r := Read(zoneOf("ERIKSSON<<J0HN", "F", born)); r.MRZ.GivenNames != "JOHN" || len(r.Changes) != 1 ||
		r.Status != Ambiguous {
		t.Errorf("a zero in a name: %q, %v", r.MRZ.GivenNames, r.Changes)
	}
}

// Kind: places that hold a check digit, a filler at most.
func TestCheckDigitsAreDigits(t *testing.T) {
	set := func(lines []string, line, at int, to byte) []string {
		out := slices.Clone(lines)
		out[line] = out[line][:at] + string(to) + out[line][at+1:]
		return out
	}
	// The number's digit is 0, so that an O in its place can be what is meant.
	first := "IDFRA"
	number := "X4RTBPF00"
	for i := range 1000 {
		number = "X4RTBP" + string([]byte{byte('0' + i/100), byte('0' + i/10%10), byte('0' + i%10)})
		if CheckDigit(number) == '0' {
			break
		}
	}
	first += number + "0" + strings.Repeat("<", 15)
	second := "9007138F3002119FRA<<<<<<<<<<<"
	card := []string{first, second + string(CheckDigit(first[5:30]+second[:7]+second[8:15]+second[18:29])),
		"MARTIN<<MAELYS<<<<<<<<<<<<<<<<"}
	if r := Read(card); r.Status != Valid {
		t.Fatalf("the card is %s", r.Status)
	}
	r := Read(set(card, 0, 14, 'O'))
	if r.Status != Valid || len(r.Changes) != 1 || r.MRZ.Lines[0][14] != '0' {
		t.Errorf("O in the place of the number's digit: %s %v", r.Status, r.Changes)
	}
	page := []string{passport1, passport2}
	long := []string{"I<UTOD23145890<7349<<<<<<<<<<<", "3407127M9507122UTO<<<<<<<<<<<2", "STEVENSON<<PETER<JOHN<<<<<<<<<"}
	for _, c := range []struct {
		lines    []string
		line, at int
	}{
		{card, 0, 14}, {card, 1, 6}, {card, 1, 14}, {card, 1, 29},
		{page, 1, 9}, {page, 1, 19}, {page, 1, 27}, {page, 1, 42}, {page, 1, 43}, {long, 0, 18},
	} {
		for _, letter := range []byte("KXTRMWHP") {
			lines := set(c.lines, c.line, c.at, letter)
			if r := Read(lines); r.Status == Valid || r.Status == Corrected {
				t.Errorf("%q at %d of line %d: %s", letter, c.at+1, c.line+1, r.Status)
			}
		}
	}
	// A letter like the right digit is that digit, without any other change.
	for digit, letter := range map[byte]byte{'0': 'O', '1': 'I', '2': 'Z', '5': 'S', '6': 'G', '8': 'B'} {
		for line := range page {
			for _, at := range []int{9, 19, 27, 42, 43} {
				if line == 1 && page[1][at] == digit {
					if r := Read(set(page, 1, at, letter)); r.Status != Valid || len(r.Changes) != 1 {
						t.Errorf("%c at %d: %s %v", letter, at+1, r.Status, r.Changes)
					}
				}
			}
		}
	}
}

// A document without a date has fillers for it and for its digit.
func TestAnEmptyDateNeedsNoDigit(t *testing.T) {
	lines := zoneOf("ERIKSSON<<ANNA", "F", "740812")
	line := lines[1][:21] + "<<<<<<<" + lines[1][28:43]
	empty := []string{lines[0], line + string(CheckDigit(line[:10]+line[13:20]+line[21:43]))}
	r := Read(empty)
	if r.Status != Valid {
		t.Fatalf("no expiry date: %s %+v", r.Status, r.MRZ.Checks)
	}
	passport, _ := SeriesOf(r.MRZ)
	if v := dates().Validity(passport, r.MRZ, on("2030-01-01"), on("1974-08-12")); v.Status != ValidityDoubt {
		t.Errorf("a document without an expiry date in its zone is %s", v.Status)
	}
	line = lines[1][:27] + "<" + lines[1][28:43]
	if r := Read([]string{lines[0], line + string(CheckDigit(line[:10]+line[13:20]+line[21:43]))}); r.Status == Valid {
		t.Error("a date without its digit is valid")
	}
}

// Kind: people of one name. Zones have it before or behind the fillers, forms take it
// in either field.
func TestOneNameMatchesOneName(t *testing.T) {
	before, behind := zoneOf("SUPRAPTO", "M", "740812"), zoneOf("<<SUPRAPTO", "M", "740812")
	for _, c := range []struct {
		sentence       string
		lines          []string
		surname, given string
		print          DocumentNames
		want           MatchClass
		automatic      bool
	}{
		{"before the fillers, as a surname", before, "Suprapto", "", DocumentNames{}, Exact, true},
		{"before the fillers, as a given name", before, "", "Suprapto", DocumentNames{}, Exact, true},
		{"behind the fillers, as a surname", behind, "Suprapto", "", DocumentNames{}, Exact, true},
		{"behind the fillers, as a given name", behind, "", "Suprapto", DocumentNames{}, Exact, true},
		{"two words", zoneOf("SATRIYA<SUDARPA", "M", "740812"), "Satriya Sudarpa", "", DocumentNames{}, Exact, true},
		{"two words behind the fillers", zoneOf("<<SATRIYA<SUDARPA", "M", "740812"), "Satriya Sudarpa", "", DocumentNames{}, Exact, true},
		{"print in the other field", behind, "Suprapto", "", DocumentNames{Surname: "SUPRAPTO"}, Exact, true},
		{"print with a dash", behind, "Suprapto", "", DocumentNames{Surname: "-", GivenNames: "SUPRAPTO"}, Exact, true},
		{"a card", cardOf("SUPRAPTO"), "", "Suprapto", DocumentNames{}, Exact, true},
		{"a near miss", behind, "Suprapta", "", DocumentNames{}, Near, false},
		{"another name", behind, "Eriksson", "", DocumentNames{}, NoMatch, false},
		{"one name declared, two in the zone", zoneOf("SUPRAPTO<<ANNA", "F", "740812"), "Suprapto", "", DocumentNames{}, NoMatch, false},
		{"two names declared, one in the zone", behind, "Suprapto", "Anna", DocumentNames{}, NoMatch, false},
		{"two names declared, one before the fillers", before, "Suprapto", "Anna", DocumentNames{}, NoMatch, false},
	} {
		zone := Read(c.lines)
		doc := c.print
		doc.ZoneSurname, doc.ZoneGivenNames = ZoneNames(zone.MRZ)
		m, err := MatchNames(DeclaredNames{c.surname, c.given}, doc)
		if err != nil || m.Class != c.want || m.Automatic() != c.automatic {
			t.Errorf("%s: %s, automatic %v, %v", c.sentence, m.Class, m.Automatic(), err)
		}
		sides := []PrintedSide{{Fields: []Field{{Name: FieldSurname, Text: c.print.Surname},
			{Name: FieldGivenNames, Text: c.print.GivenNames}}}}
		got, err := dates().Compare(Declared{DeclaredNames: DeclaredNames{c.surname, c.given}}, Extract{zone, sides})
		if err != nil || got.Names.Class != c.want {
			t.Errorf("%s, compared: %s, %v", c.sentence, got.Names.Class, err)
		}
		if c.want != Exact {
			continue
		}
		surname, _ := got.Field(FieldSurname)
		given, _ := got.Field(FieldGivenNames)
		if surname.Value != c.surname || given.Value != c.given {
			t.Errorf("%s is shown as %q and %q", c.sentence, surname.Value, given.Value)
		}
	}
	if _, err := MatchNames(DeclaredNames{}, DocumentNames{}); err == nil {
		t.Error("nothing declared, no error")
	}
}
