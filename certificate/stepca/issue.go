package stepca

import (
	"bytes"
	"context"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"strings"
	"time"

	"visavis/certificate"
)

// The paths of the API.
const (
	pathSign   = "/1.0/sign"
	pathRevoke = "/1.0/revoke"
	pathCRL    = "/1.0/crl"
)

// Request implements [certificate.Issuer].
func (c *Client) Request(ctx context.Context, r certificate.Request) (certificate.Answer, error) {
	r, _, key, err := r.Keyed()
	if err != nil {
		return certificate.Answer{}, err
	}
	digest, err := certificate.RequestDigest([]any{r.Subject, key}) // stored: its form stays
	if err != nil {
		return certificate.Answer{}, err
	}
	e, err := c.cfg.Store.Load(ctx, r.Enrolment)
	if errors.Is(err, ErrNotFound) {
		e, err = Entry{Enrolment: r.Enrolment, Request: digest}, nil
	}
	switch {
	case err != nil:
		return certificate.Answer{}, err
	case e.Request != digest:
		return certificate.Answer{}, certificate.ErrOther
	case e.DER != nil:
		return certificate.IssuedAnswer(e.Revocation), nil
	}
	return c.issue(ctx, r, e)
}

// issue has a certificate made and stores it. Numbers that were asked for before may have
// been issued to nobody: they are revoked first.
func (c *Client) issue(ctx context.Context, r certificate.Request, e Entry) (_ certificate.Answer, err error) {
	if len(e.Asked) > 0 { // who asked for them may be at work yet, and finds the entry changed now
		if e, err = c.cfg.Store.Save(ctx, e); err != nil {
			return certificate.Answer{}, busy(err)
		}
	}
	for _, lost := range e.Asked {
		if err := c.revoke(ctx, lost, certificate.ReasonSuperseded); err != nil {
			return certificate.Answer{}, fmt.Errorf("a number whose answer was lost: %w", err)
		}
	}
	serial := certificate.NewSerial()
	e.Asked = []string{hex.EncodeToString(serial.Bytes())}
	if e, err = c.cfg.Store.Save(ctx, e); err != nil {
		return certificate.Answer{}, busy(err)
	}
	issued, err := c.sign(ctx, r, serial)
	if err != nil {
		return certificate.Answer{}, err
	}
	cert, err := x509.ParseCertificate(issued.Certificate)
	if err != nil {
		return certificate.Answer{}, fmt.Errorf("step-ca: what it issued: %w", err)
	}
	if cert.SerialNumber.Cmp(serial) != 0 {
		e.Asked = append(e.Asked, hex.EncodeToString(cert.SerialNumber.Bytes())) // nobody's, and to be revoked
		if _, err := c.cfg.Store.Save(ctx, e); err != nil {
			return certificate.Answer{}, busy(err)
		}
		return certificate.Answer{}, fmt.Errorf("step-ca: a certificate with the serial number %x, want %x: the "+
			"provisioner's template has to take it from the request", cert.SerialNumber, serial)
	}
	e.Asked, e.Serial, e.NotAfter = nil, hex.EncodeToString(serial.Bytes()), cert.NotAfter
	e.DER, e.Chain = issued.Certificate, issued.Chain
	if e, err = c.cfg.Store.Save(ctx, e); err != nil {
		return certificate.Answer{}, busy(err)
	}
	return certificate.IssuedAnswer(e.Revocation), nil
}

// busy is an entry that another instance is working at: it is looked at again.
func busy(err error) error {
	if errors.Is(err, ErrConflict) {
		return &certificate.TemporaryError{RetryAfter: time.Second, Err: err}
	}
	return err
}

// wanted is what the template of the provisioner takes over; see examples/step.
type wanted struct {
	Subject []byte `json:"subject"` // the name, DER
	Serial  string `json:"serial"`  // decimal
}

