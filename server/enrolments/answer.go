package enrolments

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gorilla/mux"

	"visavis/enrolment"
	"visavis/enrolment/evidence"
	"visavis/enrolment/journey"
	"visavis/enrolment/store"
	"visavis/identity"
	"visavis/server/login"
)

const (
	// maxBody is ample for any call: the longest holds a few answers and words.
	maxBody = 64 << 10
	// callWithin bounds one call to the records.
	callWithin = 15 * time.Second
)

// request is a request with who sent it.
type request struct {
	*http.Request
	who login.Account
}

func (r *request) id() string { return mux.Vars(r.Request)["id"] }

// language of words for whoever asks.
func (r *request) language() string { return languageOf(r.Request) }

func languageOf(r *http.Request) string {
	if lang := r.URL.Query().Get("lang"); lang == "fr" || lang == "en" {
		return lang
	}
	if strings.HasPrefix(strings.ToLower(r.Header.Get("Accept-Language")), "en") {
		return "en"
	}
	return "fr"
}

// decode reads the body into v.
func (r *request) decode(v any) error {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil || len(body) > maxBody {
		return errBadMessage
	}
	if len(body) == 0 {
		body = []byte("{}")
	}
	if !utf8.Valid(body) {
		return store.ErrText // encoding/json would put marks in the place of what it is not
	}
	if err := json.Unmarshal(body, v); err != nil {
		return fmt.Errorf("%w: %w", errBadMessage, err)
	}
	return withoutNUL(body)
}

// pagePolicy is for pages that the server makes: no script, no style of their own.
const pagePolicy = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"

// bytesAnswer is an answer that is not JSON.
type bytesAnswer struct {
	mediaType string
	name      string // of the file to save; empty: shown
	body      []byte
}

// handler answers one call: a value for JSON, a bytesAnswer, or an error.
type handler func(r *request) (any, error)

// The errors of requests that reach no rule.
var (
	errBadMessage = errors.New("want a JSON object")
	errLogin      = errors.New("login required")
	errRole       = errors.New("not this account's to do")
	errTooMany    = errors.New("too many searches")
)

// account is who sent a request, if they have one of the roles.
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

// api makes an http.HandlerFunc of a handler for accounts of a role.
func (p *Plane) api(role string, do handler) http.HandlerFunc { return p.apiOf([]string{role}, do) }

// apiOf makes an http.HandlerFunc of a handler for accounts of any of the roles.
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
		w.Header().Set("Content-Security-Policy", pagePolicy)
	}
	w.Header().Set("Content-Type", b.mediaType)
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

// problem is the error of an answer.
type problem struct {
	status    int
	Code      string             `json:"code"`
	Text      string             `json:"text"`
	Reference string             `json:"reference,omitempty"`
	State     enrolment.State    `json:"state,omitempty"`
	Allowed   []enrolment.Action `json:"allowed,omitempty"`
	Field     string             `json:"field,omitempty"`
	Next      *time.Time         `json:"next,omitempty"`
	Problem   string             `json:"problem,omitempty"` // of a review, or of an address
	Left      int                `json:"left,omitempty"`    // tries
}

