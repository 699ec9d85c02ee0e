package pairing

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"visavis/limits"
)

// shareLimits bound what all instances keep together.
type shareLimits struct {
	sessions, held int
	bytes          int64 // of one network
	allBytes       int64
}

func (c RedisConfig) shareLimits() shareLimits {
	return shareLimits{
		sessions: cmp.Or(max(c.Sessions, 0), limits.SessionsTotal.Number()),
		held:     cmp.Or(max(c.Held, 0), limits.SessionsHeld.Number()),
		bytes:    cmp.Or(max(c.HeldBytes, 0), int64(limits.PicturesHeld.Number())),
		allBytes: cmp.Or(max(c.Bytes, 0), int64(limits.PicturesTotal.Number())),
	}
}

// sharePrefix begins all keys of who holds what. They lie under one hash tag, so that one script sees all of it:
//
//	sessions      ids by the end of their records
//	idle          ids by when they are spare (see Session.spareFrom), of claimed ones
//	crowd         networks by their unclaimed sessions, each divided by its share
//	held          sessions by network
//	bytes         bytes of pictures by network, by id and kind, and of all ("all")
//	largest       ids by the bytes of their pictures
//	uploads       ids by when the parts of their unfinished still are forgotten
//	of            the networks of an id: "key times key times …"
//	spare:NETWORK unclaimed ids by when they are spare
const sharePrefix = "visavis:{share}:"

var shareKeys = []string{sharePrefix}

// shareLua is the common part of the scripts. It derives the keys from the given one: all
// have its hash tag.
const shareLua = `
	local p = KEYS[1]
	local function networks(id)
		local out = {}
		for key, times in string.gmatch(redis.call('HGET', p .. 'of', id) or '', '(%S+) (%d+)') do
			out[#out + 1] = {key, tonumber(times)}
		end
		return out
	end
	local function add(hash, field, n)
		if redis.call('HINCRBY', hash, field, n) <= 0 then redis.call('HDEL', hash, field) end
	end
	local function uncrowd(id)
		for _, n in ipairs(networks(id)) do
			if redis.call('ZREM', p .. 'spare:' .. n[1], id) == 1
				and tonumber(redis.call('ZINCRBY', p .. 'crowd', -1 / n[2], n[1])) <= 0.001 then
				redis.call('ZREM', p .. 'crowd', n[1])
			end
		end
	end
	local function pictures(id, kind, size)
		local old = tonumber(redis.call('HGET', p .. 'bytes', id .. kind) or '0')
		for _, n in ipairs(networks(id)) do add(p .. 'bytes', n[1], size - old) end
		add(p .. 'bytes', id .. kind, size - old)
		if size == old then return end
		add(p .. 'bytes', 'all', size - old)
		if tonumber(redis.call('ZINCRBY', p .. 'largest', size - old, id)) <= 0 then
			redis.call('ZREM', p .. 'largest', id)
		end
	end
	local function leave(id)
		if redis.call('ZREM', p .. 'sessions', id) == 0 then return end
		uncrowd(id)
		pictures(id, 'parts', 0)
		pictures(id, 'stills', 0)
		for _, n in ipairs(networks(id)) do add(p .. 'held', n[1], -1) end
		redis.call('ZREM', p .. 'idle', id)
		redis.call('ZREM', p .. 'uploads', id)
		redis.call('HDEL', p .. 'of', id)
	end
	local function expire(now)
		for _, id in ipairs(redis.call('ZRANGEBYSCORE', p .. 'sessions', '-inf', now, 'LIMIT', 0, 200)) do leave(id) end
		for _, id in ipairs(redis.call('ZRANGEBYSCORE', p .. 'uploads', '-inf', now, 'LIMIT', 0, 200)) do
			redis.call('ZREM', p .. 'uploads', id)
			pictures(id, 'parts', 0)
		end
	end
	local function enter(id, ends, of)
		redis.call('ZADD', p .. 'sessions', ends, id)
		if of == '' then return end
		redis.call('HSET', p .. 'of', id, of)
		for _, n in ipairs(networks(id)) do redis.call('HINCRBY', p .. 'held', n[1], 1) end
	end
	local function spare(id, claimed, from)
		if claimed == '1' then
			uncrowd(id)
			if from == '' then redis.call('ZREM', p .. 'idle', id) else redis.call('ZADD', p .. 'idle', from, id) end
			return
		end
		redis.call('ZREM', p .. 'idle', id)
		for _, n in ipairs(networks(id)) do
			if redis.call('ZADD', p .. 'spare:' .. n[1], from, id) == 1 then
				redis.call('ZINCRBY', p .. 'crowd', 1 / n[2], n[1])
			end
		end
	end`