// sign makes the call.
func (c *Client) sign(ctx context.Context, r certificate.Request, serial *big.Int) (certificate.Issued, error) {
	subject, err := asn1.Marshal(pkix.Name{ExtraNames: r.Attributes("")}.ToRDNSequence())
	if err != nil {
		return certificate.Issued{}, fmt.Errorf("step-ca: the subject: %w", err)
	}
	token, err := c.token(pathSign, r.Reference, r.CSR)
	if err != nil {
		return certificate.Issued{}, err
	}
	body := map[string]any{
		"csr":          string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: r.CSR})),
		"ott":          token,
		"templateData": wanted{subject, serial.String()},
	}
	if c.cfg.Life > 0 {
		body["notAfter"] = c.now().Add(c.cfg.Life).Format(time.RFC3339)
	}
	var answer struct {
		Certificate string   `json:"crt"`
		CA          string   `json:"ca"`
		Chain       []string `json:"certChain"`
	}
	if err := c.post(ctx, pathSign, body, &answer); err != nil {
		return certificate.Issued{}, err
	}
	out := certificate.Issued{}
	chain := answer.Chain
	if len(chain) == 0 {
		chain = []string{answer.Certificate, answer.CA}
	}
	for i, text := range chain {
		block, _ := pem.Decode([]byte(text))
		if block == nil || block.Type != "CERTIFICATE" {
			return out, errors.New("step-ca: it answered no certificate")
		}
		if i == 0 {
			out.Certificate = block.Bytes
			continue
		}
		out.Chain = append(out.Chain, block.Bytes)
	}
	return out, nil
}

// Status implements [certificate.Issuer]. A certificate that the authority's operator
// revoked is found on its list.
func (c *Client) Status(ctx context.Context, enrolment string) (certificate.Answer, error) {
	e, err := c.cfg.Store.Load(ctx, enrolment)
	if errors.Is(err, ErrNotFound) || err == nil && e.DER == nil {
		return certificate.Answer{}, certificate.ErrUnknown
	}
	if err != nil || e.Revocation != nil {
		return certificate.IssuedAnswer(e.Revocation), err
	}
	revocation, err := c.listed(ctx, e)
	if err != nil || revocation == nil {
		return certificate.IssuedAnswer(e.Revocation), err
	}
	e.Revocation = revocation
	e, err = c.cfg.Store.Save(ctx, e)
	return certificate.IssuedAnswer(e.Revocation), busy(err)
}

// Certificate implements [certificate.Issuer].
func (c *Client) Certificate(ctx context.Context, enrolment string) (certificate.Issued, error) {
	e, err := c.cfg.Store.Load(ctx, enrolment)
	if errors.Is(err, ErrNotFound) || err == nil && e.DER == nil {
		return certificate.Issued{}, certificate.ErrNotIssued
	}
	return certificate.Issued{Certificate: bytes.Clone(e.DER), Chain: e.Chain}, err
}

// Revoke implements [certificate.Issuer].
func (c *Client) Revoke(ctx context.Context, enrolment string, reason certificate.Reason) (certificate.Answer, error) {
	if _, ok := reason.Code(); !ok {
		return certificate.Answer{}, fmt.Errorf("step-ca: %q is no reason; want one of %v", reason, certificate.Reasons())
	}
	e, err := c.cfg.Store.Load(ctx, enrolment)
	if errors.Is(err, ErrNotFound) || err == nil && e.DER == nil {
		return certificate.Answer{}, certificate.ErrUnknown
	}
	if err != nil || e.Revocation != nil {
		return certificate.IssuedAnswer(e.Revocation), err
	}
	if err := c.revoke(ctx, e.Serial, reason); err != nil {
		return certificate.Answer{}, err
	}
	e.Revocation = &certificate.Revocation{At: c.now(), Reason: reason}
	e, err = c.cfg.Store.Save(ctx, e)
	return certificate.IssuedAnswer(e.Revocation), busy(err)
}

// revoke revokes a number, issued or not. Once more does nothing.
func (c *Client) revoke(ctx context.Context, serial string, reason certificate.Reason) error {
	n, ok := new(big.Int).SetString(serial, 16)
	if !ok {
		return fmt.Errorf("step-ca: a stored serial number %q", serial)
	}
	code, _ := reason.Code()
	token, err := c.token(pathRevoke, n.String(), nil)
	if err != nil {
		return err
	}
	var answer struct{}
	err = c.post(ctx, pathRevoke, map[string]any{
		"serial": n.String(), "ott": token, "reasonCode": code, "reason": string(reason), "passive": true,
	}, &answer)
	if status, ok := errors.AsType[*StatusError](err); ok && status.Code == http.StatusBadRequest &&
		strings.Contains(status.Message, "already revoked") {
		return nil
	}
	return err
}
