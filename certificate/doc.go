// Package certificate is what a person gets at the end: what is asked of an
// issuer, what comes back, what it must look like, and what may be said of it.
//
// # Words
//
// A [Request] asks for one certificate, for one enrolment, whose id makes it
// idempotent. An [Issuer] answers when it can: [Answer] says how far it is. What
// it issues is examined ([Check], by a [Profile] and whom it is expected for)
// before anybody sees it: a certificate that breaks a rule is put aside and an
// operator is told. The [Level] is computed from the certificate and from what the
// trusted list says about its issuer; no setting and no text can claim it.
//
// # Life of a certificate
//
//	requested --> valid --> expiring --> expired
//	    |  |         |          |
//	    |  |         +----------+-----> revoked
//	    |  +--> put-aside (breaks a rule; never shown) --> valid, once it was set right
//	    +-----> refused  (by the issuer, with its reason)
//
// A [Desk] takes a [Certificate] from one to the next. It stores nothing: the
// caller saves what it returns, and may repeat every call after a crash.
//
// # What stands beside
//
// testca is the issuer for tests and demonstrations, provider the connector to a
// trust service provider, keys holds private keys, trustlist reads trusted lists,
// proof makes the file that shows how a certificate came about.
package certificate
