package xades_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"

	"visavis/certificate/proof/xades"
	"visavis/certificate/proof/xades/xadestest"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// now is the machine's time: the library of time stamps holds certificates against it.
var now = time.Now().Truncate(time.Second)

func files() []xades.File {
	return []xades.File{
		{Name: "LISEZMOI.txt", Type: "text/plain", Body: []byte("à lire\n")},
		{Name: "records/consents.json", Type: "application/json", Body: []byte(`[{"kind":"terms"}]`)},
		{Name: "texts/terms-fr-1.html", Type: "text/html", Body: []byte("<p>Conditions</p>")},
	}
}

// made returns a signature of level LTA and its authorities.
func made(t *testing.T) (*xades.Signature, *xadestest.Authorities) {
	t.Helper()
	a := must(xadestest.New(now))
	s := must(xades.Sign(t.Context(), files(), a.Seal, now))
	if err := s.Extend(t.Context(), files(), a.Sources(), now); err != nil {
		t.Fatal(err)
	}
	return s, a
}

func roots(a *xadestest.Authorities) xades.Roots {
	pool := x509.NewCertPool()
	pool.AddCert(a.Root)
	return xades.Roots{Seals: pool, Stamps: pool}
}

func reread(t *testing.T, s *xades.Signature) *xades.Signature {
	t.Helper()
	return must(xades.Parse(must(s.XML())))
}

func TestASignatureVerifiesAtEachLevel(t *testing.T) {
	a := must(xadestest.New(now))
	s := must(xades.Sign(t.Context(), files(), a.Seal, now))
	check := func(level string, stamps int) {
		t.Helper()
		r := reread(t, s).Check(files(), roots(a))
		if r.Level != level || len(r.Problems) > 0 || len(r.Stamps) != stamps || !r.Signer.Equal(a.Seal.Chain[0]) ||
			!r.Claimed.Equal(now) {
			t.Errorf("%+v, want level %s with %d stamps and no problem", r, level, stamps)
		}
	}
	check("B", 0)
	noLists := a.Sources()
	noLists.Status = func(context.Context, *x509.Certificate, *x509.Certificate) (xades.Status, error) {
		return xades.Status{}, xadestest.ErrDown
	}
	if err := s.Extend(t.Context(), files(), noLists, now); !errors.Is(err, xadestest.ErrDown) {
		t.Fatalf("without lists: %v", err)
	}
	check("T", 1)
	once := a.Sources()
	once.Stamp = func(context.Context, []byte) ([]byte, error) { return nil, xadestest.ErrDown }
	if err := s.Extend(t.Context(), files(), once, now); !errors.Is(err, xadestest.ErrDown) {
		t.Fatalf("without the authority: %v", err)
	}
	check("LT", 1)
	if !s.Due(now) {
		t.Error("level LT: nothing due, want an archive time stamp")
	}
	if err := s.Extend(t.Context(), files(), a.Sources(), now); err != nil {
		t.Fatal(err)
	}
	check("LTA", 2)
}

// Nothing is due for half a year; then each stamp goes over the one before, by a
// certificate that lives longer.
func TestTheLastTimeStampIsRenewedBeforeItsCertificateEnds(t *testing.T) {
	s, a := made(t)
	at := now
	a.Now = func() time.Time { return at }
	if at = now.AddDate(0, 5, 0); s.Due(at) {
		t.Error("due after five months of a certificate of twelve")
	}
	if err := s.Extend(t.Context(), files(), a.Sources(), at); err != nil || len(s.Check(files(), roots(a)).Stamps) != 2 {
		t.Errorf("%v: a stamp more than was due", err)
	}
	at = now.AddDate(0, 7, 0)
	if !s.Due(at) {
		t.Fatal("not due five months before the end")
	}
	a.Down.Store(true)
	if err := s.Extend(t.Context(), files(), a.Sources(), at); !errors.Is(err, xadestest.ErrDown) {
		t.Errorf("%v, want %v", err, xadestest.ErrDown)
	}
	if r := reread(t, s).Check(files(), roots(a)); len(r.Problems) > 0 || len(r.Stamps) != 2 {
		t.Errorf("after a renewal that failed: %+v", r)
	}
	a.Down.Store(false)
	if err := s.Extend(t.Context(), files(), a.Sources(), at); err != nil {
		t.Fatal(err)
	}
	r := reread(t, s).Check(files(), roots(a))
	if len(r.Problems) > 0 || len(r.Stamps) != 3 || !r.Stamps[2].At.Equal(at) {
		t.Errorf("%+v, want a third stamp at %s", r, at)
	}
}

