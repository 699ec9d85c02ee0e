package pairing

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"
)

// group returns the hash tag number of a session or key.
func group(of string) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(of))
	return int(h.Sum32() % groups)
}

// key returns the name of a key or channel. kind must not contain ':'.
func key(kind, of string) string { return fmt.Sprintf("visavis:{%02d}:%s:%s", group(of), kind, of) }

// The kinds of key.
const (
	kindSession = "session"
	kindStills  = "stills"
	kindParts   = "parts"
	kindBeat    = "beat"
	kindIndex   = "index"
	kindCount   = "count"
	kindNews    = "news" // a channel
)

// The first byte of a message on a news channel.
const (
	newsRecord = 's'
	newsLive   = 'l'
	newsGone   = 'g' // the record no longer exists
)

// A record is stored as its rev, a space and its JSON, so that a script can
// compare the rev without reading JSON.
func encodeRecord(s Session) (string, error) {
	b, err := json.Marshal(s)
	if err != nil {
		return "", fmt.Errorf("encode session: %w", err)
	}
	return strconv.FormatInt(s.Rev, 10) + " " + string(b), nil
}

// revOf returns the rev of a stored record.
func revOf(v string) (int64, error) {
	rev, _, _ := strings.Cut(v, " ")
	return strconv.ParseInt(rev, 10, 64)
}

func decodeRecord(v string) (Session, error) {
	_, doc, _ := strings.Cut(v, " ")
	var s Session
	if err := json.Unmarshal([]byte(doc), &s); err != nil {
		return Session{}, fmt.Errorf("decode session: %w", err)
	}
	return s, nil
}

// The scripts. Each touches keys of one session alone.
var (
	saveScript = redis.NewScript(`
		local rev = string.match(redis.call('GETRANGE', KEYS[1], 0, 20), '^%d+')
		if not rev then return -1 end
		if rev ~= ARGV[1] then return 0 end
		redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
		if ARGV[4] == '1' then redis.call('DEL', KEYS[2], KEYS[4]) else redis.call('PEXPIRE', KEYS[2], ARGV[3]) end
		if ARGV[5] == '1' then redis.call('DEL', KEYS[4]) end
		redis.call('SPUBLISH', KEYS[3], 's' .. ARGV[2])
		return 1`)
	stillScript = redis.NewScript(`
		local ttl = redis.call('PTTL', KEYS[1])
		if ttl < 0 then return -1 end
		redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
		redis.call('PEXPIRE', KEYS[2], math.max(1, math.min(ttl, tonumber(ARGV[3]))))
		local size = 0
		for _, step in ipairs(redis.call('HKEYS', KEYS[2])) do size = size + redis.call('HSTRLEN', KEYS[2], step) end
		return size`)
	partScript = redis.NewScript(`
		if redis.call('EXISTS', KEYS[1]) == 0 then return -1 end
		if redis.call('HGET', KEYS[2], 'upload') ~= ARGV[1] then redis.call('DEL', KEYS[2]) end
		local old = redis.call('HGET', KEYS[2], ARGV[2])
		if old and old ~= ARGV[3] then return -3 end
		local size = tonumber(redis.call('HGET', KEYS[2], 'size') or '0')
		size = size + #ARGV[3] - (old and #old or 0)
		if size > tonumber(ARGV[4]) then return -2 end
		redis.call('HSET', KEYS[2], 'upload', ARGV[1], 'size', size, ARGV[2], ARGV[3])
		redis.call('PEXPIRE', KEYS[2], ARGV[5])
		return size`)
	countScript = redis.NewScript(`
		local n = redis.call('INCR', KEYS[1])
		if n == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
		return n`)
)
