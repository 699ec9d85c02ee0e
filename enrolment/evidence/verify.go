package evidence

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"visavis/enrolment"
	"visavis/enrolment/bucket"
	"visavis/enrolment/store"
)

// Finding is one fault of a file.
type Finding struct {
	Entry int64  // its position in the manifest; 0 if it is not about an entry
	What  string // in words
}

// Verification is the result of a check: what was checked and its findings.
type Verification struct {
	Enrolment, Reference string
	Entries              int
	Items                int
	Transitions          int
	// Unlisted are blobs without an entry: left by a crash, or added by somebody.
	Unlisted []string
	// KeyGone says that only the hashes of the items could be checked.
	KeyGone bool
	// NotCovered describes what no signature covers: entries and columns of other
	// versions, heads that are not in the log yet.
	NotCovered []string
	// Anchored is the last entry in the external log, from AnchoredAt; 0 without a log.
	Anchored   int64
	AnchoredAt time.Time
	// StampedAt is the independent time stamp of a log head that covers Anchored, with
	// its authority; zero if there is none.
	StampedAt time.Time
	StampedBy string
	Findings  []Finding
}

// OK reports whether there are no findings.
func (v Verification) OK() bool { return len(v.Findings) == 0 }

func (v *Verification) find(entry int64, format string, args ...any) {
	v.Findings = append(v.Findings, Finding{entry, fmt.Sprintf(format, args...)})
}

