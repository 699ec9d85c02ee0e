package certificate

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"slices"
	"strings"
	"testing"
)

// rsaOf is a public key of so many bits; nobody has its private half.
func rsaOf(bits int) crypto.PublicKey {
	n := must(rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), uint(bits-2))))
	n.SetBit(n, bits-1, 1).SetBit(n, 0, 1)
	return &rsa.PublicKey{N: n, E: 65537}
}

// date is a date as DER, of a tag.
func date(tag int, text string) []byte {
	return must(asn1.Marshal(asn1.RawValue{Tag: tag, Bytes: []byte(text)}))
}

func dated(i, tag int, text string) func(*testing.T, *spec) {
	return func(_ *testing.T, s *spec) { s.dates[i] = date(tag, text) }
}

// rawExtension is an extension as its fields.
func rawExtension(fields ...[]byte) func(*testing.T, *spec) {
	return func(_ *testing.T, s *spec) {
		der := must(asn1.Marshal(asn1.RawValue{Tag: asn1.TagSequence, IsCompound: true, Bytes: slices.Concat(fields...)}))
		s.rawExtensions = append(s.rawExtensions, der)
	}
}

func octetsOf(b []byte) []byte { return must(asn1.Marshal(b)) }

func id(arcs ...int) []byte { return must(asn1.Marshal(asn1.ObjectIdentifier(arcs))) }

// keyWith is the good key with other parameters.
func keyWith(parameters []byte) func(*testing.T, *spec) {
	return func(_ *testing.T, s *spec) {
		var k struct {
			Algorithm pkix.AlgorithmIdentifier
			Key       asn1.BitString
		}
		if _, err := asn1.Unmarshal(must(x509.MarshalPKIXPublicKey(s.key)), &k); err != nil {
			panic(err)
		}
		k.Algorithm.Parameters = asn1.RawValue{FullBytes: parameters}
		s.keyDER = must(asn1.Marshal(k))
	}
}

var derMutants = []mutant{
	{"dates", "GeneralizedTime before 2050", false, dated(1, asn1.TagGeneralizedTime, "20280302090000Z"), nil},
	{"dates", "both GeneralizedTime", false, func(t *testing.T, s *spec) {
		dated(0, asn1.TagGeneralizedTime, "20260302090000Z")(t, s)
		dated(1, asn1.TagGeneralizedTime, "20280302090000Z")(t, s)
	}, nil},
	{"dates", "a beginning without seconds", false, dated(0, asn1.TagUTCTime, "2603020900Z"), nil},
	{"dates", "an end without seconds", false, dated(1, asn1.TagUTCTime, "2803020900Z"), nil},
	{"dates", "an end in another zone", false, dated(1, asn1.TagUTCTime, "280302090000+0100"), nil},
	{"der", "critical FALSE", false, rawExtension(id(1, 3, 6, 1, 4, 1, 55555, 2), []byte{1, 1, 0}, octetsOf([]byte{5, 0})), nil},
	{"der", "an authority FALSE", false, func(_ *testing.T, s *spec) {
		s.extensions["basic"] = pkix.Extension{Id: oidBasicConstraints, Value: []byte{0x30, 3, 1, 1, 0}}
	}, nil},
	{"der", "key usage with bits behind", false, func(_ *testing.T, s *spec) {
		e := s.extensions["usage"]
		e.Value = []byte{3, 2, 0, 0x40}
		s.extensions["usage"] = e
	}, nil},
	{"der", "key usage with a byte behind", false, func(_ *testing.T, s *spec) {
		e := s.extensions["usage"]
		e.Value = []byte{3, 3, 7, 0x40, 0}
		s.extensions["usage"] = e
	}, nil},
	{"der", "a SET not in order", false, func(t *testing.T, s *spec) {
		// The last two attributes in one SET, the longer first.
		pair := func(a attr) []byte {
			return must(asn1.Marshal(struct {
				ID    asn1.ObjectIdentifier
				Value asn1.RawValue
			}{a.ID, asn1.RawValue{Tag: a.Tag, Bytes: []byte(a.Val)}}))
		}
		both := [][]byte{pair(s.subject[3]), pair(s.subject[4])}
		slices.SortFunc(both, func(a, b []byte) int { return bytes.Compare(b, a) })
		set := must(asn1.Marshal(asn1.RawValue{Tag: asn1.TagSet, IsCompound: true, Bytes: slices.Concat(both...)}))
		var first []asn1.RawValue
		if _, err := asn1.Unmarshal(rawName(t, s.subject[:3]), &first); err != nil {
			t.Fatal(err)
		}
		s.subjectDER = must(asn1.Marshal(append(first, asn1.RawValue{FullBytes: set})))
	}, nil},
	{"algorithm-parameters", "NULL beside ECDSA", false, func(_ *testing.T, s *spec) { s.parameters = asn1.NullRawValue }, nil},
	{"unique-ids", "of the issuer", false, func(_ *testing.T, s *spec) {
		s.uniqueIDs = []asn1.RawValue{{Class: asn1.ClassContextSpecific, Tag: 1, Bytes: []byte{0, 7}}}
	}, nil},
	{"unique-ids", "of the subject", false, func(_ *testing.T, s *spec) {
		s.uniqueIDs = []asn1.RawValue{{Class: asn1.ClassContextSpecific, Tag: 2, Bytes: []byte{0, 7}}}
	}, nil},
	{"parse", "a key whose curve is written out", false, keyWith([]byte{0x30, 3, 2, 1, 1}), nil},
	{"parse", "an extension twice", false, rawExtension(id(2, 5, 29, 15), octetsOf([]byte{3, 2, 6, 0x40})), nil},
	{"parse", "a BOOLEAN that is 1", false, rawExtension(id(1, 3, 6, 1, 4, 1, 55555, 2), []byte{1, 1, 1}, octetsOf([]byte{5, 0})), nil},
}

