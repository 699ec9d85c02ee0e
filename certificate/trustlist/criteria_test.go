package trustlist

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"
)

// leaf is a certificate of a person: nonRepudiation, the policies QCP-n-qscd and
// 1.3.6.1.4.1.55555.7, for documents, with a serial number.
var leaf = sync.OnceValue(func() *x509.Certificate {
	policies := []x509.OID{must(x509.ParseOID("0.4.0.194112.1.2")), must(x509.ParseOID("1.3.6.1.4.1.55555.7"))}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(9), Subject: pkix.Name{CommonName: "Maéva SPECIMEN", SerialNumber: "A1"},
		NotBefore: time.Now(), NotAfter: time.Now().AddDate(1, 0, 0),
		KeyUsage: x509.KeyUsageContentCommitment, Policies: policies, UnknownExtKeyUsage: []asn1.ObjectIdentifier{
			{1, 3, 6, 1, 5, 5, 7, 3, 36}},
	}
	der := must(x509.CreateCertificate(rand.Reader, template, authority().cert, authority().key.Public(), authority().key))
	return must(x509.ParseCertificate(der))
})

// qualifiedBy is an extension Sie:Q with one element.
func qualifiedBy(qualifier, criteria string) string {
	return `<Extension Critical="true"><s:Qualifications xmlns:s="http://uri.etsi.org/TrstSvc/SvcInfoExt/eSigDir-1999-93-EC-TrustedList/#"><s:QualificationElement>` +
		`<s:Qualifiers><s:Qualifier uri="` + qualifier + `"/></s:Qualifiers>` + criteria +
		`</s:QualificationElement></s:Qualifications></Extension>`
}

func list(assert string, inner ...string) string {
	return `<s:CriteriaList assert="` + assert + `">` + strings.Join(inner, "") + `</s:CriteriaList>`
}

func policySet(oids ...string) string {
	var out strings.Builder
	for _, o := range oids {
		out.WriteString(`<s:PolicyIdentifier><x:Identifier xmlns:x="http://uri.etsi.org/01903/v1.3.2#" Qualifier="OIDAsURN">urn:oid:` + o + `</x:Identifier></s:PolicyIdentifier>`)
	}
	return `<s:PolicySet>` + out.String() + `</s:PolicySet>`
}

func keyUsage(name, value string) string {
	return `<s:KeyUsage><s:KeyUsageBit name="` + name + `">` + value + `</s:KeyUsageBit></s:KeyUsage>`
}

const (
	documents = `<s:otherCriteriaList><t:ExtendedKeyUsage xmlns:t="http://uri.etsi.org/02231/v2/additionaltypes#"><t:KeyPurposeId><Identifier>urn:oid:1.3.6.1.5.5.7.3.36</Identifier></t:KeyPurposeId></t:ExtendedKeyUsage></s:otherCriteriaList>`
	serials   = `<s:otherCriteriaList><t:CertSubjectDNAttribute xmlns:t="http://uri.etsi.org/02231/v2/additionaltypes#"><t:AttributeOID><Identifier>2.5.4.5</Identifier></t:AttributeOID></t:CertSubjectDNAttribute></s:otherCriteriaList>`
	newKind   = `<s:otherCriteriaList><t:MoonPhase xmlns:t="http://example.org/#">full</t:MoonPhase></s:otherCriteriaList>`
)

