package trustlist

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"

	"visavis/certificate"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// party is somebody with a key and a certificate.
type party struct {
	cert *x509.Certificate
	key  crypto.Signer
}

func newParty(name string, key crypto.Signer) party {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name, Country: []string{"FR"}},
		NotBefore: time.Now().Add(-24 * time.Hour), NotAfter: time.Now().AddDate(5, 0, 0), IsCA: true,
		BasicConstraintsValid: true,
	}
	der := must(x509.CreateCertificate(rand.Reader, template, template, key.Public(), key))
	return party{must(x509.ParseCertificate(der)), key}
}

var (
	scheme = sync.OnceValue(func() party {
		return newParty("EXEMPLE AUTORITE", must(rsa.GenerateKey(rand.Reader, 3072)))
	})
	authority = sync.OnceValue(func() party {
		return newParty("EXEMPLE AC", must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)))
	})
)

// state is a service at a time.
type state struct {
	kind, status, from, purpose string
	more                        string // further extensions
}

const (
	withdrawn = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/withdrawn"
	forSeals  = "http://uri.etsi.org/TrstSvc/TrustedList/SvcInfoExt/ForeSeals"
)

func granted(from string) state { return state{typeCAQC, statusGranted, from, forESignatures, ""} }

// xmlOf writes a state; only the present one needs its certificate.
func (s state) xmlOf(cert *x509.Certificate) string {
	id := ""
	if cert != nil {
		text := base64.StdEncoding.EncodeToString(cert.Raw)
		id = "<DigitalId><X509Certificate>\n" + text[:64] + "\n" + text[64:] + "\n</X509Certificate></DigitalId>"
	}
	purpose := ""
	if s.purpose != "" {
		purpose = `<Extension Critical="true"><AdditionalServiceInformation><URI xml:lang="en">` + s.purpose +
			`</URI></AdditionalServiceInformation></Extension>`
	}
	return "<ServiceTypeIdentifier>" + s.kind + "</ServiceTypeIdentifier><ServiceDigitalIdentity>" + id +
		"</ServiceDigitalIdentity><ServiceStatus>" +
		s.status + "</ServiceStatus><StatusStartingTime>" + s.from + "</StatusStartingTime><ServiceInformationExtensions>" +
		purpose + s.more + "</ServiceInformationExtensions>"
}

// madeNow is when the lists of these tests are made.
var madeNow = time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)

// unsigned makes a list with one service.
func unsigned(sequence int, next time.Time, states ...state) string {
	history := ""
	for _, s := range states[1:] {
		history += "<ServiceHistoryInstance>" + s.xmlOf(nil) + "</ServiceHistoryInstance>"
	}
	return fmt.Sprintf(`<?xml version="1.0" encoding="UTF-8"?>
<TrustServiceStatusList xmlns="%s" Id="list" TSLTag="http://uri.etsi.org/19612/TSLTag">
<SchemeInformation><TSLSequenceNumber>%d</TSLSequenceNumber><SchemeTerritory>FR</SchemeTerritory>
<ListIssueDateTime>%s</ListIssueDateTime><NextUpdate><dateTime>%s</dateTime></NextUpdate></SchemeInformation>
<TrustServiceProviderList><TrustServiceProvider><TSPServices><TSPService><ServiceInformation>%s</ServiceInformation>
<ServiceHistory>%s</ServiceHistory></TSPService></TSPServices></TrustServiceProvider></TrustServiceProviderList>
</TrustServiceStatusList>`, namespace, sequence, madeNow, next.UTC().Format(time.RFC3339),
		states[0].xmlOf(authority().cert), history)
}

// sign signs a list as the countries do: enveloped, exclusive canonical XML.
func sign(by party, text string) []byte {
	doc := etree.NewDocument()
	if err := doc.ReadFromString(text); err != nil {
		panic(err)
	}
	c := must(dsig.NewSigningContext(by.key, [][]byte{by.cert.Raw}))
	c.IdAttribute = "Id"
	c.Canonicalizer = dsig.MakeC14N10ExclusiveCanonicalizerWithPrefixList("")
	if _, ok := by.key.(*ecdsa.PrivateKey); ok {
		if err := c.SetSignatureMethod(dsig.ECDSASHA256SignatureMethod); err != nil {
			panic(err)
		}
	}
	out := etree.NewDocument()
	out.SetRoot(must(c.SignEnveloped(doc.Root())))
	return must(out.WriteToBytes())
}

var tomorrow = time.Now().Add(24 * time.Hour)

func day(s string) time.Time { return must(time.Parse(time.DateOnly, s)) }

