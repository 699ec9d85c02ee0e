package testca

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"
)

// listLife is how long a list may be relied on. Ours is made anew at half of it,
// and with every revocation.
const listLife = time.Hour

// list is a signed list and what it was made of.
type list struct {
	der     []byte
	of      [32]byte // digest of the entries
	made    time.Time
	updated time.Time // nextUpdate
}

// issuingList returns the issuing authority's list as it is now.
func (c *CA) issuingList(ctx context.Context) (list, error) {
	revoked, err := c.cfg.Store.Revoked(ctx)
	if err != nil {
		return list{}, fmt.Errorf("test CA: %w", err)
	}
	slices.SortFunc(revoked, func(a, b Entry) int { return strings.Compare(a.Serial, b.Serial) })
	var entries []x509.RevocationListEntry
	for _, e := range revoked {
		if !c.now().Before(e.NotAfter.Add(listLife)) {
			continue // expired, and listed once after its expiry
		}
		n, ok := new(big.Int).SetString(e.Serial, 16)
		code, known := e.Revocation.Reason.Code()
		if !ok || !known {
			return list{}, fmt.Errorf("test CA: the entry of serial number %q cannot be read", e.Serial)
		}
		entries = append(entries, x509.RevocationListEntry{SerialNumber: n, RevocationTime: e.Revocation.At,
			ReasonCode: code})
	}
	return c.listOf(ctx, "issuing.crl", issuingKey, c.issuing, usersOnly, entries)
}

// rootList is always empty: the root signed the issuing authority alone.
func (c *CA) rootList(ctx context.Context) (list, error) {
	return c.listOf(ctx, "root.crl", rootKey, c.root, authoritiesOnly, nil)
}

// The scopes of the two lists, as issuing distribution points (RFC 5280 5.2.5).
// They name no address: certificates that were issued under an earlier one of this
// server are on the list too.
var (
	usersOnly       = pkix.Extension{Id: oidIssuingPoint, Critical: true, Value: []byte{0x30, 3, 0x81, 1, 0xff}}
	authoritiesOnly = pkix.Extension{Id: oidIssuingPoint, Critical: true, Value: []byte{0x30, 3, 0x82, 1, 0xff}}
	oidIssuingPoint = asn1.ObjectIdentifier{2, 5, 29, 28}
)

// listOf returns the list of these entries: the one that was made last, where it
// is the same and not old.
func (c *CA) listOf(ctx context.Context, name, key string, issuer *x509.Certificate, scope pkix.Extension,
	entries []x509.RevocationListEntry) (list, error) {
	now := c.now()
	of := digestOfEntries(entries)
	c.mu.Lock()
	last, ok := c.lists[name]
	c.mu.Unlock()
	if ok && last.of == of && now.Before(last.made.Add(listLife/2)) && !now.Before(last.made) {
		return last, nil
	}
	next := list{of: of, made: now, updated: now.Add(listLife)}
	template := &x509.RevocationList{
		Number:     big.NewInt(now.UnixMilli()), // increases with the clock, on every instance
		ThisUpdate: now, NextUpdate: next.updated, RevokedCertificateEntries: entries,
		ExtraExtensions: []pkix.Extension{scope},
	}
	err := c.cfg.Keys.Use(ctx, key, func(s crypto.Signer) (err error) {
		next.der, err = x509.CreateRevocationList(rand.Reader, template, issuer, s)
		return err
	})
	if err != nil {
		return list{}, fmt.Errorf("test CA: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lists[name] = next
	return next, nil
}

func digestOfEntries(entries []x509.RevocationListEntry) [32]byte {
	var text strings.Builder
	for _, e := range entries {
		fmt.Fprintln(&text, e.SerialNumber, e.RevocationTime.UnixNano(), e.ReasonCode)
	}
	return sha256.Sum256([]byte(text.String()))
}
