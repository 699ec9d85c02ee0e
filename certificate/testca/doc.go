// Package testca is an issuer for tests and demonstrations: a root and an issuing
// authority, made at the first start, whose certificates say TEST everywhere, have
// a policy of the arc for examples (2.999), carry no qcStatements and live 7 days
// at most. It refuses to work in production.
//
// # What it serves
//
// [CA.Handler] answers over plain HTTP, where relying programs ask:
//
//	GET       /test-ca/root.cer      the root, DER
//	GET       /test-ca/issuing.cer   the issuing authority, DER
//	GET       /test-ca/root.crl      the root's list (of issuing authorities), DER
//	GET       /test-ca/issuing.crl   the issuing authority's list, DER
//	GET, POST /test-ca/ocsp          OCSP (RFC 6960) with nonce (RFC 9654)
//
// OCSP is signed by a delegated responder, whose certificate is renewed by itself.
// Answers without a nonce, lists and certificates may be kept by caches (RFC 5019,
// RFC 9111): a status for a minute.
//
// # What is promised
//
// A certificate counts once its [Store] has it: what a crash interrupts before was
// never issued, what it interrupts after is what the next request for the same
// enrolment gets. A revocation stands in the next answer of OCSP and in the next
// list made; a cache gives the one before for at most a minute. A [CA] may be used by any number of goroutines, and by
// any number of instances that share folder, keys and store.
package testca
