package proof

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"

	"visavis/certificate"
	"visavis/certificate/proof/xades"
)

// sealed is the version of a manifest beside which a seal stands.
const sealed = 2

// The files that every proof has.
const (
	manifestName  = "manifest.json"
	signatureName = "manifest.sig"
	signerName    = "signer.pem"
	readmeName    = "LISEZMOI.txt"
	pageName      = "index.html"
	pemName       = "certificate/certificate.pem"
	chainName     = "certificate/chain.pem"
	recordName    = "certificate/certificate.json"
)

// Signer signs manifests. What it signs must not pass for anything else that the
// same key signs.
type Signer interface {
	// SignProof signs a manifest.
	SignProof(manifest []byte) (signature []byte)
	// Public is the key that checks it.
	Public() ed25519.PublicKey
}

// File is one file of a proof beside those that every proof has.
type File struct {
	Name string // such as records/consents.json, texts/subscription-fr-1.txt, status/issuing.crl or log/head.txt
	Body []byte
}

// Manifest is what is signed.
type Manifest struct {
	Version     int       `json:"version"` // 2; 1 had no seal beside the manifest's signature
	Enrolment   string    `json:"enrolment"`
	Reference   string    `json:"reference"`
	MadeAt      time.Time `json:"madeAt"`
	Level       string    `json:"level"`           // of the certificate
	Badge       string    `json:"badge,omitempty"` // what must be said of it, such as that it is for tests
	Serial      string    `json:"serial"`          // hex
	Fingerprint string    `json:"fingerprint"`     // SHA-256 of the certificate, hex
	Files       []Entry   `json:"files"`           // by name
}

// Entry is one file's.
type Entry struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"` // hex
}

// ErrNoCertificate is a record without a certificate that may be shown.
var ErrNoCertificate = errors.New("proof: nothing was issued, or it was put aside")

// Container makes a sealed container (ASiC-E) of any files, its seal at level B. A name
// that leads elsewhere, is the container's own or there twice is refused. The result
// depends on the order of the files.
func Container(ctx context.Context, files []File, seal xades.Seal, now time.Time) ([]byte, error) {
	seen := map[string]bool{}
	for _, f := range files {
		dir, _, _ := strings.Cut(strings.ToUpper(f.Name), "/")
		if path.Clean("/" + f.Name)[1:] != f.Name || strings.ContainsAny(f.Name, "\\:\x00") || dir == "META-INF" ||
			f.Name == typeName || f.Name == "" {
			return nil, fmt.Errorf("proof: a container has no place for the file %q", f.Name)
		}
		if seen[f.Name] {
			return nil, fmt.Errorf("proof: the file %s is there twice", f.Name)
		}
		seen[f.Name] = true
	}
	signature, err := xades.Sign(ctx, typed(files), seal, now)
	if err != nil {
		return nil, fmt.Errorf("proof: %w", err)
	}
	return pack(files, signature, now)
}

// Maker is who makes proofs.
type Maker struct {
	Signer Signer     // of the manifest
	Seal   xades.Seal // of the whole, for programs of others
}

// Build makes the proof of a certificate, its seal at level B: see [Extend]. The files
// are the caller's records and texts; a picture, a name out of its place and a name
// twice are refused.
func Build(ctx context.Context, c certificate.Certificate, files []File, by Maker, now time.Time) ([]byte, error) {
	if !c.Visible() {
		return nil, ErrNoCertificate
	}
	all, err := own(c, by.Signer)
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		if err := acceptable(f); err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	page, err := reader(c, all)
	if err != nil {
		return nil, err
	}
	all = append(all, File{pageName, page})
	slices.SortFunc(all, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	m := Manifest{
		Version: sealed, Enrolment: c.Request.Enrolment, Reference: c.Request.Reference,
		MadeAt: now.UTC().Truncate(time.Second),
		Level:  string(c.Level), Badge: c.Level.Badge(c.Request.Language), Serial: c.Details.Serial,
		Fingerprint: c.Details.Fingerprint,
	}
	for i, f := range all {
		if i > 0 && all[i-1].Name == f.Name {
			return nil, fmt.Errorf("proof: the file %s is there twice", f.Name)
		}
		m.Files = append(m.Files, entryOf(f))
	}
	manifest, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("proof: %w", err)
	}
	signature := []byte(base64.StdEncoding.EncodeToString(by.Signer.SignProof(manifest)) + "\n")
	all = append([]File{{manifestName, manifest}, {signatureName, signature}}, all...)
	seal, err := xades.Sign(ctx, typed(all), by.Seal, now)
	if err != nil {
		return nil, fmt.Errorf("proof: %w", err)
	}
	return pack(all, seal, now)
}

func entryOf(f File) Entry {
	sum := sha256.Sum256(f.Body)
	return Entry{f.Name, int64(len(f.Body)), hex.EncodeToString(sum[:])}
}

// own returns the files that every proof has, without manifest and signature.
func own(c certificate.Certificate, s Signer) ([]File, error) {
	record, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("proof: %w", err)
	}
	der, err := marshalPublic(s.Public())
	if err != nil {
		return nil, err
	}
	var chain bytes.Buffer
	for _, one := range c.Chain {
		chain.Write(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: one}))
	}
	only := c
	only.Chain = nil
	return []File{
		{readmeName, readme(c)}, {signerName, der}, {pemName, only.PEM(c.Request.Language)},
		{chainName, chain.Bytes()}, {recordName, record},
	}, nil
}

// places are the folders of a caller's files.
var places = []string{"records", "texts", "status", "log"}

// acceptable refuses what has no place in a proof.
func acceptable(f File) error {
	dir, _, _ := strings.Cut(f.Name, "/")
	if path.Clean(f.Name) != f.Name || strings.ContainsAny(f.Name, "\\:\x00") || !slices.Contains(places, dir) ||
		dir == f.Name {
		return fmt.Errorf("proof: the file %q has no place: want records/…, texts/…, status/… or log/…", f.Name)
	}
	if kind := http.DetectContentType(f.Body); strings.HasPrefix(kind, "image/") || strings.HasPrefix(kind, "video/") {
		return fmt.Errorf("proof: %s is a picture (%s): a proof has none, it is kept longer than they are", f.Name, kind)
	}
	return nil
}
