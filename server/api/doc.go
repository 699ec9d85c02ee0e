// Package api is the HTTP API for other sites, under /v1: what they ask for, see and
// are told of. It knows no rule of its own: sites/registry and enrolment/journey do
// what it is asked for. The OpenAPI file at /v1/openapi.json is made from the types
// here.
package api
