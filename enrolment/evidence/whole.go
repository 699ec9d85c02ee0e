package evidence

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"visavis/enrolment"
	"visavis/enrolment/bucket"
	"visavis/enrolment/ledger"
	"visavis/enrolment/store"
)

// rowsCheck is the current digest of an enrolment's rows, for comparison with the last
// entry that covers rows.
type rowsCheck struct {
	seq    int64                   // of that entry; 0: none covers rows
	now    map[string]store.Digest // of the columns that it names
	fresh  []string                // columns that it does not name
	tables []string                // covered tables that it does not name
}

// read digests the rows as the last entry did. It trusts nothing: verifyChain checks that
// entry's signature.
func (c *rowsCheck) read(ctx context.Context, tx *store.Tx, id string) error {
	raw, _, err := tx.Manifest(ctx, id)
	if err != nil {
		return err
	}
	var said map[string]store.Digest
	for _, r := range slices.Backward(raw) {
		e, err := decodeEntry(r.Body)
		if err == nil && len(e.Rows) > 0 {
			c.seq, said = r.Seq, e.Rows
			break
		}
	}
	if c.seq == 0 {
		return nil
	}
	c.now = map[string]store.Digest{}
	for _, table := range store.Covered {
		if _, ok := said[table.Name]; !ok {
			c.tables = append(c.tables, table.Name)
			continue
		}
		if c.now[table.Name], err = tx.Digest(ctx, table, said[table.Name].Columns, id); err != nil {
			return err
		}
	}
	c.fresh, err = tx.NewColumns(ctx, said)
	return err
}

// verifyRows compares the rows with the digests of the last entry.
func (v *Verification) verifyRows(entries []Entry, c rowsCheck) {
	first := int64(0)
	for _, e := range entries {
		if len(e.Rows) > 0 {
			first = e.Seq
			break
		}
	}
	if first == 0 {
		v.NotCovered = append(v.NotCovered, "every row: the file is of a version that signed items and transitions alone")
		return
	}
	if first > 1 {
		v.NotCovered = append(v.NotCovered,
			fmt.Sprintf("rows before entry %d: a version before signed items and transitions alone", first))
	}
	last := entries[len(entries)-1]
	if last.Seq != c.seq {
		v.NotCovered = append(v.NotCovered,
			fmt.Sprintf("rows after entry %d: a version before wrote the last entries", c.seq))
		return
	}
	for _, table := range store.Covered {
		said, ok := last.Rows[table.Name]
		if now := c.now[table.Name]; ok && (now.SHA256 != said.SHA256 || now.Rows != said.Rows) {
			v.find(last.Seq, "the rows of %s are not those that were signed: %d are there, %d were", table.Name,
				now.Rows, said.Rows)
		}
	}
	for _, table := range c.tables {
		v.NotCovered = append(v.NotCovered, "table "+table+": added since the last entry")
	}
	for _, column := range c.fresh {
		if table, _, _ := strings.Cut(column, "."); !slices.Contains(c.tables, table) {
			v.NotCovered = append(v.NotCovered, "column "+column+": added since the last entry")
		}
	}
}

// verifyTexts checks that each answered text is stored unchanged.
func (k *Keeper) verifyTexts(ctx context.Context, v *Verification, consents []enrolment.StoredConsent) error {
	seen := map[string]bool{}
	for _, c := range consents {
		if seen[c.TextHash] {
			continue
		}
		seen[c.TextHash] = true
		body, err := k.Bucket.Read(ctx, "texts/"+c.TextHash+".html")
		switch {
		case errors.Is(err, bucket.ErrNotFound):
			v.NotCovered = append(v.NotCovered, fmt.Sprintf("the text of %s %s: it is not kept beside the evidence",
				c.Kind, c.Version))
			continue
		case err != nil:
			return fmt.Errorf("evidence: %w", err)
		}
		if sum := sha256.Sum256(body); hex.EncodeToString(sum[:]) != c.TextHash {
			v.find(0, "the text of %s %s is not the one that was answered to", c.Kind, c.Version)
		}
	}
	return nil
}

// anchors are the leaves of one enrolment, and the head and stamp that cover them.
type anchors struct {
	head   ledger.Head
	leaves []ledger.Leaf
	last   int64     // index of the newest of them
	begun  time.Time // when the log was started
}

func (k *Keeper) anchors(ctx context.Context, id string) (a anchors, err error) {
	if a.head, err = k.Ledger.Head(ctx); err != nil {
		return a, err
	}
	err = k.Ledger.Scan(ctx, a.head, func(index int64, leaf ledger.Leaf, _ string) {
		if index == 0 {
			a.begun = leaf.At
		}
		if leaf.Enrolment == id {
			a.leaves, a.last = append(a.leaves, leaf), index
		}
	})
	return a, err
}