// utf8Of is an attribute as issuers write it.
func utf8Of(id asn1.ObjectIdentifier, text string) attr { return attr{id, asn1.TagUTF8String, text} }

// inCommonName puts a text behind the name.
func inCommonName(text string) func(*testing.T, *spec) {
	return subject(3, utf8Of(oidCommonName, "Maéva SPECIMEN"+text))
}

var nameMutants = []mutant{
	{"name-characters", "less-than", false, inCommonName(" <b>"), []string{"common-name"}},
	{"name-characters", "an attribute within", false, inCommonName(",O=EXEMPLE"), []string{"common-name"}},
	{"name-characters", "a plus and an attribute", false, inCommonName("+2.5.4.10=X"), []string{"common-name"}},
	{"name-characters", "right-to-left override", false, inCommonName(" \u202eX"), []string{"common-name"}},
	{"name-characters", "left-to-right isolate", false, inCommonName(" \u2066X"), []string{"common-name"}},
	{"name-characters", "a carriage return", false, inCommonName("\rX"), []string{"common-name"}},
	{"name-characters", "a line feed", false, inCommonName("\nX"), []string{"common-name"}},
	{"name-characters", "NUL", false, inCommonName("\x00X"), []string{"common-name"}},
	{"name-characters", "a tab", false, inCommonName("\tX"), []string{"common-name"}},
	{"name-characters", "zero width", false, inCommonName("\u200b X"), []string{"common-name"}},
	{"name-characters", "a byte order mark", false, inCommonName("\ufeff"), []string{"common-name"}},
	{"name-characters", "a line separator", false, inCommonName("\u2028X"), []string{"common-name"}},
	{"name-characters", "a backslash", false, inCommonName("\\,X"), []string{"common-name"}},
	{"name-characters", "a quotation mark", false, inCommonName(" \"X\""), []string{"common-name"}},
	{"parse", "NUL in a serial number", false, subject(4, attr{oidSerialNumber, asn1.TagPrintableString, "A\x00"}), nil},
	{"name-length", "a common name of 65", false, inCommonName(" " + strings.Repeat("x", 50)), nil},
	{"name-length", "a serial number of 65", false, subject(4, attr{oidSerialNumber, asn1.TagPrintableString, strings.Repeat("1", 65)}), nil},
	{"email-name", "in the subject alone", false, anotherSubject(attr{oidEmail, asn1.TagIA5String, "maeva@specimen.fr"}), nil},
	{"email", "another's in the subject", false, func(t *testing.T, s *spec) {
		anotherSubject(attr{oidEmail, asn1.TagIA5String, "other@specimen.fr"})(t, s)
		set("san", func(t *testing.T) pkix.Extension {
			return ext(t, oidSubjectAltName,
				[]asn1.RawValue{{Class: asn1.ClassContextSpecific, Tag: 1, Bytes: []byte("other@specimen.fr")}})
		})(t, s)
	}, nil},
	{"subject-attributes", "an organisation", false, anotherSubject(utf8Of(oidOrganization, "EXEMPLE SA")), nil},
	{"subject-attributes", "a unit", false, anotherSubject(utf8Of(oidUnit, "DIRECTION")), nil},
	{"subject-attributes", "a title", false, anotherSubject(utf8Of(oidTitle, "Notaire")), nil},
	{"subject-attributes", "an organisation's number", false, anotherSubject(utf8Of(oidOrganizationID, "VATFR-1")), nil},
	{"subject-attributes", "a place", false, anotherSubject(utf8Of(asn1.ObjectIdentifier{2, 5, 4, 7}, "Paris")), nil},
	{"subject-encoding", "a name in BMPString", false, subject(2, attr{oidSurname, 30, "\x00S\x00p"}), []string{"name-characters", "names"}},
	{"subject-encoding", "a common name in T61String", false, subject(3, attr{oidCommonName, asn1.TagT61String, "MAEVA SPECIMEN"}), nil},
	{"names", "surname and given name exchanged", false, func(_ *testing.T, s *spec) {
		s.subject[1].Val, s.subject[2].Val = s.subject[2].Val, s.subject[1].Val
	}, nil},
	{"common-name", "without the surname", false, subject(3, utf8Of(oidCommonName, "Maéva Louise")), nil},
	{"common-name", "a longer surname", false, subject(3, utf8Of(oidCommonName, "Maéva Specimens")), nil},
	{"country", "in small letters", false, subject(0, attr{oidCountry, asn1.TagPrintableString, "fr"}), nil},
	{"country", "none", false, func(_ *testing.T, s *spec) { s.subject = s.subject[1:] }, nil},
}