// Each element of the document, canonicalised where it stands, is what was signed.
func TestEachPartIsCanonicalWhereItStands(t *testing.T) {
	s, _ := made(t)
	text := must(s.XML())
	doc := etree.NewDocument()
	if err := doc.ReadFromBytes(text); err != nil {
		t.Fatal(err)
	}
	whole := must(dsig.MakeC14N10ExclusiveCanonicalizerWithPrefixList("").Canonicalize(doc.Root()))
	_, body, _ := strings.Cut(string(text), "\n")
	declared := regexp.MustCompile(` xmlns:[a-z0-9]+="[^"]*"`)
	bare := func(xml string) string { return declared.ReplaceAllString(strings.TrimSpace(xml), "") }
	if bare(string(whole)) != bare(body) {
		t.Errorf("the document is not canonical but for its declarations")
	}
}

func TestWhatWasChangedIsFound(t *testing.T) {
	s, a := made(t)
	xml := must(s.XML())
	other, b := made(t)
	if r := s.Check(files(), roots(b)); len(r.Problems) == 0 {
		t.Error("by another root: taken")
	}
	for word, change := range map[string]func([]xades.File) []xades.File{
		"consents.json was changed":  func(f []xades.File) []xades.File { f[1].Body = []byte("[]"); return f },
		"terms-fr-1.html is missing": func(f []xades.File) []xades.File { return f[:2] },
		"more.txt was added":         func(f []xades.File) []xades.File { return append(f, xades.File{Name: "more.txt"}) },
	} {
		r := s.Check(change(files()), roots(a))
		if !slices.ContainsFunc(r.Problems, func(p string) bool { return strings.Contains(p, word) }) {
			t.Errorf("%q, want %q", r.Problems, word)
		}
	}
	// Bytes of the document: refused, or found. The last time stamp's own envelope has
	// some that mean nothing, such as a version; those of the others are stamped.
	last := bytes.LastIndex(xml, []byte("<xades141:ArchiveTimeStamp"))
	for at := 0; at < last; at += 1 + last/200 {
		for _, flip := range []byte{1, 0x20} {
			changed := bytes.Clone(xml)
			changed[at] ^= flip
			if p, err := xades.Parse(changed); err == nil && len(p.Check(files(), roots(a)).Problems) == 0 {
				t.Errorf("byte %d (%q) as %q: taken", at, xml[at], changed[at])
			}
		}
	}
	// A part of another signature by another key.
	for _, element := range []string{
		"ds:SignatureValue", "ds:KeyInfo", "xades:SignedProperties", "xades:SignatureTimeStamp",
		"xades141:ArchiveTimeStamp", "xades:CertificateValues", "xades:RevocationValues", "ds:SignedInfo",
	} {
		part := regexp.MustCompile(`(?s)<` + element + `[ >].*</` + element + `>`)
		changed := part.ReplaceAllLiteral(xml, part.Find(must(other.XML())))
		if bytes.Equal(changed, xml) {
			t.Fatalf("%s: not found", element)
		}
		if p, err := xades.Parse(changed); err == nil && len(p.Check(files(), roots(a)).Problems) == 0 {
			t.Errorf("another %s: taken", element)
		}
		p, err := xades.Parse(part.ReplaceAll(xml, nil))
		if err != nil {
			continue
		}
		if r := p.Check(files(), roots(a)); len(r.Problems) == 0 && r.Level == "LTA" {
			t.Errorf("no %s: taken at the same level", element)
		}
	}
}

