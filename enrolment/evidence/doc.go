// Package evidence keeps the pictures, sequences, readings and reports of
// enrolments, encrypted, under a manifest that shows what was changed.
//
// # Keys
//
// Each enrolment has a key of its own. It lies in the store, not beside the blobs,
// wrapped by the master key, which lies in a file of its own and can be rotated
// ([Master.Rotate], [Keeper.Rewrap], [Master.Retire]). Where the key is deleted,
// the blobs cannot be read any more, wherever copies of them are. A backup of the
// store brings the wrapped key back: keep backups no longer than the rules allow.
//
// # The manifest
//
// Every item and every transition is an entry: its body names the entry before by
// hash, and the hash is signed with the server's key (Ed25519). [Keeper.Verify]
// finds a flipped byte, a missing or added entry and another order. Who holds the
// store and the signing key can make a new chain; who holds the store alone could
// put back an older state of all of it. Against both helps a time stamp from
// elsewhere, which this package does not get.
//
// # What is promised
//
// A [Keeper] may be used by any number of goroutines and instances. An item is
// written first and listed after: what a crash leaves behind is a blob that no
// manifest lists, never an entry without its blob.
package evidence
