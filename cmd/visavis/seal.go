package main

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"visavis/certificate"
	"visavis/certificate/keys"
	"visavis/certificate/proof/xades"
	"visavis/certificate/testca"
	"visavis/enrolment/evidence"
	"visavis/enrolment/journey"
)

const (
	// sealKeyID is the key that seals proofs where the operator sets none.
	sealKeyID = "proof-seal"
	// sealYears is the life of the certificate that this key signs itself. It is made anew
	// sealRenew before its end.
	sealYears = 10
	sealRenew = 365 * 24 * time.Hour
)

// proofs are what seals the proofs of certificates, and where its time stamps come from.
func (c *Config) proofs(ctx context.Context, k *evidence.Keeper, keeper keys.Keeper) (journey.Proofs, error) {
	seal, err := c.Issuing.seal()
	if err == nil && seal.Chain == nil {
		seal, err = ownSeal(ctx, keeper, filepath.Join(c.Storage.Keys, "seal.pem"), c.Journey.Operator, time.Now())
	}
	if err != nil {
		return journey.Proofs{}, err
	}
	out := journey.Proofs{Seal: seal, Status: xades.Online{Inside: xades.Anybody}.Status}
	if a := c.Storage.authority(k); a != nil {
		out.Sources.Stamp = a.Token
		if c.Storage.TimestampCA != "" {
			if out.Sources.Others, err = readCertificates(c.Storage.TimestampCA); err != nil {
				return out, fmt.Errorf("--timestamp-ca: %w", err)
			}
		}
	}
	online := xades.Online{Inside: xades.Below(slices.Concat(seal.Chain, out.Sources.Others))}
	out.Sources.Issuer, out.Sources.Status = online.Issuer, online.Status
	return out, nil
}

// signatures are where time stamps, lists and answers of signed documents come from. ca is the
// test authority, which stamps where nobody else does; nil with any other issuer.
func signatures(c *journey.Certificates, ca *testca.CA) xades.Sources {
	out := c.Proofs.Sources
	if ca != nil && out.Stamp == nil {
		out.Stamp = ca.Stamp
	}
	out.Others = slices.Concat(out.Others, c.Desk.Profile.Pinned)
	if ca != nil {
		out.Others = append(out.Others, ca.Issuing())
	}
	online := xades.Online{Inside: xades.Below(out.Others)}
	out.Issuer, out.Status = online.Issuer, online.Status
	return out
}

// seal reads the operator's seal; its chain is nil where none is set.
func (s *issuerSettings) seal() (out xades.Seal, err error) {
	if s.SealKey == "" {
		return out, nil
	}
	body, err := os.ReadFile(s.SealKey)
	if err != nil {
		return out, fmt.Errorf("--seal-key: %w", err)
	}
	block, _ := pem.Decode(body)
	if block == nil {
		return out, fmt.Errorf("--seal-key: %s is not PEM", s.SealKey)
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return out, fmt.Errorf("--seal-key: %s: want a private key in PKCS #8, without a passphrase", s.SealKey)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return out, fmt.Errorf("--seal-key: %s: the key cannot sign", s.SealKey)
	}
	chain, err := readCertificates(s.SealCertificate)
	if err != nil {
		return out, fmt.Errorf("--seal-certificate: %w", err)
	}
	out = xades.Seal{Chain: chain, Use: func(_ context.Context, f func(crypto.Signer) error) error { return f(signer) }}
	trial := []xades.File{{Name: "trial", Type: "text/plain"}}
	if _, err := xades.Sign(context.Background(), trial, out, time.Now()); err != nil {
		return out, fmt.Errorf("--seal-key, --seal-certificate: %w", err)
	}
	return out, nil
}

// ownSeal returns the seal with a key of ours and a certificate that it signed itself,
// which other programs have to be told to trust.
func ownSeal(ctx context.Context, k keys.Keeper, path, operator string, now time.Time) (out xades.Seal, err error) {
	public, err := k.Make(ctx, sealKeyID)
	if err != nil {
		return out, fmt.Errorf("the seal of proofs: %w", err)
	}
	out.Use = func(ctx context.Context, f func(crypto.Signer) error) error { return k.Use(ctx, sealKeyID, f) }
	list, err := readCertificates(path)
	if err == nil && now.Before(list[0].NotAfter.Add(-sealRenew)) && sameKey(list[0].PublicKey, public) {
		out.Chain = list[:1]
		return out, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return out, fmt.Errorf("the seal of proofs: %w", err)
	}
	der, err := selfSigned(ctx, out, public, operator, now)
	if err != nil {
		return out, fmt.Errorf("the seal of proofs: %w", err)
	}
	cert, err := x509.ParseCertificate(der)
	if err == nil {
		err = replaceFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	}
	if err != nil {
		return out, fmt.Errorf("the seal of proofs: %w", err)
	}
	out.Chain = []*x509.Certificate{cert}
	return out, nil
}

// storedSeal returns the seal of ours that a server made in its folder of keys. It makes
// none: beside a server that would be another one.
func storedSeal(ctx context.Context, folder string) (out xades.Seal, err error) {
	wrong := func(err error) (xades.Seal, error) {
		return out, fmt.Errorf("the seal in %s: %w; set --seal-key and --seal-certificate", folder, err)
	}
	if _, err := os.Stat(filepath.Join(folder, secretName)); err != nil {
		return wrong(err)
	}
	secret, err := subscriberSecret(folder, nil)
	if err != nil {
		return wrong(err)
	}
	k, err := keys.OpenFiles(filepath.Join(folder, "private"), secret)
	if err != nil {
		return wrong(err)
	}
	list, err := readCertificates(filepath.Join(folder, "seal.pem"))
	if err != nil {
		return wrong(err)
	}
	public, err := k.Public(ctx, sealKeyID)
	if err == nil && !sameKey(list[0].PublicKey, public) {
		err = errors.New("seal.pem is of another key")
	}
	if err != nil {
		return wrong(err)
	}
	out.Chain = list[:1]
	out.Use = func(ctx context.Context, f func(crypto.Signer) error) error { return k.Use(ctx, sealKeyID, f) }
	return out, nil
}

func sameKey(a, b crypto.PublicKey) bool {
	known, ok := a.(interface{ Equal(crypto.PublicKey) bool })
	return ok && known.Equal(b)
}

func selfSigned(
	ctx context.Context, seal xades.Seal, public crypto.PublicKey, operator string, now time.Time,
) (der []byte, err error) {
	name := pkix.Name{CommonName: "Visavis proof seal (self-signed)"}
	if operator != "" {
		name.Organization = []string{operator}
	}
	c := &x509.Certificate{
		SerialNumber: certificate.NewSerial(), Subject: name,
		NotBefore: now.Add(-time.Minute), NotAfter: now.AddDate(sealYears, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment, BasicConstraintsValid: true,
	}
	err = seal.Use(ctx, func(s crypto.Signer) (err error) {
		der, err = x509.CreateCertificate(rand.Reader, c, c, public, s)
		return err
	})
	return der, err
}

// replaceFile writes a file whole: an instance that reads it meanwhile gets the one
// before or this one.
func replaceFile(path string, body []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".seal-*")
	if err != nil {
		return err
	}
	_, err = f.Write(body)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
