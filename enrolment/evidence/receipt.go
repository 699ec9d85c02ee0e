package evidence

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"visavis/enrolment"
	"visavis/enrolment/store"
)

// Receipt says what was deleted, when, and under which rule. It contains no name.
type Receipt struct {
	Version   int              `json:"version"` // 1
	ID        string           `json:"id"`
	Enrolment string           `json:"enrolment"`
	Reference string           `json:"reference"`
	Rule      string           `json:"rule"`
	What      []enrolment.Kept `json:"what"`
	// Stays is what the law or the protection of the service keeps.
	Stays     []Staying `json:"stays,omitempty"`
	Due       time.Time `json:"due"`
	DeletedAt time.Time `json:"deletedAt"` // the key was destroyed then; the unreadable rest follows
	Items     int       `json:"items"`
	Entries   int       `json:"entries"`
	// Damaged counts unreadable entries: the items that they listed are not in Items.
	Damaged int `json:"damaged,omitempty"`
	// Manifest is the hash of the last entry. It identifies a copy of the file.
	Manifest  string `json:"manifest,omitempty"`
	PublicKey string `json:"publicKey"` // base64 of the 32 bytes; compare it with the server's published one
}

// Staying is what stays after a deletion, and until when.
type Staying struct {
	What  enrolment.Kept `json:"what"`
	Until time.Time      `json:"until,omitzero"` // zero: without an end
}

// SignedReceipt is given to the person. Body is a Receipt as JSON; exactly these bytes
// are signed.
type SignedReceipt struct {
	Body      string `json:"body"`
	Signature string `json:"signature"`
}

// ErrForged says that the key did not sign the receipt.
var ErrForged = errors.New("the receipt was not signed with this key, or was changed since")

// VerifyReceipt checks a signed receipt, as stored or saved, with the server's public
// key. It needs nothing else.
func VerifyReceipt(body []byte, public ed25519.PublicKey) (Receipt, error) {
	var s SignedReceipt
	if err := json.Unmarshal(body, &s); err != nil {
		return Receipt{}, fmt.Errorf("the receipt cannot be read: %w", err)
	}
	if !signed(public, forReceipt, s.Body, s.Signature) {
		return Receipt{}, ErrForged
	}
	var r Receipt
	if err := json.Unmarshal([]byte(s.Body), &r); err != nil {
		return Receipt{}, fmt.Errorf("the receipt cannot be read: %w", err)
	}
	return r, nil
}

func (s *Signer) receipt(r Receipt) ([]byte, error) {
	r.Version, r.PublicKey = 1, base64.StdEncoding.EncodeToString(s.Public())
	body, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("evidence: %w", err)
	}
	out, err := json.Marshal(SignedReceipt{string(body), s.sign(forReceipt, string(body))})
	if err != nil {
		return nil, fmt.Errorf("evidence: %w", err)
	}
	return out, nil
}

// Delete deletes an enrolment if decide, called with its record in the transaction,
// agrees. First it deletes the key and all rows and stores the receipt, then it deletes
// the blobs, which are unreadable by then. Repeated, it resumes after an interruption:
// receipt is nil if only blobs were left, or if decide refused.
func (k *Keeper) Delete(ctx context.Context, id string, now time.Time,
	decide func(enrolment.Record) (enrolment.Deletion, bool, error)) (receipt []byte, err error) {
	kept := false
	err = k.Store.InTx(ctx, func(tx *store.Tx) error {
		record, err := tx.Load(ctx, id)
		if errors.Is(err, store.ErrNotFound) {
			return nil // the rows went before
		}
		if err != nil {
			return err
		}
		d, due, err := decide(record)
		if err != nil || !due {
			kept = true
			return err
		}
		receipt, err = k.deleteRows(ctx, tx, record, d, now)
		return err
	})
	if err != nil || kept {
		return nil, err
	}
	if err := k.deleteBlobs(ctx, id); err != nil {
		return nil, err
	}
	return receipt, k.Store.Scrub(ctx)
}

func (k *Keeper) deleteRows(ctx context.Context, tx *store.Tx, r enrolment.Record, d enrolment.Deletion,
	now time.Time) ([]byte, error) {
	out := Receipt{ID: uuid.NewString(), Enrolment: r.ID, Reference: r.Reference, Rule: d.Rule, What: d.What, Due: d.Due,
		DeletedAt: now}
	raw, _, err := tx.Manifest(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	out.Entries = len(raw)
	if len(raw) > 0 {
		out.Manifest = raw[len(raw)-1].Hash
	}
	for _, e := range raw {
		var entry Entry
		switch err := json.Unmarshal([]byte(e.Body), &entry); {
		case err != nil:
			out.Damaged++ // it has to go all the same
		case entry.Item != nil:
			out.Items++
		}
	}
	if out.Stays, err = staying(ctx, tx, r, d.Stays, now); err != nil {
		return nil, err
	}
	signed, err := k.Signer.receipt(out)
	if err != nil {
		return nil, err
	}
	if err := tx.AddReceipt(ctx, store.Receipt{ID: out.ID, Enrolment: r.ID, At: now, Body: string(signed)}); err != nil {
		return nil, err
	}
	if k.Ledger != nil {
		end := store.Head{Enrolment: r.ID, Seq: int64(len(raw)) + 1, Hash: deletedPrefix + hashOfReceipt(signed), At: now}
		if err := k.log(ctx, tx, end); err != nil {
			return nil, err
		}
	}
	if err := tx.Delete(ctx, r.ID); err != nil {
		return nil, err
	}
	if k.Deleted != nil {
		err = k.Deleted(ctx, tx, r, d.Rule)
	}
	return signed, err
}

// staying returns what is not deleted. The register stays only for an issued certificate;
// an unfulfilled request is deleted here. A verification stays where a site asked for one.
func staying(ctx context.Context, tx *store.Tx, r enrolment.Record, stays map[enrolment.Kept]time.Duration,
	now time.Time) ([]Staying, error) {
	var out []Staying
	for what, keep := range stays {
		from := now
		if what == enrolment.KeptVerification {
			switch asked, err := tx.AskedBySite(ctx, r.Owner); {
			case err != nil:
				return nil, err
			case !asked:
				continue
			}
		}
		if what == enrolment.KeptRegister {
			c, err := tx.CertificateOf(ctx, r.ID)
			if err == nil && len(c.Value.DER) == 0 {
				err = errors.Join(tx.DropCertificate(ctx, c.ID), store.ErrNotFound)
			}
			if errors.Is(err, store.ErrNotFound) {
				continue
			}
			if err != nil {
				return nil, err
			}
			from = c.Value.Details.NotAfter
		}
		s := Staying{What: what}
		if keep > 0 {
			s.Until = from.Add(keep).UTC()
		}
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b Staying) int { return strings.Compare(string(a.What), string(b.What)) })
	return out, nil
}

// deleteBlobs removes every blob of an enrolment, and checks that none is left.
func (k *Keeper) deleteBlobs(ctx context.Context, id string) error {
	names, err := k.blobs(ctx, id)
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := k.Bucket.Delete(ctx, name); err != nil {
			return fmt.Errorf("evidence: %w", err)
		}
	}
	left, err := k.blobs(ctx, id)
	if err == nil && len(left) > 0 {
		err = fmt.Errorf("evidence: %d blobs are left", len(left))
	}
	return err
}
