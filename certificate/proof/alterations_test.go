package proof_test

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"visavis/certificate/proof"
	"visavis/certificate/proof/xades/xadestest"
)

// alteration is one that every program has to notice that is given the authorities'
// root alone.
type alteration struct {
	name string
	body []byte
	// warned is what a program may warn of instead: names of files are in no digest, but
	// in the references, which DSS compares for a warning alone.
	warned string
}

const otherName = "The reference name does not match the name of the document!"

const sealFile = "META-INF/signatures.xml"

// contentsOf returns a proof's files, and their names in order.
func contentsOf(t *testing.T, body []byte) (names []string, files map[string][]byte) {
	t.Helper()
	files = map[string][]byte{}
	for _, f := range must(zip.NewReader(bytes.NewReader(body), int64(len(body)))).File {
		names = append(names, f.Name)
		files[f.Name] = must(io.ReadAll(must(f.Open())))
	}
	return names, files
}

// element finds one element of a seal with all that is in it.
func element(name string) *regexp.Regexp {
	return regexp.MustCompile(`(?s)<` + name + `[ >].*</` + name + `>`)
}

// alterations returns a good proof and altered ones.
func alterations(t *testing.T) (good []byte, all []alteration) {
	t.Helper()
	s := newSigner()
	c := issue(t.Context(), t)
	good = build(t, c, files(), s)
	names, content := contentsOf(t, good)
	later := must(proof.Build(t.Context(), issue(t.Context(), t), files(), maker(s), now.Add(time.Second)))
	later, _, err := proof.Extend(t.Context(), later, authorities.Sources(), now)
	_, other := contentsOf(t, must(later, err))
	add := func(name string, change func(map[string][]byte)) {
		all = append(all, alteration{name: name, body: rebuild(t, good, change)})
	}
	for _, name := range names[3:] {
		add("a byte of "+name, func(f map[string][]byte) { f[name][len(f[name])/2] ^= 1 })
		add("without "+name, func(f map[string][]byte) { delete(f, name) })
	}
	add("two files exchanged", func(f map[string][]byte) {
		f["records/consents.json"], f["records/transitions.json"] = f["records/transitions.json"], f["records/consents.json"]
	})
	add("a file renamed", func(f map[string][]byte) {
		f["records/answers.json"] = f["records/consents.json"]
		delete(f, "records/consents.json")
	})
	all[len(all)-1].warned, all[len(all)-2].warned = otherName, otherName
	add("an empty file", func(f map[string][]byte) { f["texts/subscription-fr-1.txt"] = nil })
	add("bytes behind a file's", func(f map[string][]byte) { f["LISEZMOI.txt"] = append(f["LISEZMOI.txt"], "\nPS"...) })
	seal := func(name string, change func(string) string) {
		before := string(content[sealFile])
		after := change(before)
		if before == after {
			t.Fatalf("%s: nothing changed", name)
		}
		add(name, func(f map[string][]byte) { f[sealFile] = []byte(after) })
	}
	replaced := func(old, by string) func(string) string {
		return func(x string) string { return strings.Replace(x, old, by, 1) }
	}
	for _, name := range []string{"ds:SignedInfo", "ds:SignatureValue", "xades:SignedProperties"} {
		seal("another's "+name, func(x string) string {
			return element(name).ReplaceAllLiteralString(x, string(element(name).Find(other[sealFile])))
		})
	}
	add("another proof's seal", func(f map[string][]byte) { f[sealFile] = other[sealFile] })
	seal("no signature", func(x string) string { return element("ds:Signature").ReplaceAllString(x, "") })
	seal("no signature value", func(x string) string { return element("ds:SignatureValue").ReplaceAllString(x, "") })
	seal("another time of signing", replaced("<xades:SigningTime>2", "<xades:SigningTime>1"))
	seal("another media type", replaced("<xades:MimeType>text/plain", "<xades:MimeType>text/html"))
	seal("a reference to another file", replaced(`URI="records/consents.json"`, `URI="records/transitions.json"`))
	seal("another signature method", replaced("more#ecdsa-sha256", "more#rsa-sha256"))
	seal("another digest method", replaced("xmlenc#sha256", "xmlenc#sha512"))
	seal("another name space", replaced(`xmlns:ds="http://www.w3.org/2000/09/xmldsig#"`, `xmlns:ds="urn:x"`))
	seal("a reference left out", func(x string) string {
		return regexp.MustCompile(`<ds:Reference Id="file-3".*?</ds:Reference>`).ReplaceAllString(x, "")
	})
	seal("a digest of zeros", func(x string) string {
		return regexp.MustCompile(`<ds:DigestValue>[^<]*`).ReplaceAllString(x,
			"<ds:DigestValue>"+base64.StdEncoding.EncodeToString(make([]byte, 32)))
	})
	seal("a signature of zeros", func(x string) string {
		return regexp.MustCompile(`(<ds:SignatureValue[^>]*>)[^<]*`).ReplaceAllString(x,
			"${1}"+base64.StdEncoding.EncodeToString(make([]byte, 64)))
	})
	strangers := must(xadestest.New(now))
	theirs := must(proof.Build(t.Context(), c, files(), proof.Maker{Signer: s, Seal: strangers.Seal}, now))
	theirs, _, err = proof.Extend(t.Context(), theirs, strangers.Sources(), now)
	all = append(all, alteration{name: "sealed by a stranger", body: must(theirs, err)})
	return good, all
}

func TestEachAlterationIsNoticed(t *testing.T) {
	good, all := alterations(t)
	if n := len(all); n < 40 {
		t.Errorf("%d alterations, want 40", n)
	}
	// The signature over the manifest would show most of them: only the seal is looked at.
	anyKey := func([]byte, []byte) bool { return true }
	if r := must(proof.Verify(good, anyKey, trusted())); !r.OK() || r.Seal.Level != "LTA" {
		t.Fatalf("unaltered: %q", r.Problems)
	}
	var names []string
	for _, a := range all {
		if slices.Contains(names, a.name) {
			t.Errorf("%s: there twice", a.name)
		}
		names = append(names, a.name)
		if r, err := proof.Verify(a.body, anyKey, trusted()); err == nil && r.OK() {
			t.Errorf("%s: not noticed", a.name)
		} else if err == nil && r.Seal != nil && len(r.Seal.Problems) == 0 {
			t.Errorf("%s: not noticed by the seal, only %q", a.name, r.Problems)
		}
	}
}
