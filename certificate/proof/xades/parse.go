package xades

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
)

// encoded is base64 text.
type encoded []byte

// UnmarshalText implements encoding.TextUnmarshaler.
func (e *encoded) UnmarshalText(text []byte) error {
	out, err := base64.StdEncoding.DecodeString(string(text))
	*e = out
	return err
}

// wire is META-INF/signatures.xml as far as it is read. What it leaves out is compared
// by writing the same values again.
type wire struct {
	Info struct {
		Method struct {
			Algorithm string `xml:",attr"`
		} `xml:"SignatureMethod"`
		References []struct {
			URI    string  `xml:",attr"`
			Digest encoded `xml:"DigestValue"`
		} `xml:"Reference"`
	} `xml:"Signature>SignedInfo"`
	Value  encoded   `xml:"Signature>SignatureValue"`
	Chain  []encoded `xml:"Signature>KeyInfo>X509Data>X509Certificate"`
	Object struct {
		Claimed  string   `xml:"SignedProperties>SignedSignatureProperties>SigningTime"`
		Types    []string `xml:"SignedProperties>SignedDataObjectProperties>DataObjectFormat>MimeType"`
		Unsigned struct {
			Properties []wireProperty `xml:",any"`
		} `xml:"UnsignedProperties>UnsignedSignatureProperties"`
	} `xml:"Signature>Object>QualifyingProperties"`
}

type wireProperty struct {
	XMLName xml.Name
	Token   encoded `xml:"EncapsulatedTimeStamp"`
	wireValues
	Inner wireValues `xml:"CertificateValues"`
	Revoc wireValues `xml:"RevocationValues"`
}

type wireValues struct {
	Certificates []encoded `xml:"EncapsulatedX509Certificate"`
	CRLs         []encoded `xml:"CRLValues>EncapsulatedCRLValue"`
	OCSPs        []encoded `xml:"OCSPValues>EncapsulatedOCSPValue"`
}

// maxXML bounds a signature: its certificates, lists and time stamps, in bytes.
const maxXML = 16 << 20

// ErrForm is a signature of another form than this package writes.
var ErrForm = errors.New("the signature is not of the form that is written here")

// Parse reads META-INF/signatures.xml.
func Parse(body []byte) (*Signature, error) {
	if len(body) > maxXML {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrForm, maxXML)
	}
	var w wire
	if err := xml.Unmarshal(body, &w); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrForm, err)
	}
	s, err := w.signature()
	if err != nil {
		return nil, err
	}
	again, err := s.XML()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrForm, err)
	}
	if !bytes.Equal(again, body) {
		return nil, fmt.Errorf("%w: it holds more, or is written otherwise", ErrForm)
	}
	return s, nil
}

func (w wire) signature() (*Signature, error) {
	n := len(w.Info.References) - 1 // the last one is to the signed properties
	if n < 1 || len(w.Object.Types) != n || len(w.Chain) == 0 {
		return nil, fmt.Errorf("%w: no file is signed, or no certificate is there", ErrForm)
	}
	s := &Signature{
		method: w.Info.Method.Algorithm, claimed: w.Object.Claimed, value: w.Value, chain: raw(w.Chain),
	}
	if s.method != methodECDSA && s.method != methodRSA {
		return nil, fmt.Errorf("%w: signature method %q", ErrForm, s.method)
	}
	for i, r := range w.Info.References[:n] {
		f := reference{r.URI, w.Object.Types[i], r.Digest}
		if err := acceptable(f.Name, f.Type); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrForm, err)
		}
		s.files = append(s.files, f)
	}
	stamps := 0
	for _, p := range w.Object.Unsigned.Properties {
		one := property{Kind: p.XMLName.Local, Index: stamps, Token: p.Token,
			Certificates: raw(p.Certificates), CRLs: raw(p.CRLs), OCSPs: raw(p.OCSPs)}
		switch one.Kind {
		case kindStamp, kindArchive:
			stamps++
		case kindValidationData:
			one.Index--
			one.Certificates, one.CRLs, one.OCSPs = raw(p.Inner.Certificates), raw(p.Revoc.CRLs), raw(p.Revoc.OCSPs)
		}
		s.unsigned = append(s.unsigned, one)
	}
	return s, s.ordered()
}

// ordered checks the unsigned properties: one signature time stamp, its certificates
// and lists, then archive time stamps with validation data between.
func (s *Signature) ordered() error {
	if n := len(s.stamps()); n > maxStamps { // each is over all before it
		return fmt.Errorf("%w: %d time stamps, want %d or fewer", ErrForm, n, maxStamps)
	}
	for i, p := range s.unsigned {
		var want string
		switch {
		case i < 3:
			want = []string{kindStamp, kindCertificates, kindRevocations}[i]
		case i%2 == 1:
			want = kindArchive
		default:
			want = kindValidationData
		}
		if p.Kind != want {
			return fmt.Errorf("%w: property %d is %q, want %s", ErrForm, i+1, p.Kind, want)
		}
	}
	if n := len(s.unsigned); n > 4 && n%2 == 1 || n == 2 {
		return fmt.Errorf("%w: the last property is cut off", ErrForm)
	}
	return nil
}

func raw(list []encoded) (out [][]byte) {
	for _, e := range list {
		out = append(out, e)
	}
	return out
}
