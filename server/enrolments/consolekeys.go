package enrolments

import (
	"slices"
	"time"

	"github.com/gorilla/mux"

	"visavis/enrolment/store"
	"visavis/server/login"
	"visavis/sites"
)

// keyRow is a key without its secret.
type keyRow struct {
	sites.Key
	UsedAt time.Time `json:"usedAt,omitzero"`
	EndsAt time.Time `json:"endsAt,omitzero"`
	Over   bool      `json:"over"`
}

func (p *Plane) siteKeys(r *request, s sites.Site) (any, error) {
	list, err := p.cfg.Sites.Keys(r.Context(), s.ID)
	rows := []keyRow{}
	for _, k := range list {
		rows = append(rows, keyRow{k, k.UsedAt, k.EndsAt, k.Over(time.Now())})
	}
	return map[string]any{"keys": rows}, err
}

// mayGive refuses a key that reads personal data to an account that may not. A certificate names its person.
func mayGive(who login.Account, scopes []sites.Scope) error {
	personal := slices.Contains(scopes, sites.Personal) || slices.Contains(scopes, sites.Sign)
	if personal && !who.Has(login.PersonalData) {
		return errRole
	}
	return nil
}

// maxKeyLabel bounds the label of a key, in bytes.
const maxKeyLabel = 200

func (p *Plane) addKey(r *request, s sites.Site) (any, error) {
	var body struct {
		Label  string        `json:"label"`
		Scopes []sites.Scope `json:"scopes"`
	}
	if err := r.decode(&body); err != nil {
		return nil, err
	}
	if len(body.Label) > maxKeyLabel {
		return nil, &sites.InvalidError{Field: "label", Have: "more", Want: "200 bytes or fewer"}
	}
	if err := mayGive(r.who, body.Scopes); err != nil {
		return nil, err
	}
	k, secret, err := p.cfg.Sites.AddKey(r.Context(), s.ID, body.Label, body.Scopes)
	if err != nil {
		return nil, err
	}
	return map[string]any{"key": k, "secret": secret}, p.noteConsole(r, s.ID, k.ID, "made")
}

// longestOverlap bounds the time for which an old key or secret stays valid.
const longestOverlap = 30 * 24 * time.Hour

// overlap reads how long what is replaced stays valid.
func (r *request) overlap() (time.Duration, error) {
	var body struct {
		Hours int `json:"hours"`
	}
	if err := r.decode(&body); err != nil {
		return 0, err
	}
	if body.Hours < 0 || time.Duration(body.Hours) > longestOverlap/time.Hour {
		return 0, &sites.InvalidError{Field: "hours", Have: "another number", Want: "0 to 720 hours"}
	}
	return time.Duration(body.Hours) * time.Hour, nil
}

func (p *Plane) rotateKey(r *request, s sites.Site) (any, error) {
	overlap, err := r.overlap()
	if err != nil {
		return nil, err
	}
	id := mux.Vars(r.Request)["key"]
	list, err := p.cfg.Sites.Keys(r.Context(), s.ID)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(list, func(k sites.Key) bool { return k.ID == id })
	if i < 0 || list[i].Over(time.Now()) {
		return nil, store.ErrNotFound
	}
	if err := mayGive(r.who, list[i].Scopes); err != nil {
		return nil, err
	}
	k, secret, err := p.cfg.Sites.RotateKey(r.Context(), s.ID, id, overlap)
	if err != nil {
		return nil, err
	}
	return map[string]any{"key": k, "secret": secret}, p.noteConsole(r, s.ID, id, "replaced by", k.ID)
}

func (p *Plane) revokeKey(r *request, s sites.Site) (any, error) {
	id := mux.Vars(r.Request)["key"]
	if err := p.cfg.Sites.RevokeKey(r.Context(), s.ID, id); err != nil {
		return nil, err
	}
	return struct{}{}, p.noteConsole(r, s.ID, id, "revoked")
}
