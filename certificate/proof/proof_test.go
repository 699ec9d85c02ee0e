package proof_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"visavis/certificate"
	"visavis/certificate/keys"
	"visavis/certificate/proof"
	"visavis/certificate/proof/xades"
	"visavis/certificate/proof/xades/xadestest"
	"visavis/certificate/testca"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// signer signs as the server does.
type signer struct{ key ed25519.PrivateKey }

const purpose = "visavis proof v1\n"

func (s signer) SignProof(m []byte) []byte { return ed25519.Sign(s.key, append([]byte(purpose), m...)) }

func (s signer) Public() ed25519.PublicKey { return s.key.Public().(ed25519.PublicKey) }

func (s signer) check(m, signature []byte) bool {
	return ed25519.Verify(s.Public(), append([]byte(purpose), m...), signature)
}

func newSigner() signer {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	return signer{must(key, err)}
}

// issue makes a test certificate.
func issue(ctx context.Context, t testing.TB) certificate.Certificate {
	t.Helper()
	k := must(keys.OpenFiles(t.TempDir(), bytes.Repeat([]byte("s"), 32)))
	ca := must(testca.Open(ctx, testca.Config{Dir: t.TempDir(), Keys: k, Store: &testca.Memory{},
		BaseURL: "http://127.0.0.1:8080"}))
	d := &certificate.Desk{Issuer: ca, Profile: ca.Profile()}
	c := must(d.New(certificate.Request{
		Enrolment: "e-1", Reference: "ABC234", Language: "fr", CSR: must(keys.Request(ctx, k, "subscriber")),
		Subject: certificate.Subject{GivenNames: "Maéva Louise", Surname: "Specimen", Country: "FR"},
	}))
	c, _, err := d.Advance(ctx, c)
	return must(c, err)
}

func files() []proof.File {
	return []proof.File{
		{Name: "records/consents.json", Body: []byte(`[{"kind":"subscription","yes":true}]`)},
		{Name: "records/transitions.json", Body: []byte(`[]`)},
		{Name: "texts/subscription-fr-1.txt", Body: []byte("Contrat d'abonnement")},
	}
}

var (
	now         = time.Now().Truncate(time.Second)
	authorities = must(xadestest.New(now))
)

func maker(s signer) proof.Maker { return proof.Maker{Signer: s, Seal: authorities.Seal} }

// build makes a proof whose seal has level LTA.
func build(t testing.TB, c certificate.Certificate, f []proof.File, s signer) []byte {
	t.Helper()
	body := must(proof.Build(t.Context(), c, f, maker(s), now))
	body, _, err := proof.Extend(t.Context(), body, authorities.Sources(), now)
	return must(body, err)
}

// trusted are the authorities' root.
func trusted() xades.Roots {
	pool := x509.NewCertPool()
	pool.AddCert(authorities.Root)
	return xades.Roots{Seals: pool, Stamps: pool}
}

func TestAProofVerifiesAndSaysWhatItIs(t *testing.T) {
	s := newSigner()
	c := issue(t.Context(), t)
	body := build(t, c, files(), s)
	r := must(proof.Verify(body, s.check, xades.Roots{}))
	if !r.OK() {
		t.Fatalf("%v, want nothing wrong", r.Problems)
	}
	if m := r.Manifest; m.Enrolment != "e-1" || m.Serial != c.Details.Serial || m.Level != "test" ||
		!strings.Contains(m.Badge, "TEST") || len(m.Files) != 9 {
		t.Errorf("manifest %+v, want this certificate, its badge and nine files", m)
	}
	z := must(zip.NewReader(bytes.NewReader(body), int64(len(body))))
	for name, want := range map[string]string{"LISEZMOI.txt": "non qualifié, sans valeur juridique",
		"certificate/certificate.pem": "# Certificat de TEST", "index.html": "<dt>Titulaire</dt><dd>Maéva Louise Specimen"} {
		f := must(z.Open(name))
		if text := string(must(io.ReadAll(f))); !strings.Contains(text, want) {
			t.Errorf("%s does not say %q:\n%s", name, want, text)
		}
	}
}

// listing brings a container's list of files up to date.
func listing(old []byte, names []string, all map[string][]byte) []byte {
	var out []string
	for _, line := range strings.SplitAfter(string(old), "\n") {
		_, rest, is := strings.Cut(line, `full-path="`)
		name, _, _ := strings.Cut(rest, `"`)
		if _, there := all[name]; is && name != "/" && !there {
			continue
		}
		if strings.HasPrefix(line, "</") {
			for _, n := range names {
				if !strings.Contains(string(old), `"`+n+`"`) {
					out = append(out, fmt.Sprintf(
						"  <manifest:file-entry manifest:full-path=%q manifest:media-type=\"application/json\"/>\n", n))
				}
			}
		}
		out = append(out, line)
	}
	return []byte(strings.Join(out, ""))
}

