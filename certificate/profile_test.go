package certificate

import (
	"crypto/elliptic"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"
)

func profileOf(test bool) Profile {
	if test {
		return TestProfile(testWorld().cert)
	}
	return Profile{Pinned: []*x509.Certificate{theWorld().root.cert}}
}

func expected() Expected {
	return Expected{Subject: maeva, Email: "maeva@specimen.fr", PublicKey: theWorld().key.Public(),
		Now: start.Add(time.Hour)}
}

func issued(t *testing.T, s *spec) Issued {
	t.Helper()
	return Issued{s.sign(t), [][]byte{s.signer.cert.Raw}}
}

func names(some []Violation) (out []string) {
	for _, v := range some {
		if !slices.Contains(out, v.Rule) {
			out = append(out, v.Rule)
		}
	}
	return out
}

func TestGoodCertificatesBreakNoRule(t *testing.T) {
	qscd := goodQualified(t)
	qscd.extensions["policies"] = policiesOf(t, policyQCPnQSCD)
	qscd.extensions["qc"] = qc(t, append(goodStatements(t), bare(t, oidQcSSCD))...)
	plain := goodQualified(t)
	plain.extensions["policies"] = policiesOf(t, "0.4.0.2042.1.1")
	delete(plain.extensions, "qc")
	semantics := goodQualified(t)
	semantics.subject[4].Val = "PNOFR-12345"
	semantics.extensions["qc"] = qc(t,
		append(goodStatements(t), with(t, oidPkixQCv2, struct{ ID asn1.ObjectIdentifier }{oidNaturalID}))...)
	for name, s := range map[string]*spec{
		"QCP-n": goodQualified(t), "QCP-n-qscd": qscd, "not qualified": plain, "serial number with semantics": semantics,
	} {
		if got := Check(issued(t, s), profileOf(false), expected()); len(got) > 0 {
			t.Errorf("%s: %v, want nothing", name, got)
		}
	}
	if got := Check(issued(t, goodTest(t)), profileOf(true), expected()); len(got) > 0 {
		t.Errorf("a test certificate: %v, want nothing", got)
	}
}

// mutant is a good certificate with one thing wrong.
type mutant struct {
	rule string
	what string
	test bool // of a test certificate
	make func(*testing.T, *spec)
	// also are rules that it cannot but break as well.
	also []string
}

func mutants() []mutant {
	return slices.Concat(baseMutants, chainMutants, derMutants, subjectMutants, nameMutants, extensionMutants,
		usageMutants, statementMutants, formMutants, testMutants)
}

func set(name string, e func(*testing.T) pkix.Extension) func(*testing.T, *spec) {
	return func(t *testing.T, s *spec) { s.extensions[name] = e(t) }
}

func drop(name string) func(*testing.T, *spec) {
	return func(_ *testing.T, s *spec) { delete(s.extensions, name) }
}

func critical(name string) func(*testing.T, *spec) {
	return func(_ *testing.T, s *spec) {
		e := s.extensions[name]
		e.Critical = true
		s.extensions[name] = e
	}
}

// statementsOf replaces the good statements.
func statementsOf(f func(*testing.T, [][]byte) [][]byte) func(*testing.T, *spec) {
	return func(t *testing.T, s *spec) { s.extensions["qc"] = qc(t, f(t, goodStatements(t))...) }
}

func subject(i int, a attr) func(*testing.T, *spec) {
	return func(_ *testing.T, s *spec) { s.subject[i] = a }
}

func anotherSubject(a attr) func(*testing.T, *spec) {
	return func(_ *testing.T, s *spec) { s.subject = append(s.subject, a) }
}

