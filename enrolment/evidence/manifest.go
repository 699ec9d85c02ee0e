package evidence

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"visavis/enrolment"
	"visavis/enrolment/store"
)

// StoredItem is an item as stored in the bucket.
type StoredItem struct {
	Item
	Blob   string `json:"blob"`
	Size   int64  `json:"size"`   // of the ciphertext
	SHA256 string `json:"sha256"` // of the ciphertext: can be checked without the key, and reveals nothing
}

// Entry is one entry of a manifest: an item, a transition, or another change.
type Entry struct {
	Enrolment  string                `json:"enrolment"`
	Seq        int64                 `json:"seq"`
	Previous   string                `json:"previous"` // hash of the previous entry; empty in the first
	At         time.Time             `json:"at"`
	Item       *StoredItem           `json:"item,omitempty"`
	Transition *enrolment.Transition `json:"transition,omitempty"`
	// Change names another change: "look", "letter", "certificate", ….
	Change string `json:"change,omitempty"`
	// Rows are the digests, by table, of all rows of the enrolment after this change.
	// Entries of older versions have none.
	Rows map[string]store.Digest `json:"rows,omitempty"`
}

// next reserves the next position of a manifest.
func (k *Keeper) next(ctx context.Context, tx *store.Tx, id string, now time.Time) (Entry, error) {
	seq, previous, err := tx.LockManifest(ctx, id)
	return Entry{Enrolment: id, Seq: seq, Previous: previous, At: now}, err
}

// append signs an entry over the enrolment's current state, as the last step of its
// transaction.
func (k *Keeper) append(ctx context.Context, tx *store.Tx, id string, e Entry) (err error) {
	if e.Rows, err = tx.Digests(ctx, id); err != nil {
		return fmt.Errorf("evidence: %w", err)
	}
	body, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("evidence: %w", err)
	}
	hash := hashOf(string(body))
	err = tx.AppendManifest(ctx, id, store.ManifestEntry{
		Seq: e.Seq, Body: string(body), Hash: hash, Signature: k.Signer.sign(forManifest, hash),
	})
	if err != nil || k.Ledger == nil {
		return err
	}
	return k.log(ctx, tx, store.Head{Enrolment: id, Seq: e.Seq, Hash: hash, At: e.At})
}

// Seal adds an entry for a change of an enrolment's rows that is neither an item nor a
// transition, as the last step of its transaction. It does nothing if the enrolment is
// deleted.
func (k *Keeper) Seal(ctx context.Context, tx *store.Tx, id, change string, now time.Time) error {
	entry, err := k.next(ctx, tx, id, now)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	entry.Change = change
	return k.append(ctx, tx, id, entry)
}

func hashOf(body string) string {
	sum := sha256.Sum256([]byte(body))
	return hex.EncodeToString(sum[:])
}

func decodeEntry(body string) (e Entry, err error) {
	err = json.Unmarshal([]byte(body), &e)
	return e, err
}

// entries decodes a manifest without checking it.
func (k *Keeper) entries(ctx context.Context, tx *store.Tx, id string) ([]Entry, error) {
	raw, _, err := tx.Manifest(ctx, id)
	if err != nil {
		return nil, err
	}
	out := make([]Entry, len(raw))
	for i, r := range raw {
		if err := json.Unmarshal([]byte(r.Body), &out[i]); err != nil {
			return nil, fmt.Errorf("evidence: entry %d: %w", r.Seq, err)
		}
	}
	return out, nil
}

// find returns the listed item of an id, or nil.
func (k *Keeper) find(ctx context.Context, tx *store.Tx, id, item string) (*StoredItem, error) {
	entries, err := k.entries(ctx, tx, id)
	for _, e := range entries {
		if e.Item != nil && e.Item.ID == item {
			return e.Item, nil
		}
	}
	return nil, err
}
