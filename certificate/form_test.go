package certificate

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"slices"
	"strings"
	"testing"
	"time"
)

// What stands beside each mutant and must be taken.
func TestNearMissesBreakNoRule(t *testing.T) {
	printable := func(i int) func(*testing.T, *spec) {
		return func(_ *testing.T, s *spec) { s.subject[i].Tag = asn1.TagPrintableString }
	}
	for name, change := range map[string]func(*testing.T, *spec){
		"a surname in PrintableString": printable(2),
		"a common name of 64":          func(t *testing.T, s *spec) { inCommonName(" "+strings.Repeat("é", 49))(t, s) },
		"a common name, surname first": subject(3, utf8Of(oidCommonName, "SPECIMEN, Maeva")),
		"documents and e-mail":         extended("1.3.6.1.5.5.7.3.36", "1.3.6.1.5.5.7.3.4"),
		"key agreement on a curve":     used(commits | signs | x509.KeyUsageKeyAgreement),
		"a limit in euros":             limited(limit{currencyOf("EUR"), 500, 3}),
		"a limit in the currency 978":  limited(limit{asn1.RawValue{Tag: asn1.TagInteger, Bytes: []byte{3, 0xd2}}, 500, 0}),
		"a list over https beside http": set("lists", func(t *testing.T) pkix.Extension {
			return listsAt(t, "https://www.etsi.org/ca.crl", "http://www.etsi.org/ca.crl")
		}),
		"no list beside OCSP": drop("lists"),
		"basicConstraints with nothing": set("basic", func(*testing.T) pkix.Extension {
			return pkix.Extension{Id: oidBasicConstraints, Critical: true, Value: []byte{0x30, 0}}
		}),
		"statements in three languages":   places(location{"https://www.etsi.org/a", "fr"}, location{"https://www.etsi.org/b", "en"}, location{"https://www.etsi.org/c", "de"}),
		"a beginning on the whole second": dated(0, asn1.TagUTCTime, "260302090000Z"),
		"its address in both places": func(t *testing.T, s *spec) {
			anotherSubject(attr{oidEmail, asn1.TagIA5String, "maeva@specimen.fr"})(t, s)
			set("san", func(t *testing.T) pkix.Extension {
				return ext(t, oidSubjectAltName,
					[]asn1.RawValue{{Class: asn1.ClassContextSpecific, Tag: 1, Bytes: []byte("maeva@specimen.fr")}})
			})(t, s)
		},
	} {
		s := goodQualified(t)
		change(t, s)
		if got := Check(issued(t, s), profileOf(false), expected()); len(got) > 0 {
			t.Errorf("%s: %v, want nothing", name, got)
		}
	}
}

func TestAKeyOfTodayIsTakenWithAWarning(t *testing.T) {
	s := goodQualified(t)
	s.key = theWorld().rsa2048.Public()
	want := expected()
	want.PublicKey = s.key
	if got := Check(issued(t, s), profileOf(false), want); len(got) > 0 {
		t.Errorf("RSA of 2048 bits in 2026: %v, want nothing", got)
	}
	cert := must(x509.ParseCertificate(s.sign(t)))
	if got := Warnings(cert, profileOf(false)); len(got) != 1 || !strings.Contains(got[0], "2026-12-31") {
		t.Errorf("warnings %v, want one with the day", got)
	}
	if got := Warnings(must(x509.ParseCertificate(goodQualified(t).sign(t))), profileOf(false)); len(got) > 0 {
		t.Errorf("a key on a curve is warned of: %v", got)
	}
}

func TestACommonNameWithMoreThanTheName(t *testing.T) {
	p := profileOf(false).WithForm(must(ReadForm(strings.NewReader("commonNameText: true"))))
	for text, want := range map[string][]string{
		"SPECIMEN MAEVA - 12345678X (FIRMA)": nil, "SPECIMEN,MAEVA,PNOFR-1": nil, "Maéva Specimen 2": nil,
		"SPECIMEM MAEVA - 1": {"common-name"}, "SPECIMEN MAEV (A)": {"common-name"}, "Maéva Specimen,O=Banque": {"name-characters"},
	} {
		s := goodQualified(t)
		s.subject[3] = utf8Of(oidCommonName, text)
		if got := names(Check(issued(t, s), p, expected())); !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
		if got := Check(issued(t, s), profileOf(false), expected()); len(got) == 0 {
			t.Errorf("%q: taken by the built-in profile", text)
		}
	}
}