var baseMutants = []mutant{
	{"version", "version 2", false, func(_ *testing.T, s *spec) { s.version = 1 },
		[]string{"authority-key-id", "ca-issuers", "key-usage", "policies", "revocation"}}, // version 2 has no extensions
	{"serial", "number 0", false, func(_ *testing.T, s *spec) { s.serial = big.NewInt(0) }, nil},
	{"serial", "21 octets", false, func(_ *testing.T, s *spec) { s.serial = new(big.Int).Lsh(big.NewInt(1), 160) }, nil},
	{"end-entity", "an authority's", false, func(t *testing.T, s *spec) {
		s.extensions["basic"] = ext(t, asn1.ObjectIdentifier{2, 5, 29, 19}, struct{ IsCA bool }{true})
	}, nil},
	{"signature-algorithm", "SHA-1", false, func(_ *testing.T, s *spec) { a := x509.ECDSAWithSHA1; s.algorithm = &a }, []string{"chain"}},
	{"key", "P-224", false, func(t *testing.T, s *spec) { s.key = newECKey(t, elliptic.P224()).Public() }, []string{"public-key"}},
	{"key", "RSA of 2048 bits from 2027 on", false, func(_ *testing.T, s *spec) {
		s.key, s.notBefore = theWorld().rsa2048.Public(), time.Date(2027, time.January, 1, 0, 0, 0, 0, time.UTC)
	}, []string{"public-key", "validity"}},
	{"key", "RSA of 1536 bits", false, func(_ *testing.T, s *spec) { s.key = rsaOf(1536) }, []string{"public-key"}},
	{"end-entity", "a length of path", false, func(t *testing.T, s *spec) {
		s.extensions["basic"] = ext(t, oidBasicConstraints, struct{ Path int }{0})
	}, nil},
	{"public-key", "another key", false, func(t *testing.T, s *spec) { s.key = newECKey(t, elliptic.P256()).Public() }, nil},
	{"validity", "expired", false, func(_ *testing.T, s *spec) {
		s.notBefore, s.notAfter = start.AddDate(0, -2, 0), start.AddDate(0, -1, 0)
	}, nil},
	{"validity", "of the future", false, func(_ *testing.T, s *spec) { s.notBefore = start.AddDate(0, 0, 1) }, nil},
	{"life", "8 days, a test certificate", true, func(_ *testing.T, s *spec) { s.notAfter = s.notBefore.Add(TestLife + time.Second) }, nil},
	{"validity-in-authority", "outlives it", false, func(_ *testing.T, s *spec) { s.notAfter = start.AddDate(10, 0, 0) }, nil},
}

var chainMutants = []mutant{
	{"chain", "an authority of the same name with another key", false, func(t *testing.T, s *spec) {
		root := newAuthority(t, "EXEMPLE RACINE", newECKey(t, elliptic.P256()), nil)
		s.signer = newAuthority(t, "EXEMPLE AC", newECKey(t, elliptic.P256()), root)
	}, []string{"authority-key-id"}},
	{"chain", "another issuer's name", false, func(t *testing.T, s *spec) {
		s.issuer = rawName(t, []attr{{oidCommonName, asn1.TagUTF8String, "EXEMPLE AUTRE AC"}})
	}, []string{"issuer"}},
	{"authority-key", "an authority on P-224", false, func(t *testing.T, s *spec) {
		s.signer = newAuthority(t, "EXEMPLE AC", newECKey(t, elliptic.P224()), theWorld().root)
	}, []string{"authority-hash", "authority-key-id"}},
	{"authority-hash", "SHA-256 with P-384", false, func(t *testing.T, s *spec) {
		s.signer = newAuthority(t, "EXEMPLE AC", newECKey(t, elliptic.P384()), theWorld().root)
	}, []string{"authority-key-id"}},
	{"unknown-critical", "an extension of its own", false, func(t *testing.T, s *spec) {
		e := ext(t, asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 55555, 1}, "x")
		e.Critical = true
		s.extensions["unknown"] = e
	}, nil},
}

