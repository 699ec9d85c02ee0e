// Package pades signs PDF files: PAdES (ETSI EN 319 142-1), as an incremental update that
// leaves every byte of the file as it was.
//
// # The levels
//
//	B    the signer's certificate and those above it, and the time that the signature claims
//	T    and a time stamp (RFC 3161) over the signature
//	LT   and a document security store: certificates, revocation lists and OCSP answers of
//	     signer and time stamp
//
// [Sign] goes as far as its sources allow and says how far that was.
//
// # What is read
//
// [Check] and [Sign] read what they have to change: cross-reference tables and streams,
// object streams, the catalog, the pages' tree and the form. They read strictly and repair
// nothing: what two readers could take for two documents is not signed. An encrypted file, a
// hybrid one, one that its author locked, an XFA form and a damaged file are a [Refusal]. What
// is read is bounded in bytes, depth and objects, so that a hostile file costs a bounded time
// and memory.
package pades
