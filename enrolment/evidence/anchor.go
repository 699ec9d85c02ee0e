package evidence

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"time"

	"visavis/enrolment/bucket"
	"visavis/enrolment/ledger"
	"visavis/enrolment/store"
)

const (
	// anchorEvery is how often waiting heads are appended to the log.
	anchorEvery = time.Second
	// anchorAtOnce bounds the heads of one append.
	anchorAtOnce = 1000
	// unloggedFor is how long a head may be missing from the log before that is a
	// finding.
	unloggedFor = 10 * time.Minute
)

// NewLedger returns the log of this signer in a bucket.
func NewLedger(b bucket.Bucket, s *Signer) *ledger.Ledger {
	return &ledger.Ledger{
		Bucket: b,
		Sign:   func(text string) string { return s.sign(forLedger, text) },
		Signed: func(text, signature string) bool { return signed(s.Public(), forLedger, text, signature) },
	}
}

// log schedules a head for the log, after its transaction.
func (k *Keeper) log(ctx context.Context, tx *store.Tx, h store.Head) error {
	if err := tx.AddUnlogged(ctx, h); err != nil {
		return fmt.Errorf("evidence: %w", err)
	}
	return nil
}

// deletedPrefix marks the head of a deleted enrolment; the hash of its receipt follows.
const deletedPrefix = "deleted "

// Anchor appends the waiting heads to the log. Idempotent: a head may be logged twice if
// the database failed after the log.
func (k *Keeper) Anchor(ctx context.Context) error {
	for k.Ledger != nil {
		n := 0
		err := k.Store.InTx(ctx, func(tx *store.Tx) error {
			if some, err := tx.Unlogged(ctx, 1); err != nil || len(some) == 0 {
				return err
			}
			if err := tx.LockLedger(ctx); err != nil { // instances append one after the other
				return err
			}
			heads, err := tx.Unlogged(ctx, anchorAtOnce)
			if n = len(heads); err != nil || n == 0 {
				return err
			}
			leaves := make([]ledger.Leaf, n)
			for i, h := range heads {
				leaves[i] = leafOf(h)
			}
			if _, err := k.Ledger.Append(ctx, leaves, time.Now()); err != nil {
				return err
			}
			for _, h := range heads {
				if err := tx.DropUnlogged(ctx, h); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("evidence: log: %w", err)
		}
		if n < anchorAtOnce {
			return nil
		}
	}
	return nil
}

func leafOf(h store.Head) ledger.Leaf {
	leaf := ledger.Leaf{Enrolment: h.Enrolment, Seq: h.Seq, Hash: h.Hash, At: h.At}
	if n := len(deletedPrefix); len(h.Hash) > n && h.Hash[:n] == deletedPrefix {
		leaf.Hash, leaf.Deleted = h.Hash[n:], true
	}
	return leaf
}

// KeepAnchoring appends new heads soon after they were made, until ctx ends.
func (k *Keeper) KeepAnchoring(ctx context.Context, log *slog.Logger) {
	if k.Ledger == nil {
		return
	}
	tick := time.NewTicker(anchorEvery)
	defer tick.Stop()
	for {
		if err := k.Anchor(ctx); err != nil && ctx.Err() == nil {
			log.ErrorContext(ctx, "heads of chains do not reach the log outside of the database", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Stamp has the newest head of the log stamped by a time stamping authority, unless it is
// already.
func (k *Keeper) Stamp(ctx context.Context, a *ledger.Authority) error {
	if err := k.Anchor(ctx); err != nil {
		return err
	}
	head, err := k.Ledger.Head(ctx)
	if err != nil || head.Size == 0 {
		return err
	}
	last, err := k.Ledger.LastStamp(ctx)
	if err != nil || last != nil && last.Head.Size >= head.Size {
		return err
	}
	s, err := a.Stamp(ctx, head)
	if err != nil {
		return err
	}
	return k.Ledger.AddStamp(ctx, s)
}

func hashOfReceipt(receipt []byte) string {
	sum := sha256.Sum256(receipt)
	return hex.EncodeToString(sum[:])
}