var subjectMutants = []mutant{
	{"country", "another", false, subject(0, attr{oidCountry, asn1.TagPrintableString, "DE"}), nil},
	{"country", "two", false, anotherSubject(attr{oidCountry, asn1.TagPrintableString, "FR"}), nil},
	{"common-name", "somebody else's", false, subject(3, attr{oidCommonName, asn1.TagUTF8String, "Louise EXEMPLE"}), nil},
	{"common-name", "two", false, anotherSubject(attr{oidCommonName, asn1.TagUTF8String, "Maéva Specimen"}), nil},
	{"common-name", "a near miss", false, subject(3, attr{oidCommonName, asn1.TagUTF8String, "MAEVA SPECIMEM"}), nil},
	{"name-length", "65 characters", false, subject(3, attr{oidCommonName, asn1.TagUTF8String, "Maéva Specimen " + strings.Repeat("x", 50)}), nil},
	{"name-characters", "a digit", false, subject(3, attr{oidCommonName, asn1.TagUTF8String, "Maéva Specimen 2"}), []string{"common-name"}},
	{"name-characters", "another attribute", false, subject(3, attr{oidCommonName, asn1.TagUTF8String, "Maéva Specimen,O=Banque"}), []string{"common-name"}},
	{"name-characters", "a direction mark", false, subject(3, attr{oidCommonName, asn1.TagUTF8String, "Maéva Spec\u202eimen"}), []string{"common-name"}},
	{"name-characters", "NUL", false, subject(2, attr{oidSurname, asn1.TagUTF8String, "Specimen\x00"}), []string{"names"}},
	{"names", "another accent", false, subject(1, attr{oidGivenName, asn1.TagUTF8String, "Maevà Louise"}), nil},
	{"names", "one given name of two", false, subject(1, attr{oidGivenName, asn1.TagUTF8String, "Maéva"}), nil},
	{"names", "another surname", false, subject(2, attr{oidSurname, asn1.TagUTF8String, "Specinem"}), nil},
	{"names", "no surname", false, func(_ *testing.T, s *spec) { s.subject = slices.Delete(s.subject, 2, 3) }, nil},
	{"pseudonym", "beside the name", false, anotherSubject(attr{oidPseudonym, asn1.TagUTF8String, "M"}), nil},
	{"subject-serial", "two", false, anotherSubject(attr{oidSerialNumber, asn1.TagPrintableString, "B"}), nil},
	{"subject-encoding", "a name in T61String", false, subject(2, attr{oidSurname, asn1.TagT61String, "Specimen"}), nil},
	{"subject-encoding", "a country in UTF8String", false, subject(0, attr{oidCountry, asn1.TagUTF8String, "FR"}), nil},
	{"serial-semantics", "no type", false, func(t *testing.T, s *spec) {
		statementsOf(func(t *testing.T, good [][]byte) [][]byte {
			return append(good, with(t, oidPkixQCv2, struct{ ID asn1.ObjectIdentifier }{oidNaturalID}))
		})(t, s)
	}, nil},
	{"email", "another's", false, set("san", func(t *testing.T) pkix.Extension {
		return ext(t, oidSubjectAltName,
			[]asn1.RawValue{{Class: asn1.ClassContextSpecific, Tag: 1, Bytes: []byte("other@specimen.fr")}})
	}), nil},
}

var extensionMutants = []mutant{
	{"authority-key-id", "absent", false, drop("aki"), nil},
	{"key-usage", "absent", false, drop("usage"), nil},
	{"key-usage", "digitalSignature alone", false, set("usage", func(t *testing.T) pkix.Extension { return usage(t, x509.KeyUsageDigitalSignature) }), nil},
	{"key-usage", "certificates too", false, set("usage", func(t *testing.T) pkix.Extension {
		return usage(t, x509.KeyUsageContentCommitment|x509.KeyUsageCertSign)
	}), nil},
	{"policies", "absent", false, drop("policies"), []string{"qc-policy"}},
	{"not-critical", "policies", false, critical("policies"), nil},
	{"not-critical", "revocation points", false, critical("lists"), nil},
	{"not-critical", "statements", false, critical("qc"), nil},
	{"not-critical", "extended key usage", false, set("eku", func(t *testing.T) pkix.Extension {
		e := ext(t, oidExtKeyUsage, []asn1.ObjectIdentifier{oid(t, "1.3.6.1.5.5.7.3.36")})
		e.Critical = true
		return e
	}), nil},
	{"parse", "critical access", false, critical("access"), nil}, // crypto/x509 takes no such certificate
	{"forbidden-extension", "name constraints", false, set("constraints", func(t *testing.T) pkix.Extension {
		return ext(t, oidNameConstraints, struct {
			Permitted []asn1.RawValue `asn1:"optional,tag:0,omitempty"`
		}{[]asn1.RawValue{{FullBytes: must(
			asn1.Marshal([]asn1.RawValue{{Class: asn1.ClassContextSpecific, Tag: 2, Bytes: []byte("x.fr")}}))}}})
	}), nil},
	{"forbidden-extension", "policy constraints", false, set("constraints", func(t *testing.T) pkix.Extension {
		return ext(t, oidPolicyConstraints, struct {
			Require int `asn1:"tag:0"`
		}{1})
	}), nil},
	{"forbidden-extension", "inhibitAnyPolicy", false, set("inhibit", func(t *testing.T) pkix.Extension { return ext(t, oidInhibitAnyPolicy, 1) }), nil},
	{"forbidden-extension", "policy mappings", false, set("mappings", func(t *testing.T) pkix.Extension {
		return ext(t, oidPolicyMappings, []struct{ A, B asn1.ObjectIdentifier }{{oid(t, "1.2.3"), oid(t, "1.2.4")}})
	}), nil},
	{"ca-issuers", "absent", false, set("access", func(t *testing.T) pkix.Extension { return accessTo(t, "http://ocsp.etsi.org", "") }), nil},
	{"ca-issuers", "over ftp", false, set("access", func(t *testing.T) pkix.Extension {
		return accessTo(t, "http://ocsp.etsi.org", "ftp://www.etsi.org/ca.cer")
	}), nil},
	{"revocation", "none", false, func(t *testing.T, s *spec) {
		s.extensions["access"] = accessTo(t, "", "http://www.etsi.org/ca.cer")
		delete(s.extensions, "lists")
	}, nil},
	{"public-hosts", "a private address", false, set("access", func(t *testing.T) pkix.Extension {
		return accessTo(t, "http://192.168.1.2/ocsp", "http://www.etsi.org/ca.cer")
	}), nil},
	{"public-hosts", "localhost", false, set("lists", func(t *testing.T) pkix.Extension { return listsAt(t, "http://localhost/ca.crl") }), nil},
}

