package certificate

import (
	"crypto/sha256"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base32"

	"visavis/identity"
)

// Attributes returns the subject's name for issuers that take it from us (EN 319 412-2,
// 4.2.4): names in UTF8String, country and serial number in PrintableString. A mark stands
// behind the common name. Without a serial number in the request it is [Request.Opaque].
func (r Request) Attributes(mark string) []pkix.AttributeTypeAndValue {
	text := func(tag int) func(asn1.ObjectIdentifier, string) pkix.AttributeTypeAndValue {
		return func(id asn1.ObjectIdentifier, s string) pkix.AttributeTypeAndValue {
			return pkix.AttributeTypeAndValue{Type: id, Value: asn1.RawValue{Tag: tag, Bytes: []byte(s)}}
		}
	}
	utf8, printable := text(asn1.TagUTF8String), text(asn1.TagPrintableString)
	out := []pkix.AttributeTypeAndValue{printable(oidCountry, r.Subject.Country)}
	if s := r.Subject.GivenNames; s != "" {
		out = append(out, utf8(oidGivenName, s))
	}
	if s := r.Subject.Surname; s != "" {
		out = append(out, utf8(oidSurname, s))
	}
	serial := r.Subject.SerialNumber
	if serial == "" {
		serial = r.Opaque("visavis subject")
	}
	name := identity.CommonName(r.Subject.Surname, r.Subject.GivenNames, len(mark)) + mark
	return append(out, utf8(oidCommonName, name), printable(oidSerialNumber, serial))
}

// Opaque returns a subject's serial number that tells people of one name apart and says
// nothing about them; of one enrolment and purpose it is always the same.
func (r Request) Opaque(purpose string) string {
	sum := sha256.Sum256([]byte(purpose + "\n" + r.Enrolment))
	return base32.StdEncoding.EncodeToString(sum[:10])
}