func TestQualifiersOfSomeCertificates(t *testing.T) {
	const ours, other = "1.3.6.1.4.1.55555.7", "1.3.6.1.4.1.55555.8"
	for name, tt := range map[string]struct {
		more string
		want bool
	}{
		"not qualified, all":                     {qualifiedBy(qualifierNot, ""), false},
		"not qualified, of our policy":           {qualifiedBy(qualifierNot, list("all", policySet(ours))), false},
		"not qualified, of another policy":       {qualifiedBy(qualifierNot, list("all", policySet(other))), true},
		"not qualified, of both policies":        {qualifiedBy(qualifierNot, list("all", policySet(ours, other))), true},
		"not qualified, of one of them":          {qualifiedBy(qualifierNot, list("atLeastOne", policySet(ours), policySet(other))), false},
		"not qualified, of none of them":         {qualifiedBy(qualifierNot, list("none", policySet(ours), policySet(other))), true},
		"not qualified, without that policy":     {qualifiedBy(qualifierNot, list("none", policySet(other))), false},
		"not qualified, who may not sign":        {qualifiedBy(qualifierNot, list("all", keyUsage("nonRepudiation", "false"))), true},
		"not qualified, who may sign":            {qualifiedBy(qualifierNot, list("all", keyUsage("nonRepudiation", "true"))), false},
		"not qualified, for documents":           {qualifiedBy(qualifierNot, list("all", documents)), false},
		"not qualified, with a serial number":    {qualifiedBy(qualifierNot, list("all", serials, policySet(other))), true},
		"not qualified, nested":                  {qualifiedBy(qualifierNot, list("all", list("none", policySet(other)), list("atLeastOne", serials))), false},
		"not qualified, by what nobody knows":    {qualifiedBy(qualifierNot, list("all", newKind)), false},
		"not qualified, unknown and not ours":    {qualifiedBy(qualifierNot, list("all", newKind, policySet(other))), true},
		"not qualified, an assertion of its own": {qualifiedBy(qualifierNot, list("most", policySet(other))), false},
		"not qualified, an unknown bit":          {qualifiedBy(qualifierNot, list("all", keyUsage("signMoons", "true"))), false},
		"for seals, of our policy":               {qualifiedBy(qualifierSeal, list("all", policySet(ours))), false},
		"for seals, of another":                  {qualifiedBy(qualifierSeal, list("all", policySet(other))), true},
		"for seals and signatures":               {qualifiedBy(qualifierSeal, "") + qualifiedBy(qualifierSig, list("all", policySet(ours))), true},
		"for web sites":                          {qualifiedBy(qualifierWeb, ""), false},
		"for legal persons":                      {qualifiedBy(qualifierLegal, ""), false},
		"on a device":                            {qualifiedBy(svcInfoExt+"QCWithSSCD", list("all", policySet(ours))), true},
		"an unknown critical extension":          {`<Extension Critical="true"><m:Moon xmlns:m="http://example.org/#"/></Extension>`, false},
		"an unknown one that is not critical":    {`<Extension Critical="false"><m:Moon xmlns:m="http://example.org/#"/></Extension>`, true},
		"about expired certificates":             {`<Extension Critical="true"><ExpiredCertsRevocationInfo>2020-01-01T00:00:00Z</ExpiredCertsRevocationInfo></Extension>`, true},
	} {
		s := granted("2020-01-01T00:00:00Z")
		s.more = tt.more
		l, err := Parse(sign(scheme(), unsigned(1, tomorrow, s)), []*x509.Certificate{scheme().cert})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got, err := l.Granted(leaf(), authority().cert, time.Now()); got != tt.want || err != nil {
			t.Errorf("%s: %v (%v), want %v", name, got, err, tt.want)
		}
	}
}

// expiring is a signer whose certificate counts for a time.
func expiring(t *testing.T, bits int, from, to time.Time) party {
	t.Helper()
	key := must(rsa.GenerateKey(rand.Reader, bits))
	template := &x509.Certificate{SerialNumber: big.NewInt(3), Subject: pkix.Name{CommonName: "EXEMPLE AUTORITE"},
		NotBefore: from, NotAfter: to}
	der := must(x509.CreateCertificate(rand.Reader, template, template, key.Public(), key))
	return party{must(x509.ParseCertificate(der)), key}
}