func extended(dotted ...string) func(*testing.T, *spec) {
	return set("eku", func(t *testing.T) pkix.Extension {
		var all []asn1.ObjectIdentifier
		for _, d := range dotted {
			all = append(all, oid(t, d))
		}
		return ext(t, oidExtKeyUsage, all)
	})
}

func used(u x509.KeyUsage) func(*testing.T, *spec) {
	return set("usage", func(t *testing.T) pkix.Extension { return usage(t, u) })
}

const (
	commits = x509.KeyUsageContentCommitment
	signs   = x509.KeyUsageDigitalSignature
)

var usageMutants = []mutant{
	{"extended-usage", "servers", false, extended("1.3.6.1.5.5.7.3.1"), nil},
	{"extended-usage", "code", false, extended("1.3.6.1.5.5.7.3.3"), nil},
	{"extended-usage", "time stamps", false, extended("1.3.6.1.5.5.7.3.8"), nil},
	{"extended-usage", "OCSP beside documents", false, extended("1.3.6.1.5.5.7.3.36", "1.3.6.1.5.5.7.3.9"), nil},
	{"key-usage-kind", "keyEncipherment on a curve", false, used(commits | signs | x509.KeyUsageKeyEncipherment), nil},
	{"key-usage-kind", "keyAgreement with RSA", false, func(t *testing.T, s *spec) {
		s.key = rsaOf(3072)
		used(commits|signs|x509.KeyUsageKeyAgreement)(t, s)
	}, []string{"public-key"}},
	{"key-usage", "lists of revocation too", false, used(commits | x509.KeyUsageCRLSign), nil},
	{"key-usage", "encipherment of data", false, used(commits | x509.KeyUsageDataEncipherment), []string{}},
	{"authority-key-id", "another authority's", false, func(t *testing.T, s *spec) {
		s.extensions["aki"] = ext(t, oidAuthorityKeyID, struct {
			ID []byte `asn1:"optional,tag:0"`
		}{[]byte("another authority's.")})
	}, nil},
	{"issuer", "without an organisation", false, func(t *testing.T, s *spec) {
		s.signer = newAuthorityNamed(t, pkix.Name{Country: []string{"FR"}, CommonName: "EXEMPLE AC"}, theWorld().root)
	}, []string{"authority-key-id"}},
	{"issuer", "without a country", false, func(t *testing.T, s *spec) {
		s.signer = newAuthorityNamed(t, pkix.Name{Organization: []string{"EXEMPLE"}, CommonName: "EXEMPLE AC"},
			theWorld().root)
	}, []string{"authority-key-id"}},
	{"issuer", "without a common name", false, func(t *testing.T, s *spec) {
		s.signer = newAuthorityNamed(t, pkix.Name{Country: []string{"FR"}, Organization: []string{"EXEMPLE"}},
			theWorld().root)
	}, []string{"authority-key-id"}},
	{"revocation", "a list over https alone", false, set("lists", func(t *testing.T) pkix.Extension { return listsAt(t, "https://www.etsi.org/ca.crl") }), nil},
	{"revocation", "OCSP over ldap and no list", false, func(t *testing.T, s *spec) {
		s.extensions["access"] = accessTo(t, "ldap://ocsp.etsi.org", "http://www.etsi.org/ca.cer")
		delete(s.extensions, "lists")
	}, nil},
	{"public-hosts", "an address of IPv6 links", false, set("lists", func(t *testing.T) pkix.Extension { return listsAt(t, "http://[fe80::1]/ca.crl") }), nil},
	{"public-hosts", "a name without dots", false, set("lists", func(t *testing.T) pkix.Extension { return listsAt(t, "http://pki/ca.crl") }), nil},
	{"not-critical", "alternative names", false, set("san", func(t *testing.T) pkix.Extension {
		e := ext(t, oidSubjectAltName,
			[]asn1.RawValue{{Class: asn1.ClassContextSpecific, Tag: 1, Bytes: []byte("maeva@specimen.fr")}})
		e.Critical = true
		return e
	}), nil},
}