var (
	// admitScript admits a session. Arguments: id, now, its end, its networks, when it
	// becomes spare, the total limit and the limit of a network. It returns 1 if
	// admitted, -2 if the network is at its limit, -3 if there is no room, or the id of
	// the evicted session.
	admitScript = redis.NewScript(shareLua + `
		local id, now = ARGV[1], ARGV[2]
		if redis.call('ZSCORE', p .. 'sessions', id) then return 1 end
		expire(now)
		local own = 0
		for key, times in string.gmatch(ARGV[4], '(%S+) (%d+)') do
			if tonumber(redis.call('HGET', p .. 'held', key) or '0') + 1 > tonumber(ARGV[7]) * tonumber(times) then return -2 end
			own = math.max(own, tonumber(redis.call('ZSCORE', p .. 'crowd', key) or '0'))
		end
		local gone
		if redis.call('ZCARD', p .. 'sessions') >= tonumber(ARGV[6]) then
			local top = redis.call('ZREVRANGE', p .. 'crowd', 0, 63, 'WITHSCORES')
			local load, since
			for i = 1, #top, 2 do
				if tonumber(top[i + 1]) < math.max(own, load or 0) then break end
				local first = redis.call('ZRANGEBYSCORE', p .. 'spare:' .. top[i], '-inf', now, 'WITHSCORES', 'LIMIT', 0, 1)
				if first[1] and (not since or tonumber(first[2]) < since) then
					gone, since, load = first[1], tonumber(first[2]), tonumber(top[i + 1])
				end
			end
			gone = gone or redis.call('ZRANGEBYSCORE', p .. 'idle', '-inf', now, 'LIMIT', 0, 1)[1]
			if not gone then return -3 end
			leave(gone)
		end
		enter(id, ARGV[3], ARGV[4])
		if ARGV[4] ~= '' then spare(id, '0', ARGV[5]) end
		return gone or 1`)
	// noteScript records a saved session. Arguments: id, its end, its networks, whether a
	// phone holds it, when it becomes spare (empty: never), whether its pictures are
	// gone.
	noteScript = redis.NewScript(shareLua + `
		local id = ARGV[1]
		if redis.call('ZSCORE', p .. 'sessions', id) then
			redis.call('ZADD', p .. 'sessions', ARGV[2], id)
		else
			enter(id, ARGV[2], ARGV[3])
		end
		if ARGV[3] ~= '' then spare(id, ARGV[4], ARGV[5]) end
		if ARGV[6] == '1' then pictures(id, 'parts', 0) pictures(id, 'stills', 0) end
		return 1`)
	leaveScript = redis.NewScript(shareLua + `
		leave(ARGV[1])
		return 1`)
	// picturesScript records how many bytes of a kind a session keeps. Arguments: id,
	// kind, bytes, the limit of a network, the total limit, now, and of parts when they are
	// forgotten. It returns 1. Over a limit it records nothing and returns -2 (of the
	// network), -3 (of all), or the id of the session that goes for it: one that keeps
	// more, or as much and is idle.
	picturesScript = redis.NewScript(shareLua + `
		expire(ARGV[6])
		local old = tonumber(redis.call('HGET', p .. 'bytes', ARGV[1] .. ARGV[2]) or '0')
		local more = tonumber(ARGV[3]) - old
		for _, n in ipairs(networks(ARGV[1])) do
			local after = tonumber(redis.call('HGET', p .. 'bytes', n[1]) or '0') + more
			if more > 0 and after > math.min(tonumber(ARGV[4]) * n[2], tonumber(ARGV[5]) / 2) then return -2 end
		end
		if more > 0 and tonumber(redis.call('HGET', p .. 'bytes', 'all') or '0') + more > tonumber(ARGV[5]) then
			local own = tonumber(redis.call('ZSCORE', p .. 'largest', ARGV[1]) or '0') + more
			local top = redis.call('ZREVRANGE', p .. 'largest', 0, 63, 'WITHSCORES')
			for i = 1, #top, 2 do
				local size, idle = tonumber(top[i + 1]), tonumber(redis.call('ZSCORE', p .. 'idle', top[i]) or 'inf')
				if size < own then break end
				if top[i] ~= ARGV[1] and (size > own or idle <= tonumber(ARGV[6])) then
					leave(top[i])
					return top[i]
				end
			end
			return -3
		end
		if redis.call('ZSCORE', p .. 'sessions', ARGV[1]) then
			pictures(ARGV[1], ARGV[2], tonumber(ARGV[3]))
			if ARGV[7] ~= '' then redis.call('ZADD', p .. 'uploads', ARGV[7], ARGV[1]) end
		end
		return 1`)
)

// networksOf returns a record's networks as the scripts parse them.
func networksOf(s Session) string {
	var text strings.Builder
	for _, n := range s.Networks {
		text.WriteString(n.Key + " " + strconv.FormatInt(max(1, n.Times), 10) + " ")
	}
	return text.String()
}

// millis returns a time as the scripts parse it; empty means never.
func millis(t time.Time, ok bool) string {
	if !ok {
		return ""
	}
	return strconv.FormatInt(t.UnixMilli(), 10)
}