func TestASignerThatExpiresStopsNoRestart(t *testing.T) {
	now := time.Now()
	issued := now.Add(-60 * 24 * time.Hour)
	made := func(next time.Time) string {
		return strings.Replace(unsigned(1, next, granted("2020-01-01T00:00:00Z")), madeNow,
			issued.UTC().Format(time.RFC3339), 1)
	}
	text := made(issued.Add(170 * 24 * time.Hour))
	ended := expiring(t, 2048, issued.Add(-24*time.Hour), issued.Add(24*time.Hour))
	l, err := Parse(sign(ended, text), []*x509.Certificate{ended.cert})
	if err != nil || !l.SignerEnded.Equal(ended.cert.NotAfter) {
		t.Errorf("signer ended on %s: %v", ended.cert.NotAfter, err)
	}
	path := filepath.Join(t.TempDir(), "list.xml")
	if err := os.WriteFile(path, sign(ended, text), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := OpenFile(path, []*x509.Certificate{ended.cert})
	if err != nil {
		t.Fatalf("at a restart: %v", err)
	}
	if got, err := f.Granted(leaf(), authority().cert, issued); !got || err != nil || f.Problem() == nil ||
		!strings.Contains(f.Problem().Error(), "signer") {
		t.Errorf("%v (%v), problem %v; want it in use, and warned", got, err, f.Problem())
	}
	for name, bad := range map[string]party{
		"before it was made": expiring(t, 2048, issued.Add(-48*time.Hour), issued.Add(-24*time.Hour)),
		"after it was made":  expiring(t, 2048, issued.Add(24*time.Hour), issued.Add(48*time.Hour)),
	} {
		if _, err := Parse(sign(bad, text), []*x509.Certificate{bad.cert}); err == nil {
			t.Errorf("a signer whose certificate counts %s is believed", name)
		}
	}
	if _, err := Parse(sign(ended, made(issued.AddDate(2, 0, 0))), []*x509.Certificate{ended.cert}); err == nil {
		t.Error("a list for two years is believed")
	}
}

func TestTheLastGoodListIsKept(t *testing.T) {
	dir := t.TempDir()
	path, kept := filepath.Join(dir, "list.xml"), filepath.Join(dir, "kept", "last.xml")
	signers := []*x509.Certificate{scheme().cert}
	put := func(body []byte) {
		t.Helper()
		if err := os.WriteFile(path, body, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put(sign(scheme(), unsigned(5, tomorrow, granted("2020-01-01T00:00:00Z"))))
	if _, err := OpenFile(path, signers, KeepIn(kept)); err != nil {
		t.Fatal(err)
	}
	older := sign(scheme(), unsigned(4, tomorrow, granted("2020-01-01T00:00:00Z")))
	for name, body := range map[string][]byte{"half a file": []byte("<Trust"), "an empty file": nil,
		"an older list": older} {
		put(body)
		f, err := OpenFile(path, signers, KeepIn(kept))
		if err != nil {
			t.Errorf("%s stops a restart: %v", name, err)
			continue
		}
		if got, err := f.Granted(leaf(), authority().cert, time.Now()); !got || err != nil || f.Problem() == nil ||
			f.List().Sequence != 5 {
			t.Errorf("%s: %v (%v), list %d, problem %v; want the last good one, and the problem", name, got, err,
				f.List().Sequence, f.Problem())
		}
	}
	if _, err := OpenFile(path, []*x509.Certificate{authority().cert}, KeepIn(kept)); err == nil {
		t.Error("a kept list of a signer that is no longer pinned is believed")
	}
}

func TestSignaturesThatNobodyShouldBelieve(t *testing.T) {
	small := expiring(t, 1024, time.Now().AddDate(-2, 0, 0), time.Now().AddDate(1, 0, 0))
	if _, err := Parse(sign(small, unsigned(1, tomorrow, granted("2020-01-01T00:00:00Z"))), []*x509.Certificate{
		small.cert}); err == nil || !strings.Contains(err.Error(), "strong") {
		t.Errorf("RSA of 1024 bits: %v", err)
	}
	doc := etree.NewDocument()
	if err := doc.ReadFromString(unsigned(1, tomorrow, granted("2020-01-01T00:00:00Z"))); err != nil {
		t.Fatal(err)
	}
	c := must(dsig.NewSigningContext(scheme().key, [][]byte{scheme().cert.Raw}))
	c.IdAttribute = "Id"
	c.Canonicalizer = dsig.MakeC14N10ExclusiveCanonicalizerWithPrefixList("")
	if err := c.SetSignatureMethod(dsig.RSASHA1SignatureMethod); err != nil {
		t.Fatal(err)
	}
	out := etree.NewDocument()
	out.SetRoot(must(c.SignEnveloped(doc.Root())))
	if _, err := Parse(must(out.WriteToBytes()), []*x509.Certificate{scheme().cert}); err == nil ||
		!strings.Contains(err.Error(), "want SHA-256") {
		t.Errorf("SHA-1: %v", err)
	}
}
