package xades

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Sources are where time stamps and what goes with them come from.
type Sources struct {
	// Stamp requests a time stamp over a SHA-256 digest. It returns the token, DER.
	Stamp func(ctx context.Context, sum []byte) (token []byte, err error)
	// Others are certificates that a time stamp may leave out, such as its root.
	Others []*x509.Certificate
	// Issuer returns the certificate above one that none of the others issued.
	Issuer func(ctx context.Context, c *x509.Certificate) (*x509.Certificate, error)
	// Status returns a list or an OCSP answer on a certificate; neither if it has none.
	Status func(ctx context.Context, c, issuer *x509.Certificate) (Status, error)
}

// Status says whether a certificate was revoked.
type Status struct {
	CRL  []byte // DER
	OCSP []byte // DER, signed
}

const (
	// renewBefore is how long before the end of a time stamp's certificate the next
	// stamp is due.
	renewBefore = 180 * 24 * time.Hour
	// maxStamps bounds the time stamps of one signature: one a year for a century.
	maxStamps = 100
	// maxChain bounds a chain of certificates.
	maxChain = 8
)

// Due tells whether Extend has something to add.
func (s *Signature) Due(now time.Time) bool {
	at := s.stamps()
	if len(at) < 2 {
		return true
	}
	return !now.Before(s.RenewAt()) && len(at) < maxStamps
}

// RenewAt is when the last time stamp needs one over it: before its certificate ends.
// A certificate that was short when it stamped leaves half of what it had. Below level
// LTA it is the zero time.
func (s *Signature) RenewAt() time.Time {
	at := s.stamps()
	if len(at) < 2 {
		return time.Time{}
	}
	last := s.unsigned[at[len(at)-1]]
	stamp, err := readStamp(last.Token)
	if err != nil {
		return time.Time{}
	}
	left := stamp.signer.NotAfter.Sub(stamp.at)
	return stamp.signer.NotAfter.Add(-min(renewBefore, left/2))
}

// Extend adds what the signature lacks, up to level LTA, and a further time stamp where
// the last one's certificate will end. What was added before an error stays.
func (s *Signature) Extend(ctx context.Context, files []File, from Sources, now time.Time) error {
	if from.Stamp == nil {
		return nil
	}
	if len(s.unsigned) == 0 {
		if err := s.stamp(ctx, files, from, kindStamp); err != nil {
			return err
		}
	}
	if len(s.unsigned) == 1 {
		chain, err := parseAll(s.chain)
		if err != nil {
			return fmt.Errorf("xades: %w", err)
		}
		v, err := s.gather(ctx, from, chain)
		if err != nil {
			return fmt.Errorf("xades: what its certificates need: %w", err)
		}
		s.unsigned = append(s.unsigned, property{Kind: kindCertificates, Index: 1, Certificates: v.Certificates},
			property{Kind: kindRevocations, Index: 1, CRLs: v.CRLs, OCSPs: v.OCSPs})
	}
	if at := s.stamps(); len(at) > 1 {
		if !s.Due(now) {
			return nil
		}
		v, err := s.gather(ctx, from, nil)
		if err != nil {
			return fmt.Errorf("xades: what the last time stamp needs: %w", err)
		}
		v.Kind, v.Index = kindValidationData, len(at)-1
		s.unsigned = append(s.unsigned, v)
		if err := s.stamp(ctx, files, from, kindArchive); err != nil {
			s.unsigned = s.unsigned[:len(s.unsigned)-1] // validation data alone is no level
			return err
		}
		return nil
	}
	return s.stamp(ctx, files, from, kindArchive)
}

// stamp adds a time stamp at the end.
func (s *Signature) stamp(ctx context.Context, files []File, from Sources, kind string) error {
	s.unsigned = append(s.unsigned, property{Kind: kind, Index: len(s.stamps())})
	at := len(s.unsigned) - 1
	over, err := s.stamped(files, at)
	if err == nil {
		s.unsigned[at].Token, err = from.Stamp(ctx, digest(over))
	}
	if err == nil {
		err = usable(s.unsigned[at].Token, over)
	}
	if err != nil {
		s.unsigned = s.unsigned[:at]
		return fmt.Errorf("xades: %w", err)
	}
	return nil
}

