package xades

import (
	"crypto/x509"
	"fmt"
	"slices"
	"time"

	"golang.org/x/crypto/ocsp"
)

// Roots are the trusted certificates.
type Roots struct {
	Seals  *x509.CertPool // nil: the reader compares whose seal it is
	Stamps *x509.CertPool // nil: any authority
}

// Stamped is one time stamp.
type Stamped struct {
	At time.Time
	By string // the authority's subject
}

// Report is what was found.
type Report struct {
	Level    string            // B, T, LT or LTA
	Signer   *x509.Certificate // nil if it cannot be read
	Claimed  time.Time         // by the signer
	Stamps   []Stamped         // oldest first
	Problems []string          // none: the files are those that were signed
}

func (r *Report) find(format string, args ...any) {
	r.Problems = append(r.Problems, fmt.Sprintf(format, args...))
}

// Check compares the files with what was signed, and checks signature, time stamps and
// certificates.
func (s *Signature) Check(files []File, trusted Roots) Report {
	r := Report{Level: s.Level()}
	s.checkFiles(files, &r)
	if err := s.verify(); err != nil {
		r.find("%v", err)
	}
	var err error
	if r.Claimed, err = time.Parse(time.RFC3339, s.claimed); err != nil {
		r.find("the time of signing cannot be read")
	}
	chain, err := parseAll(s.chain)
	if err != nil {
		r.find("a certificate cannot be read: %v", err)
		return r
	}
	r.Signer = chain[0]
	at := r.Claimed
	for i, place := range s.stamps() {
		over, err := s.stamped(files, place)
		var t token
		if err == nil {
			t, err = readToken(s.unsigned[place].Token, over)
		}
		if err != nil {
			r.find("stamp %d: %v", i+1, err)
			continue
		}
		if i == 0 {
			at = t.at
		} else if last := r.Stamps; len(last) > 0 && t.at.Before(last[len(last)-1].At) {
			r.find("stamp %d is older than the one that it is over", i+1)
		}
		r.Stamps = append(r.Stamps, Stamped{t.at, t.signer.Subject.String()})
		s.checkChain(link{
			whose: fmt.Sprintf("stamp %d", i+1), chain: append([]*x509.Certificate{t.signer}, t.others...),
			roots: trusted.Stamps, at: t.at, usage: x509.ExtKeyUsageTimeStamping,
			status: len(s.unsigned) > 1 && (i == 0 || i+1 < len(s.stamps())), // the last one's come with the next stamp
		}, &r)
	}
	s.checkChain(link{
		whose: "the seal", chain: chain, roots: trusted.Seals, at: at, usage: x509.ExtKeyUsageAny,
		status: len(s.unsigned) > 1,
	}, &r)
	return r
}

func (s *Signature) checkFiles(files []File, r *Report) {
	bodies := map[string][]byte{}
	for _, f := range files {
		bodies[f.Name] = f.Body
	}
	signed := map[string]bool{}
	for _, f := range s.files {
		body, ok := bodies[f.Name]
		switch {
		case signed[f.Name]:
			r.find("%s is signed twice", f.Name)
		case !ok:
			r.find("%s is missing", f.Name)
		case string(digest(body)) != string(f.Digest):
			r.find("%s was changed", f.Name)
		}
		signed[f.Name] = true
	}
	for _, f := range files {
		if !signed[f.Name] {
			r.find("%s was added", f.Name)
		}
	}
}

// Files returns the names of the signed files with their media types, in order.
func (s *Signature) Files() (out []File) {
	for _, f := range s.files {
		out = append(out, File{Name: f.Name, Type: f.Type})
	}
	return out
}

// link is a chain that is checked at a time.
type link struct {
	whose  string
	chain  []*x509.Certificate // the key's own first
	roots  *x509.CertPool      // nil: any
	at     time.Time
	usage  x509.ExtKeyUsage
	status bool // lists or answers have to be there
}

// checkChain checks a chain and whether one of it had been revoked.
func (s *Signature) checkChain(l link, r *Report) {
	var held property
	for _, p := range s.unsigned {
		held.Certificates = append(held.Certificates, p.Certificates...)
		held.CRLs = append(held.CRLs, p.CRLs...)
		held.OCSPs = append(held.OCSPs, p.OCSPs...)
	}
	more, err := parseAll(held.Certificates)
	if err != nil {
		r.find("a certificate beside the signature cannot be read: %v", err)
		return
	}
	known := slices.Concat(l.chain[1:], more)
	path := []*x509.Certificate{l.chain[0]}
	for c := l.chain[0]; !selfSigned(c) && len(path) < maxChain; {
		if c = issuerOf(c, known); c == nil {
			break
		}
		path = append(path, c)
	}
	if l.roots != nil {
		between := x509.NewCertPool()
		for _, c := range known {
			between.AddCert(c)
		}
		if _, err := l.chain[0].Verify(x509.VerifyOptions{
			Roots: l.roots, Intermediates: between, CurrentTime: l.at, KeyUsages: []x509.ExtKeyUsage{l.usage},
		}); err != nil {
			r.find("%s: %v", l.whose, err)
		}
	}
	for i, c := range path {
		if !validAt(c, l.at) {
			r.find("%s: the certificate of %s was not valid at %s", l.whose, c.Subject, l.at.UTC().Format(time.RFC3339))
		}
		switch {
		case !l.status:
		case i+1 < len(path):
			held.checkStatus(c, path[i+1], l, r)
		case !selfSigned(c): // without its issuer's certificate nobody can tell whether it was revoked
			r.find("%s: the certificate above %s is missing", l.whose, c.Subject)
		}
	}
}

// checkStatus looks whether a certificate had been revoked. A list or an answer after which
// a newer one was due by then, and a list of some certificates alone, may tell that it was,
// never that it was not.
func (p property) checkStatus(c, issuer *x509.Certificate, l link, r *Report) {
	known := len(c.CRLDistributionPoints) == 0 && len(c.OCSPServer) == 0 // nobody says
	for _, der := range p.CRLs {
		list, err := x509.ParseRevocationList(der)
		if err != nil || list.CheckSignatureFrom(issuer) != nil {
			continue
		}
		known = known || whole(list, c) && current(list.NextUpdate, l.at)
		for _, e := range list.RevokedCertificateEntries {
			if e.SerialNumber.Cmp(c.SerialNumber) == 0 && !e.RevocationTime.After(l.at) {
				r.find("%s: the certificate of %s had been revoked", l.whose, c.Subject)
			}
		}
	}
	for _, der := range p.OCSPs {
		answer, err := answerOf(der, c, issuer)
		if err != nil {
			continue
		}
		known = known || answer.Status != ocsp.Unknown && current(answer.NextUpdate, l.at)
		if answer.Status == ocsp.Revoked && !answer.RevokedAt.After(l.at) {
			r.find("%s: the certificate of %s had been revoked", l.whose, c.Subject)
		}
	}
	if !known {
		r.find("%s: nothing says whether the certificate of %s was revoked", l.whose, c.Subject)
	}
}
