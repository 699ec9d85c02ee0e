package evidence

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"visavis/enrolment/store"
)

// Written is an item whose blob is written, but which is not in the manifest yet.
type Written struct {
	id     string
	item   *StoredItem
	known  bool // it was listed before
	listed bool
}

// Write encrypts an item and writes its blob. List adds it to the manifest in the
// caller's transaction. Call Tidy after that.
func (k *Keeper) Write(ctx context.Context, id string, item Item, data []byte) (*Written, error) {
	if !itemID.MatchString(item.ID) {
		return nil, fmt.Errorf("evidence: %q is no item id", item.ID)
	}
	key, known, err := k.prepare(ctx, id, item.ID)
	if err != nil || known {
		return &Written{id: id, known: known}, err
	}
	sealed, err := key.Encrypt(data, associated(id, item.ID))
	if err != nil {
		return nil, fmt.Errorf("evidence: %w", err)
	}
	sum := sha256.Sum256(sealed)
	// The random part keeps two concurrent writes of one item apart: only one of them is listed.
	name := id + "/" + item.ID + "-" + strings.ToLower(rand.Text()[:8])
	if err := k.Bucket.Write(ctx, name, sealed); err != nil {
		return nil, fmt.Errorf("evidence: %w", err)
	}
	return &Written{id: id, item: &StoredItem{Item: item, Blob: name, Size: int64(len(sealed)),
		SHA256: hex.EncodeToString(sum[:])}}, nil
}

// List adds a written item to the manifest, unless its id is listed: the first one
// counts.
func (k *Keeper) List(ctx context.Context, tx *store.Tx, w *Written, now time.Time) error {
	w.listed = false
	if w.known {
		return nil
	}
	found, err := k.find(ctx, tx, w.id, w.item.ID)
	if err != nil || found != nil {
		return err
	}
	entry, err := k.next(ctx, tx, w.id, now)
	if err != nil {
		return err
	}
	// next has locked the manifest: nobody else lists an item until this transaction ends.
	if found, err = k.find(ctx, tx, w.id, w.item.ID); err != nil || found != nil {
		return errors.Join(err, errListed)
	}
	entry.Item = w.item
	if err := k.append(ctx, tx, w.id, entry); err != nil {
		return err
	}
	w.listed = true
	return nil
}

// Tidy removes the blob of an item that was not listed. err is the result of List's
// transaction.
func (k *Keeper) Tidy(ctx context.Context, w *Written, err error) error {
	if w.known || w.listed && err == nil {
		return nil
	}
	if err := k.Bucket.Delete(context.WithoutCancel(ctx), w.item.Blob); err != nil {
		return fmt.Errorf("evidence: %w", err)
	}
	return nil
}
