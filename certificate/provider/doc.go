// Package provider connects to a trust service provider over HTTPS. The provider
// checks once more, holds the subscriber's key in its own device, and issues; that
// may take seconds or days. docs/provider.md and docs/provider.openapi.yaml describe
// the wire, so that a provider, or an adapter in front of one, can be fitted to it;
// examples/provider is one to start from.
//
//	us                                             provider
//	POST /requests            Idempotency-Key ->   takes the request, once
//	GET  /requests/ID                         ->   pending, issued, refused, revoked
//	                          <-  webhook          "look at ID now"
//	GET  /requests/ID/certificate             ->   PEM, issuing authority after it
//	POST /requests/ID/revocation              ->   revoked
//	PUT  /requests/ID/file                    ->   how far the file is; acknowledged
//	PUT  /requests/ID/file/OFFSET             ->   a piece of it
//
// Both sides know each other by mutual TLS, by signed requests (RFC 9421), or by
// both. A [Client] may be used by any number of goroutines and keeps nothing: every
// call may be made again, after a crash as well, since the enrolment's id is the
// idempotency key. A webhook ([Webhook]) is believed in one thing alone, that it is
// time to ask; what counts is what the provider answers then.
package provider
