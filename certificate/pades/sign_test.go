package pades_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/digitorus/pkcs7"

	"visavis/certificate/pades"
	"visavis/certificate/pades/padestest"
	"visavis/certificate/proof/xades"
	"visavis/certificate/proof/xades/xadestest"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

var (
	authorities = must(xadestest.New(time.Now()))
	look        = pades.Look{
		Name: "Zoé SPECIMEN-ŁUKASZ TEST", Above: "Signé électroniquement par", Badge: "TEST – sans valeur juridique",
		Below: []string{"le 30 novembre 2026 à 05:40 UTC", "TEST - AC NON QUALIFIEE"},
	}
	forms = []padestest.Form{padestest.Table, padestest.Stream}
)

func signed(t *testing.T, body []byte) []byte {
	t.Helper()
	s, err := pades.Sign(t.Context(), body, authorities.Seal, authorities.Sources(), look, time.Now())
	if err != nil || s.Level != pades.LT || s.Lacks != nil {
		t.Fatalf("level %s, lacks %v, %v", s.Level, s.Lacks, err)
	}
	return s.PDF
}

var (
	byteRange = regexp.MustCompile(`/ByteRange \[0 (\d+) (\d+) (\d+) *\]`)
	contents  = regexp.MustCompile(`/Contents <([0-9a-f]+?)(?:0000)*>`)
)

// verify checks the last signature of a file and returns what it covers.
func verify(t *testing.T, body []byte) (covers int, cms *pkcs7.PKCS7) {
	t.Helper()
	ranges, values := byteRange.FindAllSubmatch(body, -1), contents.FindAllSubmatch(body, -1)
	if len(ranges) == 0 || len(ranges) != len(values) {
		t.Fatalf("%d ranges, %d signatures", len(ranges), len(values))
	}
	var n [3]int
	for i := range n {
		n[i] = must(strconv.Atoi(string(ranges[len(ranges)-1][i+1])))
	}
	if body[n[0]] != '<' || body[n[1]-1] != '>' {
		t.Fatalf("the range leaves out %q to %q, want the signature alone", body[n[0]], body[n[1]-1])
	}
	der := must(hex.DecodeString(string(body[n[0]+1 : n[1]-1])))
	var outer asn1.RawValue
	must(asn1.Unmarshal(der, &outer)) // zeros follow
	cms = must(pkcs7.Parse(outer.FullBytes))
	cms.Content = append(bytes.Clone(body[:n[0]]), body[n[1]:n[1]+n[2]]...)
	if err := cms.Verify(); err != nil {
		t.Fatalf("the signature does not verify: %v", err)
	}
	return n[1] + n[2], cms
}

func TestASignatureIsAddedBehindTheFile(t *testing.T) {
	for _, form := range forms {
		body := padestest.File(form, "", padestest.Objects()...)
		one := signed(t, body)
		if !bytes.HasPrefix(one, body) {
			t.Fatalf("%s: the file's own bytes were changed", form)
		}
		covers, cms := verify(t, one)
		if !bytes.HasSuffix(one[:covers], []byte("%%EOF\n")) || covers == len(one) {
			t.Errorf("%s: it covers %d of %d bytes, want all but the security store", form, covers, len(one))
		}
		if err := cms.VerifyWithChain(poolOf(authorities.Root)); err != nil {
			t.Errorf("%s: %v", form, err)
		}
		for _, want := range []string{
			"/SubFilter /ETSI.CAdES.detached", "/Type /DSS", "/CRLs [", "/Certs [", "/SigFlags 3",
		} {
			if !bytes.Contains(one, []byte(want)) {
				t.Errorf("%s: no %s", form, want)
			}
		}
		if info := must(pades.Check(one)); info.Signatures != 1 {
			t.Errorf("%s: %d signatures are read back, want 1", form, info.Signatures)
		}
	}
}

func poolOf(c *x509.Certificate) *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(c)
	return p
}

