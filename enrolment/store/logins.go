package store

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// EndedLogins is the list of revoked logins, for server/login.
type EndedLogins struct{ Store *Store }

// End revokes the logins with the key that began at at or before; the row is removed
// after until. Of two ends of one key the later one counts. Idempotent.
func (l EndedLogins) End(ctx context.Context, key string, at, until time.Time) error {
	return l.Store.InTx(ctx, func(tx *Tx) error {
		if _, err := tx.exec(ctx, `DELETE FROM ended_logins WHERE until < $1`, time.Now().UnixNano()); err != nil {
			return err
		}
		_, err := tx.exec(ctx, `INSERT INTO ended_logins (login, at, until) VALUES ($1, $2, $3)
			ON CONFLICT (login) DO UPDATE SET at = excluded.at, until = excluded.until WHERE ended_logins.at < excluded.at`,
			key, at.UnixNano(), until.UnixNano())
		return err
	})
}

// EndedAt returns the latest end of any of the keys, or the zero time.
func (l EndedLogins) EndedAt(ctx context.Context, keys ...string) (time.Time, error) {
	if len(keys) == 0 {
		return time.Time{}, nil
	}
	var at int64
	args, places := make([]any, len(keys)), make([]string, len(keys))
	for i, k := range keys {
		args[i], places[i] = k, fmt.Sprintf("$%d", i+1)
	}
	err := l.Store.InTx(ctx, func(tx *Tx) error {
		return tx.one(ctx, []any{&at}, `SELECT COALESCE(MAX(at), 0) FROM ended_logins WHERE login IN (`+
			strings.Join(places, ", ")+`)`, args...)
	})
	if err != nil || at == 0 {
		return time.Time{}, err
	}
	return fromNano(at), nil
}
