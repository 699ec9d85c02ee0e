package stepca

import (
	"context"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"time"

	"visavis/certificate"
)

// listLife is how long a list of revoked certificates is believed before the next is read.
const listLife = time.Minute

// list is the authority's list of revoked certificates, by serial number in hex.
type list struct {
	read    time.Time
	revoked map[string]certificate.Revocation
}

// listed returns an entry's revocation by the authority's own list, nil without one. An
// authority that keeps no list says nothing.
func (c *Client) listed(ctx context.Context, e Entry) (*certificate.Revocation, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := c.now(); c.list.read.IsZero() || now.Sub(c.list.read) >= listLife || now.Before(c.list.read) {
		revoked, err := c.readList(ctx, e)
		if err != nil {
			return nil, err
		}
		c.list = list{now, revoked}
	}
	if r, ok := c.list.revoked[e.Serial]; ok {
		return &r, nil
	}
	return nil, nil //nolint:nilnil // not revoked
}

// readList reads the list and checks who signed it.
func (c *Client) readList(ctx context.Context, e Entry) (map[string]certificate.Revocation, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base.JoinPath(pathCRL).String(), nil)
	if err != nil {
		return nil, fmt.Errorf("step-ca: %w", err)
	}
	body, err := c.do(r)
	if isStatus(err, http.StatusNotFound) {
		return nil, nil // the authority was not told to keep one
	}
	if err != nil {
		return nil, err
	}
	if block, _ := pem.Decode(body); block != nil {
		body = block.Bytes
	}
	crl, err := x509.ParseRevocationList(body)
	if err != nil {
		return nil, fmt.Errorf("step-ca: its list of revoked certificates: %w", err)
	}
	if err := c.signed(crl, e); err != nil {
		return nil, fmt.Errorf("step-ca: its list of revoked certificates: %w", err)
	}
	if !crl.NextUpdate.IsZero() && c.now().After(crl.NextUpdate) {
		return nil, &certificate.TemporaryError{Err: fmt.Errorf("step-ca: its list of revoked certificates counted until %s",
			crl.NextUpdate.Format(time.RFC3339))}
	}
	out := map[string]certificate.Revocation{}
	for _, entry := range crl.RevokedCertificateEntries {
		out[hex.EncodeToString(entry.SerialNumber.Bytes())] = certificate.Revocation{
			At: entry.RevocationTime.UTC(), Reason: reasonOf(entry.ReasonCode),
		}
	}
	return out, nil
}

// signed wants a pinned authority behind a list, or the one that issued an entry where a
// pinned one signed that.
func (c *Client) signed(crl *x509.RevocationList, e Entry) error {
	var issuer *x509.Certificate
	if len(e.Chain) > 0 {
		var err error
		if issuer, err = x509.ParseCertificate(e.Chain[0]); err != nil {
			return err
		}
	}
	err := errors.New("no authority is pinned")
	for _, pinned := range c.cfg.Authorities {
		if err = crl.CheckSignatureFrom(pinned); err == nil {
			return nil
		}
		if issuer != nil && issuer.CheckSignatureFrom(pinned) == nil && crl.CheckSignatureFrom(issuer) == nil {
			return nil
		}
	}
	return err
}

// reasonOf is a code's reason; those that no person gives are unspecified.
func reasonOf(code int) certificate.Reason {
	for _, r := range certificate.Reasons() {
		if n, ok := r.Code(); ok && n == code {
			return r
		}
	}
	return certificate.ReasonUnspecified
}
