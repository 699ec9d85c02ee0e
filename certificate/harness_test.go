package certificate

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"maps"
	"math/big"
	"slices"
	"sync"
	"testing"
	"time"
)

// spec is a certificate as its parts, each of which a test may put wrong in ways
// that x509.CreateCertificate would refuse.
type spec struct {
	version    int
	serial     *big.Int
	subject    []attr
	key        crypto.PublicKey
	notBefore  time.Time
	notAfter   time.Time
	extensions map[string]pkix.Extension // by a name that tests use
	signer     *authority
	issuer     []byte // raw name; nil: the signer's
	algorithm  *x509.SignatureAlgorithm

	// What the standard library would not write.
	dates         [2][]byte     // DER, instead of notBefore and notAfter
	parameters    asn1.RawValue // of the signature's algorithm
	keyDER        []byte        // instead of key
	uniqueIDs     []asn1.RawValue
	rawExtensions [][]byte // DER, beside extensions
	subjectDER    []byte   // instead of subject
}

type attr struct {
	ID  asn1.ObjectIdentifier
	Tag int
	Val string
}

// authority signs.
type authority struct {
	cert *x509.Certificate
	key  crypto.Signer
}

var start = time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)

// must returns v; used as must(f()), it fails the test by panic.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func newECKey(t testing.TB, c elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	return must(ecdsa.GenerateKey(c, rand.Reader))
}

// newAuthority makes a root, or one under it.
func newAuthority(t testing.TB, name string, key crypto.Signer, under *authority) *authority {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(7), Subject: pkix.Name{Country: []string{"FR"}, Organization: []string{"EXEMPLE"},
			CommonName: name},
		NotBefore: start.AddDate(-1, 0, 0), NotAfter: start.AddDate(9, 0, 0), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	parent, signer := template, key
	if under != nil {
		parent, signer = under.cert, under.key
	}
	der := must(x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer))
	return &authority{must(x509.ParseCertificate(der)), key}
}

// world is two authorities and a subscriber's key, made once for all tests.
type world struct {
	root, issuing *authority
	key           *ecdsa.PrivateKey
	rsa2048       *rsa.PrivateKey
}

var theWorld = sync.OnceValue(func() *world {
	t := quiet{}
	w := &world{}
	w.root = newAuthority(t, "EXEMPLE RACINE", newECKey(t, elliptic.P256()), nil)
	w.issuing = newAuthority(t, "EXEMPLE AC", newECKey(t, elliptic.P256()), w.root)
	w.key = newECKey(t, elliptic.P256())
	w.rsa2048, _ = rsa.GenerateKey(rand.Reader, 2048)
	return w
})

// quiet is a testing.TB for what is made once; it fails by panic.
type quiet struct{ testing.TB }

func (quiet) Helper()           {}
func (quiet) Fatal(args ...any) { panic(args) }

func ext(t testing.TB, id asn1.ObjectIdentifier, value any, params ...string) pkix.Extension {
	t.Helper()
	p := ""
	if len(params) > 0 {
		p = params[0]
	}
	return pkix.Extension{Id: id, Value: must(asn1.MarshalWithParams(value, p))}
}

func uri(u string) asn1.RawValue {
	return asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 6, Bytes: []byte(u)}
}

func accessTo(t testing.TB, ocsp, caIssuers string) pkix.Extension {
	t.Helper()
	type access struct {
		Method   asn1.ObjectIdentifier
		Location asn1.RawValue
	}
	var all []access
	if ocsp != "" {
		all = append(all, access{asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1}, uri(ocsp)})
	}
	if caIssuers != "" {
		all = append(all, access{asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 2}, uri(caIssuers)})
	}
	return ext(t, oidAuthorityAccess, all)
}

func listsAt(t testing.TB, urls ...string) pkix.Extension {
	t.Helper()
	type name struct {
		Full []asn1.RawValue `asn1:"optional,tag:0"`
	}
	type point struct {
		Name name `asn1:"optional,tag:0"`
	}
	var points []point
	for _, u := range urls {
		points = append(points, point{name{[]asn1.RawValue{uri(u)}}})
	}
	return ext(t, oidCRLPoints, points)
}

func policiesOf(t testing.TB, oids ...string) pkix.Extension {
	t.Helper()
	type info struct{ ID asn1.ObjectIdentifier }
	var all []info
	for _, o := range oids {
		all = append(all, info{oid(t, o)})
	}
	return ext(t, oidPolicies, all)
}

