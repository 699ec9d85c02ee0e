// Package server is HTTP and WebSocket: the pages, the sockets and the limits of
// strangers.
//
// A desktop has one socket a tab, a phone has one socket; each is one [socket]
// with a bounded outbox. What a desktop or a phone may say and what it gets is
// written once, without a transport, in package live; sockets and the fallbacks for
// blocked WebSockets (server-sent events and POST) both drive its conversations.
//
//	phone socket        read loop -> inbox (newest preview wins) -> live.PhoneTalk
//	                    write loop <- outbox <- live.PhoneTalk, session events, timers
//	desktop socket      read loop -> inbox -> live.DesktopTalk
//	                    write loop <- outbox <- live.DesktopTalk, session events, timers
//	                    or: write loop <- outbox <- live.EnrolmentTalk, changes, timers
//
// Goroutines: a socket has two, a third while there is work on its messages, and
// one that watches an enrolment if it follows one; the reading one waits for the
// others before it returns, and Shutdown waits for it through the register. The
// HTTP handler itself returns after the upgrade, which frees the request. Goodbye
// is said first (a close frame with a code), cancelling comes after.
package server
