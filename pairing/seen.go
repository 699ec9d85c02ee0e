package pairing

import (
	"context"
	"errors"
	"time"
)

// indexSeen is the kind of index key of what a session has shown.
const indexSeen = "seen:"

// seenLife is how long what was shown is remembered: as long as attempts count.
const seenLife = 24 * time.Hour

// Seen notes that a session has shown what these keys name, and returns another
// session that showed one of it before, with that key; both are empty when none did.
// The keys name hashes, never pictures. A full store remembers less.
func (v *Service) Seen(ctx context.Context, id string, remember bool, keys ...string) (other, key string, err error) {
	for _, k := range keys {
		found, err := v.store.FindIndex(ctx, indexSeen+k)
		switch {
		case err == nil && found != id:
			return found, k, nil
		case err == nil:
			continue
		case !errors.Is(err, ErrNotFound):
			return "", "", err
		}
		if !remember {
			continue
		}
		if err := v.store.PutIndex(ctx, indexSeen+k, id, seenLife); err != nil && !errors.Is(err, ErrFull) {
			return "", "", err
		}
	}
	return "", "", nil
}