func oid(t testing.TB, dotted string) asn1.ObjectIdentifier {
	t.Helper()
	id, err := x509.ParseOID(dotted)
	if err != nil {
		t.Fatal(err)
	}
	var out asn1.ObjectIdentifier
	if !id.EqualASN1OID(out) {
		raw, _ := id.MarshalBinary()
		der := append([]byte{asn1.TagOID, byte(len(raw))}, raw...)
		if _, err := asn1.Unmarshal(der, &out); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// qc makes qcStatements of statements in DER.
func qc(t testing.TB, some ...[]byte) pkix.Extension {
	t.Helper()
	var all []asn1.RawValue
	for _, der := range some {
		all = append(all, asn1.RawValue{FullBytes: der})
	}
	return ext(t, oidQcStatements, all)
}

func bare(t testing.TB, id asn1.ObjectIdentifier) []byte {
	t.Helper()
	return must(asn1.Marshal(struct{ ID asn1.ObjectIdentifier }{id}))
}

func with(t testing.TB, id asn1.ObjectIdentifier, info any) []byte {
	t.Helper()
	der := must(asn1.Marshal(info))
	return must(asn1.Marshal(statement{id, asn1.RawValue{FullBytes: der}}))
}

func goodStatements(t testing.TB) [][]byte {
	t.Helper()
	return [][]byte{
		bare(t, oidQcCompliance),
		with(t, oidQcType, []asn1.ObjectIdentifier{oidTypeESign}),
		with(t, oidQcPDS, []location{{"https://www.etsi.org/pds_en.pdf", "en"}, {"https://www.etsi.org/pds_fr.pdf", "fr"}}),
		with(t, oidQcRetention, 7),
	}
}

func usage(t testing.TB, u x509.KeyUsage) pkix.Extension {
	t.Helper()
	var bits asn1.BitString
	for i := range 9 {
		if u&(1<<i) != 0 {
			for len(bits.Bytes) <= i/8 {
				bits.Bytes = append(bits.Bytes, 0)
			}
			bits.Bytes[i/8] |= 0x80 >> (i % 8)
			bits.BitLength = i + 1
		}
	}
	e := ext(t, oidKeyUsage, bits)
	e.Critical = true
	return e
}

var maeva = Subject{GivenNames: "Maéva Louise", Surname: "Specimen", Country: "FR"}

func subjectOf(cn string, s Subject) []attr {
	return []attr{
		{oidCountry, asn1.TagPrintableString, s.Country}, {oidGivenName, asn1.TagUTF8String, s.GivenNames},
		{oidSurname, asn1.TagUTF8String, s.Surname}, {oidCommonName, asn1.TagUTF8String, cn},
		{oidSerialNumber, asn1.TagPrintableString, "A1B2C3"},
	}
}

// goodQualified is a certificate of the policy QCP-n without a fault.
func goodQualified(t testing.TB) *spec {
	t.Helper()
	w := theWorld()
	serial := must(rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120)))
	return &spec{
		version: 2, serial: serial.Add(serial, big.NewInt(1)), subject: subjectOf("Maéva SPECIMEN", maeva),
		key:       w.key.Public(),
		notBefore: start, notAfter: start.AddDate(2, 0, 0), signer: w.issuing,
		extensions: map[string]pkix.Extension{
			"aki": ext(t, oidAuthorityKeyID, struct {
				ID []byte `asn1:"optional,tag:0"`
			}{w.issuing.cert.SubjectKeyId}),
			"ski":      ext(t, asn1.ObjectIdentifier{2, 5, 29, 14}, []byte("the key of the test.")),
			"usage":    usage(t, x509.KeyUsageContentCommitment),
			"policies": policiesOf(t, policyQCPn, "1.3.6.1.4.1.55555.1"),
			"access":   accessTo(t, "http://ocsp.etsi.org", "http://www.etsi.org/ca.cer"),
			"lists":    listsAt(t, "http://www.etsi.org/ca.crl"),
			"qc":       qc(t, goodStatements(t)...),
		},
	}
}

// goodTest is a test certificate without a fault.
func goodTest(t testing.TB) *spec {
	t.Helper()
	s := goodQualified(t)
	w := testWorld()
	s.signer, s.notAfter = w, start.Add(TestLife)
	s.subject = subjectOf("Maéva Specimen TEST", maeva)
	s.extensions["aki"] = ext(t, oidAuthorityKeyID, struct {
		ID []byte `asn1:"optional,tag:0"`
	}{w.cert.SubjectKeyId})
	s.extensions["policies"] = policiesOf(t, "2.999.1.1")
	s.extensions["access"] = accessTo(t, "http://localhost:8080/ocsp", "http://localhost:8080/ca.cer")
	delete(s.extensions, "qc")
	return s
}

var testWorld = sync.OnceValue(func() *authority {
	t := quiet{}
	return newAuthority(t, "TEST - AC NON QUALIFIEE", newECKey(t, elliptic.P256()), nil)
})

