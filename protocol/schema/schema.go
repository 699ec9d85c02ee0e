// Package schema holds the wire as a contract for machines: a JSON Schema 2020-12 of
// every message, made from the Go types of package protocol, and an AsyncAPI 3
// description of who sends which over which address.
//
// Both files are written by "go test ./protocol/schema -update" and checked by the
// same test without the flag: they never differ from the types, the constants and
// docs/protocol.md.
package schema

import "embed"

// The names of the files.
const (
	Messages = "visavis.v1.schema.json" // every message, and the bodies over HTTP
	AsyncAPI = "asyncapi.json"          // channels, operations, close codes
)

// Files are the two files by name.
//
//go:embed visavis.v1.schema.json asyncapi.json
var Files embed.FS
