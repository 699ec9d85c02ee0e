// Package client speaks the protocol as a desktop page and a phone page do: over
// a WebSocket, or over HTTP where sockets are blocked. Scripted tests and other
// programs use it; it holds no opinion about what to say when.
//
// A [Desktop] opens a session and follows it; a [Phone] joins by the link or the
// typed code. Both hand over what the server says as [Event] values with the time
// of arrival, through Next. What has arrived waits in memory until it is asked
// for, so a caller that never asks grows.
//
// Next leaves everything to the caller; Events comes back by itself, as the protocol
// asks of a client.
//
//	d, err := client.OpenDesktop(ctx, client.Config{Server: "https://localhost:8443", TLS: roots})
//	// wait for protocol.Pairing by d.Next
//	p, err := client.NewPhone(cfg, pairing.URL)
//	err = p.Open(ctx)                       // hello; the invitation arrives
//	err = p.Send(ctx, protocol.Claim{})     // welcome; then the two digits that the desktop shows
//
// The methods of a Desktop and of a Phone may be called by several goroutines at
// once, except Drop, Resume and Close, which belong to one.
package client
