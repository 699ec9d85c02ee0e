// Package server is the HTTP and WebSocket layer: pages, sockets and the limits on
// clients.
//
// A desktop has one socket a tab, a phone one socket. Each is a [socket] with a bounded
// outbox. Package live has the conversations, without a transport. Sockets and the
// fallbacks for blocked WebSockets (server-sent events and POST) both drive them.
//
//	phone socket        read loop -> inbox (newest preview wins) -> live.PhoneTalk
//	                    write loop <- outbox <- live.PhoneTalk, session events, timers
//	desktop socket      read loop -> inbox -> live.DesktopTalk
//	                    write loop <- outbox <- live.DesktopTalk, session events, timers
//	                    or: write loop <- outbox <- live.EnrolmentTalk, changes, timers
//
// Goroutines: a socket has two, a third of the server's crew while its inbox has work, and
// one more if it follows an enrolment. The reading goroutine waits for the others before it returns, and
// Shutdown waits for it through the register. The HTTP handler returns after the upgrade,
// which frees the request. A close frame with a code is sent first; cancelling comes
// after.
package server
