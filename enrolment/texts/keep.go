package texts

import (
	"context"
	"errors"
	"fmt"
	"regexp"

	"visavis/enrolment/bucket"
)

// folder of the bucket that no enrolment's identifier, a UUID, can name.
const folder = "texts/"

var hashes = regexp.MustCompile(`^[0-9a-f]{64}$`)

// Keep stores a text under its hash, beside the evidence but not encrypted, since
// it is about nobody. Keeping it again changes nothing.
func Keep(ctx context.Context, b bucket.Bucket, t Text) error {
	there, err := b.Exists(ctx, name(t.Hash))
	if err == nil && !there {
		err = b.Write(ctx, name(t.Hash), t.HTML)
	}
	if err != nil {
		return fmt.Errorf("texts: %w", err)
	}
	return nil
}

// KeepAll keeps every text in every language, so that whatever is answered to from
// now on is kept.
func KeepAll(ctx context.Context, b bucket.Bucket, vars Vars) error {
	for _, kind := range Kinds() {
		for _, l := range Languages() {
			if err := Keep(ctx, b, Of(kind, l.Tag, vars)); err != nil {
				return err
			}
		}
	}
	return nil
}

// Kept returns the page of a hash that somebody answered to; false where it was
// never kept.
func Kept(ctx context.Context, b bucket.Bucket, hash string) ([]byte, bool, error) {
	if !hashes.MatchString(hash) {
		return nil, false, nil
	}
	html, err := b.Read(ctx, name(hash))
	if errors.Is(err, bucket.ErrNotFound) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("texts: %w", err)
	}
	return html, true, nil
}

func name(hash string) string { return folder + hash + ".html" }