func TestWhatIsOfAnotherFormIsRefused(t *testing.T) {
	s, _ := made(t)
	xml := string(must(s.XML()))
	for name, changed := range map[string]string{
		"nothing": "", "no XML": "hello", "another document": "<a></a>",
		"a comment":          strings.Replace(xml, "<ds:Object>", "<ds:Object><!-- -->", 1),
		"a comment inside":   strings.Replace(xml, "LISEZMOI", "LISE<!-- -->ZMOI", 1),
		"white space":        strings.Replace(xml, "<ds:Object>", "<ds:Object> ", 1),
		"a document type":    strings.Replace(xml, "\n", "\n<!DOCTYPE a [<!ENTITY b \"c\">]>", 1),
		"another object":     strings.Replace(xml, "</ds:Object>", "</ds:Object><ds:Object></ds:Object>", 1),
		"another signature":  strings.Replace(xml, "</ds:Signature>", "</ds:Signature><ds:Signature></ds:Signature>", 1),
		"another transform":  strings.Replace(xml, "<ds:Transform ", `<ds:Transform Algorithm="x"></ds:Transform><ds:Transform `, 1),
		"another digest":     strings.Replace(xml, "xmlenc#sha256", "xmldsig#sha1", 1),
		"another name space": strings.Replace(xml, "2000/09/xmldsig#", "2000/09/xmldsig", 1),
		"a path upwards":     strings.Replace(xml, "LISEZMOI.txt", "../etc/passwd", 1),
		"an escape":          strings.Replace(xml, "LISEZMOI", "LISEZ&#77;OI", 1),
		"text behind":        xml + "<!-- -->",
		"no archive stamp's order": strings.ReplaceAll(strings.ReplaceAll(xml, "xades:CertificateValues", "xades:X"),
			"xades:RevocationValues", "xades:CertificateValues"),
	} {
		if _, err := xades.Parse([]byte(changed)); !errors.Is(err, xades.ErrForm) {
			t.Errorf("%s: %v, want %v", name, err, xades.ErrForm)
		}
	}
}

func TestARevokedSealIsFound(t *testing.T) {
	a := must(xadestest.New(now))
	a.Revoked = []*x509.Certificate{a.Seal.Chain[0]}
	s := must(xades.Sign(t.Context(), files(), a.Seal, now))
	if err := s.Extend(t.Context(), files(), a.Sources(), now); err != nil {
		t.Fatal(err)
	}
	r := s.Check(files(), roots(a))
	if !slices.ContainsFunc(r.Problems, func(p string) bool { return strings.Contains(p, "had been revoked") }) {
		t.Errorf("%q, want that it had been revoked", r.Problems)
	}
}

func TestWhatCannotBeSealedIsRefused(t *testing.T) {
	a := must(xadestest.New(now))
	with := func(f ...xades.File) []xades.File { return append(files(), f...) }
	for word, f := range map[string][]xades.File{
		"nothing to sign": nil, "there twice": with(files()[0]),
		"the name": with(xades.File{Name: "a b", Type: "text/plain"}), `"../a"`: with(xades.File{Name: "../a", Type: "text/plain"}),
		`"a//b"`: with(xades.File{Name: "a//b", Type: "text/plain"}), `"é"`: with(xades.File{Name: "é", Type: "text/plain"}),
		"media type": with(xades.File{Name: "a", Type: "text/plain; charset=utf-8"}),
	} {
		if _, err := xades.Sign(t.Context(), f, a.Seal, now); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%v, want %q", err, word)
		}
	}
	seal := func(k crypto.Signer) xades.Seal {
		c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "TEST"}, NotBefore: now,
			NotAfter: now.Add(time.Hour)}
		der := must(x509.CreateCertificate(rand.Reader, c, c, k.Public(), k))
		return xades.Seal{Chain: []*x509.Certificate{must(x509.ParseCertificate(der))},
			Use: func(_ context.Context, f func(crypto.Signer) error) error { return f(k) }}
	}
	longer := seal(must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader)))
	if _, err := xades.Sign(t.Context(), files(), longer, now); err == nil ||
		!strings.Contains(err.Error(), "want ECDSA on P-256") {
		t.Errorf("a key on P-384: %v", err)
	}
	mixed := a.Seal
	mixed.Use = seal(must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))).Use
	if _, err := xades.Sign(t.Context(), files(), mixed, now); err == nil ||
		!strings.Contains(err.Error(), "does not verify") {
		t.Errorf("a key of another certificate: %v", err)
	}
	s := must(xades.Sign(t.Context(), files(), seal(must(rsa.GenerateKey(rand.Reader, 2048))), now))
	if r := reread(t, s).Check(files(), xades.Roots{}); len(r.Problems) > 0 {
		t.Errorf("an RSA key: %q", r.Problems)
	}
}
