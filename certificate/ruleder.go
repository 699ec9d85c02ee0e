package certificate

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"slices"
	"time"
)

const sourceDER = "X.690, 10 and 11"

var derRules = []Rule{
	{"der", sourceDER, "The encoding is canonical: sets in order, no default value, no bit too many.", checkDER},
	{"dates", "RFC 5280, 4.1.2.5", "Dates are UTCTime until 2049 and GeneralizedTime from 2050, to the second and in UTC.", checkDates},
	{"algorithm-parameters", "RFC 5480, 8410, 4055", "Parameters of algorithms are there where they belong and nowhere else.", checkParameters},
	{"unique-ids", "RFC 5280, 4.1.2.8", "No unique identifiers of issuer or subject.", checkUniqueIDs},
}

// tbsParts are the fields of a certificate that rules read in their encoded form.
type tbsParts struct {
	Raw        asn1.RawContent
	Version    asn1.RawValue `asn1:"optional,explicit,tag:0"`
	Serial     asn1.RawValue
	Algorithm  algorithmParts
	Issuer     asn1.RawValue
	Validity   []asn1.RawValue
	Subject    asn1.RawValue
	Key        keyParts
	IssuerID   asn1.RawValue `asn1:"optional,tag:1"`
	SubjectID  asn1.RawValue `asn1:"optional,tag:2"`
	Extensions asn1.RawValue `asn1:"optional,explicit,tag:3"`
}

type algorithmParts struct {
	ID         asn1.ObjectIdentifier
	Parameters asn1.RawValue `asn1:"optional"`
}

type keyParts struct {
	Algorithm algorithmParts
	Key       asn1.BitString
}

// parts parses the certificate again, in its encoded form.
func (e *examined) parts() (tbsParts, error) {
	var p tbsParts
	if rest, err := asn1.Unmarshal(e.cert.RawTBSCertificate, &p); err != nil || len(rest) > 0 {
		return p, fmt.Errorf("the certificate's fields cannot be read")
	}
	return p, nil
}

// node is one value in BER.
type node struct {
	asn1.RawValue
	children []node
}

// maxDepth bounds the nesting: more than any certificate has.
const maxDepth = 32

// parseNodes parses consecutive values.
func parseNodes(der []byte, depth int) (out []node, err error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("deeper than %d", maxDepth)
	}
	for len(der) > 0 {
		var n node
		if der, err = asn1.Unmarshal(der, &n.RawValue); err != nil {
			return nil, err
		}
		if n.IsCompound {
			if n.children, err = parseNodes(n.Bytes, depth+1); err != nil {
				return nil, err
			}
		}
		out = append(out, n)
	}
	return out, nil
}

// checkDER checks the encoding of the certificate and of the values of its known
// extensions.
func checkDER(e *examined) []string {
	all := [][]byte{e.cert.Raw}
	for _, x := range e.cert.Extensions {
		if neverCritical(x.Id) || forbidden(x.Id) || x.Id.Equal(oidKeyUsage) || x.Id.Equal(oidBasicConstraints) {
			all = append(all, x.Value)
		}
	}
	var out []string
	for _, der := range all {
		nodes, err := parseNodes(der, 0)
		if err != nil {
			out = append(out, "it is not DER")
			continue
		}
		for _, n := range nodes {
			out = n.canonical(out)
		}
	}
	for _, x := range e.cert.Extensions {
		var bits asn1.BitString
		if x.Id.Equal(oidKeyUsage) {
			if _, err := asn1.Unmarshal(x.Value, &bits); err == nil && (bits.BitLength == 0 || bits.At(bits.BitLength-1) == 0) {
				out = append(out, "key usage with bits of zero behind the last one")
			}
		}
	}
	return slices.Compact(out)
}

// canonical adds the violations of DER in a value and below it. In certificates every
// BOOLEAN has the default FALSE.
func (n node) canonical(out []string) []string {
	universal := n.Class == asn1.ClassUniversal
	switch {
	case universal && n.Tag == asn1.TagBoolean && len(n.Bytes) == 1 && n.Bytes[0] == 0:
		out = append(out, "FALSE, which is the default, is written")
	case universal && n.Tag == asn1.TagBoolean && (len(n.Bytes) != 1 || n.Bytes[0] != 0xff):
		out = append(out, "a BOOLEAN that is neither 00 nor FF")
	case universal && n.Tag == asn1.TagSet && n.IsCompound:
		sorted := slices.IsSortedFunc(n.children, func(a, b node) int { return bytes.Compare(a.FullBytes, b.FullBytes) })
		if !sorted {
			out = append(out, "a SET that is not in order")
		}
	case universal && n.IsCompound && n.Tag != asn1.TagSequence && n.Tag != asn1.TagSet:
		out = append(out, "a string in parts")
	}
	for _, c := range n.children {
		out = c.canonical(out)
	}
	return out
}

func checkDates(e *examined) (out []string) {
	p, err := e.parts()
	if err != nil || len(p.Validity) != 2 {
		return one(true, "no two dates")
	}
	for i, name := range []string{"begin", "end"} {
		v := p.Validity[i]
		layout, want := "060102150405Z", "UTCTime such as 260302090000Z"
		year := []int{e.cert.NotBefore.Year(), e.cert.NotAfter.Year()}[i]
		if v.Tag == asn1.TagGeneralizedTime {
			layout = "20060102150405Z"
			out = append(out, one(year < 2050, "the %s is GeneralizedTime in %d, want UTCTime", name, year)...)
		}
		_, err := time.Parse(layout, string(v.Bytes))
		out = append(out, one(err != nil || len(v.Bytes) != len(layout), "the %s %q, want %s", name, v.Bytes, want)...)
	}
	return out
}

// nullParameters are the RSA algorithms with NULL parameters (RFC 4055, 5).
var nullParameters = []x509.SignatureAlgorithm{x509.SHA256WithRSA, x509.SHA384WithRSA, x509.SHA512WithRSA}

func checkParameters(e *examined) (out []string) {
	p, err := e.parts()
	if err != nil {
		return one(true, "%v", err)
	}
	has := len(p.Algorithm.Parameters.FullBytes) > 0
	switch e.cert.SignatureAlgorithm {
	case x509.ECDSAWithSHA256, x509.ECDSAWithSHA384, x509.ECDSAWithSHA512, x509.PureEd25519:
		out = one(has, "parameters beside %v, want none", e.cert.SignatureAlgorithm)
	default:
		null := slices.Contains(nullParameters, e.cert.SignatureAlgorithm)
		out = one(null && !bytes.Equal(p.Algorithm.Parameters.FullBytes, asn1.NullBytes), "%v without NULL",
			e.cert.SignatureAlgorithm)
	}
	key := p.Key.Algorithm.Parameters
	switch e.cert.PublicKeyAlgorithm {
	case x509.ECDSA:
		out = append(out, one(key.Tag != asn1.TagOID, "the key's curve is not named")...)
	case x509.RSA:
		out = append(out, one(!bytes.Equal(key.FullBytes, asn1.NullBytes), "the key's parameters are not NULL")...)
	case x509.Ed25519:
		out = append(out, one(len(key.FullBytes) > 0, "parameters beside Ed25519, want none")...)
	}
	return out
}

func checkUniqueIDs(e *examined) []string {
	p, err := e.parts()
	if err != nil {
		return one(true, "%v", err)
	}
	return append(one(len(p.IssuerID.FullBytes) > 0, "issuerUniqueID"),
		one(len(p.SubjectID.FullBytes) > 0, "subjectUniqueID")...)
}
