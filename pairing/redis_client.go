package pairing

import (
	"errors"
	"fmt"
	"net/url"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// client makes the client that the URLs describe. It connects on first use.
func (c RedisConfig) client() (redis.UniversalClient, error) {
	if len(c.URLs) == 0 {
		return nil, errors.New("redis: no URL")
	}
	first, err := url.Parse(c.URLs[0])
	if err != nil {
		return nil, errors.New("redis: bad URL") // it may hold a password
	}
	q := first.Query()
	cluster := q.Get("cluster") == "true" || len(c.URLs) > 1
	q.Del("cluster")
	for _, more := range c.URLs[1:] {
		u, err := url.Parse(more)
		if err != nil || u.Host == "" {
			return nil, errors.New("redis: bad URL")
		}
		q.Add("addr", u.Host)
	}
	first.RawQuery = q.Encode()
	switch {
	case q.Get("master_name") != "":
		return c.sentinel(first.String())
	case cluster:
		return c.cluster(first.String())
	}
	o, err := redis.ParseURL(first.String())
	if err != nil {
		return nil, badURL(err)
	}
	o.ContextTimeoutEnabled = true
	o.DialTimeout, o.ReadTimeout, o.WriteTimeout = c.Timeout, c.Timeout, c.Timeout
	o.MaintNotificationsConfig = quiet()
	return redis.NewClient(o), nil
}

func (c RedisConfig) sentinel(u string) (redis.UniversalClient, error) {
	o, err := redis.ParseFailoverURL(u)
	if err != nil {
		return nil, badURL(err)
	}
	o.ContextTimeoutEnabled = true
	o.DialTimeout, o.ReadTimeout, o.WriteTimeout = c.Timeout, c.Timeout, c.Timeout
	return redis.NewFailoverClient(o), nil
}

func (c RedisConfig) cluster(u string) (redis.UniversalClient, error) {
	o, err := redis.ParseClusterURL(u)
	if err != nil {
		return nil, badURL(err)
	}
	o.ContextTimeoutEnabled = true
	o.DialTimeout, o.ReadTimeout, o.WriteTimeout = c.Timeout, c.Timeout, c.Timeout
	o.MaintNotificationsConfig = quiet()
	return redis.NewClusterClient(o), nil
}

// quiet disables maintenance notifications, a vendor extension that costs an extra round
// trip per connection.
func quiet() *maintnotifications.Config {
	return &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
}

// badURL omits the URL from the error, since it may hold a password.
func badURL(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		err = e.Err
	}
	return fmt.Errorf("redis URL: %w", err)
}