// Spellings of the zone and of offices, and what is near them.
func TestSpellingsOfACommonName(t *testing.T) {
	for _, tt := range []struct {
		surname, common string
		good            bool
	}{
		{"Œuvrard", "MAEVA OEUVRARD", true}, {"Œuvrard", "MAEVA EUVRARD", false}, {"Œuvrard", "MAEVA OUVRARD", false},
		{"Weiß", "MAEVA WEISS", true}, {"Weiß", "Maéva Weiß", true}, {"Weiß", "MAEVA WEIS", false},
		{"Þórsdóttir", "MAEVA THORSDOTTIR", true}, {"Þórsdóttir", "MAEVA TORSDOTTIR", false},
		{"O’Neill", "MAEVA ONEILL", true}, {"O’Neill", "MAEVA O'NEILL", true}, {"O’Neill", "MAEVA NEILL", false},
		{"Müller", "MAEVA MUELLER", true}, {"Müller", "MAEVA MULLER", true}, {"Müller", "MAEVA MILLER", false},
		{"Łukasiewicz", "MAEVA LUKASIEWICZ", true}, {"Søren", "MAEVA SOEREN", true}, {"Søren", "MAEVA SREN", false},
		{"Raju s/o Kumar", "MAEVA RAJU S O KUMAR", true}, {"Raju s/o Kumar", "MAEVA RAJU KUMAR", false},
	} {
		s := goodQualified(t)
		s.subject[2], s.subject[3] = utf8Of(oidSurname, tt.surname), utf8Of(oidCommonName, tt.common)
		want := expected()
		want.Subject.Surname = tt.surname
		got := names(Check(issued(t, s), profileOf(false), want))
		if tt.good && len(got) > 0 || !tt.good && !slices.Equal(got, []string{"common-name"}) {
			t.Errorf("%q as %q: %v, want it taken: %v", tt.surname, tt.common, got, tt.good)
		}
	}
}

func TestAProfileOfItsOwn(t *testing.T) {
	form := must(ReadForm(strings.NewReader(`
attributes: [organization, 2.5.4.12]
languages: [en, fr]
policies: [1.3.6.1.4.1.55555.7]
maxDays: 365
waive: {public-hosts: "lists in a closed network"}
`)))
	p := profileOf(false).WithForm(form)
	s := goodQualified(t)
	s.notAfter = s.notBefore.Add(365 * 24 * time.Hour)
	s.extensions["policies"] = policiesOf(t, "1.3.6.1.4.1.55555.7")
	s.extensions["lists"] = listsAt(t, "http://192.168.1.2/ca.crl")
	s.subject = append(s.subject, utf8Of(oidOrganization, "EXEMPLE SA"), utf8Of(oidTitle, "Notaire"))
	if got := Check(issued(t, s), p, expected()); len(got) > 0 {
		t.Errorf("what the file allows: %v, want nothing", got)
	}
	cert := must(x509.ParseCertificate(s.sign(t)))
	chain := []*x509.Certificate{theWorld().issuing.cert}
	if got := p.LevelOf(cert, chain, grantedAlways{}); got != LevelQualified {
		t.Errorf("level %q, want the provider's own policy to count", got)
	}
	if got := profileOf(false).LevelOf(cert, chain, grantedAlways{}); got != LevelElectronic {
		t.Errorf("level %q without the file, want %q", got, LevelElectronic)
	}
	longer := goodQualified(t)
	if got := names(Check(issued(t, longer), p, expected())); !slices.Contains(got, "life") {
		t.Errorf("two years under maxDays of one: %v", got)
	}
	places(location{"https://www.etsi.org/a", "en"})(t, s)
	if got := names(Check(issued(t, s), p, expected())); !slices.Contains(got, "qc-pds") {
		t.Errorf("without French: %v", got)
	}
}

type grantedAlways struct{}

func (grantedAlways) Granted(_, _ *x509.Certificate, _ time.Time) (bool, error) { return true, nil }

func TestProfilesThatCannotBe(t *testing.T) {
	for text, want := range map[string]string{
		"rsaBits: 1024":              "rsaBits",
		"legacyRSABits: 512":         "legacyRSABits",
		"nameLength: 0":              "nameLength",
		"attributes: [nothing]":      `"nothing"`,
		"policies: [1]":              `"1"`,
		"refusedUsages: [a.b]":       `"a.b"`,
		"waive: {chain: trust me}":   `"chain" cannot be waived`,
		"waive: {names: because}":    `"names" cannot be waived`,
		"waive: {qc-pds: ''}":        "no reason",
		"waive: {qc-pd: a}":          `no rule "qc-pd"`,
		"colour: blue":               "colour",
		"maxDays: -1":                "maxDays",
		"maxDays: many":              "MaxDays",
		"legacyUntil: tomorrow":      "legacyUntil",
		strings.Repeat("#\n", 65536): "more than",
	} {
		if _, err := ReadForm(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v, want %s", text, err, want)
		}
	}
	if f, err := ReadForm(strings.NewReader("")); err != nil || f.RSABits != 3000 || f.NameLength != 64 {
		t.Errorf("an empty file: %+v, %v, want the built-in one", f, err)
	}
}

func TestNamesThatCannotBeRequested(t *testing.T) {
	r := Request{Enrolment: "e", Language: "fr", Subject: Subject{Surname: strings.Repeat("x", 65), Country: "FR"}}
	if err := r.Validate(); err == nil {
		t.Error("a name of 65 characters is requested")
	}
	for _, bad := range []string{"a<b", "a\u202eb", "A,O=B", "a\x00", "a\rb", `a"b`, `a\b`, "a;b"} {
		if err := (Request{Enrolment: "e", Language: "fr",
			Subject: Subject{Surname: bad, Country: "FR"}}).Validate(); err == nil {
			t.Errorf("%q is requested", bad)
		}
	}
}