var statementMutants = []mutant{
	{"qc-form", "cannot be read", false, func(_ *testing.T, s *spec) {
		s.extensions["qc"] = pkix.Extension{Id: oidQcStatements, Value: []byte{4, 1, 0}}
	}, []string{"qc-policy"}},
	{"qc-form", "QcCompliance with something", false, statementsOf(func(t *testing.T, good [][]byte) [][]byte {
		return append(good[1:], with(t, oidQcCompliance, 1))
	}), nil},
	{"qc-form", "a negative retention", false, statementsOf(func(t *testing.T, good [][]byte) [][]byte {
		return append(good[:3], with(t, oidQcRetention, -1))
	}), nil},
	{"qc-duplicates", "a retention twice", false, statementsOf(func(_ *testing.T, good [][]byte) [][]byte { return append(good, good[3]) }), nil},
	{"qc-compliance", "absent", false, func(t *testing.T, s *spec) {
		s.extensions["qc"] = qc(t, goodStatements(t)[3])
		s.extensions["policies"] = policiesOf(t, "1.3.6.1.4.1.55555.1")
	}, nil},
	{"qc-policy", "QCP-n without QcCompliance", false, drop("qc"), nil},
	{"qc-policy", "QcCompliance without QCP-n", false, set("policies", func(t *testing.T) pkix.Extension { return policiesOf(t, "1.3.6.1.4.1.55555.1") }), nil},
	{"qc-person", "QCP-l beside QCP-n", false, set("policies", func(t *testing.T) pkix.Extension { return policiesOf(t, policyQCPn, "0.4.0.194112.1.1") }), nil},
	{"qc-sscd", "QCP-n-qscd without", false, set("policies", func(t *testing.T) pkix.Extension { return policiesOf(t, policyQCPnQSCD) }), nil},
	{"qc-sscd", "with QCP-n", false, statementsOf(func(t *testing.T, good [][]byte) [][]byte { return append(good, bare(t, oidQcSSCD)) }), nil},
	{"qc-type", "absent", false, statementsOf(func(_ *testing.T, good [][]byte) [][]byte { return slices.Delete(good, 1, 2) }), nil},
	{"qc-type", "a seal's", false, statementsOf(func(t *testing.T, good [][]byte) [][]byte {
		good[1] = with(t, oidQcType, []asn1.ObjectIdentifier{{0, 4, 0, 1862, 1, 6, 2}})
		return good
	}), nil},
	{"qc-type", "two", false, statementsOf(func(t *testing.T, good [][]byte) [][]byte {
		good[1] = with(t, oidQcType, []asn1.ObjectIdentifier{oidTypeESign, {0, 4, 0, 1862, 1, 6, 2}})
		return good
	}), nil},
	{"qc-pds", "absent", false, statementsOf(func(_ *testing.T, good [][]byte) [][]byte { return slices.Delete(good, 2, 3) }), nil},
	{"qc-pds", "over http", false, places(location{"http://www.etsi.org/pds.pdf", "en"}), nil},
	{"qc-pds", "French alone", false, places(location{"https://www.etsi.org/pds.pdf", "fr"}), nil},
	{"qc-pds", "English twice", false, places(location{"https://www.etsi.org/a", "en"}, location{"https://www.etsi.org/b", "en"}), nil},
	{"qc-legislation", "present", false, statementsOf(func(t *testing.T, good [][]byte) [][]byte {
		return append(good, with(t, oidQcCC, []string{"CH"}))
	}), nil},
	{"qc-device-legislation", "present", false, statementsOf(func(t *testing.T, good [][]byte) [][]byte {
		return append(good, with(t, oidQcQSCDLaw, []string{"CH"}))
	}), nil},
}