func TestASecondSignatureLeavesTheFirst(t *testing.T) {
	for _, form := range forms {
		one := signed(t, padestest.File(form, "", padestest.Objects()...))
		two := signed(t, one)
		if !bytes.HasPrefix(two, one) {
			t.Fatalf("%s: what the first signature covers was changed", form)
		}
		verify(t, two)
		if info := must(pades.Check(two)); info.Signatures != 2 {
			t.Errorf("%s: %d signatures, want 2", form, info.Signatures)
		}
		if n := bytes.Count(two, []byte("/Type /DSS")); n != 2 {
			t.Errorf("%s: %d security stores were written, want 2", form, n)
		}
	}
}

func TestChangedBytesAreFound(t *testing.T) {
	one := signed(t, padestest.File(padestest.Table, "", padestest.Objects()...))
	at := bytes.Index(one, []byte("conviennent"))
	one[at] = 'C'
	ranges := byteRange.FindSubmatch(one)
	from, to := must(strconv.Atoi(string(ranges[1]))), must(strconv.Atoi(string(ranges[2])))
	var outer asn1.RawValue
	must(asn1.Unmarshal(must(hex.DecodeString(string(one[from+1:to-1]))), &outer))
	cms := must(pkcs7.Parse(outer.FullBytes))
	cms.Content = append(bytes.Clone(one[:from]), one[to:]...)
	if cms.Verify() == nil {
		t.Error("a changed word was not noticed")
	}
}

func TestAFormKeepsItsFields(t *testing.T) {
	objects := append(padestest.Objects(),
		"<</Fields[7 0 R]/DA(/Helv 0 Tf)>>",
		"<</FT/Tx/T(amount)/V(12 \\(twelve\\))/Type/Annot/Subtype/Widget/Rect[0 0 9 9]>>")
	objects[0] = "<</Type/Catalog/Pages 2 0 R/AcroForm 6 0 R>>"
	objects[2] = strings.Replace(objects[2], "<</Type/Page/", "<</Type/Page/Annots[7 0 R]/", 1)
	for _, form := range forms {
		one := signed(t, padestest.File(form, "", objects...))
		for _, want := range []string{`/Fields \[7 0 R \d+ 0 R\]`, `/Annots \[7 0 R \d+ 0 R\]`} {
			if !regexp.MustCompile(want).Match(one) {
				t.Errorf("%s: the form's own field is gone: no %s", form, want)
			}
		}
	}
}

func TestWhatCannotBeHadLowersTheLevel(t *testing.T) {
	body := padestest.File(padestest.Stream, "", padestest.Objects()...)
	without := authorities.Sources()
	without.Stamp = nil
	deaf := authorities.Sources()
	deaf.Stamp = func(context.Context, []byte) ([]byte, error) { return nil, xadestest.ErrDown }
	mute := authorities.Sources()
	mute.Status = func(context.Context, *x509.Certificate, *x509.Certificate) (xades.Status, error) {
		return xades.Status{}, xadestest.ErrDown
	}
	wrong := authorities.Sources()
	stamp := wrong.Stamp
	wrong.Stamp = func(ctx context.Context, _ []byte) ([]byte, error) { return stamp(ctx, make([]byte, 32)) }
	for _, c := range []struct {
		name string
		from xades.Sources
		want pades.Level
	}{{"no authority", without, pades.B}, {"authority down", deaf, pades.B}, {"a stamp of something else", wrong, pades.B},
		{"lists down", mute, pades.T}} {
		s, err := pades.Sign(t.Context(), body, authorities.Seal, c.from, look, time.Now())
		if err != nil || s.Level != c.want || s.Lacks == nil {
			t.Errorf("%s: %s, %v, %v; want %s and a reason", c.name, s.Level, s.Lacks, err, c.want)
			continue
		}
		verify(t, s.PDF)
	}
}

