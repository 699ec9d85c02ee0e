package xades

import (
	"context"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/cryptobyte"
	der "golang.org/x/crypto/cryptobyte/asn1"
	"golang.org/x/crypto/ocsp"

	"visavis/outgoing"
)

// Online asks where certificates say that lists, answers and other certificates are.
type Online struct {
	// Inside reports whether the addresses in a certificate may be private ones. The issuer is
	// nil while it is being looked for. A nil Inside allows none: a time stamp carries
	// certificates that its sender chose.
	Inside func(c, issuer *x509.Certificate) bool
}

// Anybody is an Inside for certificates of an issuer that the operator chose.
func Anybody(_, _ *x509.Certificate) bool { return true }

// Below is an Inside for certificates that are one of these, or below them.
func Below(trusted []*x509.Certificate) func(c, issuer *x509.Certificate) bool {
	roots := x509.NewCertPool()
	for _, c := range trusted {
		roots.AddCert(c)
	}
	return func(c, issuer *x509.Certificate) bool {
		between := x509.NewCertPool()
		if issuer != nil {
			between.AddCert(issuer)
		}
		_, err := c.Verify(x509.VerifyOptions{Roots: roots, Intermediates: between,
			KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
		return err == nil
	}
}

const (
	// askWithin bounds one request.
	askWithin = 15 * time.Second
	// maxAnswer bounds what is read of one answer, in bytes.
	maxAnswer = 4 << 20
)

// Status returns the newest list and an OCSP answer on a certificate, as far as it
// names addresses, and its issuer or whom that lets answer signed what they gave. What a
// newer one was due after tells nothing, nor does an answer that the certificate is not
// known. An error says that neither could be had.
func (o Online) Status(ctx context.Context, c, issuer *x509.Certificate) (s Status, err error) {
	var problems []error
	for _, url := range c.CRLDistributionPoints {
		body, err := o.fetch(ctx, c, issuer, url, "", nil)
		if err == nil {
			if s.CRL, err = listOf(body, c, issuer); err == nil {
				break
			}
		}
		problems = append(problems, err)
	}
	for _, url := range c.OCSPServer {
		question, err := ocsp.CreateRequest(c, issuer, nil)
		if err != nil {
			return s, err
		}
		body, err := o.fetch(ctx, c, issuer, url, "application/ocsp-request", question)
		if err == nil {
			if err = useful(body, c, issuer); err == nil {
				s.OCSP = body
				break
			}
		}
		problems = append(problems, fmt.Errorf("%s: %w", url, err))
	}
	if s.CRL == nil && s.OCSP == nil {
		return s, errors.Join(problems...)
	}
	return s, nil
}

func listOf(body []byte, c, issuer *x509.Certificate) ([]byte, error) {
	list, err := x509.ParseRevocationList(body)
	if err == nil {
		err = list.CheckSignatureFrom(issuer)
	}
	if err == nil && !current(list.NextUpdate, time.Now()) {
		err = fmt.Errorf("a newer one was due at %s", list.NextUpdate.UTC().Format(time.RFC3339))
	}
	if err == nil && !whole(list, c) {
		err = errors.New("it may be of some of the certificates alone: it has a critical extension")
	}
	if err != nil {
		return nil, fmt.Errorf("the list: %w", err)
	}
	return body, nil
}

// oidIssuingPoint is the extension that says which certificates a list is of.
var oidIssuingPoint = asn1.ObjectIdentifier{2, 5, 29, 28}

// whole tells whether a list is of all certificates of its issuer that are of c's kind:
// of authorities, or of all others. One of a part of them, or of what changed since another,
// says so in a critical extension (RFC 5280, 5.2).
func whole(list *x509.RevocationList, c *x509.Certificate) bool {
	return !slices.ContainsFunc(list.Extensions, func(e pkix.Extension) bool {
		return e.Critical && !(e.Id.Equal(oidIssuingPoint) && scoped(e.Value, c))
	})
}

// scoped tells whether an issuing distribution point (RFC 5280, 5.2.5) is of all
// certificates of c's kind: onlyContainsCACerts or onlyContainsUserCerts, and an address
// that c names, if there is one. Nothing else may stand in it.
func scoped(value []byte, c *x509.Certificate) bool {
	var point, name, full, url cryptobyte.String
	in := cryptobyte.String(value)
	tag := func(n uint8) der.Tag { return der.Tag(n).ContextSpecific() }
	if !in.ReadASN1(&point, der.SEQUENCE) || !in.Empty() {
		return false
	}
	if point.PeekASN1Tag(tag(0).Constructed()) {
		if !point.ReadASN1(&name, tag(0).Constructed()) || !name.ReadASN1(&full, tag(0).Constructed()) ||
			!name.Empty() || !full.ReadASN1(&url, tag(6)) || !full.Empty() ||
			!slices.Contains(c.CRLDistributionPoints, string(url)) {
			return false
		}
	}
	kind := tag(1)
	if c.IsCA {
		kind = tag(2)
	}
	var yes cryptobyte.String
	return point.ReadASN1(&yes, kind) && point.Empty() && string(yes) == "\xff"
}

// useful tells whether an OCSP answer says by now whether a certificate was revoked.
func useful(body []byte, c, issuer *x509.Certificate) error {
	answer, err := answerOf(body, c, issuer)
	switch {
	case err != nil:
		return err
	case answer.Status == ocsp.Unknown:
		return errors.New("the answer: the certificate is not known there")
	case !current(answer.NextUpdate, time.Now()):
		return fmt.Errorf("the answer: a newer one was due at %s", answer.NextUpdate.UTC().Format(time.RFC3339))
	}
	return nil
}

// current tells whether no newer list or answer was due at a time. Without a time of the
// next one it is current.
func current(next, at time.Time) bool { return next.IsZero() || !next.Before(at) }

// answerOf reads an OCSP answer on a certificate that was signed by its issuer, or by whom
// the issuer lets answer. The library takes any certificate of the issuer's for the latter,
// so that a revoked one could answer for itself.
func answerOf(der []byte, c, issuer *x509.Certificate) (*ocsp.Response, error) {
	answer, err := ocsp.ParseResponseForCert(der, c, issuer)
	if err != nil {
		return nil, fmt.Errorf("the answer: %w", err)
	}
	if by := answer.Certificate; by != nil && !by.Equal(issuer) &&
		!slices.Contains(by.ExtKeyUsage, x509.ExtKeyUsageOCSPSigning) {
		return nil, fmt.Errorf("the answer: %s signed it, who may not answer for the issuer", by.Subject)
	}
	return answer, nil
}

// Issuer returns the certificate above one, from where that one says.
func (o Online) Issuer(ctx context.Context, c *x509.Certificate) (*x509.Certificate, error) {
	err := errors.New("it names no address of its issuer's certificate")
	for _, url := range c.IssuingCertificateURL {
		var body []byte
		if body, err = o.fetch(ctx, c, nil, url, "", nil); err != nil {
			continue
		}
		if block, _ := pem.Decode(body); block != nil {
			body = block.Bytes
		}
		var issuer *x509.Certificate
		if issuer, err = x509.ParseCertificate(body); err == nil {
			return issuer, nil
		}
	}
	return nil, err
}

// fetch gets an address that a certificate names, or posts a question to it.
func (o Online) fetch(ctx context.Context, c, issuer *x509.Certificate, url, kind string,
	question []byte) ([]byte, error) {
	if !strings.HasPrefix(url, "http://") && !strings.HasPrefix(url, "https://") {
		return nil, fmt.Errorf("%s: only http and https are asked", url)
	}
	q := outgoing.Question{Client: outgoing.Public, URL: url, Type: kind, Body: question, Within: askWithin,
		Most: maxAnswer}
	if o.Inside != nil && o.Inside(c, issuer) {
		q.Client = nil
	}
	return q.Ask(ctx)
}