// Refuse implements server.Enrolments: it answers a request with an error.
func (p *Plane) Refuse(w http.ResponseWriter, r *http.Request, err error) {
	answer := problemOf(err, languageOf(r))
	if answer.status >= http.StatusInternalServerError {
		p.log.ErrorContext(r.Context(), "request failed", "code", answer.Code, "err", err)
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

// reviewWords say why somebody may not decide: French, English.
var reviewWords = map[enrolment.ReviewProblem][2]string{
	enrolment.NotDrawn: {"Ce dossier n’est pas entre vos mains.", "This file is not in your hands."},
	enrolment.Lapsed: {
		"Ce dossier est resté trop longtemps entre vos mains\u202f: la décision n’est pas enregistrée. Tirez un dossier à nouveau.",
		"This file was in your hands for too long: the decision is not recorded. Draw a file again.",
	},
	enrolment.NeedsAnother: {
		"Ces données diffèrent de ce qui a été déclaré\u202f: une autre personne doit les voir et enregistrer les mêmes.",
		"These data differ from what was declared: another person has to see them and record the same.",
	},
}

// valueWords say what is wrong with a value, where more is known than its field.
func valueWords(e *enrolment.ValueError, language string) string {
	i := 0
	if language == "en" {
		i = 1
	}
	if bad, ok := errors.AsType[*identity.NameError](e); ok {
		return bad.Words(language)
	}
	if e.Field == "checklist" {
		return [2]string{
			"Pour accepter, répondez oui à chacun des points à vérifier.",
			"To accept, answer each point of the checklist with yes.",
		}[i]
	}
	return ""
}

// problemOf is the one place that turns an error into what a client sees.
func problemOf(err error, language string) problem {
	say := func(status int, code, french, english string) problem {
		text := french
		if language == "en" {
			text = english
		}
		return problem{status: status, Code: code, Text: text}
	}
	var (
		state   *enrolment.StateError
		limit   *enrolment.LimitError
		consent *enrolment.ConsentError
		value   *enrolment.ValueError
		review  *enrolment.ReviewError
		input   *journey.InputError
		address *journey.AddressError
	)
	if status, code, words, ok := linkProblem(err); ok {
		return say(status, code, words[0], words[1])
	}
	switch {
	case errors.As(err, &address):
		words := addressWords[address.Problem]
		a := say(http.StatusUnprocessableEntity, "address", words[0], words[1])
		a.Field, a.Problem, a.Left = "digits", string(address.Problem), address.Left
		return a
	case errors.As(err, &state):
		a := say(http.StatusConflict, "out-of-order", "Votre demande en est à une autre étape. Rechargez la page.", "Your request is at another step. Reload the page.")
		a.State, a.Allowed = state.State, state.Allowed
		return a
	case errors.As(err, &limit):
		a := say(http.StatusTooManyRequests, "limit", "Vous avez utilisé tous vos essais.", "You have used all your attempts.")
		if limit.What == "letters" {
			a = say(http.StatusTooManyRequests, "limit", "Trop de lettres ont été envoyées. Réessayez plus tard.", "Too many letters were sent. Try again later.")
		}
		if !limit.Next.IsZero() {
			a.Next = &limit.Next
		}
		a.Field = limit.What
		return a
	case errors.As(err, &input):
		a := say(http.StatusUnprocessableEntity, "value", input.French, input.English)
		a.Field = input.Field
		return a
	case errors.As(err, &consent):
		a := say(http.StatusUnprocessableEntity, "consent", "Votre réponse à ce texte est nécessaire pour continuer.", "Your answer to this text is needed to go on.")
		a.Field = string(consent.Missing)
		return a
	case errors.As(err, &value):
		a := say(http.StatusUnprocessableEntity, "value", "Cette valeur manque ou n’est pas possible.", "This value is missing or not possible.")
		a.Field = value.Field
		if text := valueWords(value, language); text != "" {
			a.Text = text
		}
		return a
	case errors.As(err, &review):
		words, ok := reviewWords[review.Problem]
		if !ok {
			words = reviewWords[enrolment.NotDrawn]
		}
		a := say(http.StatusConflict, "review", words[0], words[1])
		a.Problem = string(review.Problem)
		return a
	case errors.Is(err, enrolment.ErrOwed):
		return say(http.StatusConflict, "owed", "Ce dossier est dû au prestataire de votre certificat, qui doit le conserver.",
			"This file is owed to the provider of your certificate, who has to keep it.")
	case errors.Is(err, enrolment.ErrNotOwner), errors.Is(err, store.ErrNotFound), errors.Is(err, evidence.ErrNotReadable):
		return say(http.StatusNotFound, "not-found", "Rien ne se trouve à cette adresse.", "There is nothing here.")
	case errors.Is(err, store.ErrText):
		return say(http.StatusUnprocessableEntity, "text", "Un texte contient un caractère qui ne peut pas être enregistré. Retapez-le.",
			"A text holds a character that cannot be stored. Type it again.")
	case errors.Is(err, errBadMessage):
		return say(http.StatusBadRequest, "bad-message", "La page a envoyé une demande incompréhensible. Rechargez-la.", "The page sent something that cannot be read. Reload it.")
	case errors.Is(err, errLogin):
		return say(http.StatusUnauthorized, "login-required", "Connectez-vous pour continuer.", "Log in to go on.")
	case errors.Is(err, errRole):
		return say(http.StatusForbidden, "not-allowed", "Votre compte ne donne pas accès à cette page.", "Your account gives no access to this page.")
	case errors.Is(err, errTooMany):
		return say(http.StatusTooManyRequests, "limit", "Trop de recherches. Réessayez dans une minute.", "Too many searches. Try again in a minute.")
	case errors.Is(err, store.ErrConflict), errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return say(http.StatusServiceUnavailable, "unavailable", "Le service est occupé. Réessayez dans un instant.", "The service is busy. Try again in a moment.")
	}
	return say(http.StatusInternalServerError, "internal", "Une erreur est survenue de notre côté. Réessayez.", "Something went wrong on our side. Try again.")
}
