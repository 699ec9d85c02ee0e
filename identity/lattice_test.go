package identity

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// listed walks every path of a name's lattice.
func listed(t *testing.T, name string) []string {
	t.Helper()
	l, err := spellings(name)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	var walk func(at int, written string)
	walk = func(at int, written string) {
		if l[at].last {
			out = append(out, strings.Join(componentsOf(written), "<"))
		}
		for _, step := range l[at].next {
			walk(step.to, written+string(step.letter))
		}
	}
	walk(0, "")
	slices.Sort(out)
	return slices.Compact(out)
}

// someName is a short name of letters with several spellings and of separators.
func someName(chance *rand.Rand) string {
	alphabet := []rune("aeouxnüöäåœñ'-  ΑΥь")
	var s strings.Builder
	s.WriteByte('a')
	for range chance.IntN(7) {
		s.WriteRune(alphabet[chance.IntN(len(alphabet))])
	}
	return s.String()
}

// The relations of lattices are those of the lists of all spellings.
func TestLatticeFindsWhatAListOfSpellingsFinds(t *testing.T) {
	chance := rand.New(rand.NewPCG(3, 5)) //nolint:gosec // A fixed row of test cases.
	parts := func(s string) []string { return strings.Split(s, "<") }
	held := map[string]int{}
	for range 6000 {
		a, b := someName(chance), someName(chance)
		ours, theirs := listed(t, a), listed(t, b)
		x, _ := spellings(a)
		y, _ := spellings(b)
		for _, c := range []struct {
			name  string
			rel   relation
			plain func(short, long string) bool
		}{
			{"equal", equalNames, func(s, l string) bool { return s == l }},
			{"begins", beginsWith, func(s, l string) bool { return strings.HasPrefix(l, s) }},
			{"first", firstOf, func(s, l string) bool { return strings.HasPrefix(l+"<", s+"<") }},
			{"some", someInOrder, func(s, l string) bool { return inOrder(parts(s), parts(l)) }},
			{"shorten", shortenWords, func(s, l string) bool { return shortens(parts(s), parts(l)) }},
		} {
			want := false
			for _, s := range ours {
				for _, l := range theirs {
					want = want || c.plain(s, l)
				}
			}
			if got := c.rel.holds(x, y); got != want {
				t.Fatalf("%s: %q and %q: %v, by the lists %v: %v, %v", c.name, a, b, got, want, ours, theirs)
			}
			if want {
				held[c.name]++
			}
		}
	}
	if len(held) != 5 {
		t.Errorf("only %v held at all", held)
	}
}

// inOrder tells whether all of some stand in all, in their order, the first first.
func inOrder(some, all []string) bool {
	at := 0
	for _, s := range all {
		if at < len(some) && some[at] == s {
			at++
		}
	}
	return at == len(some) && some[0] == all[0]
}

// shortens tells whether each component is the beginning of a component of the
// whole name, in its order, the first of the first.
func shortens(short, whole []string) bool {
	if len(short) == 0 || len(whole) == 0 || !strings.HasPrefix(whole[0], short[0]) {
		return len(short) == 0
	}
	return shortensRest(short[1:], whole[1:])
}

func shortensRest(short, whole []string) bool {
	if len(short) == 0 {
		return true
	}
	for i, w := range whole {
		if strings.HasPrefix(w, short[0]) && shortensRest(short[1:], whole[i+1:]) {
			return true
		}
	}
	return false
}

// A name of many letters with several spellings each took as long as it has
// spellings: 3^60 of them.
func TestLongNamesMatchWithoutListing(t *testing.T) {
	start := time.Now()
	for _, c := range []struct {
		sentence, declared, document string
		want                         MatchClass
	}{
		{"a German surname", "Größmüller-Übelhör-Schönhäußer", "GROESSMUELLER<UEBELHOER<SCHOENHAEUSSER", Exact},
		{"spelt otherwise", "Größmüller-Übelhör-Schönhäußer", "GROSSMULLER<UBELHOR<SCHONHAUSSER", Exact},
		{"each letter in its own way", "Größmüller-Übelhör-Schönhäußer", "GROSSMUELLER<UXXBELHOER<SCHONHAEUSSER", Exact},
		{"one letter wrong", "Größmüller-Übelhör-Schönhäußer", "GROESSMUELLER<UEBELHOER<SCHOENHAEUSER", NoMatch},
		{"nothing but ü", strings.Repeat("ü", 60), strings.Repeat("UE", 60), Exact},
		{"nothing but ü, one short", strings.Repeat("ü", 60), strings.Repeat("UE", 59) + "X", NoMatch},
		{"ü and ue in print", strings.Repeat("ü", 120), strings.Repeat("ü", 119) + "ue", Exact},
		{"ö against ö", strings.Repeat("öä ", 40), strings.Repeat("ÖÄ ", 40), Exact},
		{"apostrophes", strings.Repeat("o’", 60), strings.Repeat("O'", 59) + "A", NoMatch},
	} {
		if got, err := MatchSurname(c.declared, NameField{Text: c.document}); err != nil || got != c.want {
			t.Errorf("%s: %s, %v, want %s", c.sentence, got, err, c.want)
		}
		if _, err := MatchGivenNames(c.declared, NameField{Text: c.document, Full: true}); err != nil {
			t.Errorf("%s: %v", c.sentence, err)
		}
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("took %v", took)
	}
}

// FuzzNameMatch: no pair of names panics or takes long, and a name that may be
// declared matches itself.
func FuzzNameMatch(f *testing.F) {
	for _, s := range [][2]string{
		{"Müller", "MUELLER"}, {strings.Repeat("ü", 128), strings.Repeat("ue", 128)}, {strings.Repeat("o' ", 60), strings.Repeat("ŋ' ", 60)},
		{strings.Repeat("æö’", 40), strings.Repeat("AEOE", 60)}, {"Raju s/o Kumar", "RAJU<S<O<KUMAR"},
	} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		start := time.Now()
		surname, err := MatchSurname(a, NameField{Text: b, Full: true})
		if _, err2 := MatchGivenNames(a, NameField{Text: b, Full: true}); (err == nil) != (err2 == nil) {
			t.Fatalf("%q: %v as a surname, %v as given names", a, err, err2)
		}
		if own, err := MatchSurname(a, NameField{Text: a}); err == nil && own != Exact {
			t.Fatalf("%q is not its own name: %s", a, own)
		}
		if same := SameName(NameField{Text: b}, a); err == nil && same != (surname == Exact) {
			t.Fatalf("%q and %q: same %v, %s", a, b, same, surname)
		}
		_ = ContainsName(a, b)
		if took := time.Since(start); took > 5*time.Second {
			t.Fatalf("%d and %d bytes took %v", len(a), len(b), took)
		}
	})
}
