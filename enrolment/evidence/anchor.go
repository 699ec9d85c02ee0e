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

// Logged shows that the log holds a head of an enrolment's chain.
type Logged struct {
	Note  string `json:"-"` // the log's signed head, which the proof is in
	Stamp []byte `json:"-"` // its time stamp (RFC 3161), DER; nil if it has none

	Index int64    `json:"index"`
	Size  int64    `json:"size"`  // leaves of the head
	Leaf  string   `json:"leaf"`  // what is hashed: RFC 6962, 2.1
	Proof []string `json:"proof"` // hashes, base64: RFC 6962, 2.1.1
}

// Logged returns the newest logged head of an enrolment's chain, in the newest stamped
// head of the log or, if that is older, in the newest. Nil without a log, and where the
// enrolment's heads are far back in it.
func (k *Keeper) Logged(ctx context.Context, id string) (*Logged, error) {
	if k.Ledger == nil {
		return nil, nil //nolint:nilnil // no log is a setting
	}
	if err := k.Anchor(ctx); err != nil {
		return nil, err
	}
	head, err := k.Ledger.Head(ctx)
	if err != nil {
		return nil, err
	}
	index, line, ok, err := k.Ledger.Latest(ctx, head, id)
	if err != nil || !ok {
		return nil, err
	}
	out := &Logged{Index: index, Leaf: line}
	last, err := k.Ledger.LastStamp(ctx)
	if err != nil {
		return nil, err
	}
	if last != nil && last.Head.Size > index {
		head, out.Stamp = last.Head, last.Token
	}
	proof, err := k.Ledger.Inclusion(ctx, head, index)
	if err != nil {
		return nil, err
	}
	out.Note, out.Size = k.Ledger.Note(head), head.Size
	for _, h := range proof {
		out.Proof = append(out.Proof, h.String())
	}
	return out, nil
}

func hashOfReceipt(receipt []byte) string {
	sum := sha256.Sum256(receipt)
	return hex.EncodeToString(sum[:])
}
