package trustlist

import (
	"crypto/x509"
	"encoding/asn1"
	"slices"
	"strings"
)

// The qualifiers of TS 119 612, 5.5.9.2.3 that matter here.
const (
	qualifierNot   = svcInfoExt + "NotQualified"
	qualifierSig   = svcInfoExt + "QCForESig"
	qualifierSeal  = svcInfoExt + "QCForESeal"
	qualifierWeb   = svcInfoExt + "QCForWSA"
	qualifierLegal = svcInfoExt + "QCForLegalPerson"
	svcInfoExt     = "http://uri.etsi.org/TrstSvc/TrustedList/SvcInfoExt/"
)

// qualification says something of those certificates of a service that meet its
// criteria (Sie:Q).
type qualification struct {
	Qualifiers []struct {
		URI string `xml:"uri,attr"`
	} `xml:"Qualifiers>Qualifier"`
	Criteria *criteria `xml:"CriteriaList"`
}

func (q qualification) has(uri string) bool {
	for _, one := range q.Qualifiers {
		if strings.TrimSpace(one.URI) == uri {
			return true
		}
	}
	return false
}

// criteria are a CriteriaList (TS 119 612, 5.5.9.2.2).
type criteria struct {
	Assert    string `xml:"assert,attr"` // all, atLeastOne, none
	KeyUsages []struct {
		Bits []struct {
			Name  string `xml:"name,attr"`
			Value bool   `xml:",chardata"`
		} `xml:"KeyUsageBit"`
	} `xml:"KeyUsage"`
	PolicySets []struct {
		Policies []string `xml:"PolicyIdentifier>Identifier"`
	} `xml:"PolicySet"`
	Nested []criteria `xml:"CriteriaList"`
	Others []struct {
		Inner    string   `xml:",innerxml"`
		Purposes []string `xml:"ExtendedKeyUsage>KeyPurposeId>Identifier"`
		Subject  []string `xml:"CertSubjectDNAttribute>AttributeOID>Identifier"`
	} `xml:"otherCriteriaList"`
}

// answer is yes, no, or that it cannot be told: a criterion that is not known here.
type answer int

const (
	no answer = iota
	yes
	unknown
)

func of(b bool) answer {
	if b {
		return yes
	}
	return no
}

// meets tells whether a certificate meets the criteria.
func (c criteria) meets(leaf *x509.Certificate) answer {
	var all []answer
	for _, k := range c.KeyUsages {
		for _, b := range k.Bits {
			bit, known := keyUsageBits[strings.TrimSpace(b.Name)]
			if !known {
				all = append(all, unknown)
				continue
			}
			all = append(all, of((leaf.KeyUsage&bit != 0) == b.Value))
		}
	}
	for _, set := range c.PolicySets {
		for _, p := range set.Policies {
			all = append(all, of(hasPolicy(leaf, plainOID(p))))
		}
	}
	for _, o := range c.Others {
		known := len(o.Purposes) > 0 || len(o.Subject) > 0
		if !known {
			all = append(all, unknown)
		}
		for _, p := range o.Purposes {
			all = append(all, of(hasPurpose(leaf, plainOID(p))))
		}
		for _, s := range o.Subject {
			all = append(all, of(slices.ContainsFunc(leaf.Subject.Names, func(n attribute) bool {
				return n.Type.String() == plainOID(s)
			})))
		}
	}
	for _, n := range c.Nested {
		all = append(all, n.meets(leaf))
	}
	return c.together(all)
}

// together asserts the criteria in the way that the list says.
func (c criteria) together(all []answer) answer {
	unsure := slices.Contains(all, unknown)
	switch strings.TrimSpace(c.Assert) {
	case "all":
		if slices.Contains(all, no) {
			return no
		}
	case "atLeastOne":
		if slices.Contains(all, yes) {
			return yes
		}
		if !unsure {
			return no
		}
	case "none":
		if slices.Contains(all, yes) {
			return no
		}
	default:
		return unknown
	}
	if unsure {
		return unknown
	}
	return yes
}

var keyUsageBits = map[string]x509.KeyUsage{
	"digitalSignature": x509.KeyUsageDigitalSignature, "nonRepudiation": x509.KeyUsageContentCommitment, "contentCommitment": x509.KeyUsageContentCommitment,
	"keyEncipherment": x509.KeyUsageKeyEncipherment, "dataEncipherment": x509.KeyUsageDataEncipherment, "keyAgreement": x509.KeyUsageKeyAgreement,
	"keyCertSign": x509.KeyUsageCertSign, "crlSign": x509.KeyUsageCRLSign, "encipherOnly": x509.KeyUsageEncipherOnly, "decipherOnly": x509.KeyUsageDecipherOnly,
}

// plainOID is an identifier without the prefix that lists write before it.
func plainOID(s string) string { return strings.TrimPrefix(strings.TrimSpace(s), "urn:oid:") }

func hasPolicy(leaf *x509.Certificate, oid string) bool {
	return slices.ContainsFunc(leaf.Policies, func(p x509.OID) bool { return p.String() == oid })
}

func hasPurpose(leaf *x509.Certificate, oid string) bool {
	for _, e := range leaf.Extensions {
		var purposes []asn1.ObjectIdentifier
		if e.Id.String() == "2.5.29.37" {
			if _, err := asn1.Unmarshal(e.Value, &purposes); err == nil {
				return slices.ContainsFunc(purposes, func(p asn1.ObjectIdentifier) bool { return p.String() == oid })
			}
		}
	}
	return false
}

// refuses tells whether what a list says of some certificates of a service speaks
// against this one. What cannot be told speaks against it.
func refuses(all []qualification, leaf *x509.Certificate) bool {
	signature, other := false, false
	for _, q := range all {
		met := yes
		if q.Criteria != nil {
			met = q.Criteria.meets(leaf)
		}
		if met == no {
			continue
		}
		if q.has(qualifierNot) {
			return true
		}
		signature = signature || met == yes && q.has(qualifierSig)
		other = other || q.has(qualifierSeal) || q.has(qualifierWeb) || q.has(qualifierLegal)
	}
	return other && !signature
}
