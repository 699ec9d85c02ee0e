// Package trustlist reads a trusted list of the European Union (ETSI TS 119 612,
// XML) and says whether an authority was granted the status of a qualified service
// that issues certificates for electronic signatures, at a time (TS 119 615).
//
// The list is a file that the operator keeps up to date. Its signature is checked
// against pinned certificates, those that the Commission's list of lists names for
// the country, or an operator's own. Or it is a folder with the list of lists and its
// pivots beside it, and what is pinned are the certificates of the Official Journal.
// Only signed content is used. A list past its next update is ignored.
//
// It is strict where the standards leave room: a service that is not said to be
// for signatures, or that has any qualifier "not qualified", grants nothing.
package trustlist
