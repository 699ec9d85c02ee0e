package identity

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// sighting has every letter equally sure.
func sighting(sure float64, lines ...string) Sighting {
	s := Sighting{Lines: lines}
	for _, l := range lines {
		s.Sure = append(s.Sure, slices.Repeat([]float64{sure}, len(l)))
	}
	return s
}

func TestVoteReadsWhatNoFrameReads(t *testing.T) {
	a := sighting(0.9, passport1, strings.Replace(passport2, "L898902C3", "L8989O2C3", 1))
	b := sighting(0.9, strings.Replace(passport1, "ANNA", "AMNA", 1), passport2)
	c := sighting(0.9, strings.Replace(passport1, "ERIKSSON", "ERIKSSDN", 1), passport2)
	got, n := vote([]Sighting{a, b, c})
	if n != 3 || got.Lines[0] != passport1 || got.Lines[1] != passport2 {
		t.Fatalf("%d voted for\n%s\n%s", n, got.Lines[0], got.Lines[1])
	}
	if r := Read(got.Lines); r.Status != Valid || len(r.Changes) != 0 {
		t.Errorf("%s with changes %v", r.Status, r.Changes)
	}
	if p := got.Sure[0][strings.Index(passport1, "ANNA")+1]; math.Abs(p-0.9*2/3) > 1e-9 {
		t.Errorf("a letter that one of three contradicts is %.3f sure, want 0.6", p)
	}
	if p := got.Sure[0][0]; math.Abs(p-0.9) > 1e-9 {
		t.Errorf("a letter that three agree on is %.3f sure, want 0.9: never more than the surest", p)
	}
}

func TestVoteGoesByConfidence(t *testing.T) {
	wrong := strings.Replace(passport1, "ANNA", "AMNA", 1)
	got, _ := vote([]Sighting{sighting(0.3, wrong, passport2), sighting(0.3, wrong, passport2),
		sighting(0.95, passport1, passport2)})
	if got.Lines[0] != passport1 {
		t.Errorf("two doubtful frames outvoted a sure one: %s", got.Lines[0])
	}
}

func TestVoteLeavesOtherZonesOut(t *testing.T) {
	other := sighting(1, "P<FRABERTHIER<<CORINNE<<<<<<<<<<<<<<<<<<<<<<", "18AA000027FRA9007138F3002119<<<<<<<<<<<<<<04")
	card := sighting(1, strings.Repeat("I", 30), strings.Repeat("1", 30), strings.Repeat("<", 30))
	broken := Sighting{Lines: []string{passport1}, Sure: [][]float64{{1}}}
	seen := []Sighting{other, card, broken, {}, sighting(0.8, passport1, passport2), sighting(0.7, passport1, passport2)}
	got, n := vote(seen)
	if n != 2 || got.Lines[0] != passport1 || got.Lines[1] != passport2 {
		t.Errorf("%d voted for %q", n, got.Lines)
	}
	if got, n := vote([]Sighting{broken, {}}); n != 0 || got.Lines != nil {
		t.Errorf("nothing to vote on gave %d, %q", n, got.Lines)
	}
}

// The order in which frames come says nothing about the document.
func TestVoteDoesNotDependOnTheOrder(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a fixed order of test cases
	seen := make([]Sighting, 0, 4)
	for range 4 {
		b := []byte(passport1)
		b[5+rng.IntN(30)] = byte('A' + rng.IntN(26))
		seen = append(seen, sighting(0.8, string(b), passport2))
	}
	want, _ := vote(seen)
	for range 20 {
		rng.Shuffle(len(seen), func(i, k int) { seen[i], seen[k] = seen[k], seen[i] })
		if got, _ := vote(seen); !slices.Equal(got.Lines, want.Lines) {
			t.Fatalf("another order gave %q, want %q", got.Lines, want.Lines)
		}
	}
}

// FuzzVote: whatever recognisers say, the result has the shape of a sighting and
// confidences between 0 and 1.
func FuzzVote(f *testing.F) {
	f.Add(passport1, passport2, 0.5, 0.9)
	f.Add("", "A", -1.0, 2.0)
	f.Add("\xff\x00", "ab", math.Inf(1), math.NaN())
	f.Fuzz(func(t *testing.T, a, b string, p, q float64) {
		got, n := vote([]Sighting{sighting(p, a), sighting(q, b), sighting(q, a, b)})
		if n == 0 {
			return
		}
		if !got.shape() {
			t.Fatalf("%q with %d lines of confidences", got.Lines, len(got.Sure))
		}
		for _, line := range got.Sure {
			for _, v := range line {
				if !(v >= 0 && v <= 1) {
					t.Fatalf("a letter is %v sure", v)
				}
			}
		}
	})
}
