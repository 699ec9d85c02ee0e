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

	"golang.org/x/crypto/cryptobyte"
	der "golang.org/x/crypto/cryptobyte/asn1"
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
	point, err := c.usersOnly("issuing.crl")
	if err != nil {
		return list{}, err
	}
	return c.listOf(ctx, "issuing.crl", issuingKey, c.issuing, []pkix.Extension{point}, entries)
}

// rootList is always empty: the root signed the issuing authority alone. It is of all that the
// root signed, itself too, and so has no issuing distribution point: the root names no list.
func (c *CA) rootList(ctx context.Context) (list, error) {
	return c.listOf(ctx, "root.crl", rootKey, c.root, nil, nil)
}

var oidIssuingPoint = asn1.ObjectIdentifier{2, 5, 29, 28}

// usersOnly is the issuing distribution point (RFC 5280 5.2.5) of the list of users'
// certificates: its address, as they name it, and that it is of them alone. Some programs, EU
// DSS among them, take a list that says the one only with the other.
func (c *CA) usersOnly(name string) (pkix.Extension, error) {
	var b cryptobyte.Builder
	tag := func(n uint8) der.Tag { return der.Tag(n).ContextSpecific() }
	b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(tag(0).Constructed(), func(b *cryptobyte.Builder) { // distributionPoint
			b.AddASN1(tag(0).Constructed(), func(b *cryptobyte.Builder) { // fullName
				b.AddASN1(tag(6), func(b *cryptobyte.Builder) { b.AddBytes([]byte(c.address(name))) }) // URI
			})
		})
		b.AddASN1(tag(1), func(b *cryptobyte.Builder) { b.AddUint8(0xff) }) // onlyContainsUserCerts
	})
	value, err := b.Bytes()
	if err != nil {
		return pkix.Extension{}, fmt.Errorf("test CA: %w", err)
	}
	return pkix.Extension{Id: oidIssuingPoint, Critical: true, Value: value}, nil
}

// listOf returns the list of these entries: the one that was made last, where it
// is the same and not old.
func (c *CA) listOf(ctx context.Context, name, key string, issuer *x509.Certificate, scope []pkix.Extension,
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
		ExtraExtensions: scope,
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
