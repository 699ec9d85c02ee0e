package store

import (
	"context"
	"time"
)

// NewKey stores the wrapped key of an enrolment's evidence unless there is one, and
// returns the stored one.
func (t *Tx) NewKey(ctx context.Context, id, wrapped string) (string, error) {
	if _, err := t.exec(ctx, `INSERT INTO evidence_keys (enrolment, wrapped) VALUES ($1, $2)
		ON CONFLICT (enrolment) DO NOTHING`, id, wrapped); err != nil {
		return "", err
	}
	return t.Key(ctx, id)
}

// PutKey stores or replaces the wrapped key of an enrolment's evidence.
func (t *Tx) PutKey(ctx context.Context, id, wrapped string) error {
	_, err := t.exec(ctx, `INSERT INTO evidence_keys (enrolment, wrapped) VALUES ($1, $2)
		ON CONFLICT (enrolment) DO UPDATE SET wrapped = excluded.wrapped`, id, wrapped)
	return err
}

// Key returns the wrapped key of an enrolment's evidence.
func (t *Tx) Key(ctx context.Context, id string) (wrapped string, err error) {
	err = t.one(ctx, []any{&wrapped}, `SELECT wrapped FROM evidence_keys WHERE enrolment = $1`, id)
	return wrapped, err
}

// KeyOwners returns the enrolments that have a key, after the given one, at most limit,
// for rewrapping all of them.
func (t *Tx) KeyOwners(ctx context.Context, after string, limit int) ([]string, error) {
	var out []string
	err := t.query(ctx, func(scan func(...any) error) error {
		var id string
		err := scan(&id)
		out = append(out, id)
		return err
	}, `SELECT enrolment FROM evidence_keys WHERE enrolment > $1 ORDER BY enrolment LIMIT $2`, after, limit)
	return out, err
}

// ManifestEntry is one stored entry of a manifest's hash chain, opaque here.
type ManifestEntry struct {
	Seq                   int64
	Body, Hash, Signature string
}

// LockManifest reserves the next position of a manifest until this transaction ends. It
// returns the position and the last entry's hash (empty for the first).
func (t *Tx) LockManifest(ctx context.Context, id string) (seq int64, last string, err error) {
	if err := t.one(ctx, []any{&seq}, `UPDATE enrolments SET entries = entries + 1 WHERE id = $1 RETURNING entries`,
		id); err != nil {
		return 0, "", err
	}
	if seq > 1 {
		err = t.one(ctx, []any{&last}, `SELECT hash FROM manifest WHERE enrolment = $1 AND seq = $2`, id, seq-1)
	}
	return seq, last, err
}

// AppendManifest stores the entry at the position of LockManifest.
func (t *Tx) AppendManifest(ctx context.Context, id string, e ManifestEntry) error {
	return t.later(ctx, `INSERT INTO manifest (enrolment, seq, body, hash, signature) VALUES ($1, $2, $3, $4, $5)`,
		id, e.Seq, e.Body, e.Hash, e.Signature)
}

// Manifest returns a manifest in order, and the expected number of entries.
func (t *Tx) Manifest(ctx context.Context, id string) (entries []ManifestEntry, count int64, err error) {
	if err := t.one(ctx, []any{&count}, `SELECT entries FROM enrolments WHERE id = $1`, id); err != nil {
		return nil, 0, err
	}
	err = t.query(ctx, func(scan func(...any) error) error {
		var e ManifestEntry
		err := scan(&e.Seq, &e.Body, &e.Hash, &e.Signature)
		entries = append(entries, e)
		return err
	}, `SELECT seq, body, hash, signature FROM manifest WHERE enrolment = $1 ORDER BY seq`, id)
	return entries, count, err
}

// Receipt is a stored receipt of deletion, opaque here.
type Receipt struct {
	ID, Enrolment string
	At            time.Time
	Body          string
}

// AddReceipt stores a receipt. It outlives its enrolment.
func (t *Tx) AddReceipt(ctx context.Context, r Receipt) error {
	_, err := t.exec(ctx, `INSERT INTO receipts (id, enrolment, at, body) VALUES ($1, $2, $3, $4)`, r.ID, r.Enrolment,
		r.At.UnixNano(), r.Body)
	return err
}

// Receipts returns the receipts of an enrolment, the oldest first.
func (t *Tx) Receipts(ctx context.Context, id string) ([]Receipt, error) {
	var out []Receipt
	err := t.query(ctx, func(scan func(...any) error) error {
		var r Receipt
		var at int64
		err := scan(&r.ID, &r.Enrolment, &at, &r.Body)
		r.At = fromNano(at)
		out = append(out, r)
		return err
	}, `SELECT id, enrolment, at, body FROM receipts WHERE enrolment = $1 ORDER BY at, id`, id)
	return out, err
}

// DropReceipts removes the receipts from before a time and returns how many.
func (t *Tx) DropReceipts(ctx context.Context, before time.Time) (int64, error) {
	return t.exec(ctx, `DELETE FROM receipts WHERE at < $1`, before.UnixNano())
}

// Head is the last entry of a chain at a point in time.
type Head struct {
	Enrolment string
	Seq       int64
	Hash      string
	At        time.Time
}

// AddUnlogged stores a head that is not in the external log yet.
func (t *Tx) AddUnlogged(ctx context.Context, h Head) error {
	return t.later(ctx, `INSERT INTO unlogged (enrolment, seq, hash, at) VALUES ($1, $2, $3, $4)`, h.Enrolment, h.Seq,
		h.Hash, h.At.UnixNano())
}

// Unlogged returns heads that are not in the external log yet, the oldest first, at most
// limit.
func (t *Tx) Unlogged(ctx context.Context, limit int) ([]Head, error) {
	var out []Head
	err := t.query(ctx, func(scan func(...any) error) error {
		var h Head
		var at int64
		err := scan(&h.Enrolment, &h.Seq, &h.Hash, &at)
		h.At = fromNano(at)
		out = append(out, h)
		return err
	}, `SELECT enrolment, seq, hash, at FROM unlogged ORDER BY at, enrolment, seq LIMIT $1`, limit)
	return out, err
}

// DropUnlogged removes a head that is now in the log.
func (t *Tx) DropUnlogged(ctx context.Context, h Head) error {
	_, err := t.exec(ctx, `DELETE FROM unlogged WHERE enrolment = $1 AND seq = $2`, h.Enrolment, h.Seq)
	return err
}