// usable refuses a time stamp that no reader would take.
func usable(token, over []byte) error {
	t, err := readToken(token, over)
	if err == nil && !validAt(t.signer, t.at) {
		err = fmt.Errorf("time stamp: the certificate of %s was not valid at %s", t.signer.Subject,
			t.at.UTC().Format(time.RFC3339))
	}
	return err
}

// gather returns the certificates, lists and answers that a chain and the last time
// stamp's need.
func (s *Signature) gather(ctx context.Context, from Sources, chain []*x509.Certificate) (v property, err error) {
	at := s.stamps()
	found, err := from.Gather(ctx, s.unsigned[at[len(at)-1]].Token, chain)
	return property{Certificates: found.Certificates, CRLs: found.CRLs, OCSPs: found.OCSPs}, err
}

// Material is what a reader needs to check certificates later, DER each.
type Material struct{ Certificates, CRLs, OCSPs [][]byte }

// Gather returns the certificates, lists and answers that a time stamp (DER) and the
// first certificate of a chain need, up to their roots. An empty chain adds nothing.
func (f Sources) Gather(ctx context.Context, stamp []byte, chain []*x509.Certificate) (v Material, err error) {
	last, err := readStamp(stamp)
	if err != nil {
		return v, err
	}
	starts := []*x509.Certificate{last.signer}
	if len(chain) > 0 {
		starts = append(starts, chain[0])
	}
	known := slices.Concat(chain, last.others, f.Others)
	for _, c := range starts {
		for n := 0; ; n++ {
			if n == maxChain {
				return v, errors.New("a chain of certificates does not end")
			}
			if !slices.ContainsFunc(v.Certificates, func(one []byte) bool { return string(one) == string(c.Raw) }) {
				v.Certificates = append(v.Certificates, c.Raw)
			}
			if selfSigned(c) {
				break
			}
			issuer, err := f.issuer(ctx, c, known)
			if err != nil {
				return v, err
			}
			if err := v.status(ctx, f, c, issuer); err != nil {
				return v, err
			}
			c = issuer
		}
	}
	return v, nil
}

// CheckStamp refuses a time stamp (DER) that is not over these bytes, or whose
// certificate was not valid when it was made.
func CheckStamp(token, over []byte) error { return usable(token, over) }

func (f Sources) issuer(ctx context.Context, c *x509.Certificate,
	known []*x509.Certificate) (*x509.Certificate, error) {
	if issuer := issuerOf(c, known); issuer != nil {
		return issuer, nil
	}
	if f.Issuer == nil {
		return nil, fmt.Errorf("the certificate above %s is not known", c.Subject)
	}
	issuer, err := f.Issuer(ctx, c)
	if err == nil {
		err = c.CheckSignatureFrom(issuer)
	}
	if err != nil {
		return nil, fmt.Errorf("the certificate above %s: %w", c.Subject, err)
	}
	return issuer, nil
}

// status adds a certificate's.
func (p *Material) status(ctx context.Context, from Sources, c, issuer *x509.Certificate) error {
	if from.Status == nil || len(c.CRLDistributionPoints) == 0 && len(c.OCSPServer) == 0 {
		return nil
	}
	one, err := from.Status(ctx, c, issuer)
	if err != nil {
		return fmt.Errorf("whether %s was revoked: %w", c.Subject, err)
	}
	switch {
	case one.OCSP != nil:
		p.OCSPs = append(p.OCSPs, one.OCSP)
	case one.CRL != nil && !slices.ContainsFunc(p.CRLs, func(l []byte) bool { return string(l) == string(one.CRL) }):
		p.CRLs = append(p.CRLs, one.CRL)
	}
	return nil
}

func parseAll(ders [][]byte) (out []*x509.Certificate, err error) {
	for _, der := range ders {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}