// more adds a statement to the good ones.
func more(make func(*testing.T) []byte) func(*testing.T, *spec) {
	return statementsOf(func(t *testing.T, good [][]byte) [][]byte { return append(good, make(t)) })
}

type limit struct {
	Currency         asn1.RawValue
	Amount, Exponent int
}

func currencyOf(code string) asn1.RawValue {
	return asn1.RawValue{Tag: asn1.TagPrintableString, Bytes: []byte(code)}
}

func limited(l limit) func(*testing.T, *spec) {
	return more(func(t *testing.T) []byte { return with(t, oidQcLimit, l) })
}

// placesRaw are disclosure statements in strings of one's own choice.
func placesRaw(url, language asn1.RawValue) func(*testing.T, *spec) {
	return statementsOf(func(t *testing.T, good [][]byte) [][]byte {
		good[2] = with(t, oidQcPDS, []struct{ URL, Language asn1.RawValue }{{url, language}})
		return good
	})
}

func stringOf(tag int, text string) asn1.RawValue {
	return asn1.RawValue{Tag: tag, Bytes: []byte(text)}
}

var formMutants = []mutant{
	{"qc-form", "a limit in no currency", false, limited(limit{currencyOf("ABC"), 1, 0}), nil},
	{"qc-form", "a limit in small letters", false, limited(limit{currencyOf("eur"), 1, 0}), nil},
	{"qc-form", "a limit in a long currency", false, limited(limit{currencyOf("EURO"), 1, 0}), nil},
	{"qc-form", "a limit below nothing", false, limited(limit{currencyOf("EUR"), -1, 0}), nil},
	{"qc-form", "a limit in UTF8String", false, limited(limit{stringOf(asn1.TagUTF8String, "EUR"), 1, 0}), nil},
	{"qc-form", "a limit in currency 0", false, limited(limit{asn1.RawValue{Tag: asn1.TagInteger, Bytes: []byte{0}}, 1, 0}), nil},
	{"qc-form", "QcType as a statement", false, more(func(t *testing.T) []byte { return bare(t, oidTypeESign) }), nil},
	{"qc-form", "QcType of seals as a statement", false, more(func(t *testing.T) []byte { return bare(t, oid(t, "0.4.0.1862.1.6.2")) }), nil},
	{"qc-form", "QcSSCD with something", false, more(func(t *testing.T) []byte { return with(t, oidQcSSCD, true) }), []string{"qc-sscd"}},
	{"qc-pds", "a language of three letters", false, places(location{"https://www.etsi.org/a", "en"}, location{"https://www.etsi.org/b", "fra"}), nil},
	{"qc-pds", "a language that is none", false, places(location{"https://www.etsi.org/a", "en"}, location{"https://www.etsi.org/b", "zz"}), nil},
	{"qc-pds", "a language in capitals", false, places(location{"https://www.etsi.org/a", "en"}, location{"https://www.etsi.org/b", "FR"}), nil},
	{"qc-pds", "a relative address", false, places(location{"pds.pdf", "en"}), []string{"public-hosts"}},
	{"qc-pds", "an address in UTF8String", false, placesRaw(stringOf(asn1.TagUTF8String, "https://www.etsi.org/a"), stringOf(asn1.TagPrintableString, "en")), nil},
	{"qc-pds", "a language in UTF8String", false, placesRaw(stringOf(asn1.TagIA5String, "https://www.etsi.org/a"), stringOf(asn1.TagUTF8String, "en")), nil},
	{"qc-duplicates", "QcCompliance twice", false, more(func(t *testing.T) []byte { return bare(t, oidQcCompliance) }), nil},
	{"qc-person", "a policy of web sites", false, set("policies", func(t *testing.T) pkix.Extension { return policiesOf(t, policyQCPn, "0.4.0.194112.1.4") }), nil},
}

// newAuthorityNamed makes an issuing authority of a name.
func newAuthorityNamed(t *testing.T, name pkix.Name, under *authority) *authority {
	t.Helper()
	key := newECKey(t, theWorld().key.Curve)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(8), Subject: name, NotBefore: start.AddDate(-1, 0, 0),
		NotAfter: start.AddDate(9, 0, 0), IsCA: true,
		BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der := must(x509.CreateCertificate(rand.Reader, template, under.cert, key.Public(), under.key))
	return &authority{must(x509.ParseCertificate(der)), key}
}