// verifyAnchored compares a chain with the external log.
func (k *Keeper) verifyAnchored(ctx context.Context, v *Verification, id string, raw []store.ManifestEntry) error {
	if k.Ledger == nil {
		v.NotCovered = append(v.NotCovered, "a rollback of the whole file: there is no log outside of the database")
		return nil
	}
	a, err := k.anchors(ctx, id)
	if err != nil {
		v.find(0, "the log outside of the database cannot be trusted: %v", err)
		return nil
	}
	known := map[int64]string{}
	for _, leaf := range a.leaves {
		if leaf.Deleted {
			v.find(leaf.Seq, "the log says that the file was deleted at %s", leaf.At.Format(time.RFC3339))
			continue
		}
		if before, ok := known[leaf.Seq]; ok && before != leaf.Hash {
			v.find(leaf.Seq, "the log knows two entries of this place: the chain was rolled back and went on otherwise")
		}
		known[leaf.Seq] = leaf.Hash
		v.Anchored, v.AnchoredAt = max(v.Anchored, leaf.Seq), leaf.At
		if leaf.Seq > int64(len(raw)) || raw[leaf.Seq-1].Hash != leaf.Hash {
			v.find(leaf.Seq, "the log outside of the database knows another entry: the file was rolled back or replaced")
		}
	}
	v.unanchored(raw, known, a.begun)
	return k.verifyStamp(ctx, v, a)
}

// unanchored reports entries that are not in the log. Entries of versions without a log
// are no fault, and the newest may not be logged yet.
func (v *Verification) unanchored(raw []store.ManifestEntry, known map[int64]string, begun time.Time) {
	for _, r := range raw {
		if known[r.Seq] != "" {
			continue
		}
		e, err := decodeEntry(r.Body)
		switch {
		case err != nil:
		case len(e.Rows) == 0 || begun.IsZero() || e.At.Before(begun):
			v.NotCovered = append(v.NotCovered, fmt.Sprintf("entry %d: from before the log outside of the database", r.Seq))
		case time.Since(e.At) < unloggedFor && r.Seq > v.Anchored:
			v.NotCovered = append(v.NotCovered, fmt.Sprintf("entry %d: not in the log outside of the database yet", r.Seq))
		default:
			v.find(r.Seq, "the log outside of the database does not know it")
		}
	}
}

// verifyStamp determines until when an independent time stamp covers the file.
func (k *Keeper) verifyStamp(ctx context.Context, v *Verification, a anchors) error {
	s, err := k.Ledger.LastStamp(ctx)
	if err != nil {
		v.find(0, "the time stamp of the log: %v", err)
		return nil
	}
	if s == nil {
		return nil
	}
	at, by, err := s.Check(k.StampRoots)
	if err != nil {
		v.find(0, "the time stamp of the log: %v", err)
		return nil
	}
	if err := k.Ledger.Consistent(ctx, s.Head, a.head); err != nil {
		v.find(0, "the log is not the one that was stamped at %s: %v", at.Format(time.RFC3339), err)
		return nil
	}
	if len(a.leaves) > 0 && a.last < s.Head.Size {
		v.StampedAt, v.StampedBy = at, by
	}
	return nil
}

// verifyGone checks that a missing file was deleted properly. store.ErrNotFound if the
// log does not know it either.
func (k *Keeper) verifyGone(ctx context.Context, v *Verification, id string) error {
	if k.Ledger == nil {
		return store.ErrNotFound
	}
	a, err := k.anchors(ctx, id)
	if err != nil {
		return err
	}
	if len(a.leaves) == 0 || slices.ContainsFunc(a.leaves, func(l ledger.Leaf) bool { return l.Deleted }) {
		return store.ErrNotFound
	}
	last := a.leaves[len(a.leaves)-1]
	v.find(last.Seq, "the file is gone, and no deletion stands in the log outside of the database: it was there at %s",
		last.At.Format(time.RFC3339))
	return nil
}

// Missing returns the enrolments that are in the log but not in the database, without a
// deletion: somebody removed their rows.
func (k *Keeper) Missing(ctx context.Context) ([]string, error) {
	if k.Ledger == nil {
		return nil, nil
	}
	head, err := k.Ledger.Head(ctx)
	if err != nil {
		return nil, err
	}
	there := map[string]bool{}
	if err := k.Ledger.Scan(ctx, head, func(_ int64, leaf ledger.Leaf, _ string) {
		there[leaf.Enrolment] = !leaf.Deleted
	}); err != nil {
		return nil, err
	}
	var out []string
	for id, kept := range there {
		if !kept {
			continue
		}
		err := k.Store.InTx(ctx, func(tx *store.Tx) error {
			_, err := tx.Load(ctx, id)
			return err
		})
		if errors.Is(err, store.ErrNotFound) {
			out = append(out, id)
		} else if err != nil {
			return nil, err
		}
	}
	slices.Sort(out)
	return out, nil
}