func places(some ...location) func(*testing.T, *spec) {
	return statementsOf(func(t *testing.T, good [][]byte) [][]byte {
		good[2] = with(t, oidQcPDS, some)
		return good
	})
}

var testMutants = []mutant{
	{"test-statements", "a retention", true, set("qc", func(t *testing.T) pkix.Extension { return qc(t, with(t, oidQcRetention, 7)) }), []string{"qc-compliance"}},
	{"test-policy", "a real one", true, set("policies", func(t *testing.T) pkix.Extension { return policiesOf(t, "1.3.6.1.4.1.55555.1") }), nil},
	{"test-policy", "2.999 in a real one", false, set("policies", func(t *testing.T) pkix.Extension { return policiesOf(t, policyQCPn, "2.999.1") }), nil},
	{"test-name", "does not say TEST", true, subject(3, attr{oidCommonName, asn1.TagUTF8String, "Maéva Specimen"}), nil},
}

func TestEachMutantIsRefusedByItsRule(t *testing.T) {
	for _, m := range mutants() {
		t.Run(m.rule+"/"+strings.ReplaceAll(m.what, " ", "-"), func(t *testing.T) {
			s := goodQualified(t)
			if m.test {
				s = goodTest(t)
			}
			m.make(t, s)
			got := names(Check(issued(t, s), profileOf(m.test), expected()))
			want := append([]string{m.rule}, m.also...)
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("broken rules: %v, want %v", got, want)
			}
		})
	}
}

func TestEveryRuleHasAMutantASourceAndASentence(t *testing.T) {
	for _, r := range Rules() {
		if r.Source == "" || !strings.HasSuffix(r.What, ".") {
			t.Errorf("rule %s: source %q, %q; want both", r.Name, r.Source, r.What)
		}
		if !slices.ContainsFunc(mutants(), func(m mutant) bool { return m.rule == r.Name }) {
			t.Errorf("rule %s has no mutant", r.Name)
		}
	}
	if len(Rules()) < 40 || len(mutants()) < 120 {
		t.Errorf("%d rules, %d mutants, want all of them", len(Rules()), len(mutants()))
	}
}

func TestWhatIsNoCertificateIsRefused(t *testing.T) {
	good := issued(t, goodQualified(t))
	for name, bad := range map[string]Issued{
		"nothing":          {},
		"text":             {[]byte("-----BEGIN"), nil},
		"a truncated one":  {good.Certificate[:100], good.Chain},
		"a chain of bytes": {good.Certificate, [][]byte{{1, 2, 3}}},
		"a negative serial": {func() []byte {
			s := goodQualified(t)
			s.serial = big.NewInt(-5)
			return s.sign(t)
		}(), good.Chain},
	} {
		if got := names(Check(bad, profileOf(false), expected())); !slices.Equal(got, []string{"parse"}) {
			t.Errorf("%s: %v, want the rule parse", name, got)
		}
	}
	if got := names(Check(good, Profile{}, expected())); !slices.Contains(got, "chain") {
		t.Errorf("without a pinned authority: %v, want the chain refused", got)
	}
	changed := slices.Clone(good.Certificate)
	changed[len(changed)-1] ^= 1
	if got := names(Check(Issued{changed, good.Chain}, profileOf(false), expected())); !slices.Contains(got, "chain") {
		t.Errorf("a changed signature: %v, want the chain refused", got)
	}
}

func TestNamesAreComparedInOneSpelling(t *testing.T) {
	want := expected()
	want.Subject.GivenNames = "Mae\u0301va  Louise" // a letter and its accent apart, two spaces
	if got := Check(issued(t, goodQualified(t)), profileOf(false), want); len(got) > 0 {
		t.Errorf("%v, want nothing", got)
	}
	s := goodQualified(t)
	s.subject = slices.Delete(s.subject, 1, 2)
	s.subject[2].Val = "SPECIMEN"
	want.Subject.GivenNames = ""
	if got := Check(issued(t, s), profileOf(false), want); len(got) > 0 {
		t.Errorf("a person with one name: %v, want nothing", got)
	}
}
