package proof

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"visavis/certificate"
	"visavis/certificate/proof/xades"
)

const (
	// maxFile and maxTotal bound what is unpacked: a proof has some hundred kB.
	maxFile  = 16 << 20
	maxTotal = 64 << 20
	maxFiles = 1000
)

// Check tells whether a signature is by the server's key over this manifest.
type Check func(manifest, signature []byte) bool

// Result is what was looked at and what was wrong.
type Result struct {
	Manifest Manifest
	// Seal is what was found of the seal; nil in a proof of version 1, which had none.
	Seal     *xades.Report
	Problems []string // none: the file is as it was made
}

// OK tells whether nothing is wrong.
func (r Result) OK() bool { return len(r.Problems) == 0 }

func (r *Result) find(format string, args ...any) {
	r.Problems = append(r.Problems, fmt.Sprintf(format, args...))
}

// ErrNotAProof is a file that is none.
var ErrNotAProof = errors.New("it is no proof file")

// Verify checks a proof. An error says that it could not be looked at; what is
// wrong with it is in the result. Without roots the reader compares whose seal it is.
func Verify(body []byte, check Check, roots xades.Roots) (Result, error) {
	listed, err := unpack(body)
	if err != nil {
		return Result{}, err
	}
	seal, listed, err := unseal(listed)
	if err != nil {
		return Result{}, fmt.Errorf("%w: %w", ErrNotAProof, err)
	}
	files := map[string][]byte{}
	for _, f := range listed {
		files[f.Name] = f.Body
	}
	manifest, signature := files[manifestName], files[signatureName]
	if manifest == nil || signature == nil {
		return Result{}, fmt.Errorf("%w: %s or %s is missing", ErrNotAProof, manifestName, signatureName)
	}
	var r Result
	if !signed(manifest, signature, check) {
		r.find("the manifest was not signed with this key, or was changed since")
	}
	if r.readManifest(manifest) {
		r.files(files)
		r.certificate(files)
	}
	switch version := r.Manifest.Version; {
	case seal != nil:
		found := seal.Check(typed(listed), roots)
		r.Seal = &found
		r.Problems = append(r.Problems, found.Problems...)
	case version >= sealed:
		r.find("the seal is missing")
	}
	return r, nil
}

// readManifest tells whether it could be read.
func (r *Result) readManifest(body []byte) bool {
	err := json.Unmarshal(body, &r.Manifest)
	ok := err == nil && (r.Manifest.Version == 1 || r.Manifest.Version == sealed)
	if !ok {
		r.find("the manifest is none of version 1 or %d", sealed)
	}
	return ok
}

func signed(manifest, signature []byte, check Check) bool {
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(signature)))
	return err == nil && check(manifest, raw)
}

// files compares what is there with what the manifest lists.
func (r *Result) files(files map[string][]byte) {
	var listed []string
	for _, want := range r.Manifest.Files {
		listed = append(listed, want.Name)
		body, ok := files[want.Name]
		switch {
		case !ok:
			r.find("%s is missing", want.Name)
		case entryOf(File{want.Name, body}) != want:
			r.find("%s was changed", want.Name)
		}
	}
	for name := range files {
		if name != manifestName && name != signatureName && !slices.Contains(listed, name) {
			r.find("%s was added", name)
		}
	}
	slices.Sort(r.Problems)
}

// certificate compares the certificate with its record and the manifest.
func (r *Result) certificate(files map[string][]byte) {
	block, _ := pem.Decode(files[pemName])
	var record certificate.Certificate
	err := json.Unmarshal(files[recordName], &record)
	switch m := r.Manifest; {
	case block == nil || err != nil:
		r.find("certificate or record cannot be read")
	case !bytes.Equal(block.Bytes, record.DER) || record.Details.Fingerprint != m.Fingerprint ||
		fingerprint(block.Bytes) != m.Fingerprint:
		r.find("the certificate is not the one of the manifest")
	case record.Request.Enrolment != m.Enrolment || record.Details.Serial != m.Serial || string(record.Level) != m.Level:
		r.find("the certificate's record is not the one of the manifest")
	}
}

func fingerprint(der []byte) string { return entryOf(File{Body: der}).SHA256 }

// unpack reads the zip in its order, within limits. A name that is there twice is refused: a
// program might show the other one.
func unpack(body []byte) ([]File, error) {
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotAProof, err)
	}
	if len(z.File) > maxFiles {
		return nil, fmt.Errorf("%w: %d files, at most %d are read", ErrNotAProof, len(z.File), maxFiles)
	}
	if err := onlyListed(body, z); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotAProof, err)
	}
	var files []File
	total, seen := 0, map[string]bool{}
	for _, f := range z.File {
		if seen[f.Name] {
			return nil, fmt.Errorf("%w: %s is there twice", ErrNotAProof, f.Name)
		}
		one, err := read(f)
		if err != nil {
			return nil, fmt.Errorf("%w: %s: %w", ErrNotAProof, f.Name, err)
		}
		if total += len(one); total > maxTotal {
			return nil, fmt.Errorf("%w: more than %d bytes", ErrNotAProof, maxTotal)
		}
		seen[f.Name] = true
		files = append(files, File{f.Name, one})
	}
	return files, nil
}

func read(f *zip.File) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }()
	body, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err == nil && len(body) > maxFile {
		err = fmt.Errorf("more than %d bytes", maxFile)
	}
	return body, err
}

// Open returns the files of a sealed container that need not be a proof, with what was
// found of its seal. An error says that it could not be looked at.
func Open(body []byte, roots xades.Roots) ([]File, xades.Report, error) {
	listed, err := unpack(body)
	if err != nil {
		return nil, xades.Report{}, err
	}
	seal, files, err := unseal(listed)
	switch {
	case err != nil:
		return nil, xades.Report{}, fmt.Errorf("%w: %w", ErrNotAProof, err)
	case seal == nil:
		return nil, xades.Report{}, fmt.Errorf("%w: it has no seal", ErrNotAProof)
	}
	return files, seal.Check(typed(files), roots), nil
}
