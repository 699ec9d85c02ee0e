package proof

import (
	"archive/zip"
	"bytes"
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
)

// The files that every proof has.
const (
	manifestName  = "manifest.json"
	signatureName = "manifest.sig"
	signerName    = "signer.pem"
	readmeName    = "LISEZMOI.txt"
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
	Name string // such as records/consents.json or texts/subscription-fr-1.txt
	Body []byte
}

// Manifest is what is signed.
type Manifest struct {
	Version     int       `json:"version"` // 1
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

// Build makes the proof of a certificate. The files are the caller's records and
// texts; a picture, a name out of its place and a name twice are refused.
func Build(c certificate.Certificate, files []File, s Signer, now time.Time) ([]byte, error) {
	if !c.Visible() {
		return nil, ErrNoCertificate
	}
	all, err := own(c, s)
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		if err := acceptable(f); err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	slices.SortFunc(all, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	m := Manifest{
		Version: 1, Enrolment: c.Request.Enrolment, Reference: c.Request.Reference, MadeAt: now.UTC().Truncate(time.Second),
		Level: string(c.Level), Badge: c.Level.Badge(c.Request.Language), Serial: c.Details.Serial,
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
	signature := []byte(base64.StdEncoding.EncodeToString(s.SignProof(manifest)) + "\n")
	return pack(append([]File{{manifestName, manifest}, {signatureName, signature}}, all...), now)
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
		{readmeName, readme(c)}, {signerName, der}, {pemName, only.PEM(c.Request.Language)}, {chainName, chain.Bytes()}, {recordName, record},
	}, nil
}

// acceptable refuses what has no place in a proof.
func acceptable(f File) error {
	dir, _, _ := strings.Cut(f.Name, "/")
	if path.Clean(f.Name) != f.Name || strings.ContainsAny(f.Name, "\\:\x00") || dir != "records" && dir != "texts" ||
		dir == f.Name {
		return fmt.Errorf("proof: the file %q has no place: want records/… or texts/…", f.Name)
	}
	if kind := http.DetectContentType(f.Body); strings.HasPrefix(kind, "image/") || strings.HasPrefix(kind, "video/") {
		return fmt.Errorf("proof: %s is a picture (%s): a proof has none, it is kept longer than they are", f.Name, kind)
	}
	return nil
}

func pack(files []File, now time.Time) ([]byte, error) {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, f := range files {
		w, err := z.CreateHeader(&zip.FileHeader{Name: f.Name, Method: zip.Deflate, Modified: now.UTC()})
		if err == nil {
			_, err = w.Write(f.Body)
		}
		if err != nil {
			return nil, fmt.Errorf("proof: %w", err)
		}
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("proof: %w", err)
	}
	return out.Bytes(), nil
}
