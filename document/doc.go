// Package document is the one table of identity documents: which kinds there are,
// which state issues them, what each of their sides carries, how long they are
// valid, whether they are accepted, and under which names people are told of them.
//
// Everything else asks this package: the capture for its steps and proportions, the
// readers for zones, labels and validity, the enrolment for its sides, the pages
// for their chooser. It imports nothing of ours. docs/documents.md says how a
// document is added.
package document