// admit counts a new session and makes room for it at the total limit.
func (r *Redis) admit(ctx context.Context, s Session, ttl time.Duration) error {
	now := r.Now()
	from, _ := s.spareFrom(now)
	call, cancel := r.call(ctx)
	defer cancel()
	answer, err := admitScript.Run(call, r.client, shareKeys, s.ID, now.UnixMilli(), now.Add(ttl).UnixMilli(),
		networksOf(s),
		from.UnixMilli(), r.most.sessions, r.most.held).Result()
	if err != nil {
		return wrap(err)
	}
	switch gone := answer.(type) {
	case string:
		return r.evict(ctx, gone)
	case int64:
		switch gone {
		case -2:
			return overShare(limits.SessionsHeld)
		case -3:
			return full(limits.SessionsTotal, "%d sessions, limit %d", r.most.sessions, r.most.sessions)
		}
	}
	return nil
}

// evict deletes a session that was displaced and tells its subscribers on every instance.
func (r *Redis) evict(ctx context.Context, id string) error {
	if err := r.remove(ctx, id); err != nil {
		return fmt.Errorf("make room: %w", err)
	}
	r.fan.publish(id, Event{Gone: true})
	ctx, cancel := r.call(ctx)
	defer cancel()
	return wrap(r.client.SPublish(ctx, key(kindNews, id), string(newsGone)).Err())
}

// noteEvery is how old what the share knows of an unchanged session may become: little beside
// spareAfterScan, the shortest time that it is used for.
const noteEvery = 10 * time.Second

// noted is what this instance told the share of a session, and the newest rev since.
type noted struct {
	rev      int64
	state    State
	finished bool
	end, at  time.Time
}

// holds reports whether the share needs not be told of s: this instance alone has saved it
// since, and nothing that counts there has changed by much.
func (n noted) holds(s Session, end, now time.Time) bool {
	most := min(noteEvery, end.Sub(now)/50)
	return n.rev == s.Rev-1 && n.state == s.State && n.finished == s.Finished &&
		end.Sub(n.end).Abs() < most && now.Sub(n.at) < most
}

// note records a saved session. The next save repairs a failed one. A session that somebody
// follows here is noted when what counts of it changed: a call less for each event.
func (r *Redis) note(ctx context.Context, s Session, ttl time.Duration) {
	now := r.Now()
	end := now.Add(ttl)
	topic, unlock := r.topic(s.ID)
	if topic != nil {
		if topic.noted.holds(s, end, now) {
			topic.noted.rev = s.Rev
			unlock()
			return
		}
		unlock()
	}
	claimed, ended := "0", "0"
	if s.Claimed() {
		claimed = "1"
	}
	if s.State == Ended {
		ended = "1"
	}
	from, ok := s.spareFrom(now)
	_, err := r.run(ctx, noteScript, shareKeys, s.ID, end.UnixMilli(), networksOf(s), claimed, millis(from, ok), ended)
	if topic, unlock := r.topic(s.ID); topic != nil {
		if err == nil && topic.noted.rev < s.Rev {
			topic.noted = noted{rev: s.Rev, state: s.State, finished: s.Finished, end: end, at: now}
		}
		unlock()
	}
}

// mostEvicted bounds the sessions that go for one picture: each keeps at least as much.
const mostEvicted = 64

// pictures counts what a session keeps of a kind, parts for ttl, and makes room for it at
// the total limit. It undoes it if its network, or all together, exceed their limit.
func (r *Redis) pictures(ctx context.Context, id, kind, step string, bytes int64, ttl time.Duration) error {
	over, err := r.countPictures(ctx, id, kind, bytes, ttl)
	if err != nil || over == noLimit {
		return err
	}
	call, cancel := r.call(ctx)
	defer cancel()
	if step != "" {
		err = r.client.HDel(call, key(kind, id), step).Err()
	} else {
		err = r.client.Del(call, key(kind, id)).Err()
	}
	switch {
	case err != nil:
		return wrap(err)
	case over == limits.PicturesHeld:
		return full(over, "pictures of one network over %d bytes", r.most.bytes)
	}
	return full(over, "pictures of all over %d bytes", r.most.allBytes)
}

// noLimit says that none is exceeded.
const noLimit limits.Limit = -1

// countPictures counts a session's pictures, or returns the limit that they exceed.
func (r *Redis) countPictures(ctx context.Context, id, kind string, bytes int64,
	ttl time.Duration) (limits.Limit, error) {
	for range mostEvicted {
		now := r.Now()
		call, cancel := r.call(ctx)
		answer, err := picturesScript.Run(call, r.client, shareKeys, id, kind, bytes, min(r.most.bytes, math.MaxInt64/16),
			r.most.allBytes, now.UnixMilli(), millis(now.Add(ttl), kind == kindParts)).Result()
		cancel()
		if err != nil {
			return noLimit, wrap(err)
		}
		switch answer := answer.(type) {
		case string:
			if err := r.evict(ctx, answer); err != nil {
				return noLimit, err
			}
		case int64:
			switch answer {
			case -2:
				return limits.PicturesHeld, nil
			case -3:
				return limits.PicturesTotal, nil
			}
			return noLimit, nil
		}
	}
	return limits.PicturesTotal, nil
}
