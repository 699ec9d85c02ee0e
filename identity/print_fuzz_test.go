package identity

import (
	"strings"
	"testing"
)

// FuzzSplitUsage: no printed surname panics, and none is taken apart into more than
// it had.
func FuzzSplitUsage(f *testing.F) {
	for _, s := range []string{"DURAND EP. PETIT", "PETIT NÉE DURAND", "DE VRIES e/v JANSEN", "(((", "ép.", "né(e) A",
		"NOM D'USAGE : A"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, printed string) {
		birth, usage := SplitUsage(printed)
		letters := func(s string) string { return withoutMarks(strings.Join(strings.Fields(s), "")) }
		if len(letters(birth))+len(letters(usage)) > len(letters(printed)) {
			t.Fatalf("%q became %q and %q", printed, birth, usage)
		}
	})
}

// FuzzPrintedDate: a date that is read is read the same without its century.
func FuzzPrintedDate(f *testing.F) {
	for _, s := range []string{"13 07 1990", "13JUL1990", "13 JUIL/JUL 1990", "31.02.1990", "29 FEB 80", "13071990"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		day, err := PrintedDate(text)
		if err != nil {
			return
		}
		if short, err := PrintedDay(text); err != nil || short != day.Format("060102") {
			t.Fatalf("%q is %v and %q, %v", text, day, short, err)
		}
	})
}

// FuzzKindOfTitle: no text on a document panics.
func FuzzKindOfTitle(f *testing.F) {
	f.Add("CARTE NATIONALE D’IDENTITÉ N° : 150375100042")
	f.Add(strings.Repeat("ʻ\u0301Ž ", 300))
	f.Fuzz(func(t *testing.T, text string) {
		if k := KindOfTitle(text); k == "" {
			t.Fatalf("%q has no kind", text)
		}
		_ = KindOfLines(strings.Split(text, "\n"))
	})
}

// FuzzReadSighting: whatever was recognised, with whatever confidences, a reading
// that is valid has right digits and names of letters alone.
func FuzzReadSighting(f *testing.F) {
	f.Add(passport1, passport2, 0.9)
	f.Add(strings.Repeat("K", 44), strings.Repeat("0", 44), -1.0)
	f.Fuzz(func(t *testing.T, a, b string, sure float64) {
		r, worst := ReadSighting(sighting(sure, a, b))
		if !(worst <= 1) {
			t.Fatalf("%v sure", worst)
		}
		if r.Status == Valid && (!r.MRZ.Valid() || len(r.MRZ.Doubts()) > 0) {
			t.Fatalf("valid with %v: %q", r.MRZ.Doubts(), r.MRZ.Lines)
		}
	})
}
