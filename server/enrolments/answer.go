package enrolments

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"visavis/enrolment"
	"visavis/enrolment/store"
	"visavis/protocol"
	"visavis/server/assets"
	"visavis/server/login"
	"visavis/words"
)

const (
	// maxBody bounds the body of any call.
	maxBody = 64 << 10
	// callWithin bounds the time of one call.
	callWithin = 15 * time.Second
)

// request is a request with its account.
type request struct {
	*http.Request
	who login.Account
}

func (r *request) id() string { return mux.Vars(r.Request)["id"] }

// language returns the requester's language, a tag of the list.
func (r *request) language() string { return languageOf(r.Request) }

func languageOf(r *http.Request) string { return words.Of(r).Tag }

// decode decodes the body into v.
func (r *request) decode(v any) error { return r.decodeWithin(maxBody, v) }

// decodeWithin decodes a body of so many bytes at most.
func (r *request) decodeWithin(most int64, v any) error {
	body, err := io.ReadAll(io.LimitReader(r.Body, most+1))
	switch {
	case err != nil:
		return errBadMessage
	case int64(len(body)) > most:
		return errTooLarge
	}
	if len(body) == 0 {
		body = []byte("{}")
	}
	if !protocol.WholeText(body) {
		return store.ErrText
	}
	if err := json.Unmarshal(body, v); err != nil {
		return fmt.Errorf("%w: %w", errBadMessage, err)
	}
	return withoutNUL(body)
}

// bytesAnswer is an answer that is not JSON.
type bytesAnswer struct {
	mediaType string
	name      string // of the file to save; empty: shown
	body      []byte
	header    http.Header // more of it
}

// handler answers one call with a value for JSON, a bytesAnswer, or an error.
type handler func(r *request) (any, error)

// Errors of requests before any rule applies.
var (
	errBadMessage = errors.New("want a JSON object")
	errTooLarge   = errors.New("want a shorter body")
	errLogin      = errors.New("login required")
	errRole       = errors.New("not this account's to do")
	errTooMany    = errors.New("too many searches")
)

// account returns the sender's account if it has one of the roles.
func (p *Plane) account(r *http.Request, roles ...string) (login.Account, error) {
	who, ok := p.cfg.Accounts.Account(r)
	switch {
	case !ok, !p.holdsLink(r, who):
		return login.Account{}, errLogin
	case !slices.ContainsFunc(roles, who.Has):
		return login.Account{}, errRole
	}
	return who, nil
}

// api makes an http.HandlerFunc from a handler for accounts of a role.
func (p *Plane) api(role string, do handler) http.HandlerFunc { return p.apiOf([]string{role}, do) }

// apiOf makes an http.HandlerFunc from a handler for accounts of any of the roles.
func (p *Plane) apiOf(roles []string, do handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		who, err := p.account(r, roles...)
		if err == nil {
			err = clean(r)
		}
		if err != nil {
			p.noteRefused(r, err)
			p.Refuse(w, r, err)
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), callWithin)
		defer cancel()
		value, err := do(&request{r.WithContext(ctx), who})
		if err != nil {
			p.noteRefused(r, err)
			p.Refuse(w, r, err)
			return
		}
		if b, ok := value.(bytesAnswer); ok {
			writeBytes(w, b)
			return
		}
		writeJSON(w, http.StatusOK, value)
	}
}

func writeBytes(w http.ResponseWriter, b bytesAnswer) {
	if strings.HasPrefix(b.mediaType, "text/html") {
		w.Header().Set("Content-Security-Policy", assets.PlainPolicy)
	}
	w.Header().Set("Content-Type", b.mediaType)
	maps.Copy(w.Header(), b.header)
	if b.name != "" {
		w.Header().Set("Content-Disposition", `attachment; filename="`+b.name+`"`)
	}
	w.Header().Set("Content-Length", fmt.Sprint(len(b.body)))
	_, _ = w.Write(b.body) // the client went away: there is nobody to tell
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // as above
}

// problem is the error body of an answer.
type problem struct {
	status    int
	said      words.Said         // Text and its language
	Code      string             `json:"code"`
	Text      string             `json:"text"`
	Reference string             `json:"reference,omitempty"`
	State     enrolment.State    `json:"state,omitempty"`
	Allowed   []enrolment.Action `json:"allowed,omitempty"`
	Field     string             `json:"field,omitempty"`
	Next      *time.Time         `json:"next,omitempty"`
	Problem   string             `json:"problem,omitempty"` // of a review, or of an address
	Left      int                `json:"left,omitempty"`    // tries
	Fields    []fieldProblem     `json:"fields,omitempty"`  // all that are wrong; Field is the first
}

// fieldProblem is what is wrong with one field of a form.
type fieldProblem struct {
	Field string `json:"field"`
	Code  string `json:"code"`
	Text  string `json:"text"`
}

// saying returns the problem with a sentence.
func (a problem) saying(s words.Said) problem {
	a.said, a.Text = s, s.Text
	return a
}

// Refuse implements server.Enrolments: it answers a request with an error.
func (p *Plane) Refuse(w http.ResponseWriter, r *http.Request, err error) {
	answer := problemOf(err, languageOf(r))
	if answer.status >= http.StatusInternalServerError {
		p.log.ErrorContext(r.Context(), "request failed", "code", answer.Code, "err", err)
	}
	if assets.WantsPage(r) && p.refusedPage(w, r, answer) {
		return
	}
	if answer.status == http.StatusUnauthorized {
		writeJSON(w, answer.status, struct {
			Error problem       `json:"error"`
			Login login.Choices `json:"login"`
		}{answer, p.cfg.Accounts.Choices()})
		return
	}
	writeJSON(w, answer.status, map[string]problem{"error": answer})
}

// refusedPage answers a page request with an error page; false if there is none for this
// problem.
func (p *Plane) refusedPage(w http.ResponseWriter, r *http.Request, a problem) bool {
	in := words.In(languageOf(r))
	page := assets.Refused(in.Language().Tag, a.said)
	switch {
	case a.status == http.StatusUnauthorized:
		http.Redirect(w, r, login.To(r), http.StatusFound)
		return true
	case a.status == http.StatusNotFound:
		page = assets.NotFound(in.Language().Tag)
	case a.status >= http.StatusInternalServerError:
		page = assets.Failed(in.Language().Tag, w.Header().Get("X-Request-Id"))
	}
	return page.Serve(w, r, a.status) == nil
}