var signatureOIDs = map[x509.SignatureAlgorithm]asn1.ObjectIdentifier{
	x509.ECDSAWithSHA1:   {1, 2, 840, 10045, 4, 1},
	x509.ECDSAWithSHA256: {1, 2, 840, 10045, 4, 3, 2},
	x509.ECDSAWithSHA384: {1, 2, 840, 10045, 4, 3, 3},
	x509.PureEd25519:     {1, 3, 101, 112},
}

// sign makes the certificate's DER.
func (s *spec) sign(t testing.TB) []byte {
	t.Helper()
	type validity struct{ NotBefore, NotAfter asn1.RawValue }
	type tbs struct {
		Version    int `asn1:"optional,explicit,default:0,tag:0"`
		Serial     *big.Int
		Algorithm  pkix.AlgorithmIdentifier
		Issuer     asn1.RawValue
		Validity   validity
		Subject    asn1.RawValue
		Key        asn1.RawValue
		IssuerID   asn1.RawValue   `asn1:"optional"`
		SubjectID  asn1.RawValue   `asn1:"optional"`
		Extensions []asn1.RawValue `asn1:"omitempty,optional,explicit,tag:3"`
	}
	algorithm := x509.ECDSAWithSHA256
	if _, ok := s.signer.key.(ed25519.PrivateKey); ok {
		algorithm = x509.PureEd25519
	}
	if s.algorithm != nil {
		algorithm = *s.algorithm
	}
	id := pkix.AlgorithmIdentifier{Algorithm: signatureOIDs[algorithm], Parameters: s.parameters}
	issuer := s.signer.cert.RawSubject
	if s.issuer != nil {
		issuer = s.issuer
	}
	names := slices.Sorted(maps.Keys(s.extensions))
	var extensions []asn1.RawValue
	for _, n := range names {
		extensions = append(extensions, asn1.RawValue{FullBytes: must(asn1.Marshal(s.extensions[n]))})
	}
	for _, der := range s.rawExtensions {
		extensions = append(extensions, asn1.RawValue{FullBytes: der})
	}
	of := validity{asn1.RawValue{FullBytes: must(asn1.Marshal(s.notBefore.UTC()))},
		asn1.RawValue{FullBytes: must(asn1.Marshal(s.notAfter.UTC()))}}
	if s.dates[0] != nil {
		of.NotBefore.FullBytes = s.dates[0]
	}
	if s.dates[1] != nil {
		of.NotAfter.FullBytes = s.dates[1]
	}
	key, subject := s.keyDER, s.subjectDER
	if key == nil {
		key = must(x509.MarshalPKIXPublicKey(s.key))
	}
	if subject == nil {
		subject = rawName(t, s.subject)
	}
	fields := tbs{
		Version: s.version, Serial: s.serial, Algorithm: id, Issuer: asn1.RawValue{FullBytes: issuer}, Validity: of,
		Subject: asn1.RawValue{FullBytes: subject}, Key: asn1.RawValue{FullBytes: key}, Extensions: extensions,
	}
	for _, u := range s.uniqueIDs {
		if u.Tag == 1 {
			fields.IssuerID = u
		} else {
			fields.SubjectID = u
		}
	}
	body := must(asn1.Marshal(fields))
	digest, hash := body, crypto.Hash(0)
	switch algorithm {
	case x509.ECDSAWithSHA1:
		sum := sha1.Sum(body)
		digest, hash = sum[:], crypto.SHA1
	case x509.PureEd25519:
	default:
		hash = hashOf[algorithm]
		h := hash.New()
		h.Write(body)
		digest = h.Sum(nil)
	}
	signature := must(s.signer.key.Sign(rand.Reader, digest, hash))
	return must(asn1.Marshal(struct {
		Body      asn1.RawValue
		Algorithm pkix.AlgorithmIdentifier
		Signature asn1.BitString
	}{asn1.RawValue{FullBytes: body}, id, asn1.BitString{Bytes: signature, BitLength: 8 * len(signature)}}))
}

func rawName(t testing.TB, attrs []attr) []byte {
	t.Helper()
	type pair struct {
		ID    asn1.ObjectIdentifier
		Value asn1.RawValue
	}
	type set []pair
	var all []asn1.RawValue
	for _, a := range attrs {
		one := set{{a.ID, asn1.RawValue{Tag: a.Tag, Bytes: []byte(a.Val)}}}
		der := must(asn1.MarshalWithParams(one, "set"))
		all = append(all, asn1.RawValue{FullBytes: der})
	}
	return must(asn1.Marshal(all))
}
