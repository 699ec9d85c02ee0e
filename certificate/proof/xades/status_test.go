package xades_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"visavis/certificate/proof/xades"
	"visavis/certificate/proof/xades/xadestest"
)

// issuing is an authority, a seal that it issued and a responder that it lets answer.
type issuing struct {
	root, seal, responder          *x509.Certificate
	rootKey, sealKey, responderKey *ecdsa.PrivateKey
}

// newIssuing makes certificates whose list and answers are at an address.
func newIssuing(at string) issuing {
	issue := func(n int64, parent *x509.Certificate, by *ecdsa.PrivateKey,
		change func(*x509.Certificate)) (*x509.Certificate, *ecdsa.PrivateKey) {
		key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
		c := &x509.Certificate{
			SerialNumber: big.NewInt(n), Subject: pkix.Name{CommonName: fmt.Sprintf("TEST %d", n)},
			NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(1, 0, 0), BasicConstraintsValid: true,
		}
		change(c)
		if parent == nil {
			parent, by = c, key
		}
		return must(x509.ParseCertificate(must(x509.CreateCertificate(rand.Reader, c, parent, key.Public(), by)))), key
	}
	var out issuing
	out.root, out.rootKey = issue(1, nil, nil, func(c *x509.Certificate) {
		c.IsCA, c.KeyUsage = true, x509.KeyUsageCertSign|x509.KeyUsageCRLSign
	})
	out.seal, out.sealKey = issue(2, out.root, out.rootKey, func(c *x509.Certificate) {
		c.KeyUsage = x509.KeyUsageContentCommitment
		c.CRLDistributionPoints, c.OCSPServer = []string{at + "/list"}, []string{at + "/answer"}
	})
	out.responder, out.responderKey = issue(3, out.root, out.rootKey, func(c *x509.Certificate) {
		c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageOCSPSigning}
	})
	return out
}

// answer is an OCSP answer on the seal. by is the signer's certificate; nil: the root's.
func (i issuing) answer(status int, by *x509.Certificate, key crypto.Signer, next time.Time) []byte {
	said := ocsp.Response{SerialNumber: i.seal.SerialNumber, Status: status, ThisUpdate: now.AddDate(0, -1, 0),
		NextUpdate: next, Certificate: by}
	responder := by
	if by == nil {
		responder = i.root
	}
	return must(ocsp.CreateResponse(i.root, responder, said, key))
}

func (i issuing) list(next time.Time, more ...pkix.Extension) []byte {
	return must(x509.CreateRevocationList(rand.Reader, &x509.RevocationList{Number: big.NewInt(1),
		ThisUpdate: now.AddDate(0, -1, 0), NextUpdate: next, ExtraExtensions: more}, i.root, i.rootKey))
}

// The scopes of lists, as issuing distribution points (RFC 5280, 5.2.5).
var (
	ofAuthorities = scope(0x30, 3, 0x82, 1, 0xff) // onlyContainsCACerts
	ofUsers       = scope(0x30, 3, 0x81, 1, 0xff) // onlyContainsUserCerts
	ofElsewhere   = scope(0x30, 14, 0xa0, 9, 0xa0, 7, 0x86, 5, 'h', 't', 't', 'p', ':', 0x81, 1, 0xff)
	ofSome        = scope(0x30, 7, 0x81, 1, 0xff, 0x83, 2, 5, 0x20) // and onlySomeReasons
)

func scope(value ...byte) pkix.Extension {
	return pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 28}, Critical: true, Value: value}
}

// vouched is what was said of the seal, and whether it says that it was not revoked.
type vouched struct {
	xades.Status
	good bool
}

func (i issuing) statuses() map[string]vouched {
	soon, past := now.Add(time.Hour), now.Add(-time.Hour)
	answer := func(status int, by *x509.Certificate, key crypto.Signer, next time.Time) xades.Status {
		return xades.Status{OCSP: i.answer(status, by, key, next)}
	}
	return map[string]vouched{
		"the issuer's answer":            {answer(ocsp.Good, nil, i.rootKey, soon), true},
		"a responder's answer":           {answer(ocsp.Good, i.responder, i.responderKey, soon), true},
		"its answer for itself":          {answer(ocsp.Good, i.seal, i.sealKey, soon), false},
		"an answer that does not know":   {answer(ocsp.Unknown, nil, i.rootKey, soon), false},
		"an answer, a newer one was due": {answer(ocsp.Good, nil, i.rootKey, past), false},
		"the newest list":                {xades.Status{CRL: i.list(soon)}, true},
		"a list, a newer one was due":    {xades.Status{CRL: i.list(past)}, false},
		"a list of authorities alone":    {xades.Status{CRL: i.list(soon, ofAuthorities)}, false},
		"a list of all others":           {xades.Status{CRL: i.list(soon, ofUsers)}, true},
		"a list of some of them":         {xades.Status{CRL: i.list(soon, ofSome)}, false},
		"a list of another address":      {xades.Status{CRL: i.list(soon, ofElsewhere)}, false},
	}
}

