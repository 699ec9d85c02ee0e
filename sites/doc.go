// Package sites describes other sites to this server: who may ask for verifications, with
// which keys, what a site sees of one, and which events it receives. It is pure: it
// stores nothing and has no transport.
//
// A verification is a site's view of an enrolment. It adds no rules: its status follows
// from the enrolment's state and from where the journey ends for the site (see StatusOf).
package sites
