// Package pairing connects one desktop with one phone: sessions, the codes that lead to
// them, and the delivery of their events between instances.
//
// # Words
//
// A session belongs to one desktop, which is identified by a secret in its cookie. The
// desktop shows a pairing token (in a QR) and a typed code for a person who cannot scan.
// A phone that opens the link says hello (the session is scanned) and, after a tap,
// claims it. From then on its device secret identifies it, and token and code are
// invalid. The comparison code confirms that the claiming phone is the one in front of
// the desktop. Every secret is a [Token]; a [Store] sees only hashes.
//
// # Life of a session
//
//	Open                        Invite                Claim                ChooseCode
//	 |                            |                     |                      |
//	 v                            v                     v                      v
//	waiting --- ShowCode --+   scanned ------------> comparing ------------> paired --- Finish
//	 ^  ^                  |      |                     |    (same device)     |
//	 |  +------------------+      | 5 minutes over      | wrong choice         | NotMyPhone
//	 +----------------------------+---------------------+----------------------+
//
//	any of them --- Cancel, Bye, NotMe, two wrong choices, idle, time over ---> ended
//
// # Guarantees
//
// A [Service] keeps no state of its own: several of them, in several processes, work as
// one over a shared store. Every change is a pure transition of a [Session], stored by
// compare-and-swap on Session.Rev. Of concurrent changes one succeeds, and the others are
// retried on its result. A Service and a Store are safe for concurrent use.
//
// Records are never lost during their lifetime; events of the kind Live may be. A
// subscriber that calls Subscribe and then Load misses no state.
package pairing
