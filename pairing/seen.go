package pairing

import (
	"context"
	"errors"
	"time"
)

// indexSeen is the index prefix for hashes of shown pictures and documents.
const indexSeen = "seen:"

// seenLife is how long a hash is remembered.
const seenLife = 24 * time.Hour

// Seen records that a session has shown these keys. It returns another session that
// showed one of them before, and that key; both are empty if none did. Keys are hashes,
// never pictures. A full store remembers fewer.
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
