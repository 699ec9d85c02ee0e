package document

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestTheTableIsWhole(t *testing.T) {
	var seen []ID
	for _, r := range All() {
		if slices.Contains(seen, r.ID) {
			t.Errorf("%s twice", r.ID)
		}
		seen = append(seen, r.ID)
		width, height := r.Size()
		lines, length := r.Format.Shape()
		if r.Source == "" || r.Portrait() == "" || r.Zone() == "" || width <= height || lines == 0 || length == 0 {
			t.Errorf("row %+v", r)
		}
		if accepted := slices.Contains(Chosen(), r.Kind); accepted == (r.Accepted == Never) || accepted && r.Expiry == "" {
			t.Errorf("%s is %s, its last day on the %q", r.ID, r.Accepted, r.Expiry)
		}
		if r.Accepted == IfListed && r.Issuer == "" {
			t.Errorf("%s is accepted where a state is listed, and is of none", r.ID)
		}
		if strings.Trim(r.Title, "ABCDEFGHIJKLMNOPQRSTUVWXYZ<") != "" {
			t.Errorf("%s is called %q, want capitals without accents, < between words", r.ID, r.Title)
		}
		if r.Title != "" && !slices.ContainsFunc(AllTitles(), func(t Titles) bool {
			return t.Kind == r.Kind && slices.Contains(t.Texts, r.Title)
		}) {
			t.Errorf("%s: %q is not among the titles of %s", r.ID, r.Title, r.Kind)
		}
		for _, look := range r.Layout.Looks() {
			if look.Side == r.Zone() && look.Lines != lines && r.Format != Licence {
				t.Errorf("%s: %d lines on the %s, its zone has %d", r.ID, look.Lines, look.Side, lines)
			}
		}
		if found, ok := Find(r.Kind, r.Format, r.Issuer); !ok || found != r {
			t.Errorf("%s is found as %q", r.ID, found.ID)
		}
		if byID, ok := ByID(r.ID); !ok || byID != r {
			t.Errorf("%s by its name: %q", r.ID, byID.ID)
		}
	}
	if _, ok := ByID("none"); ok {
		t.Error("a row of no name")
	}
}

// Every side that is captured is known to be in colours but the back of a card of a state
// without a row of its own.
func TestColours(t *testing.T) {
	for _, r := range All() {
		for _, side := range []Side{Front, Back} {
			if want := r.ID != AnyCard || side == Front; r.Coloured(side) != want {
				t.Errorf("%s of %s coloured %v, want %v", side, r.ID, !want, want)
			}
		}
	}
	for _, c := range []struct {
		kind   Kind
		layout Layout
		side   Side
		want   bool
	}{
		{IdentityCard, LayoutCard, Front, true}, {IdentityCard, LayoutCard, Back, false}, {IdentityCard, "", Back, false},
		{IdentityCard, LayoutOldCard, Back, true}, {ResidencePermit, LayoutCard, Back, true}, {Passport, "", Front, true},
	} {
		if have := c.kind.Coloured(c.layout, c.side); have != c.want {
			t.Errorf("%s of %s %q coloured %v, want %v", c.side, c.kind, c.layout, have, c.want)
		}
	}
}

func TestSidesOfAKind(t *testing.T) {
	for kind, want := range map[Kind][]Side{
		IdentityCard: {Front, Back}, ResidencePermit: {Front, Back}, Passport: {Front}, Visa: nil, DrivingLicence: nil,
		Unknown: nil,
	} {
		if got := kind.Sides(); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", kind, got, want)
		}
	}
	if got := IdentityCard.Layouts(); !slices.Equal(got, []Layout{LayoutCard, LayoutOldCard}) {
		t.Errorf("an identity card looks like %v", got)
	}
}

// The pages know every kind that may be chosen, in the table's order, and name every
// series that may be refused in each language.
func TestPagesHaveTheTable(t *testing.T) {
	page, err := os.ReadFile("../static/phone.html")
	if err != nil {
		t.Fatal(err)
	}
	var chosen []Kind
	button := regexp.MustCompile(`data-document="([^"]+)">\s*<svg data-drawing="([^"]+)"`)
	for _, m := range button.FindAllStringSubmatch(string(page), -1) {
		chosen = append(chosen, Kind(m[1]))
		if want := Kind(m[1]).Picture(); m[2] != want {
			t.Errorf("the chooser draws a %s for %s, the table says %s", m[2], m[1], want)
		}
	}
	if !slices.Equal(chosen, Chosen()) {
		t.Errorf("the chooser has %v, the table %v", chosen, Chosen())
	}
	for _, language := range []string{"fr", "en"} {
		words, err := os.ReadFile("../static/js/words/" + language + "/request.json")
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range All() {
			if r.Accepted != Always && !strings.Contains(string(words), `"request.paper.`+string(r.ID)+`":`) {
				t.Errorf("%s has no words for a refused %s", language, r.ID)
			}
		}
		common, err := os.ReadFile("../static/js/words/" + language + "/common.json")
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range Chosen() {
			if !strings.Contains(string(common), `"common.document.`+string(k)+`":`) {
				t.Errorf("%s has no words for the kind %s", language, k)
			}
		}
	}
}

var update = flag.Bool("update", false, "write the pages' table of documents")

// The pages' table is made from this one: sides, and sizes in millimetres, of what a person may choose.
func TestThePagesTableIsThisOne(t *testing.T) {
	const path = "../static/js/wire/documents.js"
	var rows strings.Builder
	for _, k := range Chosen() {
		var sides []string
		for _, s := range k.Sides() {
			sides = append(sides, "'"+string(s)+"'")
		}
		width, height := k.Layouts()[0].Size()
		fmt.Fprintf(&rows, "  '%s': { sides: [%s], width: %g, height: %g },\n", k, strings.Join(sides, ", "), width, height)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const begin, end = "export const documents = {\n", "};\n"
	before, rest, _ := strings.Cut(string(file), begin)
	got, after, found := strings.Cut(rest, end)
	if !found {
		t.Fatalf("%s has no table", path)
	}
	if got == rows.String() {
		return
	}
	if !*update {
		t.Fatalf("%s differs from the table of documents; go test ./document -update writes it:\n%s", path, rows.String())
	}
	if err := os.WriteFile(path, []byte(before+begin+rows.String()+end+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestLabelsStandForOneField(t *testing.T) {
	seen := map[string]Field{}
	for _, l := range Labels() {
		if strings.Trim(l.Text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != "" || l.Text == "" {
			t.Errorf("label %q", l.Text)
		}
		if f, twice := seen[l.Text]; twice {
			t.Errorf("%q stands for %s and %s", l.Text, f, l.Field)
		}
		seen[l.Text] = l.Field
	}
	for text, want := range map[string]Field{"NOM": Surname, "VALIDEZ": ExpiryDate, "GEBURTSNAME": OtherLabel,
		"GELDIGTOT": ExpiryDate} {
		if seen[text] != want {
			t.Errorf("%q stands for %q, want %q", text, seen[text], want)
		}
	}
}
