package certificate

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Desk moves certificates from one state to the next. It stores nothing: the caller
// stores what it returns and repeats a call whose result was lost. Safe for concurrent
// use. Two concurrent calls for one enrolment end in the same certificate; the store
// decides whose record is kept.
type Desk struct {
	Issuer  Issuer
	Profile Profile
	Trust   Trust            // nil: no certificate is qualified
	Now     func() time.Time // nil: time.Now
	// Further returns a request with the data of its scope, which is sent and not stored:
	// the same each time. nil: there is none.
	Further func(ctx context.Context, r Request) (Request, error)
}

// ErrState says that the certificate is in the wrong state for this operation.
var ErrState = errors.New("the certificate is not in a state for this")

func (d *Desk) now() time.Time {
	if d.Now == nil {
		return time.Now().UTC()
	}
	return d.Now().UTC()
}

// New returns the record of a request that was not sent yet. Store it first, so that a
// crash loses nothing.
func (d *Desk) New(r Request) (Certificate, error) {
	r = r.Normal()
	if err := r.Validate(); err != nil {
		return Certificate{}, err
	}
	if d.Issuer.About().WantsKey && len(r.CSR) == 0 {
		return Certificate{}, &ValueError{"csr", "a request with the subscriber's key, which this issuer does not make"}
	}
	return Certificate{Request: r, RequestedAt: d.now(), Issuer: d.Issuer.About().Name}, nil
}

// Advance asks the issuer and returns the record with the answer. A pending request is
// requested again, which is idempotent, and its certificate is fetched once issued. For
// an issued certificate it checks the revocation. A certificate that was put aside is
// examined again. Answer.RetryAfter says when to call again. After an error the record is
// unchanged; see [Temporary].
func (d *Desk) Advance(ctx context.Context, c Certificate) (Certificate, Answer, error) {
	if c.Refusal != nil {
		return c, Answer{Progress: ProgressRefused, Refusal: *c.Refusal}, nil
	}
	answer, err := d.ask(ctx, c)
	if err != nil {
		return c, answer, err
	}
	c, err = d.take(ctx, c, answer)
	return c, answer, err
}

// ask returns the issuer's answer to a request, sending it if needed.
func (d *Desk) ask(ctx context.Context, c Certificate) (Answer, error) {
	answer, err := d.Issuer.Status(ctx, c.Request.Enrolment)
	if !errors.Is(err, ErrUnknown) || len(c.DER) > 0 {
		return answer, err
	}
	r := c.Request
	if d.Further != nil && len(r.Scope) > 0 {
		if r, err = d.Further(ctx, r); err != nil {
			return answer, err
		}
	}
	return d.Issuer.Request(ctx, r)
}

// take records an answer.
func (d *Desk) take(ctx context.Context, c Certificate, answer Answer) (Certificate, error) {
	switch answer.Progress {
	case Pending:
		return d.oddPending(c), nil
	case ProgressRefused:
		if len(c.DER) > 0 {
			return d.note(c, "the issuer says that it refused what it has issued"), nil
		}
		refusal := answer.Refusal
		c.Refusal = &refusal
		return c, nil
	case ProgressIssued, ProgressRevoked:
		return d.fetch(ctx, c, answer)
	}
	return c, fmt.Errorf("the issuer answers %q, which is no progress", answer.Progress)
}

func (d *Desk) oddPending(c Certificate) Certificate {
	if len(c.DER) > 0 {
		return d.note(c, "the issuer says that what it has issued is pending")
	}
	return c
}

// fetch gets the issued certificate. The first one is kept. A later one is only noted,
// unless the first was put aside and the later one breaks no rule.
func (d *Desk) fetch(ctx context.Context, c Certificate, answer Answer) (Certificate, error) {
	issued, err := d.Issuer.Certificate(ctx, c.Request.Enrolment)
	if err != nil {
		return c, err
	}
	switch same := bytes.Equal(c.DER, issued.Certificate); {
	case len(c.DER) == 0:
		c = d.receive(c, issued)
	case same && len(c.Violations) > 0:
		c = d.examine(c, c.ReceivedAt) // an operator may have corrected the profile
	case !same:
		c = d.another(c, issued)
	}
	c.Links = answer.Links
	if answer.Progress == ProgressRevoked && c.Revocation == nil {
		revocation := answer.Revocation
		c.Revocation = &revocation
	}
	return c, nil
}

func (d *Desk) receive(c Certificate, issued Issued) Certificate {
	c.DER, c.Chain, c.ReceivedAt = issued.Certificate, issued.Chain, d.now()
	return d.examine(c, c.ReceivedAt)
}

// another decides on a second certificate for one request.
func (d *Desk) another(c Certificate, issued Issued) Certificate {
	if len(c.Violations) > 0 {
		if next := d.receive(c, issued); len(next.Violations) == 0 {
			return d.note(next, "it takes the place of a certificate that was put aside, SHA-256 "+fingerprint(c.DER)+
				", which the issuer should revoke")
		}
	}
	return d.note(c, "the issuer handed out another certificate, SHA-256 "+fingerprint(issued.Certificate)+
		", which was not taken")
}

// examine sets what follows from the certificate: broken rules, details, level.
func (d *Desk) examine(c Certificate, at time.Time) Certificate {
	c.Violations, c.Details, c.Level = nil, Details{}, ""
	want := Expected{Subject: c.Request.Subject, Email: c.Request.Email, Now: at}
	if len(c.Request.CSR) > 0 {
		key, err := c.Request.PublicKey()
		if err != nil {
			c.Violations = []Violation{{"public-key", "own", err.Error()}}
			return c
		}
		want.PublicKey = key
	}
	issued := Issued{c.DER, c.Chain}
	c.Violations = Check(issued, d.Profile, want)
	cert, err := x509.ParseCertificate(c.DER)
	if err != nil {
		return c // the rule "parse" says so
	}
	c.Details = detailsOf(cert)
	if chain, err := parseChain(c.Chain); err == nil && len(c.Violations) == 0 {
		c.Level = d.Profile.LevelOf(cert, chain, d.Trust)
		for _, w := range Warnings(cert, d.Profile) {
			c = d.note(c, w)
		}
	}
	return c
}

// Revoke revokes an issued certificate, also one that was put aside. Idempotent.
func (d *Desk) Revoke(ctx context.Context, c Certificate, reason Reason) (Certificate, error) {
	if _, ok := reason.Code(); !ok {
		return c, fmt.Errorf("%q is no reason; want one of %v", reason, Reasons())
	}
	if len(c.DER) == 0 {
		return c, ErrState
	}
	if c.Revocation != nil {
		return c, nil
	}
	answer, err := d.Issuer.Revoke(ctx, c.Request.Enrolment, reason)
	if err != nil {
		return c, err
	}
	if answer.Progress != ProgressRevoked {
		return c, &TemporaryError{answer.RetryAfter, fmt.Errorf("the issuer has not revoked it yet: %s", answer.Progress)}
	}
	revocation := answer.Revocation
	c.Revocation = &revocation
	return c, nil
}

// note adds a note for the operator, once.
func (d *Desk) note(c Certificate, what string) Certificate {
	if slices.ContainsFunc(c.Notes, func(n Note) bool { return n.What == what }) {
		return c
	}
	c.Notes = append(slices.Clip(c.Notes), Note{d.now(), what})
	return c
}
