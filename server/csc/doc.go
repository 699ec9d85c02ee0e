// Package csc lets other sites have hashes signed with the keys that are held here, as the API 2.0 of the Cloud
// Signature Consortium describes it, under /csc/v2. A person confirms each signature. It knows no rule of its own:
// sites/registry and enrolment/journey do what it is asked for. docs/csc.md says which parts there are.
package csc
