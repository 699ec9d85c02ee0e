// Package certificate models the certificate at the end of the journey: the request to an
// issuer, its answer, the rules that a certificate must keep, and what may be said of it.
//
// # Words
//
// A [Request] asks for one certificate for one enrolment, whose id makes it idempotent.
// An [Issuer] answers with an [Answer] that says how far it is. [Check] examines every
// issued certificate, by a [Profile] and the expected person, before anybody sees it. A
// certificate that breaks a rule is put aside and the operator is told. The [Level] is
// computed from the certificate and the trusted list's entry of its issuer; no setting
// and no text can claim it.
//
// # Life of a certificate
//
//	requested --> valid --> expiring --> expired
//	    |  |         |          |
//	    |  |         +----------+-----> revoked
//	    |  +--> put-aside (breaks a rule; never shown) --> valid, once it was set right
//	    +-----> refused  (by the issuer, with its reason)
//
// A [Desk] moves a [Certificate] from one state to the next. It stores nothing: the
// caller stores what it returns, and may repeat every call after a crash.
//
// # Subpackages
//
// testca is the issuer for tests and demonstrations, provider the connector to a trust
// service provider. keys holds private keys, trustlist reads trusted lists, proof makes
// the file that shows how a certificate came about.
package certificate