func TestWhatTheListSaysAtATime(t *testing.T) {
	for _, c := range []struct {
		name   string
		states []state
		at     string
		want   bool
	}{
		{"granted", []state{granted("2020-01-01T00:00:00Z")}, "2026-01-01", true},
		{"granted on that day", []state{granted("2026-01-01T00:00:00Z")}, "2026-01-01", true},
		{"granted later", []state{granted("2026-01-02T00:00:00Z")}, "2026-01-01", false},
		{"withdrawn", []state{{typeCAQC, withdrawn, "2025-01-01T00:00:00Z", forESignatures, ""}, granted("2020-01-01T00:00:00Z")}, "2026-01-01", false},
		{"granted before it was withdrawn", []state{{typeCAQC, withdrawn, "2025-01-01T00:00:00Z", forESignatures, ""}, granted("2020-01-01T00:00:00Z")}, "2024-12-31", true},
		{"history in any order", []state{granted("2025-01-01T00:00:00Z"), granted("2018-01-01T00:00:00Z"), {typeCAQC, withdrawn, "2022-01-01T00:00:00Z", forESignatures, ""}}, "2023-01-01", false},
		{"for seals", []state{{typeCAQC, statusGranted, "2020-01-01T00:00:00Z", forSeals, ""}}, "2026-01-01", false},
		{"for nothing that is said", []state{{typeCAQC, statusGranted, "2020-01-01T00:00:00Z", "", ""}}, "2026-01-01", false},
		{"a time stamp service", []state{{"http://uri.etsi.org/TrstSvc/Svctype/TSA/QTST", statusGranted, "2020-01-01T00:00:00Z", forESignatures, ""}}, "2026-01-01", false},
		{"with a qualifier not qualified", []state{{typeCAQC, statusGranted, "2020-01-01T00:00:00Z", forESignatures,
			qualifiedBy(qualifierNot, "")}}, "2026-01-01", false},
	} {
		l, err := Parse(sign(scheme(), unsigned(1, tomorrow, c.states...)), []*x509.Certificate{scheme().cert})
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if got, err := l.Granted(leaf(), authority().cert, day(c.at)); got != c.want || err != nil {
			t.Errorf("%s: %v (%v), want %v", c.name, got, err, c.want)
		}
		if got, _ := l.Granted(leaf(), scheme().cert, day(c.at)); got {
			t.Errorf("%s: somebody else is granted", c.name)
		}
	}
}

func TestAnAuthorityIsKnownByKeyAndName(t *testing.T) {
	l := must(Parse(sign(scheme(), unsigned(1, tomorrow, granted("2020-01-01T00:00:00Z"))), []*x509.Certificate{
		scheme().cert}))
	renewed := newParty("EXEMPLE AC", authority().key)
	renamed := newParty("EXEMPLE AUTRE AC", authority().key)
	imitated := newParty("EXEMPLE AC", must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)))
	for name, c := range map[string]struct {
		cert *x509.Certificate
		want bool
	}{"a new certificate": {renewed.cert, true}, "another name": {renamed.cert, false},
		"another key": {imitated.cert, false}} {
		if got, err := l.Granted(leaf(), c.cert, time.Now()); got != c.want || err != nil {
			t.Errorf("%s: %v (%v), want %v", name, got, err, c.want)
		}
	}
}

func TestOnlyWhatAPinnedSignerSignedIsRead(t *testing.T) {
	good := sign(scheme(), unsigned(1, tomorrow, state{typeCAQC, withdrawn, "2020-01-01T00:00:00Z", forESignatures, ""}))
	stranger := newParty("EXEMPLE AUTORITE", must(rsa.GenerateKey(rand.Reader, 2048)))
	cut, _, _ := bytes.Cut(good, []byte("<ds:Signature"))
	for name, bad := range map[string][]byte{
		"changed":          bytes.Replace(good, []byte(withdrawn), []byte(statusGranted), 1),
		"by a stranger":    sign(stranger, unsigned(1, tomorrow, granted("2020-01-01T00:00:00Z"))),
		"not signed":       []byte(unsigned(1, tomorrow, granted("2020-01-01T00:00:00Z"))),
		"cut off":          cut,
		"nothing":          nil,
		"no list":          sign(scheme(), `<Other xmlns="`+namespace+`" Id="list"/>`),
		"without its time": sign(scheme(), strings.Replace(unsigned(1, tomorrow, granted("x")), "<dateTime>", "<dateTime>x", 1)),
		"wrapped in a forged one": bytes.Replace([]byte(unsigned(1, tomorrow, granted("2020-01-01T00:00:00Z"))), []byte("</TrustServiceStatusList>"),
			append(good[bytes.Index(good, []byte("<TrustService")):], []byte("</TrustServiceStatusList>")...), 1),
	} {
		l, err := Parse(bad, []*x509.Certificate{scheme().cert})
		if err == nil {
			granted, _ := l.Granted(leaf(), authority().cert, time.Now())
			t.Errorf("%s: it was read, granted %v", name, granted)
		}
	}
	if _, err := Parse(good, nil); err == nil || !strings.Contains(err.Error(), "pinned") {
		t.Errorf("without a pinned signer: %v, want it said", err)
	}
}

