package pairing

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// RedisConfig says how to reach Redis.
type RedisConfig struct {
	// URLs: one redis:// or rediss:// URL is a single server, or a Cluster if it has
	// ?cluster=true. Several URLs are the seeds of a Cluster, or with ?master_name=NAME
	// on the first the Sentinels of that master. Required.
	URLs []string
	// Timeout of each call. Default 2 s: a page that waits longer seems broken.
	Timeout time.Duration
	// Sessions bounds the sessions of all instances, Held those of one network, Bytes the
	// pictures of all, HeldBytes those of one network (half of Bytes at most). Defaults:
	// limits.SessionsTotal, limits.SessionsHeld, limits.PicturesTotal and
	// limits.PicturesHeld.
	Sessions, Held   int
	Bytes, HeldBytes int64
	// Logger receives the client library's log lines, such as a server that cannot be
	// reached. The library has one logger for the whole process: set it with the first
	// store, before any other is open. Optional: without it the library writes to
	// standard error.
	Logger *slog.Logger
}

// libraryLog sends the library's lines to the log.
type libraryLog struct{ log *slog.Logger }

// Printf implements the library's logger.
func (l libraryLog) Printf(ctx context.Context, format string, v ...any) {
	l.log.WarnContext(ctx, "redis client", "text", fmt.Sprintf(format, v...))
}

// groups is the number of hash tags over which keys are spread. Each has one connection
// for its news; 64 are affordable and spread over any Cluster.
const groups = 64

// Redis is a [Store] in Redis or Valkey 7 or later: single, with Sentinels, or a Cluster.
// All keys of a session have one hash tag, so each change is one script. Saved records
// are never lost while Redis keeps them: after a lost connection they are read again.
// Live news of that time is lost.
type Redis struct {
	client  redis.UniversalClient
	timeout time.Duration
	most    shareLimits
	fan     fanout
	clock   *steady
	stop    context.CancelFunc // ends keepTime

	mu     sync.Mutex // guards what follows; never held while waiting
	groups map[int]*redisGroup
	closed bool
	wait   sync.WaitGroup // for the readers of all groups and keepTime
}

var _ Store = (*Redis)(nil)

// NewRedis returns a store over Redis, or an error if it cannot be reached.
func NewRedis(ctx context.Context, c RedisConfig) (*Redis, error) {
	if c.Timeout <= 0 {
		c.Timeout = 2 * time.Second
	}
	if c.Logger != nil {
		redis.SetLogger(libraryLog{c.Logger})
	}
	client, err := c.client()
	if err != nil {
		return nil, err
	}
	r := &Redis{client: client, timeout: c.Timeout, most: c.shareLimits(), groups: make(map[int]*redisGroup),
		clock: newSteady(time.Now())}
	if err := r.firstTime(ctx); err != nil {
		return nil, errors.Join(err, client.Close())
	}
	own, stop := context.WithCancel(context.WithoutCancel(ctx)) // until Close
	r.stop = stop
	r.wait.Go(func() { r.keepTime(own) })
	return r, nil
}

// call returns a context with the timeout of one call.
func (r *Redis) call(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, r.timeout)
}

// run calls a script that returns -1 if the record is missing.
func (r *Redis) run(ctx context.Context, script *redis.Script, keys []string, args ...any) (int64, error) {
	ctx, cancel := r.call(ctx)
	defer cancel()
	n, err := script.Run(ctx, r.client, keys, args...).Int64()
	switch {
	case err != nil:
		return 0, wrap(err)
	case n == -1:
		return 0, ErrNotFound
	}
	return n, nil
}

// Create implements [Store].
func (r *Redis) Create(ctx context.Context, s Session, ttl time.Duration) error {
	v, err := encodeRecord(s)
	if err != nil {
		return err
	}
	if err := r.admit(ctx, s, ttl); err != nil {
		return err
	}
	ctx, cancel := r.call(ctx)
	defer cancel()
	err = r.client.SetArgs(ctx, key(kindSession, s.ID), v, redis.SetArgs{Mode: "NX", TTL: ttl}).Err()
	if errors.Is(err, redis.Nil) {
		return ErrConflict
	}
	return wrap(err)
}

// Load implements [Store].
func (r *Redis) Load(ctx context.Context, id string) (Session, error) {
	ctx, cancel := r.call(ctx)
	defer cancel()
	v, err := r.client.Get(ctx, key(kindSession, id)).Result()
	if err != nil {
		return Session{}, wrap(err)
	}
	return decodeRecord(v)
}

// newest implements remembers.
func (r *Redis) newest(id string) *Session { return r.fan.newest(id) }

// Save implements [Store]. One script stores the record, adjusts the expiry of its stills
// and publishes it.
func (r *Redis) Save(ctx context.Context, s Session, ttl time.Duration) error {
	v, err := encodeRecord(s)
	if err != nil {
		return err
	}
	keys := []string{key(kindSession, s.ID), key(kindStills, s.ID), key(kindNews, s.ID), key(kindParts, s.ID)}
	n, err := r.run(ctx, saveScript, keys, strconv.FormatInt(s.Rev-1, 10), v, ttl.Milliseconds(), s.State == Ended,
		s.Finished)
	if err != nil {
		return err
	}
	if n == 0 {
		return ErrConflict
	}
	// This instance's subscribers get the record at once. When it arrives through Redis as well, its rev is known
	// and it is dropped.
	stored := s.Clone()
	r.fan.publish(s.ID, Event{Session: &stored})
	r.note(ctx, s, ttl)
	return nil
}

// Delete implements [Store].
func (r *Redis) Delete(ctx context.Context, id string) error {
	_, err := r.run(ctx, leaveScript, shareKeys, id)
	return errors.Join(err, r.remove(ctx, id))
}

