package certificate

import (
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"slices"
)

var (
	oidOrganization   = asn1.ObjectIdentifier{2, 5, 4, 10}
	oidUnit           = asn1.ObjectIdentifier{2, 5, 4, 11}
	oidTitle          = asn1.ObjectIdentifier{2, 5, 4, 12}
	oidOrganizationID = asn1.ObjectIdentifier{2, 5, 4, 97}
)

// attributeNames are the names that a profile may use instead of numbers.
var attributeNames = map[string]asn1.ObjectIdentifier{
	"commonName": oidCommonName, "surname": oidSurname, "serialNumber": oidSerialNumber, "country": oidCountry, "givenName": oidGivenName,
	"pseudonym": oidPseudonym, "emailAddress": oidEmail, "organization": oidOrganization, "organizationalUnit": oidUnit, "title": oidTitle,
	"organizationIdentifier": oidOrganizationID, "locality": {2, 5, 4, 7}, "state": {2, 5, 4, 8}, "street": {2, 5, 4, 9}, "postalCode": {2, 5, 4, 17},
	"initials": {2, 5, 4, 43}, "generationQualifier": {2, 5, 4, 44}, "dnQualifier": {2, 5, 4, 46}, "dateOfBirth": {1, 3, 6, 1, 5, 5, 7, 9, 1},
}

// always lists the attributes allowed in every subject. Each has a rule of its own.
var always = []asn1.ObjectIdentifier{oidCommonName, oidSurname, oidSerialNumber, oidCountry, oidGivenName,
	oidPseudonym, oidEmail}

// attributeID parses an attribute as written in a profile.
func attributeID(name string) (asn1.ObjectIdentifier, error) {
	if id, ok := attributeNames[name]; ok {
		return id, nil
	}
	id, err := parseOID(name)
	if err != nil {
		return nil, fmt.Errorf("profile: %q is no attribute", name)
	}
	return id, nil
}

// parseOID parses a dotted identifier whose arcs fit into an int.
func parseOID(dotted string) (asn1.ObjectIdentifier, error) {
	id, err := x509.ParseOID(dotted)
	if err != nil {
		return nil, fmt.Errorf("profile: %q is no dotted identifier", dotted)
	}
	body, err := id.MarshalBinary()
	if err != nil || len(body) > 127 {
		return nil, fmt.Errorf("profile: %q is too long", dotted)
	}
	var out asn1.ObjectIdentifier
	if _, err := asn1.Unmarshal(append([]byte{asn1.TagOID, byte(len(body))}, body...), &out); err != nil {
		return nil, fmt.Errorf("profile: %q is no dotted identifier", dotted)
	}
	return out, nil
}

// nameOf returns an attribute's common name.
func nameOf(id asn1.ObjectIdentifier) string {
	for name, other := range attributeNames {
		if other.Equal(id) {
			return name
		}
	}
	return id.String()
}

// checkAttributes refuses attributes that nobody asked for, such as one that says that a
// person acts for an organisation.
func checkAttributes(e *examined) (out []string) {
	allowed := slices.Clone(always)
	for _, name := range e.profile.wanted().Attributes {
		if id, err := attributeID(name); err == nil { // the profile was checked
			allowed = append(allowed, id)
		}
	}
	for _, a := range e.subject {
		out = append(out, one(!slices.ContainsFunc(allowed, a.ID.Equal), "%s in the subject, which nobody asked for",
			nameOf(a.ID))...)
	}
	return out
}

func checkIssuer(e *examined) (out []string) {
	got, err := parseAttributes(e.cert.RawIssuer)
	if err != nil {
		return one(true, "the issuer's name: %v", err)
	}
	for _, name := range e.profile.wanted().IssuerAttributes {
		id, err := attributeID(name)
		there := slices.ContainsFunc(got, func(a attribute) bool { return a.ID.Equal(id) && a.Text != "" })
		out = append(out, one(err == nil && !there, "no %s in the issuer's name", name)...)
	}
	return out
}
