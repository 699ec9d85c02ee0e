// Package handover hands the file of an issued certificate over to its provider, who has
// to keep it: a sealed container (ASiC-E) of all that is kept of the enrolment, encrypted
// to the provider's key.
//
//	openssl cms -decrypt -inform DER -in FILE -inkey KEY.pem -out FILE.asice
//
// opens it. The file is sent in pieces and goes on where it broke off. It is sent until
// the provider acknowledges these bytes by their SHA-256; only then the clock of the
// enrolment's deletion runs. docs/provider.md is the wire.
//
// The encrypted bytes wait in the bucket beside the evidence (evidence.Parcel), so that
// another attempt, or another instance, sends the same. They are removed with the
// acknowledgement.
package handover