// Verify checks a file: the chain, its signatures, every item and the log. An error means
// that the check could not be made.
func (k *Keeper) Verify(ctx context.Context, id string) (Verification, error) {
	v := Verification{Enrolment: id}
	var raw []store.ManifestEntry
	var count int64
	var log []enrolment.Transition
	var record enrolment.Record
	var wrapped string
	var consents []enrolment.StoredConsent
	var rows rowsCheck
	err := k.Store.InTx(ctx, func(tx *store.Tx) (err error) {
		if record, err = tx.Load(ctx, id); err != nil {
			return err
		}
		if consents, err = tx.Consents(ctx, id); err != nil {
			return err
		}
		if err = rows.read(ctx, tx, id); err != nil {
			return err
		}
		if raw, count, err = tx.Manifest(ctx, id); err != nil {
			return err
		}
		if log, err = tx.Transitions(ctx, id); err != nil {
			return err
		}
		wrapped, err = tx.Key(ctx, id)
		if errors.Is(err, store.ErrNotFound) {
			v.KeyGone = true
			return nil
		}
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		err = k.verifyGone(ctx, &v, id)
		return v, err
	}
	if err != nil {
		return v, err
	}
	v.Reference = record.Reference
	entries := k.verifyChain(&v, id, raw, count)
	v.verifyLog(entries, log, record)
	v.verifyRows(entries, rows)
	if err := k.verifyTexts(ctx, &v, consents); err != nil {
		return v, err
	}
	if err := k.verifyAnchored(ctx, &v, id, raw); err != nil {
		return v, err
	}
	listed, err := k.verifyItems(ctx, &v, id, wrapped, entries)
	if err != nil {
		return v, err
	}
	if v.KeyGone && v.Items > 0 {
		v.find(0, "the key is gone: what it encrypted cannot be read any more")
	}
	err = k.verifyNothingElse(ctx, &v, id, listed)
	return v, err
}

// verifyChain checks every entry and returns the readable ones.
func (k *Keeper) verifyChain(v *Verification, id string, raw []store.ManifestEntry, count int64) []Entry {
	v.Entries = len(raw)
	if int64(len(raw)) != count {
		v.find(0, "the manifest has %d entries, want %d", len(raw), count)
	}
	var out []Entry
	previous := ""
	for i, r := range raw {
		if r.Seq != int64(i)+1 {
			v.find(r.Seq, "entry %d stands at place %d", r.Seq, i+1)
		}
		if hashOf(r.Body) != r.Hash {
			v.find(r.Seq, "the body does not have the entry's hash")
		}
		if !signed(k.Signer.Public(), forManifest, r.Hash, r.Signature) {
			v.find(r.Seq, "the signature is not this server's")
		}
		var e Entry
		if err := json.Unmarshal([]byte(r.Body), &e); err != nil {
			v.find(r.Seq, "the body cannot be read")
			previous = r.Hash
			continue
		}
		if e.Enrolment != id || e.Seq != r.Seq {
			v.find(r.Seq, "the body is entry %d of another place", e.Seq)
		}
		if e.Previous != previous {
			v.find(r.Seq, "the entry before is not the one that was there")
		}
		previous = r.Hash
		out = append(out, e)
	}
	return out
}

// verifyLog checks that manifest and log agree.
func (v *Verification) verifyLog(entries []Entry, log []enrolment.Transition, record enrolment.Record) {
	var listed []enrolment.Transition
	for _, e := range entries {
		if e.Transition != nil {
			listed = append(listed, *e.Transition)
		}
	}
	v.Transitions = len(listed)
	if int64(len(log)) != record.Rev {
		v.find(0, "the log has %d transitions, the record is at %d", len(log), record.Rev)
	}
	for i := range max(len(log), len(listed)) {
		switch {
		case i >= len(log):
			v.find(0, "transition %d is not in the log", listed[i].Seq)
		case i >= len(listed):
			v.find(0, "transition %d is not in the manifest", log[i].Seq)
		case log[i].At.UnixNano() != listed[i].At.UnixNano() || !sameTransition(log[i], listed[i]):
			v.find(0, "transition %d is another one in the log", listed[i].Seq)
		}
	}
}

func sameTransition(a, b enrolment.Transition) bool {
	a.At, b.At = a.At.UTC(), b.At.UTC()
	return a == b
}

// verifyItems reads every listed blob.
func (k *Keeper) verifyItems(ctx context.Context, v *Verification, id, wrapped string,
	entries []Entry) (listed []string, err error) {
	for _, e := range entries {
		if e.Item == nil {
			continue
		}
		v.Items++
		listed = append(listed, e.Item.Blob)
		sealed, err := k.Bucket.Read(ctx, e.Item.Blob)
		switch {
		case errors.Is(err, bucket.ErrNotFound):
			v.find(e.Seq, "item %s is missing", e.Item.ID)
			continue
		case err != nil:
			return nil, fmt.Errorf("evidence: %w", err)
		}
		if sum := sha256.Sum256(sealed); hex.EncodeToString(sum[:]) != e.Item.SHA256 {
			v.find(e.Seq, "item %s is not what was stored", e.Item.ID)
			continue
		}
		if v.KeyGone {
			continue
		}
		if _, err := k.open(wrapped, id, e.Item.ID, sealed); err != nil {
			v.find(e.Seq, "item %s cannot be decrypted", e.Item.ID)
		}
	}
	return listed, nil
}

func (k *Keeper) verifyNothingElse(ctx context.Context, v *Verification, id string, listed []string) error {
	names, err := k.blobs(ctx, id)
	for _, name := range names {
		if !slices.Contains(listed, name) && !strings.HasPrefix(name, parcels(id)) {
			v.Unlisted = append(v.Unlisted, name)
		}
	}
	return err
}

// Parcel names the object in which an enrolment's file waits for its recipient, encrypted
// to their key. It goes with the enrolment's other objects.
func Parcel(id, recipient string) string { return parcels(id) + recipient }

// parcels begins the names of parcels. No item's id has a dot.
func parcels(id string) string { return id + "/parcel." }

// Parcels lists the parcels of an enrolment.
func (k *Keeper) Parcels(ctx context.Context, id string) ([]string, error) {
	names, err := k.Bucket.List(ctx, parcels(id))
	if err != nil {
		return nil, fmt.Errorf("evidence: %w", err)
	}
	return names, nil
}

// blobs lists an enrolment's objects in the bucket.
func (k *Keeper) blobs(ctx context.Context, id string) ([]string, error) {
	names, err := k.Bucket.List(ctx, id+"/")
	if err != nil {
		return nil, fmt.Errorf("evidence: %w", err)
	}
	return names, nil
}
