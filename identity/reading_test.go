package identity

import (
	"strings"
	"testing"
)

func TestReadKeepsEveryRightVectorAsItIs(t *testing.T) {
	for _, v := range vectors(t) {
		if !v.Expect.Valid {
			continue
		}
		r := Read(v.Lines)
		if r.Status != Valid || len(r.Changes) != 0 || strings.Join(r.MRZ.Lines, "|") != strings.Join(v.Lines, "|") {
			t.Errorf("%s: %s with changes %v", v.ID, r.Status, r.Changes)
		}
	}
}

func TestReadOfTheMisreadSpecimenFindsTheOneFit(t *testing.T) {
	for _, v := range vectors(t) {
		if v.Expect.CorrectedNumberFivePairs == "" {
			continue
		}
		r := Read(v.Lines)
		if r.Status != Corrected || r.MRZ.Number != v.Expect.CorrectedNumberFivePairs {
			t.Errorf("%s: %s, number %s, want corrected %s", v.ID, r.Status, r.MRZ.Number, v.Expect.CorrectedNumberFivePairs)
		}
	}
}

const passport1 = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"
const passport2 = "L898902C36UTO7408122F1204159ZE184226B<<<<<10"

func TestRead(t *testing.T) {
	for _, c := range []struct {
		name  string
		lines []string
		want  Status
	}{
		{"a letter O in the birth date is a zero", []string{passport1, strings.Replace(passport2, "7408122", "74O8122", 1)}, Valid},
		{"a zero in a name is a letter O that no digit proves", []string{strings.Replace(passport1, "ERIKSSON", "ERIKSS0N", 1), passport2}, Ambiguous},
		{"small letters and guillemets are put right", []string{strings.ToLower(strings.ReplaceAll(passport1, "<", "«")), passport2}, Valid},
		{"a line one filler short gets it back", []string{passport1[:43], passport2}, Valid},
		{"a line five short is no zone", []string{passport1[:39], passport2}, Unreadable},
		{"a wrong digit in the birth date is not searched for", []string{passport1, strings.Replace(passport2, "7408122", "7408322", 1)}, Unreadable},
		{"an 8 read as B in the number has several fits", []string{passport1, strings.Replace(passport2, "L898902C3", "LB98902C3", 1)}, Ambiguous},
		{"nothing", nil, Unreadable},
	} {
		t.Run(c.name, func(t *testing.T) {
			if r := Read(c.lines); r.Status != c.want {
				t.Errorf("%s %v, want %s; digits %+v", r.Status, r.Changes, c.want, r.MRZ.Checks)
			}
		})
	}
}

// Characters with the same value mod 10 are invisible to every digit, so that a
// search must never swap them.
func TestSearchLeavesBlindConfusionsAlone(t *testing.T) {
	for from, to := range pairs {
		if value(from)%10 == value(to)%10 {
			t.Errorf("%c and %c have the same value mod 10: no digit tells them apart", from, to)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, v := range vectors(f) {
		f.Add(strings.Join(v.Lines, "\n"))
	}
	f.Fuzz(func(t *testing.T, text string) {
		r := Read(strings.Split(text, "\n"))
		if (r.Status == Valid || r.Status == Corrected) && !r.MRZ.Valid() {
			t.Errorf("%s although digits do not fit: %q", r.Status, text)
		}
	})
}