// A document type before a signed list is ignored; an entity in it ends the reading:
// none is ever expanded, and no file read.
func TestEntitiesOfAListAreNeverExpanded(t *testing.T) {
	good := sign(scheme(), unsigned(1, tomorrow, state{typeCAQC, withdrawn, "2020-01-01T00:00:00Z", forESignatures, ""}))
	for name, doctype := range map[string]string{
		"many":   `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>`,
		"a file": `<!DOCTYPE x [<!ENTITY c SYSTEM "file:///etc/passwd">]>`,
	} {
		typed := bytes.Replace(good, []byte("<TrustServiceStatusList"), []byte(doctype+"<TrustServiceStatusList"), 1)
		l, err := Parse(typed, []*x509.Certificate{scheme().cert})
		if err == nil {
			if granted, _ := l.Granted(leaf(), authority().cert, time.Now()); granted {
				t.Errorf("%s: the withdrawn authority is granted", name)
			}
		}
		used := bytes.Replace(typed, []byte("<ServiceStatus>"), []byte("<ServiceStatus>&c;"), 1)
		if bytes.Equal(used, typed) {
			t.Fatal("no status to put an entity into")
		}
		if _, err := Parse(used, []*x509.Certificate{scheme().cert}); err == nil {
			t.Errorf("%s: a list with an entity was read", name)
		}
	}
}

func TestAListSignedWithECDSAAsXMLHasIt(t *testing.T) {
	by := newParty("EXEMPLE AUTORITE", must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)))
	doc := etree.NewDocument()
	if err := doc.ReadFromBytes(sign(by, unsigned(1, tomorrow, granted("2020-01-01T00:00:00Z")))); err != nil {
		t.Fatal(err)
	}
	value := doc.FindElement("//SignatureValue")
	var pair struct{ R, S *big.Int }
	must(asn1.Unmarshal(must(base64.StdEncoding.DecodeString(value.Text())), &pair))
	raw := append(pair.R.FillBytes(make([]byte, 32)), pair.S.FillBytes(make([]byte, 32))...)
	value.SetText("\n  " + base64.StdEncoding.EncodeToString(raw) + "\n")
	l, err := Parse(must(doc.WriteToBytes()), []*x509.Certificate{by.cert})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := l.Granted(leaf(), authority().cert, time.Now()); !got || err != nil {
		t.Errorf("%v (%v), want granted", got, err)
	}
}

func TestAListAsLongAsRealOnesIsRead(t *testing.T) {
	long := strings.Replace(unsigned(1, tomorrow, granted("2020-01-01T00:00:00Z")), "<TrustServiceProviderList>",
		"<TrustServiceProviderList>"+
			strings.Repeat("<TrustServiceProvider><TSPInformation><TSPName/></TSPInformation></TrustServiceProvider>", 5000), 1)
	l, err := Parse(sign(scheme(), long), []*x509.Certificate{scheme().cert})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := l.Granted(leaf(), authority().cert, time.Now()); !got || err != nil {
		t.Errorf("%v (%v), want granted", got, err)
	}
}

func TestAFileIsReadAgainWhenItChanges(t *testing.T) {
	path := filepath.Join(t.TempDir(), "list.xml")
	now := time.Now()
	put := func(body []byte) {
		t.Helper()
		if err := os.WriteFile(path, body, 0o600); err != nil {
			t.Fatal(err)
		}
		now = now.Add(lookEvery)
		if err := os.Chtimes(path, now, now); err != nil {
			t.Fatal(err)
		}
	}
	signers := []*x509.Certificate{scheme().cert}
	if _, err := OpenFile(path, signers); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v, want it said", err)
	}
	put(sign(scheme(), unsigned(5, tomorrow, state{typeCAQC, withdrawn, "2020-01-01T00:00:00Z", forESignatures, ""})))
	f := must(OpenFile(path, signers))
	f.now = func() time.Time { return now }
	f.list.now = f.now
	if got, err := f.Granted(leaf(), authority().cert, now); got || err != nil || f.Problem() != nil {
		t.Errorf("%v (%v), want not granted", got, err)
	}
	put(sign(scheme(), unsigned(6, tomorrow, granted("2020-01-01T00:00:00Z"))))
	if got, err := f.Granted(leaf(), authority().cert, now); !got || err != nil || f.List().Sequence != 6 {
		t.Errorf("changed: %v (%v), want granted", got, err)
	}
	put([]byte("half a fi"))
	if got, err := f.Granted(leaf(), authority().cert, now); !got || err != nil || f.Problem() == nil {
		t.Errorf("broken: %v (%v), problem %v; want the one before, and the problem", got, err, f.Problem())
	}
	put(sign(scheme(), unsigned(5, tomorrow, state{typeCAQC, withdrawn, "2020-01-01T00:00:00Z", forESignatures, ""})))
	if got, _ := f.Granted(leaf(), authority().cert, now); !got || f.Problem() == nil ||
		!strings.Contains(f.Problem().Error(), "older") {
		t.Errorf("an older list: %v, problem %v; want it not taken", got, f.Problem())
	}
	put(sign(scheme(), unsigned(7, tomorrow, granted("2020-01-01T00:00:00Z"))))
	now = tomorrow.Add(time.Minute)
	if got, err := f.Granted(leaf(), authority().cert, now); got || !errors.Is(err, ErrOutdated) ||
		!errors.Is(f.Problem(), ErrOutdated) {
		t.Errorf("out of date: %v (%v), want %v", got, err, ErrOutdated)
	}
}

var _ certificate.Trust = (*File)(nil)
