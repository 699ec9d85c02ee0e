package registry

import (
	"context"
	"errors"

	"visavis/enrolment/store"
	"visavis/sites"
)

// Deleter deletes what is kept of an enrolment and returns the signed receipt;
// *retention.Retention is one.
type Deleter interface {
	DeleteOnRequest(ctx context.Context, id string) (receipt []byte, err error)
}

// redacting marks the context of deletions that a redaction makes: the verification
// is redacted in their transaction.
type redacting struct{}

// Redact deletes what is kept of a verification: data, evidence, and what its site
// wrote. It answers the signed receipt of the deletion, again with the same;
// enrolment.ErrOwed of a file that its provider has to keep.
func (r *Registry) Redact(
	ctx context.Context, site, id string, d Deleter,
) (v sites.Verification, receipts [][]byte, err error) {
	if v, err = r.Get(ctx, site, id); err != nil {
		return v, nil, err
	}
	for _, e := range append(append([]string{}, v.Before...), v.Enrolment) {
		receipt, err := d.DeleteOnRequest(context.WithValue(ctx, redacting{}, true), e)
		if errors.Is(err, store.ErrNotFound) {
			continue // deleted before there were receipts, or its receipt's time is over
		}
		if err != nil {
			return v, nil, err
		}
		receipts = append(receipts, receipt)
	}
	err = r.cfg.Store.InTx(ctx, func(tx *store.Tx) error {
		if v, err = tx.LockVerification(ctx, id); err != nil || v.Status == sites.Redacted {
			return err
		}
		if err := r.redact(ctx, tx, v); err != nil {
			return err
		}
		v, err = tx.Verification(ctx, id)
		return err
	})
	r.wake(site)
	return v, receipts, err
}

// redact takes out of a verification what its site wrote, and ends its link.
func (r *Registry) redact(ctx context.Context, tx *store.Tx, v sites.Verification) error {
	v.Reference, v.Metadata, v.ReturnURL, v.Phone = "", nil, "", sites.Phone{}
	v.DeletedAt = r.now()
	v.Link = sites.Link{Generation: v.Link.Generation + 1}
	if err := r.forgetDeliveries(ctx, tx, v.ID); err != nil {
		return err
	}
	return r.put(ctx, tx, &v, sites.Redacted, "")
}
