package evidence

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"

	"visavis/enrolment"
	"visavis/enrolment/bucket"
	"visavis/enrolment/ledger"
	"visavis/enrolment/store"
)

// Keeper stores evidence.
type Keeper struct {
	Store  *store.Store
	Bucket bucket.Bucket
	Master *Master
	Signer *Signer
	// Ledger is the log outside of the database; nil if there is none.
	Ledger *ledger.Ledger

	// Deleted is called with each deleted record, in its transaction. Its error rolls
	// back. nil: not called.
	Deleted func(ctx context.Context, tx *store.Tx, r enrolment.Record, rule string) error

	// StampRoots are the trusted roots of time stamps; nil: any.
	StampRoots *x509.CertPool
}

// Kind is the kind of an item.
type Kind string

// The kinds.
const (
	Still    Kind = "still"    // an accepted picture
	Sequence Kind = "sequence" // the frames of a step
	Reading  Kind = "reading"  // what was read, as JSON
	Report   Kind = "report"   // a verification's report, as JSON
)

// Item describes one piece of evidence.
type Item struct {
	// ID is chosen by the caller, of letters, digits, - and _. Adding an existing ID is
	// no error and changes nothing.
	ID        string `json:"id"`
	Kind      Kind   `json:"kind"`
	Step      string `json:"step,omitempty"`
	MediaType string `json:"mediaType"`
}

// Frames is the content of a Sequence, as JSON: the frames of one step's challenge, with
// their times.
type Frames struct {
	JPEG   [][]byte `json:"frames"`
	Millis []int64  `json:"ms"` // from the first, in milliseconds
}

// ErrNotReadable says that an item cannot be decrypted: its key is gone, or it is not
// what was stored.
var ErrNotReadable = errors.New("evidence: the item cannot be decrypted")

var itemID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,80}$`)

// associated binds a ciphertext to its enrolment and item, so that it cannot be decrypted
// elsewhere.
func associated(id, item string) []byte { return []byte(id + "\x00" + item) }

// Add encrypts and stores an item.
func (k *Keeper) Add(ctx context.Context, id string, item Item, data []byte, now time.Time) error {
	w, err := k.Write(ctx, id, item, data)
	if err != nil {
		return err
	}
	err = k.Store.InTx(ctx, func(tx *store.Tx) error { return k.List(ctx, tx, w, now) })
	if errors.Is(err, errListed) {
		err = nil
	}
	return errors.Join(err, k.Tidy(ctx, w, err))
}

// errListed rolls back the second of two concurrent additions of an item. A retry finds
// the first.
var errListed = fmt.Errorf("evidence: the item is listed already: %w", store.ErrConflict)

// prepare returns the enrolment's key, made with the first item, and whether the item
// exists.
func (k *Keeper) prepare(ctx context.Context, id, item string) (key tink.AEAD, known bool, err error) {
	var handle *keyset.Handle
	err = k.Store.InTx(ctx, func(tx *store.Tx) error {
		found, err := k.find(ctx, tx, id, item)
		if err != nil || found != nil {
			known = found != nil
			return err
		}
		handle, err = k.key(ctx, tx, id)
		return err
	})
	if err != nil || known {
		return nil, known, err
	}
	key, err = aead.New(handle)
	return key, false, err
}

// key loads the enrolment's key, or makes it.
func (k *Keeper) key(ctx context.Context, tx *store.Tx, id string) (*keyset.Handle, error) {
	wrapped, err := tx.Key(ctx, id)
	if err == nil {
		return k.Master.unwrap(wrapped, id)
	}
	if !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, fmt.Errorf("evidence: %w", err)
	}
	if wrapped, err = k.Master.wrap(handle, id); err != nil {
		return nil, err
	}
	wrapped, err = tx.NewKey(ctx, id, wrapped)
	if err != nil {
		return nil, err
	}
	return k.Master.unwrap(wrapped, id) // ours, or the one that another instance stored first
}

// Read decrypts an item.
func (k *Keeper) Read(ctx context.Context, id, item string) ([]byte, Item, error) {
	var wrapped string
	var found *StoredItem
	err := k.Store.InTx(ctx, func(tx *store.Tx) (err error) {
		if found, err = k.find(ctx, tx, id, item); err != nil {
			return err
		}
		if found == nil {
			return store.ErrNotFound
		}
		wrapped, err = tx.Key(ctx, id)
		if errors.Is(err, store.ErrNotFound) {
			return ErrNotReadable
		}
		return err
	})
	if err != nil {
		return nil, Item{}, err
	}
	sealed, err := k.Bucket.Read(ctx, found.Blob)
	if err != nil {
		return nil, Item{}, fmt.Errorf("evidence: %w", err)
	}
	data, err := k.open(wrapped, id, item, sealed)
	return data, found.Item, err
}

func (k *Keeper) open(wrapped, id, item string, sealed []byte) ([]byte, error) {
	handle, err := k.Master.unwrap(wrapped, id)
	if err != nil {
		return nil, errors.Join(ErrNotReadable, err)
	}
	key, err := aead.New(handle)
	if err != nil {
		return nil, errors.Join(ErrNotReadable, err)
	}
	data, err := key.Decrypt(sealed, associated(id, item))
	if err != nil {
		return nil, ErrNotReadable
	}
	return data, nil
}

// Items returns the items of an enrolment, the oldest first.
func (k *Keeper) Items(ctx context.Context, id string) ([]StoredItem, error) {
	var out []StoredItem
	err := k.Store.InTx(ctx, func(tx *store.Tx) error {
		entries, err := k.entries(ctx, tx, id)
		for _, e := range entries {
			if e.Item != nil {
				out = append(out, *e.Item)
			}
		}
		return err
	})
	return out, err
}

// Rewrap wraps every key with the current master key and returns how many.
func (k *Keeper) Rewrap(ctx context.Context) (int, error) {
	done, after := 0, ""
	for {
		var ids []string
		err := k.Store.InTx(ctx, func(tx *store.Tx) (err error) {
			ids, err = tx.KeyOwners(ctx, after, 100)
			for _, id := range ids {
				if err := k.rewrap(ctx, tx, id); err != nil {
					return err
				}
			}
			return err
		})
		if err != nil || len(ids) == 0 {
			return done, err
		}
		done, after = done+len(ids), ids[len(ids)-1]
	}
}

func (k *Keeper) rewrap(ctx context.Context, tx *store.Tx, id string) error {
	wrapped, err := tx.Key(ctx, id)
	if err != nil {
		return err
	}
	handle, err := k.Master.unwrap(wrapped, id)
	if err != nil {
		return err
	}
	if wrapped, err = k.Master.wrap(handle, id); err != nil {
		return err
	}
	return tx.PutKey(ctx, id, wrapped)
}

// Create stores a new enrolment and begins its manifest with its first transition. Nobody waits for its row, so that
// its first position needs no statement.
func (k *Keeper) Create(ctx context.Context, tx *store.Tx, r enrolment.Record) error {
	if err := tx.CreateListed(ctx, r); err != nil {
		return err
	}
	return k.append(ctx, tx, r.ID, Entry{Enrolment: r.ID, Seq: 1, At: r.Last.At, Transition: &r.Last})
}

// Transition adds a transition to the manifest, as the last step of its transaction.
func (k *Keeper) Transition(ctx context.Context, tx *store.Tx, id string, t enrolment.Transition) error {
	entry, err := k.next(ctx, tx, id, t.At)
	if err != nil {
		return err
	}
	entry.Transition = &t
	return k.append(ctx, tx, id, entry)
}
