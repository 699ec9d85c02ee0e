// Package pairing brings one desktop and one phone together: sessions, the
// codes that lead to them, and news about them between instances.
//
// # Words
//
// A session belongs to one desktop, which is known by a secret in its cookie. The
// desktop shows a pairing token (in a QR) and a typed code for who cannot scan.
// A phone that opens the link says hello (the session is scanned) and, after a
// tap, claims it; from then on it is known by its device secret, and token and
// code are dead. The comparison code makes sure that the phone which claimed is
// the one in front of the desktop. Every secret is a [Token]; a [Store] sees
// hashes only.
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
// # What is promised
//
// A [Service] has no state of its own: several of them, in several processes, over
// one store work as one. Every change is a pure transition of a [Session] that is
// stored by compare-and-swap on Session.Rev; of many changes at once one wins
// and the others are tried again on its result. A Service and a Store may be used
// by any number of goroutines.
//
// Records are never lost while they live; news of the kind Live may be. A
// subscriber that calls Subscribe first and Load after it misses no state.
package pairing
