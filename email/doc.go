// Package email reads e-mail addresses: one parser for forms, login claims, the API
// and letters.
//
// An address is kept as it was typed. On the wire its domain is written in ASCII
// (IDNA A-labels, RFC 5891); a local part that is not ASCII needs a server with
// SMTPUTF8 (RFC 6531), see Address.NeedsUTF8.
//
// What is refused: addresses that no public mail server delivers to (one label, an
// IP address, localhost, a network's own names), that are too long (RFC 5321 4.5.3.1), and that hold
// characters nobody sees (controls, bidirectional overrides, zero width). A quoted
// local part is taken, its quotes are part of it.
package email
