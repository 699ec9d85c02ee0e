package texts_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"visavis/enrolment"
	"visavis/enrolment/bucket"
	"visavis/enrolment/texts"
)

func demo() texts.Vars {
	return texts.Vars{Site: "Visavis", Test: true, Rules: enrolment.DefaultRules(0.4)}
}

func operated() texts.Vars {
	return texts.Vars{
		Site: "Example & Cie", Operator: "Exemple <SA>", Role: "autorité d’enregistrement", Provider: "Fournisseur d’exemple",
		Contact: "donnees@example.org", InPerson: "1 place de l’Exemple, lundi à vendredi", Price: "12 €", ArchiveYears: 7,
		Rules: enrolment.DefaultRules(0.4),
	}
}

func each(t *testing.T, f func(t *testing.T, vars texts.Vars, text texts.Text)) {
	t.Helper()
	noReview := demo()
	noReview.Rules.NoReview = true
	for name, vars := range map[string]texts.Vars{"demo": demo(), "operated": operated(), "no-review": noReview} {
		for _, kind := range texts.Kinds() {
			for _, language := range []string{"fr", "en"} {
				t.Run(fmt.Sprint(name, " ", kind, " ", language), func(t *testing.T) { f(t, vars, texts.Of(kind, language, vars)) })
			}
		}
	}
}

// Whoever changes words gives the document a new version and adds its lines here:
// a line that stands says what people agreed to.
func TestWordsChangeWithTheirVersionOnly(t *testing.T) {
	pinned, err := os.ReadFile("testdata/pinned.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range texts.Kinds() {
		for _, language := range []string{"fr", "en"} {
			text := texts.Of(kind, language, demo())
			sum := sha256.New()
			sum.Write(text.HTML)
			sum.Write(texts.Of(kind, language, operated()).HTML)
			line := fmt.Sprintf("%s %s %s %x", kind, text.Version, language, sum.Sum(nil))
			if !strings.Contains(string(pinned), line+"\n") {
				t.Errorf("not pinned: after a change of words give %s a new version in versions.go and add the line to "+
					"testdata/pinned.txt:\n%s", kind, line)
			}
		}
	}
}

func TestThePageIsWhatItsHashSays(t *testing.T) {
	each(t, func(t *testing.T, vars texts.Vars, text texts.Text) {
		sum := sha256.Sum256(text.HTML)
		if text.Hash != hex.EncodeToString(sum[:]) || text.Version == "" || text.Title == "" {
			t.Errorf("%s %q %q", text.Hash, text.Version, text.Title)
		}
		again := texts.Of(text.Kind, text.Language, vars)
		if !bytes.Equal(again.HTML, text.HTML) {
			t.Error("the same text twice has other bytes")
		}
	})
}

func TestPagesHaveNoScriptAndNoStyleOfTheirOwn(t *testing.T) {
	each(t, func(t *testing.T, _ texts.Vars, text texts.Text) {
		root, err := html.Parse(bytes.NewReader(text.HTML))
		if err != nil {
			t.Fatal(err)
		}
		counts := map[string]int{}
		for n := range root.Descendants() {
			if n.Type != html.ElementNode {
				continue
			}
			counts[n.Data]++
			for _, a := range n.Attr {
				if a.Key == "style" || strings.HasPrefix(a.Key, "on") || strings.HasPrefix(a.Val, "javascript:") ||
					strings.HasPrefix(a.Val, "http") || strings.HasPrefix(a.Val, "//") {
					t.Errorf("<%s %s=%q>", n.Data, a.Key, a.Val)
				}
				if n.Data == "html" && a.Key == "lang" && a.Val != text.Language {
					t.Errorf("lang=%q", a.Val)
				}
			}
		}
		if counts["script"]+counts["style"]+counts["iframe"] > 0 || counts["h1"] != 1 || counts["h2"] < 3 ||
			counts["main"] != 1 || counts["title"] != 1 {
			t.Errorf("%v", counts)
		}
	})
}

func TestBothLanguagesSayTheSameThings(t *testing.T) {
	shape := regexp.MustCompile(`</?(section|h2|ul|li|p|table|tr|a)\b`)
	for _, vars := range []texts.Vars{demo(), operated()} {
		for _, kind := range texts.Kinds() {
			french, english := texts.Of(kind, "fr", vars), texts.Of(kind, "en", vars)
			f, e := shape.FindAllString(string(french.HTML), -1), shape.FindAllString(string(english.HTML), -1)
			if french.Version != english.Version || fmt.Sprint(f) != fmt.Sprint(e) {
				t.Errorf("%s: %d parts in French, %d in English, versions %s and %s", kind, len(f), len(e), french.Version,
					english.Version)
			}
		}
	}
}

// visible is what a reader sees.
func visible(t *testing.T, page []byte) string {
	t.Helper()
	root, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for n := range root.Descendants() {
		if n.Type == html.TextNode {
			out.WriteString(n.Data)
		}
	}
	return out.String()
}

