// Package xades makes and checks one form of XML signature over files: XAdES (ETSI
// EN 319 132-1), detached, as an ASiC-E container holds it (EN 319 162-1).
//
// # The levels
//
//	B    the signer's certificate, the time that it claims, the files' digests
//	T    and a time stamp (RFC 3161) over the signature
//	LT   and certificates and revocation lists or OCSP answers that it needs
//	LTA  and time stamps over all of that, the last one renewed before its authority's certificate ends
//
// [Sign] makes level B; [Signature.Extend] adds what is missing and can be had, and is
// what renews.
//
// # What is checked
//
// [Parse] takes only what this package would write of the same values, byte for byte:
// no comment, no second signature, no reference to anything but whole files. What
// others signed is for other programs, such as EU DSS.
package xades
