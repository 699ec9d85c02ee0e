package login

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// logout takes the login back, and says where the provider forgets its own. With
// {"everywhere": true} all logins of the account are taken back. What the browser
// keeps of the pages goes too.
func (l *Login) logout(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		Everywhere bool `json:"everywhere"`
	}
	body, whole := read(w, r)
	if !whole {
		return
	}
	if len(body) > 0 && json.Unmarshal(body, &asked) != nil {
		refuse(w, http.StatusBadRequest, "bad-message", "want JSON, or nothing")
		return
	}
	h, in := l.current(r)
	if in {
		now := time.Now()
		key, what := keyOfLogin(h.ID), "logout"
		if asked.Everywhere {
			key, what = keyOfAccount(h.Account.Subject), "logout-everywhere"
		}
		if err := l.ended.End(r.Context(), key, now, now.Add(lasts)); err != nil {
			l.log.ErrorContext(r.Context(), "a login is not taken back", "err", err)
			refuse(w, http.StatusServiceUnavailable, "unavailable", "the login cannot be taken back now: try again")
			return
		}
		l.audit(r, Event{What: what, Subject: h.Account.Subject, Role: h.Account.role()})
	}
	if name := l.nameOf(r); name != cookieName {
		dropCookie(w, name) // the applicant beside it stays
		answer(w, http.StatusOK, struct{}{})
		return
	}
	dropCookie(w, cookieName)
	if l.host.EndSession != nil {
		l.host.EndSession(w, r)
	}
	w.Header().Set("Clear-Site-Data", `"cache", "storage"`) // "cookies" would clear those of sites beside this one
	said := struct {
		Next string `json:"next,omitempty"`
	}{}
	if in && l.provider != nil {
		said.Next = l.provider.logoutURL(r)
	}
	answer(w, http.StatusOK, said)
}

// logoutURL is where the provider logs out; empty where it cannot. No hint names the
// person: the provider asks them, if it wants to.
func (p *provider) logoutURL(r *http.Request) string {
	ctx, cancel := p.within(r)
	defer cancel()
	d, err := p.discover(ctx)
	if err != nil || d.endSession == "" {
		return ""
	}
	u, err := url.Parse(d.endSession)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	q := u.Query()
	q.Set("client_id", p.cfg.ClientID)
	q.Set("post_logout_redirect_uri", strings.TrimRight(p.cfg.Origin(), "/")+"/")
	u.RawQuery = q.Encode()
	return u.String()
}