// What is fetched over plain HTTP may be anybody's, or of long ago.
func TestAnswersThatTellNothingAreNotTaken(t *testing.T) {
	var said xades.Status
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := said.CRL
		if r.URL.Path == "/answer" {
			body = said.OCSP
		}
		if body == nil {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(body)
	}))
	t.Cleanup(server.Close)
	i := newIssuing(server.URL)
	for name, c := range i.statuses() {
		said = c.Status
		got, err := xades.Online{Inside: xades.Anybody}.Status(t.Context(), i.seal, i.root)
		if taken := err == nil && (got.CRL != nil || got.OCSP != nil); taken != c.good {
			t.Errorf("%s: taken %v (%v), want %v", name, taken, err, c.good)
		}
	}
}

// Whoever has the key of a seal that was revoked says themselves that it is good, or shows
// what was said before.
func TestASealIsNotVouchedForByItsOwnKeyOrByOldLists(t *testing.T) {
	i, a := newIssuing("http://localhost"), must(xadestest.New(now))
	seal := xades.Seal{Chain: []*x509.Certificate{i.seal, i.root},
		Use: func(_ context.Context, f func(crypto.Signer) error) error { return f(i.sealKey) }}
	pool := x509.NewCertPool()
	pool.AddCert(i.root)
	for name, c := range i.statuses() {
		from := a.Sources()
		stamps := from.Status
		from.Status = func(ctx context.Context, of, issuer *x509.Certificate) (xades.Status, error) {
			if of.Equal(i.seal) {
				return c.Status, nil
			}
			return stamps(ctx, of, issuer)
		}
		s := must(xades.Sign(t.Context(), files(), seal, now))
		if err := s.Extend(t.Context(), files(), from, now); err != nil {
			t.Fatal(err)
		}
		r := reread(t, s).Check(files(), xades.Roots{Seals: pool, Stamps: roots(a).Stamps})
		told := slices.ContainsFunc(r.Problems, func(p string) bool { return strings.Contains(p, "nothing says") })
		if told == c.good || c.good && len(r.Problems) > 0 || r.Level != "LTA" {
			t.Errorf("%s: level %s, %q; vouched for %v", name, r.Level, r.Problems, c.good)
		}
	}
}

// Without the certificate above it nothing on whether one was revoked can be checked.
func TestAChainThatWasCutShortIsFound(t *testing.T) {
	a := must(xadestest.New(now))
	alone := a.Seal
	alone.Chain = alone.Chain[:1]
	s := must(xades.Sign(t.Context(), files(), alone, now))
	once, stamps := a.Sources(), 0
	once.Stamp = func(ctx context.Context, sum []byte) ([]byte, error) {
		if stamps++; stamps > 1 {
			return nil, xadestest.ErrDown
		}
		return a.Sources().Stamp(ctx, sum)
	}
	if err := s.Extend(t.Context(), files(), once, now); !errors.Is(err, xadestest.ErrDown) {
		t.Fatal(err)
	}
	xml := string(must(s.XML()))
	root := "<xades:EncapsulatedX509Certificate>" + base64.StdEncoding.EncodeToString(a.Root.Raw) +
		"</xades:EncapsulatedX509Certificate>"
	cut := strings.Replace(xml, root, "", 1)
	if cut == xml {
		t.Fatal("the root is not there")
	}
	for text, want := range map[string]bool{xml: false, cut: true} {
		r := must(xades.Parse([]byte(text))).Check(files(), roots(a))
		found := slices.ContainsFunc(r.Problems, func(p string) bool {
			return strings.HasPrefix(p, "the seal: the certificate above")
		})
		if r.Level != "LT" || found != want || !want && len(r.Problems) > 0 {
			t.Errorf("level %s, %q, want found %v", r.Level, r.Problems, want)
		}
	}
}

func TestATimeStampByACertificateThatEndedIsRefused(t *testing.T) {
	a := must(xadestest.New(now))
	a.Now = func() time.Time { return now.AddDate(1, 1, 0) }
	s := must(xades.Sign(t.Context(), files(), a.Seal, now))
	err := s.Extend(t.Context(), files(), a.Sources(), now)
	if err == nil || !strings.Contains(err.Error(), "was not valid at") || s.Level() != "B" {
		t.Errorf("level %s: %v", s.Level(), err)
	}
}

// Each time stamp is over all before it: a file of thousands would be looked at for hours.
func TestASignatureOfTooManyTimeStampsIsRefused(t *testing.T) {
	s, _ := made(t)
	xml := string(must(s.XML()))
	last := regexp.MustCompile(`(?s)<xades141:ArchiveTimeStamp[ >].*?</xades141:ArchiveTimeStamp>`).FindString(xml)
	more := `<xades141:TimeStampValidationData></xades141:TimeStampValidationData>` + last
	_, err := xades.Parse([]byte(strings.Replace(xml, last, last+strings.Repeat(more, 99), 1)))
	if !errors.Is(err, xades.ErrForm) || !strings.Contains(err.Error(), "101 time stamps, want 100") {
		t.Errorf("%v", err)
	}
}
