package zone

import (
	"math"
	"strings"
	"testing"
)

// written are the columns of a text: each letter for two columns, nothing between,
// the given probability for what is right.
func written(text string, sure float64) columns {
	col := func(s int) []float64 {
		c := make([]float64, symbols)
		for k := range c {
			c[k] = math.Log((1 - sure) / float64(symbols-1))
		}
		c[s] = math.Log(sure)
		return c
	}
	var c columns
	for i := range len(text) {
		s := strings.IndexByte(mrzAlphabet, text[i]) + 1
		c = append(c, col(s), col(s), col(0))
	}
	return c
}

func TestSpell(t *testing.T) {
	for _, text := range []string{"IDFRA", "AA00<<<<", "P<UTO"} {
		s := written(text, 0.9).spell()
		if s.text != text || math.Abs(s.worst()-0.9) > 1e-9 {
			t.Errorf("%q read as %q, worst %.3f", text, s.text, s.worst())
		}
	}
}

func TestSpellLength(t *testing.T) {
	c := written("AB<<<<C", 0.9)
	for _, test := range []struct {
		n    int
		want string
	}{{7, "AB<<<<C"}, {6, "AB<<<C"}} {
		s, ok := c.spellLength(test.n)
		if !ok || s.text != test.want {
			t.Errorf("of %d letters: %q, want %q", test.n, s.text, test.want)
		}
	}
	if s, ok := c.spellLength(9); !ok || len(s.text) != 9 || s.worst() > 0.5 {
		t.Errorf("two letters more than there are: %q, worst %.2f; want doubtful ones", s.text, s.worst())
	}
	if s, ok := c.spellLength(len(c) + 1); ok {
		t.Errorf("more letters than columns gave %q", s.text)
	}
}

// The exact length and the free spelling agree where the free one has the length.
func TestSpellLengthIsTheBestPath(t *testing.T) {
	c := written("1234567890<<ABCXYZ", 0.6)
	free := c.spell()
	s, ok := c.spellLength(len(free.text))
	if !ok || s.text != free.text || math.Abs(s.score-free.score) > 1e-6 {
		t.Errorf("%q %.3f, free %q %.3f", s.text, s.score, free.text, free.score)
	}
}
