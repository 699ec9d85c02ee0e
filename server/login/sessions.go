package login

import (
	"context"
	"crypto/rand"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Ended is the list of logins that were taken back before their time: short, since
// a login lasts for hours. *store.EndedLogins is one, Memory another.
type Ended interface {
	// End takes back what has the key and began at at or before; it is forgotten at
	// until. Of two ends of one key the later one counts. Idempotent.
	End(ctx context.Context, key string, at, until time.Time) error
	// EndedAt returns the latest end of any of the keys; the zero time: none.
	EndedAt(ctx context.Context, keys ...string) (time.Time, error)
}

// The keys of the list.
func keyOfLogin(id string) string         { return "login:" + id }
func keyOfAccount(subject string) string  { return "account:" + subject }
func keyOfProvider(session string) string { return "provider:" + session }

// keyOfNameless is of the account's logins whose session the provider did not name.
func keyOfNameless(subject string) string { return "nameless:" + subject }

// keyOfToken is of a logout token that has been used.
func keyOfToken(id string) string { return "token:" + id }

// held is what the cookie of a login holds.
type held struct {
	Account  Account   `json:"account"`
	ID       string    `json:"id"`
	Begun    time.Time `json:"begun"`
	Seen     time.Time `json:"seen"`               // the last request, to within a minute
	Provider string    `json:"provider,omitempty"` // its session there (sid)
}

// keys are all under which it may have been taken back.
func (h held) keys() []string {
	keys := []string{keyOfLogin(h.ID), keyOfAccount(h.Account.Subject)}
	if h.Provider == "" {
		return append(keys, keyOfNameless(h.Account.Subject))
	}
	return append(keys, keyOfProvider(h.Provider))
}

// begin logs somebody in: a cookie with an id of its own, so that nothing of before
// counts as it.
func (l *Login) begin(w http.ResponseWriter, account Account, provider string) error {
	return l.beginAs(w, cookieName, account, provider)
}

func (l *Login) beginAs(w http.ResponseWriter, name string, account Account, provider string) error {
	now := time.Now()
	return setCookie(w, l.seal, name, held{account, rand.Text(), now, now, provider}, now.Add(lasts))
}

// Begin logs a browser in as somebody who did not come through the login page.
func (l *Login) Begin(w http.ResponseWriter, r *http.Request, a Account) error {
	if err := l.begin(w, a, ""); err != nil {
		return err
	}
	l.audit(r, Event{What: "login", Subject: a.Subject, Role: a.role()})
	return nil
}

// current returns a request's login that is neither over nor taken back. Where the
// list cannot be asked nobody is logged in.
func (l *Login) current(r *http.Request) (held, bool) {
	h, _, err := readCookie[held](r, l.seal, l.nameOf(r))
	if err != nil || h.ID == "" || len(l.demo) == 0 && strings.HasPrefix(h.Account.Subject, fromDemo) {
		return held{}, false // a demonstration's accounts are nobody where people are real, whatever its secret was
	}
	ended, err := l.ended.EndedAt(r.Context(), h.keys()...)
	if err != nil {
		l.log.ErrorContext(r.Context(), "nobody is logged in: the list of ended logins cannot be read", "err", err)
		return held{}, false
	}
	if !ended.IsZero() && !h.Begun.After(ended) {
		return held{}, false
	}
	return h, true
}

// Account returns who sent a request; false without a login, or where nothing was
// heard of them for too long.
func (l *Login) Account(r *http.Request) (Account, bool) {
	h, ok := l.current(r)
	if !ok || time.Since(h.Seen) >= l.idle {
		return Account{}, false
	}
	return h.Account, true
}

// Watching is Account for a page that only waits: what was heard last does not
// count, so that it may learn after hours what it waits for.
func (l *Login) Watching(r *http.Request) (Account, bool) {
	h, ok := l.current(r)
	return h.Account, ok
}

// seenEvery is how exactly inactivity is known.
const seenEvery = time.Minute

// touch notes in the cookie that somebody is there.
func (l *Login) touch(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := l.nameOf(r)
		if h, until, err := readCookie[held](r, l.seal, name); err == nil && h.ID != "" {
			if idle := time.Since(h.Seen); idle >= seenEvery && idle < l.idle {
				h.Seen = time.Now()
				if err := setCookie(w, l.seal, name, h, until); err != nil {
					l.log.WarnContext(r.Context(), "a login is not renewed", "err", err)
				}
			}
		}
		next.ServeHTTP(w, r)
	})
}

// Memory is a list of one instance, gone with it. Its zero value is ready.
type Memory struct {
	mu    sync.Mutex
	ended map[string]end
}

type end struct{ at, until time.Time }

// End implements Ended.
func (m *Memory) End(_ context.Context, key string, at, until time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	for k, e := range m.ended {
		if now.After(e.until) {
			delete(m.ended, k)
		}
	}
	if m.ended == nil {
		m.ended = map[string]end{}
	}
	if before, ok := m.ended[key]; !ok || before.at.Before(at) {
		m.ended[key] = end{at, until}
	}
	return nil
}

// EndedAt implements Ended.
func (m *Memory) EndedAt(_ context.Context, keys ...string) (latest time.Time, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, k := range keys {
		if e, ok := m.ended[k]; ok && e.at.After(latest) {
			latest = e.at
		}
	}
	return latest, nil
}
