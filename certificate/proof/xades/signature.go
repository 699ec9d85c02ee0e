package xades

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"text/template"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"
)

// File is one signed file.
type File struct {
	Name string // a path of letters, digits and -._/ alone
	Type string // its media type
	Body []byte
}

// The signature methods, by the kind of key.
const (
	methodECDSA = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
	methodRSA   = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
)

// The unsigned properties, by the names of their elements.
const (
	kindStamp          = "SignatureTimeStamp"
	kindArchive        = "ArchiveTimeStamp"
	kindCertificates   = "CertificateValues"
	kindRevocations    = "RevocationValues"
	kindValidationData = "TimeStampValidationData"
)

// reference is what the signature says of one file.
type reference struct {
	Name   string
	Type   string
	Digest []byte
}

// property is one unsigned property. What it holds depends on its kind.
type property struct {
	Kind         string
	Index        int      // of a time stamp: how many stand before it; of validation data: whose
	Token        []byte   // a time stamp (RFC 3161), DER
	Certificates [][]byte // DER
	CRLs, OCSPs  [][]byte // DER
}

// Signature is one signature with its properties.
type Signature struct {
	files    []reference
	method   string
	claimed  string // RFC 3339, UTC
	value    []byte
	chain    [][]byte // DER, the signer's first
	unsigned []property
}

var (
	//go:embed signature.xml.tmpl
	source string
	parts  = template.Must(template.New("").Funcs(template.FuncMap{"base64": base64.StdEncoding.EncodeToString}).
		Parse(source))
)

func part(name string, of any) (string, error) {
	var b strings.Builder
	if err := parts.ExecuteTemplate(&b, name, of); err != nil {
		return "", fmt.Errorf("xades: %w", err)
	}
	return b.String(), nil
}

// canonical returns a part in exclusive canonical form, which is the same wherever the
// part stands.
func canonical(name string, of any) ([]byte, error) {
	text, err := part(name, of)
	if err != nil {
		return nil, err
	}
	doc := etree.NewDocument()
	if err := doc.ReadFromString(text); err != nil {
		return nil, fmt.Errorf("xades: %w", err)
	}
	if doc.Root() == nil {
		return nil, errors.New("xades: a part is empty")
	}
	out, err := dsig.MakeC14N10ExclusiveCanonicalizerWithPrefixList("").Canonicalize(doc.Root())
	if err != nil {
		return nil, fmt.Errorf("xades: %w", err)
	}
	return out, nil
}

func (s *Signature) properties() ([]byte, error) {
	sum := sha256.Sum256(s.chain[0])
	return canonical("properties", map[string]any{
		"Claimed": s.claimed, "CertificateDigest": sum[:], "Files": s.files,
	})
}

func (s *Signature) info() ([]byte, error) {
	properties, err := s.properties()
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(properties)
	return canonical("info", map[string]any{
		"Method": s.method, "Files": s.files, "PropertiesDigest": sum[:],
	})
}

func (s *Signature) valuePart() ([]byte, error) {
	return canonical("value", map[string]any{"Value": s.value})
}

func (s *Signature) keyPart() ([]byte, error) {
	return canonical("key", map[string]any{"Chain": s.chain})
}

// XML returns META-INF/signatures.xml.
func (s *Signature) XML() ([]byte, error) {
	var all [4][]byte
	for i, one := range []func() ([]byte, error){s.info, s.valuePart, s.keyPart, s.properties} {
		var err error
		if all[i], err = one(); err != nil {
			return nil, err
		}
	}
	var unsigned []string
	for _, p := range s.unsigned {
		one, err := canonical(p.Kind, p)
		if err != nil {
			return nil, err
		}
		unsigned = append(unsigned, string(one))
	}
	out, err := part("document", map[string]any{
		"Info": string(all[0]), "Value": string(all[1]), "Key": string(all[2]), "Properties": string(all[3]),
		"Unsigned": unsigned,
	})
	return []byte(out), err
}

// archived returns what an archive time stamp at this place among the unsigned
// properties is over: EN 319 132-1, 5.5.2.
func (s *Signature) archived(files []File, at int) ([]byte, error) {
	var out bytes.Buffer
	for _, f := range files {
		out.Write(f.Body)
	}
	for _, one := range []func() ([]byte, error){s.properties, s.info, s.valuePart, s.keyPart} {
		body, err := one()
		if err != nil {
			return nil, err
		}
		out.Write(body)
	}
	for _, p := range s.unsigned[:at] {
		body, err := canonical(p.Kind, p)
		if err != nil {
			return nil, err
		}
		out.Write(body)
	}
	return out.Bytes(), nil
}

// stamped returns what the time stamp at this place is over.
func (s *Signature) stamped(files []File, at int) ([]byte, error) {
	if s.unsigned[at].Kind == kindStamp {
		return s.valuePart()
	}
	return s.archived(files, at)
}

// stamps returns the places of the time stamps, oldest first.
func (s *Signature) stamps() (at []int) {
	for i, p := range s.unsigned {
		if p.Kind == kindStamp || p.Kind == kindArchive {
			at = append(at, i)
		}
	}
	return at
}

// Level returns B, T, LT or LTA.
func (s *Signature) Level() string {
	switch n := len(s.unsigned); {
	case n == 0:
		return "B"
	case n == 1:
		return "T"
	case len(s.stamps()) == 1:
		return "LT"
	}
	return "LTA"
}