func TestAKeyThatIsNotTheCertificatesSignsNothing(t *testing.T) {
	other := must(xadestest.New(time.Now()))
	seal := authorities.Seal
	seal.Use = other.Seal.Use
	body := padestest.File(padestest.Table, "", padestest.Objects()...)
	if _, err := pades.Sign(t.Context(), body, seal, xades.Sources{}, look, time.Now()); err == nil {
		t.Error("another's key signed")
	}
	seal.Use = func(context.Context, func(crypto.Signer) error) error { return xadestest.ErrDown }
	_, err := pades.Sign(t.Context(), body, seal, xades.Sources{}, look, time.Now())
	if !errors.Is(err, xadestest.ErrDown) {
		t.Errorf("%v, want the key's error", err)
	}
	seal.Chain = []*x509.Certificate{{PublicKey: &rsa.PublicKey{}}}
	if _, err := pades.Sign(t.Context(), body, seal, xades.Sources{}, look, time.Now()); err == nil {
		t.Error("a key of another kind signed")
	}
}

func TestWhatCannotBeSignedIsRefusedInWords(t *testing.T) {
	o := padestest.Objects()
	locked := append(slices.Clip(o), "<</DocMDP 7 0 R>>",
		"<</Type/Sig/Reference[<</TransformMethod/DocMDP/TransformParams<</P 1>>>>]>>")
	locked[0] = "<</Type/Catalog/Pages 2 0 R/Perms 6 0 R>>"
	xfa := append(slices.Clip(o), "<</Fields[]/XFA[(a)(b)]>>")
	xfa[0] = "<</Type/Catalog/Pages 2 0 R/AcroForm 6 0 R>>"
	behind := append(slices.Clip(o), "7 0 R", "<</DocMDP 8 0 R>>",
		"<</Type/Sig/Reference[<</TransformMethod/DocMDP/TransformParams<</P 1>>>>]>>")
	behind[0] = locked[0]
	withForm := func(form string, more ...string) []string {
		out := append(append(slices.Clip(o), form), more...)
		out[0] = "<</Type/Catalog/Pages 2 0 R/AcroForm 6 0 R>>"
		return out
	}
	often := withForm("<</Fields["+strings.Repeat("7 0 R ", 40)+"]>>", "<</T("+strings.Repeat("x", 1<<20)+")>>")
	full := withForm("<</Fields[]/X[" + strings.Repeat("["+strings.Repeat("[]", 1000)+"]", 201) + "]>>")
	changed := func(i int, from, to string) []string {
		out := append([]string{}, o...)
		out[i] = strings.Replace(out[i], from, to, 1)
		return out
	}
	loop := append([]string{}, o...)
	loop[1] = "<</Type/Pages/Kids[2 0 R]/Count 1>>"
	good := padestest.File(padestest.Table, "", o...)
	end := func(at string) []byte { return fmt.Appendf(bytes.Clone(good), "startxref\n%s\n%%%%EOF\n", at) }
	bomb := padestest.Deflated("/Type/ObjStm/N 1/First 4", bytes.Repeat([]byte(" "), 40<<20))
	swollen := append(slices.Clip(o), bomb)
	swollen[0] = "<</Type/Catalog/Pages 2 0 R/Perms 9 0 R>>"
	inBomb := bytes.Replace(padestest.File(padestest.Table, "", swollen...), []byte("startxref"), nil, 1)
	at := len(inBomb)
	inBomb = append(inBomb, "10 0 obj\n"+padestest.Deflated("/Type/XRef/W[1 3 1]/Size 11/Root 1 0 R/Index[9 1]/Prev "+
		xrefOf(t, padestest.File(padestest.Table, "", swollen...)), []byte{2, 0, 0, 6, 0})+"\nendobj\n"...)
	inBomb = fmt.Appendf(inBomb, "startxref\n%d\n%%%%EOF\n", at)
	for _, c := range []struct {
		name string
		body []byte
		want pades.Code
	}{
		{"nothing", nil, pades.NotPDF},
		{"a picture", []byte("\xff\xd8\xff\xe0 JFIF"), pades.NotPDF},
		{"11 MB", make([]byte, 11<<20), pades.TooLarge},
		{"a password", padestest.File(padestest.Table, "/Encrypt<</Filter/Standard>>", o...), pades.Encrypted},
		{"a password, in a stream", padestest.File(padestest.Stream, "/Encrypt<</Filter/Standard>>", o...), pades.Encrypted},
		{"two lists of objects", padestest.File(padestest.Hybrid, "", o...), pades.Hybrid},
		{"certified, no changes", padestest.File(padestest.Stream, "", locked...), pades.Locked},
		{"an XFA form", padestest.File(padestest.Table, "", xfa...), pades.XFA},
		{"cut off", good[:len(good)/2], pades.Damaged},
		{"pages in a ring", padestest.File(padestest.Stream, "", loop...), pades.Damaged},
		{"a list behind the end", end("999999"), pades.Damaged},
		{"a list of nothing", end("12"), pades.Damaged},
		{"lists in a ring", padestest.File(padestest.Table, "/Prev "+xrefOf(t, good), o...), pades.Damaged},
		{"an object elsewhere", bytes.Replace(good, []byte("3 0 obj"), []byte("8 0 obj"), 1), pades.Damaged},
		{"a key twice", bytes.Replace(good, []byte("/Count 1"), []byte("/Kids[] "), 1), pades.Damaged},
		{"deep arrays", padestest.File(padestest.Table, "/X "+strings.Repeat("[", 5000), o...), pades.Damaged},
		{"a stream that swells", inBomb, pades.Unreadable},
		{"a large object named often", padestest.File(padestest.Table, "", often...), pades.Unreadable},
		{"the same in an object stream", padestest.File(padestest.Stream, "", often...), pades.Unreadable},
		{"an object of many", padestest.File(padestest.Stream, "", full...), pades.Unreadable},
		{"certified, behind two references", padestest.File(padestest.Stream, "", behind...), pades.Locked},
		{"an object at two places", bytes.Replace(good, []byte("trailer"), []byte("3 1\n0000000017 00000 n\r\ntrailer"), 1),
			pades.Damaged},
		{"a generation beyond the last", bytes.Replace(good, []byte("00000 n"), []byte("65536 n"), 1), pades.Damaged},
		{"a form that is a stream", padestest.File(padestest.Table, "",
			withForm("<</XFA(a)/Length 1>>\nstream\n \nendstream")...), pades.Damaged},
		{"a catalog that is the page", padestest.File(padestest.Stream, "", changed(1, "3 0 R", "1 0 R")...), pades.Damaged},
		{"a page that is the form", padestest.File(padestest.Stream, "", changed(0, "/Lang(fr)", "/AcroForm 3 0 R")...),
			pades.Damaged},
		{"annotations that are none", padestest.File(padestest.Stream, "",
			changed(2, "/Type/Page", "/Type/Page/Annots 1 0 R")...), pades.Damaged},
		{"a security store that is none", padestest.File(padestest.Table, "",
			changed(0, "/Lang(fr)", "/DSS<</CRLs 1 0 R>>")...), pades.Damaged},
		{"changed very often", changedOften(t, good, 198), pades.Unreadable},
	} {
		_, err := pades.Check(c.body)
		r, ok := errors.AsType[*pades.Refusal](err)
		if !ok || r.Code != c.want || r.Detail == "" {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
		if _, err := pades.Sign(t.Context(), c.body, authorities.Seal, xades.Sources{}, look, time.Now()); err == nil {
			t.Errorf("%s: it was signed", c.name)
		}
	}
}

// changedOften adds empty incremental updates.
func changedOften(t *testing.T, body []byte, n int) []byte {
	t.Helper()
	last := xrefOf(t, body)
	for range n {
		at := len(body)
		body = fmt.Appendf(body[:at:at], "xref\n0 0\ntrailer\n<</Size 6/Root 1 0 R/Prev %s>>\nstartxref\n%d\n%%%%EOF\n", last, at)
		last = strconv.Itoa(at)
	}
	return body
}

func TestWhatIsJustWithinTheBoundsIsSignedToTheEnd(t *testing.T) {
	good := padestest.File(padestest.Table, "", padestest.Objects()...)
	var body []byte
	for n := pades.MaxFile - 2<<10; len(body) != pades.MaxFile; n += pades.MaxFile - len(body) {
		large := fmt.Sprintf("<</Length %d>>\nstream\n%s\nendstream", n, strings.Repeat(" ", n))
		body = padestest.File(padestest.Table, "", append(padestest.Objects(), large)...)
	}
	verify(t, signed(t, body))
	verify(t, signed(t, changedOften(t, good, 197)))
}

func xrefOf(t *testing.T, body []byte) string {
	t.Helper()
	m := regexp.MustCompile(`startxref\n(\d+)`).FindSubmatch(body)
	if m == nil {
		t.Fatal("no startxref")
	}
	return string(m[1])
}

func TestTheBoxStandsUprightAtTheBottomRight(t *testing.T) {
	for _, c := range []struct{ turned, rect, matrix string }{
		{"0", `/Rect \[367.00 18.00 577.00`, `/Matrix \[1.00 0.00 -?0.00 1.00`},
		{"90", `/Rect \[\d+.\d+ 614.00 577.00 824.00\]`, `/Matrix \[0.00 1.00 -1.00 0.00`},
		{"180", `/Rect \[18.00 \d+.\d+ 228.00 824.00\]`, `/Matrix \[-1.00 0.00 -?0.00 -1.00`},
		{"-90", `/Rect \[18.00 18.00 \d+.\d+ 228.00\]`, `/Matrix \[-?0.00 -1.00 1.00 -?0.00`},
	} {
		o := padestest.Objects()
		o[1] = strings.Replace(o[1], "/MediaBox", "/Rotate "+c.turned+"/MediaBox", 1)
		one := signed(t, padestest.File(padestest.Table, "", o...))
		for _, want := range []string{c.rect, c.matrix} {
			if !regexp.MustCompile(want).Match(one) {
				t.Errorf("turned by %s: no %s", c.turned, want)
			}
		}
	}
	o := padestest.Objects()
	o[1] = strings.Replace(o[1], "595 842", "80 40", 1)
	one := signed(t, padestest.File(padestest.Table, "", o...))
	var x0, y0, x1, y1 float64
	if _, err := fmt.Sscanf(string(regexp.MustCompile(`/Rect (\[[^\]]*\])`).FindSubmatch(one)[1]), "[%f %f %f %f]",
		&x0, &y0, &x1, &y1); err != nil || x0 < 0 || y0 < 0 || x1 > 80 || y1 > 40 || x1 <= x0 {
		t.Errorf("on a small page the box is [%f %f %f %f], %v", x0, y0, x1, y1, err)
	}
}

func TestLettersThatCannotBeDrawnAreSaid(t *testing.T) {
	for text, want := range map[string]bool{
		"Zoé Łukasz à 5 h": true, "Олена Шевченко": true, "موقّع": false, "": true,
	} {
		if got := pades.Readable(text); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

func FuzzCheck(f *testing.F) {
	for _, form := range []padestest.Form{padestest.Table, padestest.Stream, padestest.Hybrid} {
		f.Add(padestest.File(form, "", padestest.Objects()...))
	}
	s, err := pades.Sign(context.Background(), padestest.File(padestest.Stream, "", padestest.Objects()...),
		authorities.Seal, authorities.Sources(), look, time.Now())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(s.PDF)
	f.Fuzz(func(t *testing.T, body []byte) {
		_, err := pades.Check(body)
		if _, refused := errors.AsType[*pades.Refusal](err); err != nil && !refused {
			t.Fatalf("%v, want a refusal", err)
		}
		one, failed := pades.Sign(t.Context(), body, authorities.Seal, xades.Sources{}, look, time.Now())
		if (err == nil) != (failed == nil) {
			t.Fatalf("checked: %v, signed: %v", err, failed)
		}
		if failed == nil {
			if _, err := pades.Check(one.PDF); err != nil {
				t.Fatalf("what was signed cannot be read: %v", err)
			}
		}
	})
}
