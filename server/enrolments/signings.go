package enrolments

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/mux"

	"visavis/certificate/pades"
	"visavis/enrolment/store"
	"visavis/server"
	"visavis/server/live"
	"visavis/server/login"
)

// ConfirmPath is where a link for the phone leads; its secret follows.
const ConfirmPath = "/confirm#"

const (
	// signsAtOnce bounds the files that are in memory here, one of each person.
	signsAtOnce = 4
	// uploadWithin is until a file is there, on a slow line too.
	uploadWithin = 90 * time.Second
)

// errBusySigning says that enough files are being read here.
var errBusySigning = errors.New("enough files are being signed here")

// uploads are the files that are being read here.
type uploads struct {
	mu sync.Mutex
	of map[string]bool // by whom
}

// begin takes a place, unless the person has one: a slow line keeps it long.
func (u *uploads) begin(subject string) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.of[subject] || len(u.of) >= signsAtOnce {
		return false
	}
	u.of[subject] = true
	return true
}

func (u *uploads) end(subject string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.of, subject)
}

// ofSignings adds the calls of « Signer un PDF », and those of the phone that confirms: it has
// no login, its secret is in its link.
func (p *Plane) ofSignings(r *mux.Router, h server.Host) {
	get, post := p.methods(r, h)
	r.HandleFunc("/sign", p.forRoles([]string{login.Applicant}, h.Page("sign.html"))).
		Methods(http.MethodGet, http.MethodHead)
	r.HandleFunc("/confirm", h.Page("confirm.html")).Methods(http.MethodGet, http.MethodHead)
	r.Handle("/api/certificates/{id}/signings", h.Post(p.withFile(p.askSigning))).Methods(http.MethodPost)
	get("/api/signings/{id}", login.Applicant, p.signing)
	post("/api/signings/{id}/cancel", login.Applicant, p.cancelSigning)
	r.Handle("/api/signings/{id}/document", h.Post(p.withFile(p.sign))).Methods(http.MethodPost)
	r.Handle("/api/confirm", h.Post(p.byPhone(nil))).Methods(http.MethodPost)
	r.Handle("/api/confirm/yes", h.Post(p.byPhone(p.journey.ConfirmSigning))).Methods(http.MethodPost)
	r.Handle("/api/confirm/no", h.Post(p.byPhone(func(ctx context.Context, secret, _ string) (store.Signing, error) {
		return p.journey.RefuseSigning(ctx, secret)
	}))).Methods(http.MethodPost)
}

// withFile makes an http.HandlerFunc from a handler of an applicant that takes a file.
func (p *Plane) withFile(do func(r *request, file []byte) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		who, err := p.account(r, login.Applicant)
		if err != nil { // before anything is read
			p.noteRefused(r, err)
			p.Refuse(w, r, err)
			return
		}
		if !strings.HasPrefix(r.Header.Get("Content-Type"), "application/pdf") {
			p.Refuse(w, r, errBadMessage)
			return
		}
		if !p.uploads.begin(who.Subject) {
			w.Header().Set("Retry-After", "5")
			p.Refuse(w, r, errBusySigning)
			return
		}
		defer p.uploads.end(who.Subject)
		control, until := http.NewResponseController(w), time.Now().Add(uploadWithin)
		_ = control.SetReadDeadline(until) // a server that cannot keeps its own
		_ = control.SetWriteDeadline(until.Add(callWithin))
		body, err := io.ReadAll(io.LimitReader(r.Body, pades.MaxFile+1))
		if err != nil {
			p.Refuse(w, r, errBadMessage)
			return
		}
		p.api(login.Applicant, func(r *request) (any, error) { return do(r, body) })(w, r)
	}
}

// signingView is a request to sign, for the page that made it.
type signingView struct {
	ID        string             `json:"id"`
	Name      string             `json:"name"`
	SHA256    string             `json:"sha256"`
	State     store.SigningState `json:"state"`
	Over      bool               `json:"over"`
	ExpiresAt time.Time          `json:"expiresAt"`
	Digits    string             `json:"digits,omitempty"` // while it waits
	Link      string             `json:"link,omitempty"`   // only when it is made
	QR        string             `json:"qr,omitempty"`     // of the link, SVG
}

func (p *Plane) signingOf(q store.Signing) signingView {
	v := signingView{
		ID: q.ID, Name: q.Name, SHA256: q.SHA256, State: q.State, Over: p.journey.Over(q), ExpiresAt: q.ExpiresAt,
	}
	if q.State == store.SigningWaits && !v.Over {
		v.Digits = p.journey.SigningDigits(q)
	}
	return v
}

func (p *Plane) askSigning(r *request, file []byte) (any, error) {
	q, secret, err := p.journey.AskSigning(r.Context(), r.who.Subject, r.id(), r.URL.Query().Get("name"), file)
	if err != nil {
		return nil, err
	}
	v := p.signingOf(q)
	v.Link = p.cfg.Origin() + ConfirmPath + secret
	v.QR, err = live.QRCode(v.Link)
	return v, err
}

func (p *Plane) signing(r *request) (any, error) {
	q, err := p.journey.Signing(r.Context(), r.who.Subject, r.id())
	return p.signingOf(q), err
}

func (p *Plane) cancelSigning(r *request) (any, error) {
	q, err := p.journey.CancelSigning(r.Context(), r.who.Subject, r.id())
	return p.signingOf(q), err
}

// levelHeader says how far a signature goes.
const levelHeader = "Visavis-Signature-Level"

func (p *Plane) sign(r *request, file []byte) (any, error) {
	out, err := p.journey.Sign(r.Context(), r.who.Subject, r.id(), r.language(), file)
	if err != nil {
		return nil, err
	}
	return bytesAnswer{mediaType: "application/pdf", name: "visavis-signed.pdf", body: out.PDF,
		header: http.Header{levelHeader: {string(out.Level)}}}, nil
}

// phoneView is a request to sign, for the phone that confirms it.
type phoneView struct {
	Name      string             `json:"name"`
	SHA256    string             `json:"sha256"`
	Site      string             `json:"site,omitempty"` // that asks; empty: the person
	Signer    string             `json:"signer"`         // whose certificate
	Badge     string             `json:"badge"`
	State     store.SigningState `json:"state"`
	Over      bool               `json:"over"`
	ExpiresAt time.Time          `json:"expiresAt"`
}

// byPhone answers the holder of a link: what it is about, after do, which may be nil.
func (p *Plane) byPhone(do func(ctx context.Context, secret, digits string) (store.Signing, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var body struct {
			Secret string `json:"secret"`
			Digits string `json:"digits"`
		}
		ctx, cancel := context.WithTimeout(r.Context(), callWithin)
		defer cancel()
		err := (&request{Request: r}).decode(&body)
		if err == nil && do != nil {
			_, err = do(ctx, body.Secret, body.Digits)
		}
		if err != nil {
			p.Refuse(w, r, err)
			return
		}
		q, c, err := p.journey.SigningByLink(ctx, body.Secret)
		if err != nil {
			p.Refuse(w, r, err)
			return
		}
		writeJSON(w, http.StatusOK, phoneView{
			Name: q.Name, SHA256: q.SHA256, Site: q.SiteName, Signer: c.Value.Details.Subject,
			Badge: c.Value.Level.Badge(languageOf(r)), State: q.State, Over: p.journey.Over(q), ExpiresAt: q.ExpiresAt,
		})
	}
}
