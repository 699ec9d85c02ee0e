package identity

import (
	"slices"
	"strings"
	"testing"
)

// reading is what a recogniser tells of lines whose letters are all equally sure.
func reading(sure float64, lines ...string) ZoneReading {
	s := sighting(sure, lines...)
	z := ZoneReading{Recognised: s.Lines, Sure: s.Sure}
	z.Reading, z.Confidence = ReadSighting(s)
	if z.Status == Valid && z.Confidence < SureLetter {
		z.Status = Ambiguous
	}
	return z
}

func TestReadTogetherReadsWhatNoPictureReads(t *testing.T) {
	// Digits that no search may touch are wrong in each picture, but in different places.
	a := reading(0.9, passport1, strings.Replace(passport2, "7408122", "7468122", 1))
	b := reading(0.9, passport1, strings.Replace(passport2, "1204159", "1207159", 1))
	c := reading(0.9, passport1, strings.Replace(passport2, "L898902C3", "L838902C3", 1))
	for _, z := range []ZoneReading{a, b, c} {
		if z.Status == Valid {
			t.Fatalf("%q is valid alone", z.Recognised)
		}
	}
	got := ReadTogether([]ZoneReading{a, b, c})
	if !slices.Equal(got.MRZ.Lines, []string{passport1, passport2}) {
		t.Errorf("%s %q", got.Status, got.MRZ.Lines)
	}
	// A third of the confidence contradicts the letters: a person looks.
	if got.Status != Ambiguous {
		t.Errorf("%s at %.2f, want ambiguous", got.Status, got.Confidence)
	}
	d := reading(0.95, passport1, strings.Replace(passport2, "ZE184226B", "ZE184227B", 1))
	e := reading(0.95, passport1, strings.Replace(passport2, "ZE184226B", "ZE184226R", 1))
	f := reading(0.95, passport1, strings.Replace(passport2, "F120", "F180", 1))
	g := reading(0.95, passport1, strings.Replace(passport2, "L898", "L896", 1))
	h := reading(0.95, passport1, strings.Replace(passport2, "L898", "L848", 1))
	if got := ReadTogether([]ZoneReading{d, e, f, g, h}); got.Status != Valid {
		t.Errorf("of five pictures one contradicts each letter: %s at %.2f", got.Status, got.Confidence)
	}
}

func TestReadTogetherKeepsTheValidPicture(t *testing.T) {
	valid := reading(0.9, passport1, passport2)
	blurred := reading(0.4, passport1, strings.Replace(passport2, "7408122", "7468122", 1))
	if got := ReadTogether([]ZoneReading{blurred, valid, blurred}); got.Status != Valid || got.MRZ.Lines[1] != passport2 {
		t.Errorf("%s %q", got.Status, got.MRZ.Lines)
	}
	if got := ReadTogether([]ZoneReading{valid}); got.Status != Valid || got.Confidence != 0.9 {
		t.Errorf("one reading became %s %.2f", got.Status, got.Confidence)
	}
	if got := ReadTogether(nil); got.Status != Unreadable {
		t.Errorf("no reading is %s", got.Status)
	}
}

// The nationality has no check digit: a picture that is valid with a wrong one does not
// outweigh the others.
func TestReadTogetherDoubtsWhatTheVoteContradicts(t *testing.T) {
	wrong := reading(0.9, passport1, strings.Replace(passport2, "UTO", "UTD", 1))
	if wrong.Status != Valid {
		t.Fatalf("another nationality is %s", wrong.Status)
	}
	blurred := reading(0.6, passport1, strings.Replace(passport2, "7408122", "7468122", 1))
	if got := ReadTogether([]ZoneReading{wrong, blurred, blurred}); got.Status != Ambiguous {
		t.Errorf("%s %q", got.Status, got.MRZ.Lines)
	}
}

func TestTwoValidZonesAreAmbiguous(t *testing.T) {
	one := reading(0.99, passport1, passport2)
	// The name has no check digit: another one is valid too.
	other := reading(0.9, strings.Replace(passport1, "ANNA", "ANMA", 1), passport2)
	if other.Status != Valid {
		t.Fatalf("the other name is %s", other.Status)
	}
	if got := ReadTogether([]ZoneReading{one, other, one}); got.Status != Ambiguous {
		t.Errorf("two names are %s", got.Status)
	}
}

func TestReadSightingBlamesTheDocument(t *testing.T) {
	printed := strings.Replace(passport2, "7408122", "74O8122", 1)
	r, worst := ReadSighting(sighting(0.99, passport1, printed))
	if r.Status != Valid || len(r.Changes) != 1 || worst > 0.02 {
		t.Errorf("a clear O in a date: %s, %v, %.2f", r.Status, r.Changes, worst)
	}
	doubtful := sighting(0.6, passport1, printed)
	doubtful.Sure[0] = sighting(0.99, passport1).Sure[0] // names are asked for more
	if _, worst := ReadSighting(doubtful); worst != 0.6 {
		t.Errorf("a doubtful O in a date: %.2f, want 0.6", worst)
	}
}

func TestReadSightingDoubtsWhatNoDigitChecks(t *testing.T) {
	page := []string{"V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C<3UTO6908061F9406236ZE184226B<<<<<<<"}
	plain := []string{page[0], strings.Replace(page[1], "ZE184226B", "MEMEMEMEM", 1)}
	for _, c := range []struct {
		lines []string
		sure  float64
		valid bool
	}{{page, 0.9, false}, {page, 0.96, true}, {plain, 0.9, true}, {[]string{passport1, passport2}, 0.9, true}} {
		if z := reading(c.sure, c.lines...); (z.Status == Valid) != c.valid {
			t.Errorf("%q at %.2f: %s", c.lines[1], c.sure, z.Status)
		}
	}
}

// No digit checks a name: one letter of it that is less sure than a number's may be makes
// the zone doubtful.
func TestReadSightingAsksMoreOfNames(t *testing.T) {
	for _, c := range []struct {
		line, at int
		sure     float64
		valid    bool
	}{{0, 7, 0.8, false}, {0, 20, 0.8, false}, {0, 7, 0.86, true}, {1, 3, 0.8, true}, {0, 1, 0.8, true}} {
		s := sighting(0.99, passport1, passport2)
		s.Sure[c.line][c.at] = c.sure
		r, worst := ReadSighting(s)
		if valid := r.Status == Valid && worst >= SureLetter; valid != c.valid {
			t.Errorf("letter %d of line %d at %.2f: %s, worst %.2f", c.at, c.line, c.sure, r.Status, worst)
		}
	}
}

// The second place of a card's code is the issuer's: a digit that was seen clearly stays.
func TestADigitInACardsCode(t *testing.T) {
	card := func(code string) []string {
		return []string{code + "USA0000000032SRC0000000039<<", "2001010F8001022SLV<<<<<<<<<<<0",
			"VOID<<VOID<<<<<<<<<<<<<<<<<<<<"}
	}
	for code, doubt := range map[string]bool{"C1": false, "I0": true} {
		r := Read(card(code))
		if r.MRZ.DocumentCode != code || slices.Contains(r.MRZ.Doubts(), DoubtCode) != doubt {
			t.Errorf("%s: code %q, %s, doubts %v", code, r.MRZ.DocumentCode, r.Status, r.MRZ.Doubts())
		}
	}
}
