// Package sites holds what other sites are to this server: who may ask for
// verifications, with which keys, what a site sees of one, and what it is told.
// Pure: it stores nothing and knows no transport.
//
// A verification is what a site sees of an enrolment. It adds no rule to it: the
// status follows from the enrolment's state, and where the journey ends for the
// site (see StatusOf).
package sites