// rebuild unpacks a proof, changes it, and packs it again.
func rebuild(t *testing.T, body []byte, change func(map[string][]byte)) []byte {
	t.Helper()
	z := must(zip.NewReader(bytes.NewReader(body), int64(len(body))))
	all := map[string][]byte{}
	var names []string
	for _, f := range z.File {
		names = append(names, f.Name)
		all[f.Name] = must(io.ReadAll(must(f.Open())))
	}
	change(all)
	for name := range all {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if old, ok := all["META-INF/manifest.xml"]; ok {
		all["META-INF/manifest.xml"] = listing(old, names[3:], all)
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, name := range names {
		if body, ok := all[name]; ok {
			must(must(w.Create(name)).Write(body))
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestWhatWasChangedIsFound(t *testing.T) {
	s, stranger := newSigner(), newSigner()
	c := issue(t.Context(), t)
	body := build(t, c, files(), s)
	other := build(t, issue(t.Context(), t), files(), s)
	var otherPEM []byte
	rebuild(t, other, func(f map[string][]byte) { otherPEM = f["certificate/certificate.pem"] })
	resign := func(by signer, f map[string][]byte, change func(*proof.Manifest)) {
		var m proof.Manifest
		if err := json.Unmarshal(f["manifest.json"], &m); err != nil {
			t.Fatal(err)
		}
		change(&m)
		f["manifest.json"] = must(json.Marshal(m))
		f["manifest.sig"] = []byte(base64.StdEncoding.EncodeToString(by.SignProof(f["manifest.json"])))
	}
	for word, change := range map[string]func(map[string][]byte){
		"texts/subscription-fr-1.txt was changed": func(f map[string][]byte) { f["texts/subscription-fr-1.txt"][0] ^= 1 },
		"records/consents.json is missing":        func(f map[string][]byte) { delete(f, "records/consents.json") },
		"records/more.json was added":             func(f map[string][]byte) { f["records/more.json"] = []byte("{}") },
		"not signed with this key": func(f map[string][]byte) {
			resign(stranger, f, func(m *proof.Manifest) { m.Reference = "XYZ789" })
		},
		"certificate/certificate.pem was changed": func(f map[string][]byte) { f["certificate/certificate.pem"] = otherPEM },
		"the certificate is not the one": func(f map[string][]byte) {
			resign(s, f, func(m *proof.Manifest) { m.Fingerprint = strings.Repeat("0", 64) })
		},
		"the certificate's record": func(f map[string][]byte) { resign(s, f, func(m *proof.Manifest) { m.Level = "qualified" }) },
		"none of version 1":        func(f map[string][]byte) { resign(s, f, func(m *proof.Manifest) { m.Version = 3 }) },
	} {
		r := must(proof.Verify(rebuild(t, body, change), s.check, xades.Roots{}))
		if !slices.ContainsFunc(r.Problems, func(p string) bool { return strings.Contains(p, word) }) {
			t.Errorf("%v, want %q", r.Problems, word)
		}
	}
	for name, drop := range map[string][]string{
		"the seal":               {"META-INF/signatures.xml"},
		"the container":          {"mimetype"},
		"everything of the seal": {"mimetype", "META-INF/manifest.xml", "META-INF/signatures.xml"},
	} {
		changed := rebuild(t, body, func(f map[string][]byte) {
			for _, n := range drop {
				delete(f, n)
			}
		})
		if r, err := proof.Verify(changed, s.check, xades.Roots{}); err == nil && r.OK() {
			t.Errorf("without %s: taken", name)
		}
	}
	if r := must(proof.Verify(body, s.check, trusted())); !r.OK() || r.Seal == nil || r.Seal.Level != "LTA" {
		t.Errorf("with the authorities' root: %+v", r)
	}
	if r := must(proof.Verify(body, stranger.check, xades.Roots{})); r.OK() {
		t.Error("it verifies with another server's key")
	}
}

func TestWhatIsNoProofIsSaid(t *testing.T) {
	s := newSigner()
	body := build(t, issue(t.Context(), t), files(), s)
	var twice bytes.Buffer
	w := zip.NewWriter(&twice)
	for range 2 {
		must(must(w.Create("manifest.json")).Write([]byte("{}")))
	}
	_ = w.Close()
	var bomb bytes.Buffer
	w = zip.NewWriter(&bomb)
	must(must(w.Create("manifest.json")).Write(make([]byte, 17<<20)))
	_ = w.Close()
	for name, bad := range map[string][]byte{
		"nothing": nil, "text": []byte("hello"), "cut off": body[:len(body)/2], "a name twice": twice.Bytes(), "a bomb": bomb.Bytes(),
		"no manifest": rebuild(t, body, func(f map[string][]byte) { delete(f, "manifest.json") }),
	} {
		if _, err := proof.Verify(bad, s.check, xades.Roots{}); !errors.Is(err, proof.ErrNotAProof) {
			t.Errorf("%s: %v, want %v", name, err, proof.ErrNotAProof)
		}
	}
}

func TestAPictureAndAFileOutOfPlaceAreRefused(t *testing.T) {
	c := issue(t.Context(), t)
	jpeg := []byte("\xff\xd8\xff\xe0\x00\x10JFIF\x00")
	for word, f := range map[string][]proof.File{
		"picture": {{Name: "records/selfie.jpg", Body: jpeg}}, "twice": append(files(), files()[0]),
		"no place": {{Name: "../evil", Body: nil}},
		"records/": {{Name: "manifest.json", Body: nil}}, "has no": {{Name: "records/../manifest.json", Body: nil}}, "texts/…": {{Name: "certificate/x", Body: nil}},
	} {
		_, err := proof.Build(t.Context(), c, f, maker(newSigner()), now)
		if err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%v, want an error with %q", err, word)
		}
	}
	c.Violations = []certificate.Violation{{Rule: "names"}}
	if _, err := proof.Build(t.Context(), c, nil, maker(newSigner()), now); !errors.Is(err, proof.ErrNoCertificate) {
		t.Errorf("of a certificate that was put aside: %v, want %v", err, proof.ErrNoCertificate)
	}
}

// Readers that start at the front and those that start at the end see the same.
func TestAProofHoldsNoByteThatItsDirectoryDoesNotList(t *testing.T) {
	s := newSigner()
	body, err := proof.Build(t.Context(), issue(t.Context(), t), files(), maker(s), now)
	if err != nil {
		t.Fatal(err)
	}
	if r, err := proof.Verify(body, s.check, xades.Roots{}); err != nil || !r.OK() {
		t.Fatalf("before: %v %+v", err, r)
	}
	directory := bytes.Index(body, []byte("PK\x01\x02"))
	first := bytes.Index(body, []byte("PK\x03\x04"))
	renamed := bytes.Clone(body)
	renamed[first+30] ^= 0x20 // of the first file's own header
	method := bytes.Clone(body)
	method[first+8] ^= 8
	comment := append(bytes.Clone(body), "hello"...)
	comment[len(body)-2] = 5
	hidden := append(bytes.Clone(body[:directory]), append(bytes.Clone(body[first:first+200]), body[directory:]...)...)
	hidden = moveDirectory(hidden, directory+200)
	for name, changed := range map[string][]byte{
		"bytes before":      append([]byte("#!/bin/sh\n"), body...),
		"bytes behind":      append(bytes.Clone(body), 0),
		"another zip first": append(bytes.Clone(body), body...),
		"another name":      renamed,
		"another method":    method,
		"a comment":         comment,
		"a hidden entry":    hidden,
	} {
		if r, err := proof.Verify(changed, s.check, xades.Roots{}); err == nil {
			t.Errorf("%s: taken, %+v", name, r)
		}
	}
}

// moveDirectory has a zip's end say where its directory is.
func moveDirectory(body []byte, to int) []byte {
	binary.LittleEndian.PutUint32(body[len(body)-6:], uint32(to))
	return body
}

// Programs find the container's type where the standard has it, and each level is
// reached as soon as what it needs can be had.
func TestAProofIsAContainerWhoseSealIsExtended(t *testing.T) {
	s := newSigner()
	a := must(xadestest.New(now))
	body := must(proof.Build(t.Context(), issue(t.Context(), t), files(), proof.Maker{Signer: s, Seal: a.Seal}, now))
	if want := "mimetype" + proof.MediaType; !bytes.HasPrefix(body[30:], []byte(want)) {
		t.Errorf("at byte 30: %q, want %q", body[30:30+len(want)], want)
	}
	level := func(want string) {
		t.Helper()
		if r := must(proof.Verify(body, s.check, xades.Roots{})); !r.OK() || r.Seal.Level != want {
			t.Errorf("%+v %+v, want level %s", r.Problems, r.Seal, want)
		}
	}
	level("B")
	a.Down.Store(true)
	same, due, err := proof.Extend(t.Context(), body, a.Sources(), now)
	if !errors.Is(err, xadestest.ErrDown) || !due.IsZero() || !bytes.Equal(same, body) {
		t.Errorf("while the authority is down: %v, due %v, changed: %v", err, due, !bytes.Equal(same, body))
	}
	a.Down.Store(false)
	body, due, err = proof.Extend(t.Context(), body, a.Sources(), now)
	if err != nil || due.Before(now.AddDate(0, 5, 0)) || due.After(now.AddDate(1, 0, 0)) {
		t.Fatalf("%v, due %v, want some months before the certificate's end in a year", err, due)
	}
	level("LTA")
	a.Now = func() time.Time { return due }
	body, next, err := proof.Extend(t.Context(), body, a.Sources(), due)
	if err != nil || next.IsZero() {
		t.Fatalf("%v, due %v", err, next)
	}
	level("LTA")
	if r := must(proof.Verify(body, s.check, xades.Roots{})); len(r.Seal.Stamps) != 3 {
		t.Errorf("%d stamps after a renewal, want 3", len(r.Seal.Stamps))
	}
}