func (r *Redis) remove(ctx context.Context, id string) error {
	ctx, cancel := r.call(ctx)
	defer cancel()
	return wrap(r.client.Del(ctx, key(kindSession, id), key(kindStills, id), key(kindParts, id), key(kindBeat, id)).Err())
}

// PutIndex implements [Store].
func (r *Redis) PutIndex(ctx context.Context, k, id string, ttl time.Duration) error {
	return r.set(ctx, key(kindIndex, k), id, ttl)
}

// FindIndex implements [Store].
func (r *Redis) FindIndex(ctx context.Context, k string) (string, error) {
	ctx, cancel := r.call(ctx)
	defer cancel()
	id, err := r.client.Get(ctx, key(kindIndex, k)).Result()
	return id, wrap(err)
}

// Publish implements [Store].
func (r *Redis) Publish(ctx context.Context, id string, live []byte) error {
	ctx, cancel := r.call(ctx)
	defer cancel()
	return wrap(r.client.SPublish(ctx, key(kindNews, id), string(newsLive)+string(live)).Err())
}

// Beat implements [Store].
func (r *Redis) Beat(ctx context.Context, id string, ttl time.Duration) error {
	return r.set(ctx, key(kindBeat, id), "1", ttl)
}

// Alive implements [Store].
func (r *Redis) Alive(ctx context.Context, id string) (bool, error) {
	ctx, cancel := r.call(ctx)
	defer cancel()
	n, err := r.client.Exists(ctx, key(kindBeat, id)).Result()
	return n > 0, wrap(err)
}

// Count implements [Store].
func (r *Redis) Count(ctx context.Context, k string, window time.Duration) (int64, error) {
	return r.run(ctx, countScript, []string{key(kindCount, k)}, window.Milliseconds())
}

// Counted implements [Store].
func (r *Redis) Counted(ctx context.Context, k string) (int64, error) {
	ctx, cancel := r.call(ctx)
	defer cancel()
	n, err := r.client.Get(ctx, key(kindCount, k)).Int64()
	if errors.Is(err, redis.Nil) {
		return 0, nil
	}
	return n, wrap(err)
}

// PutPart implements [Store].
func (r *Redis) PutPart(ctx context.Context, id, upload string, part int, data []byte, limit int,
	ttl time.Duration) error {
	n, err := r.run(ctx, partScript, []string{key(kindSession, id), key(kindParts, id)},
		upload, strconv.Itoa(part), data, limit, ttl.Milliseconds())
	switch {
	case err == nil && n == -2:
		return fmt.Errorf("%w: parts over %d bytes", ErrTooLarge, limit)
	case err == nil && n == -3:
		return ErrOtherPart
	case err != nil:
		return err
	}
	return r.pictures(ctx, id, kindParts, "", n, ttl)
}

// Parts implements [Store].
func (r *Redis) Parts(ctx context.Context, id, upload string) (map[int][]byte, error) {
	ctx, cancel := r.call(ctx)
	defer cancel()
	fields, err := r.client.HGetAll(ctx, key(kindParts, id)).Result()
	if err != nil {
		return nil, wrap(err)
	}
	parts := make(map[int][]byte)
	if fields["upload"] != upload {
		return parts, nil
	}
	for name, data := range fields {
		if n, err := strconv.Atoi(name); err == nil {
			parts[n] = []byte(data)
		}
	}
	return parts, nil
}

// PutStill implements [Store].
func (r *Redis) PutStill(ctx context.Context, id, step string, jpeg []byte, limit int, ttl time.Duration) error {
	if len(jpeg) > limit {
		return fmt.Errorf("%w: still of %d bytes, limit %d", ErrTooLarge, len(jpeg), limit)
	}
	n, err := r.run(ctx, stillScript, []string{key(kindSession, id), key(kindStills, id)}, step, jpeg, ttl.Milliseconds())
	if err != nil {
		return err
	}
	return r.pictures(ctx, id, kindStills, step, n, ttl)
}

// Still implements [Store].
func (r *Redis) Still(ctx context.Context, id, step string) ([]byte, error) {
	ctx, cancel := r.call(ctx)
	defer cancel()
	b, err := r.client.HGet(ctx, key(kindStills, id), step).Bytes()
	return b, wrap(err)
}

// Ping implements [Store].
func (r *Redis) Ping(ctx context.Context) error {
	ctx, cancel := r.call(ctx)
	defer cancel()
	return wrap(r.client.Ping(ctx).Err())
}

// Time asks Redis for its time. Now knows it without asking. The nodes of a Cluster have clocks
// of their own: all instances ask the master that has what sessions share.
func (r *Redis) Time(ctx context.Context) (time.Time, error) {
	ctx, cancel := r.call(ctx)
	defer cancel()
	var asked interface {
		Time(ctx context.Context) *redis.TimeCmd
	} = r.client
	if cluster, ok := r.client.(*redis.ClusterClient); ok {
		node, err := cluster.MasterForKey(ctx, sharePrefix)
		if err != nil {
			return time.Time{}, wrap(err)
		}
		asked = node
	}
	t, err := asked.Time(ctx).Result()
	return t, wrap(err)
}

func (r *Redis) set(ctx context.Context, k, v string, ttl time.Duration) error {
	ctx, cancel := r.call(ctx)
	defer cancel()
	return wrap(r.client.Set(ctx, k, v, ttl).Err())
}

// wrap adds context to an error of Redis. A missing key becomes ErrNotFound.
func wrap(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, redis.Nil):
		return ErrNotFound
	}
	return fmt.Errorf("%w: redis: %w", ErrUnavailable, err)
}