func TestTypography(t *testing.T) {
	french := regexp.MustCompile(`[^\x{202F}\d][;!?»]|[ a-zéè]:\s|«[^\x{202F}]`)
	each(t, func(t *testing.T, _ texts.Vars, text texts.Text) {
		words := visible(t, text.HTML)
		if bad := french.FindAllString(words, -1); text.Language == "fr" && len(bad) > 0 {
			t.Errorf("want a narrow no-break space: %q", bad)
		}
		if i := strings.IndexAny(words, `'"`); i >= 0 {
			t.Errorf("a straight quotation mark at %.40q", words[i:])
		}
	})
}

func TestWordsAreHonest(t *testing.T) {
	claims := regexp.MustCompile(`(?i)PVID|119 ?461|certifié|liveness|détection du vivant|conforme aux?|complies|compliant|certified`)
	each(t, func(t *testing.T, vars texts.Vars, text texts.Text) {
		words := visible(t, text.HTML)
		if bad := claims.FindAllString(words, -1); len(bad) > 0 {
			t.Errorf("claims %q", bad)
		}
		says := map[bool]string{true: "Démonstration, aucun prestataire",
			false: "Exemple <SA>, autorité d’enregistrement"}[vars.Demo()]
		if vars.Demo() && text.Language == "en" {
			says = "Demonstration, no provider"
		}
		if !strings.Contains(words, says) {
			t.Errorf("does not say %q", says)
		}
		test := map[string]string{"fr": "Certificat de TEST – non qualifié, sans valeur juridique",
			"en": "TEST certificate – not qualified, without legal value"}[text.Language]
		if strings.Contains(words, test) != vars.Test {
			t.Errorf("of a test certificate: %v, want %v", !vars.Test, vars.Test)
		}
		if text.Kind == enrolment.Subscription && !vars.Test &&
			regexp.MustCompile(`certificat qualifié|qualified certificate`).MatchString(words) {
			t.Error("promises a qualified certificate")
		}
	})
}

func TestTheTableIsTheOneThatRetentionObeys(t *testing.T) {
	vars := demo()
	vars.Rules.KeepRefused *= 3 // 90 days
	for language, want := range map[string][]string{
		"fr": {"90 jours après le refus", "7 jours après votre dernière action", "aussitôt après l’annulation", "365 jours après l’effacement"},
		"en": {"90 days after the refusal", "7 days after your last action", "at once after the cancellation", "365 days after the deletion"},
	} {
		words := visible(t, texts.Of(enrolment.Privacy, language, vars).HTML)
		for _, w := range append(want, "") {
			if !strings.Contains(words, w) {
				t.Errorf("%s: no %q", language, w)
			}
		}
		if n := strings.Count(string(texts.Of(enrolment.Privacy, language, vars).HTML), "<td></td>"); n > 0 {
			t.Errorf("%s: %d empty cells", language, n)
		}
	}
}

func TestReviewIsDescribedAsItIs(t *testing.T) {
	vars := demo()
	with := visible(t, texts.Of(enrolment.Faces, "fr", vars).HTML)
	vars.Rules.NoReview = true
	without := visible(t, texts.Of(enrolment.Faces, "fr", vars).HTML)
	if !strings.Contains(with, "Une personne regarde") || strings.Contains(without, "Une personne regarde") ||
		!strings.Contains(without, "sans relecture") {
		t.Errorf("with review: %s\nwithout: %s", with, without)
	}
}

func TestOfWhatIsNotThere(t *testing.T) {
	if got := texts.Of("anything", "fr", demo()); got.Version != "" || got.HTML != nil {
		t.Errorf("%+v", got)
	}
	if got := texts.Of(enrolment.Terms, "de", demo()); got.Language != "en" {
		t.Errorf("German gives %q, want fr", got.Language)
	}
}

func TestKeep(t *testing.T) {
	b, err := bucket.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	text := texts.Of(enrolment.Terms, "fr", demo())
	if _, found, err := texts.Kept(t.Context(), b, text.Hash); found || err != nil {
		t.Fatalf("before: %v, %v", found, err)
	}
	for range 2 {
		if err := texts.Keep(t.Context(), b, text); err != nil {
			t.Fatal(err)
		}
	}
	page, found, err := texts.Kept(t.Context(), b, text.Hash)
	if err != nil || !found || !bytes.Equal(page, text.HTML) {
		t.Errorf("%d bytes, %v, %v", len(page), found, err)
	}
	if err := texts.KeepAll(t.Context(), b, operated()); err != nil {
		t.Fatal(err)
	}
	for _, kind := range texts.Kinds() {
		for _, language := range []string{"fr", "en"} {
			if _, found, err := texts.Kept(t.Context(), b, texts.Of(kind, language, operated()).Hash); !found || err != nil {
				t.Errorf("%s %s: kept %v, %v", kind, language, found, err)
			}
		}
	}
	if _, found, err := texts.Kept(t.Context(), b, "../../etc/passwd"); found || err != nil {
		t.Errorf("a hash that is none: %v, %v", found, err)
	}
}
