// Package evidence stores the pictures, sequences, readings and reports of enrolments,
// encrypted, under a signed manifest that reveals changes.
//
// # Keys
//
// Each enrolment has its own key. It is stored in the database, apart from the blobs,
// wrapped by the master key. The master key is in a file and can be rotated
// ([Master.Rotate], [Keeper.Rewrap], [Master.Retire]). Deleting an enrolment's key makes
// its blobs unreadable, wherever copies exist. A database backup contains the wrapped
// key: keep backups no longer than the retention rules allow.
//
// # The manifest
//
// Every item and every transition is an entry. Its body contains the previous entry's
// hash and is signed with the server's key (Ed25519). [Keeper.Verify] detects a flipped
// byte, a missing or added entry and a changed order. Somebody with the database and the
// signing key could make a new chain, and somebody with the database alone could restore
// an older state of all of it. The external log ([Keeper.Anchor]) and an independent time
// stamp ([Keeper.Stamp]) reveal both.
//
// # Guarantees
//
// A [Keeper] is safe for concurrent use, by any number of instances. An item's blob is
// written before its entry: a crash may leave an unlisted blob, never an entry without
// its blob.
package evidence
