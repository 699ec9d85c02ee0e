// Package stepca has certificates issued by an authority that runs step-ca of Smallstep
// (https://smallstep.com/docs/step-ca), over its HTTP API of version 1.0.
//
// The key is ours, in files or in a PKCS #11 module, and so are subject, serial number
// and time of life. The authority's template adds the rest: key usage, policies, its own
// addresses. What comes back is examined like any issuer's ([visavis/certificate.Desk]).
//
// The authority knows no idempotency key. A serial number is therefore stored before it is
// asked for: after a lost answer the number is revoked, and another one is asked for.
package stepca
