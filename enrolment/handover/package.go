package handover

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"time"

	"visavis/certificate/proof"
	"visavis/certificate/proof/xades"
	"visavis/enrolment/evidence"
	"visavis/enrolment/retention"
	"visavis/enrolment/store"
)

// Extension ends the name of a package: CMS AuthEnvelopedData in DER.
const Extension = ".asice.p7m"

// Packer makes packages.
type Packer struct {
	Keeper    *evidence.Keeper
	Retention *retention.Retention
	Seal      xades.Seal
	Recipient *x509.Certificate
}

// About is package.json: what a package is of.
type About struct {
	Version     int       `json:"version"` // 1
	Enrolment   string    `json:"enrolment"`
	Reference   string    `json:"reference"`
	MadeAt      time.Time `json:"madeAt"`
	Certificate string    `json:"certificate,omitempty"` // SHA-256 of the one that was issued, hex
}

// Pack makes the package of an enrolment: data, pictures, reports, texts, the evidence's
// signed chain, and what was issued with its proof. It is another one each time.
// store.ErrNotFound.
func (p *Packer) Pack(ctx context.Context, id string, now time.Time) ([]byte, error) {
	if err := CheckRecipient(p.Recipient, now); err != nil {
		return nil, err
	}
	about := About{Version: 1, Enrolment: id, MadeAt: now.UTC().Truncate(time.Second)}
	files, err := p.records(ctx, &about)
	if err != nil {
		return nil, err
	}
	err = p.Retention.Files(ctx, id, func(name string, body []byte) error {
		files = append(files, proof.File{Name: name, Body: body})
		return nil
	})
	if err != nil {
		return nil, err
	}
	body, err := proof.Container(ctx, files, p.Seal, now)
	if err != nil {
		return nil, err
	}
	return encrypt(body, p.Recipient)
}

// records are the files beside those of an export, package.json first.
func (p *Packer) records(ctx context.Context, about *About) (files []proof.File, err error) {
	var chain []store.ManifestEntry
	var issued store.Certificate
	var shown []byte
	err = p.Keeper.Store.InTx(ctx, func(tx *store.Tx) error {
		record, err := tx.Load(ctx, about.Enrolment)
		if err != nil {
			return err
		}
		about.Reference = record.Reference
		if chain, _, err = tx.Manifest(ctx, record.ID); err != nil {
			return err
		}
		if issued, err = tx.CertificateOf(ctx, record.ID); err == nil {
			shown, err = tx.Proof(ctx, issued.ID)
		}
		if errors.Is(err, store.ErrNotFound) { // an operator exports what was never issued too
			err = nil
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(issued.Value.DER) > 0 {
		about.Certificate = hexOf(issued.Value.DER)
		var list bytes.Buffer
		for _, der := range append([][]byte{issued.Value.DER}, issued.Value.Chain...) {
			list.Write(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
		}
		files = append(files, proof.File{Name: "certificate.pem", Body: list.Bytes()})
	}
	if len(shown) > 0 {
		_, extension := proof.Form(shown)
		files = append(files, proof.File{Name: "proof" + extension, Body: shown})
	}
	for _, f := range []struct {
		name  string
		value any
	}{{"chain.json", entries(chain)}, {"package.json", about}} {
		body, err := json.MarshalIndent(f.value, "", "  ")
		if err != nil {
			return nil, fmt.Errorf("handover: %w", err)
		}
		files = append([]proof.File{{Name: f.name, Body: body}}, files...)
	}
	signer, err := p.Keeper.Signer.PublicPEM()
	if err != nil {
		return nil, err
	}
	return append(files, proof.File{Name: "signer.pem", Body: signer}), nil
}

// entry is one entry of the evidence's chain, as it was signed.
type entry struct {
	Body      string `json:"body"`
	Hash      string `json:"hash"`
	Signature string `json:"signature"`
}

func entries(chain []store.ManifestEntry) []entry {
	out := make([]entry, len(chain))
	for i, e := range chain {
		out[i] = entry{e.Body, e.Hash, e.Signature}
	}
	return out
}

func hexOf(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}
