package enrolments

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"visavis/enrolment"
	"visavis/enrolment/journey"
	"visavis/enrolment/store"
	"visavis/server/login"
	"visavis/sites"
)

// number reads a number of the query, or returns the usual one.
func number(r *request, name string, usual, least, most int) (int, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return usual, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		return 0, &sites.InvalidError{Field: name, Have: text, Want: fmt.Sprintf("%d to %d", least, most)}
	}
	return n, nil
}

// consolePage is the number of rows of a page.
const consolePage = 50

// cursor names the last row of a page: its time and id.
func cursor(at time.Time, id string) string { return strconv.FormatInt(at.UnixNano(), 10) + "." + id }

func (r *request) cursor() (at time.Time, id string, err error) {
	text := r.URL.Query().Get("cursor")
	if text == "" {
		return at, "", nil
	}
	nano, id, ok := strings.Cut(text, ".")
	n, err := strconv.ParseInt(nano, 10, 64)
	if err != nil || !ok || id == "" {
		return at, "", &sites.InvalidError{Field: "cursor", Have: text, Want: "the cursor of the page before"}
	}
	return time.Unix(0, n), id, nil
}

// endpointRow is an endpoint with its public key.
type endpointRow struct {
	sites.Endpoint
	PublicKey string `json:"publicKey"`
}

func (p *Plane) rowOf(e sites.Endpoint) endpointRow {
	return endpointRow{e, p.cfg.Sites.KeysOf(e).Public}
}

func (p *Plane) endpoints(r *request, s sites.Site) (any, error) {
	list, err := p.cfg.Sites.Endpoints(r.Context(), s.ID)
	rows := []endpointRow{}
	for _, e := range list {
		rows = append(rows, p.rowOf(e))
	}
	return map[string]any{"endpoints": rows}, err
}

func (p *Plane) addEndpoint(r *request, s sites.Site) (any, error) {
	var body struct {
		URL    string            `json:"url"`
		Label  string            `json:"label"`
		Events []sites.EventType `json:"events"`
	}
	if err := r.decode(&body); err != nil {
		return nil, err
	}
	e, err := p.cfg.Sites.AddEndpoint(
		r.Context(),
		s,
		sites.Endpoint{URL: body.URL, Label: body.Label, Events: body.Events},
	)
	if err != nil {
		return nil, err
	}
	return map[string]any{
			"endpoint": p.rowOf(e),
			"secret":   p.cfg.Sites.KeysOf(e).Secret,
		}, p.noteConsole(
			r,
			s.ID,
			e.ID,
			"added",
		)
}

func (p *Plane) changeEndpoint(r *request, s sites.Site) (any, error) {
	var body struct {
		URL     *string            `json:"url"`
		Label   *string            `json:"label"`
		Events  *[]sites.EventType `json:"events"`
		Enabled *bool              `json:"enabled"`
	}
	if err := r.decode(&body); err != nil {
		return nil, err
	}
	e, err := p.cfg.Sites.ChangeEndpoint(r.Context(), s, mux.Vars(r.Request)["endpoint"], func(e *sites.Endpoint) {
		e.URL, e.Label = valueOr(body.URL, e.URL), valueOr(body.Label, e.Label)
		e.Events, e.Enabled = valueOr(body.Events, e.Events), valueOr(body.Enabled, e.Enabled)
	})
	if err != nil {
		return nil, err
	}
	return map[string]any{"endpoint": p.rowOf(e)}, p.noteConsole(r, s.ID, e.ID, "changed")
}

func valueOr[T any](p *T, other T) T {
	if p == nil {
		return other
	}
	return *p
}

func (p *Plane) rotateEndpoint(r *request, s sites.Site) (any, error) {
	overlap, err := r.overlap()
	if err != nil {
		return nil, err
	}
	e, err := p.cfg.Sites.RotateEndpoint(r.Context(), s, mux.Vars(r.Request)["endpoint"], overlap)
	if err != nil {
		return nil, err
	}
	return map[string]any{
			"endpoint": p.rowOf(e),
			"secret":   p.cfg.Sites.KeysOf(e).Secret,
		}, p.noteConsole(
			r,
			s.ID,
			e.ID,
			"new secrets",
		)
}

func (p *Plane) dropEndpoint(r *request, s sites.Site) (any, error) {
	id := mux.Vars(r.Request)["endpoint"]
	if err := p.cfg.Sites.DropEndpoint(r.Context(), s.ID, id); err != nil {
		return nil, err
	}
	return struct{}{}, p.noteConsole(r, s.ID, id, "deleted")
}

func (p *Plane) testEndpoint(r *request, s sites.Site) (any, error) {
	d, err := p.cfg.Sites.TestEndpoint(r.Context(), s, mux.Vars(r.Request)["endpoint"])
	return map[string]any{"delivery": d}, err
}

func (p *Plane) resend(r *request, s sites.Site) (any, error) {
	var body struct {
		From int64 `json:"from"`
		To   int64 `json:"to"`
	}
	if err := r.decode(&body); err != nil {
		return nil, err
	}
	id := mux.Vars(r.Request)["endpoint"]
	n, err := p.cfg.Sites.Resend(r.Context(), s, id, body.From, body.To)
	if err != nil {
		return nil, err
	}
	return map[string]any{
			"sent": n,
		}, p.noteConsole(
			r,
			s.ID,
			id,
			fmt.Sprintf("events %d to %d sent again", body.From, body.To),
		)
}

func (p *Plane) resendDelivery(r *request, s sites.Site) (any, error) {
	d, err := p.cfg.Sites.ResendDelivery(r.Context(), s, mux.Vars(r.Request)["endpoint"], mux.Vars(r.Request)["delivery"])
	return map[string]any{"delivery": d}, err
}

// checkSignature tells why a signature that an endpoint got is not valid.
func (p *Plane) checkSignature(r *request, s sites.Site) (any, error) {
	var body struct {
		ID        string `json:"id"`
		Timestamp string `json:"timestamp"`
		Signature string `json:"signature"`
		Body      string `json:"body"`
	}
	if err := r.decode(&body); err != nil {
		return nil, err
	}
	e, err := p.cfg.Sites.Endpoint(r.Context(), s.ID, mux.Vars(r.Request)["endpoint"])
	if err != nil {
		return nil, err
	}
	seconds, err := strconv.ParseInt(strings.TrimSpace(body.Timestamp), 10, 64)
	if err != nil {
		return nil, &sites.InvalidError{
			Field: "timestamp",
			Have:  body.Timestamp,
			Want:  "webhook-timestamp: seconds since 1970",
		}
	}
	good, why := p.cfg.Sites.WhySignature(
		r.Context(),
		e,
		strings.TrimSpace(body.ID),
		time.Unix(seconds, 0),
		body.Signature,
		[]byte(body.Body),
	)
	return map[string]any{"valid": good, "why": why}, nil
}

func (p *Plane) deliveries(r *request, s sites.Site) (any, error) {
	at, after, err := r.cursor()
	if err != nil {
		return nil, err
	}
	list, err := p.cfg.Sites.Deliveries(
		r.Context(),
		s.ID,
		mux.Vars(r.Request)["endpoint"],
		sites.DeliveryState(r.URL.Query().Get("state")),
		after,
		at,
		consolePage,
	)
	next := ""
	if len(list) == consolePage {
		next = cursor(list[len(list)-1].CreatedAt, list[len(list)-1].ID)
	}
	return map[string]any{"deliveries": list, "next": next}, err
}

// verificationRow is a verification in the list: what the scope read of a key shows.
type verificationRow struct {
	ID        string        `json:"id"`
	Code      string        `json:"code"`
	Purpose   sites.Purpose `json:"purpose"`
	Status    sites.Status  `json:"status"`
	Reason    sites.Reason  `json:"reason,omitempty"`
	Final     bool          `json:"final"`
	Reference string        `json:"reference,omitempty"`
	Language  string        `json:"language"`
	Phone     string        `json:"phone,omitempty"`
	Attempts  int           `json:"attempts"`
	CreatedAt time.Time     `json:"createdAt"`
	ChangedAt time.Time     `json:"changedAt"`
	ExpiresAt time.Time     `json:"expiresAt"`
	DeletedAt time.Time     `json:"deletedAt,omitzero"`
}

func verificationOf(v sites.Verification) verificationRow {
	return verificationRow{
		ID:        v.ID,
		Code:      v.Code,
		Purpose:   v.Purpose,
		Status:    v.Status,
		Reason:    v.Reason,
		Final:     v.Status.Final(),
		Reference: v.Reference,
		Language:  v.Language,
		Phone:     v.Phone.Browser,
		Attempts:  len(v.Before) + 1,
		CreatedAt: v.CreatedAt,
		ChangedAt: v.ChangedAt,
		ExpiresAt: v.ExpiresAt,
		DeletedAt: v.DeletedAt,
	}
}

func (p *Plane) verifications(r *request, s sites.Site) (any, error) {
	at, after, err := r.cursor()
	if err != nil {
		return nil, err
	}
	q := r.URL.Query()
	status := sites.Status(q.Get("status"))
	if status != "" && !slices.Contains(sites.Statuses(), status) {
		return nil, &sites.InvalidError{
			Field: "status",
			Have:  string(status),
			Want:  fmt.Sprintf("one of %v", sites.Statuses()),
		}
	}
	list, err := p.cfg.Sites.List(
		r.Context(),
		s.ID,
		store.VerificationFilter{
			Status:    status,
			Reference: q.Get("reference"),
			After:     after,
			AfterAt:   at,
			Limit:     consolePage,
		},
	)
	rows, next := []verificationRow{}, ""
	for _, v := range list {
		rows = append(rows, verificationOf(v))
	}
	if len(list) == consolePage {
		next = cursor(list[len(list)-1].CreatedAt, list[len(list)-1].ID)
	}
	return map[string]any{"verifications": rows, "next": next}, err
}

// moment is one thing that happened to a verification.
type moment struct {
	At time.Time `json:"at"`
	// Kind is event (the site was told), transition (of the enrolment), phone or delivery.
	Kind   string `json:"kind"`
	What   string `json:"what"`
	Status string `json:"status,omitempty"`
	Reason string `json:"reason,omitempty"`
	By     string `json:"by,omitempty"` // a role; for operators with the login's subject
	Seq    int64  `json:"seq,omitempty"`
}

// verification returns a verification with all that happened to it, the oldest first.
func (p *Plane) verification(r *request, s sites.Site) (any, error) {
	v, story, err := p.cfg.Sites.Story(r.Context(), s.ID, mux.Vars(r.Request)["verification"])
	if err != nil {
		return nil, err
	}
	timeline := []moment{}
	for _, e := range story.Events {
		timeline = append(
			timeline,
			moment{
				At:     e.At,
				Kind:   "event",
				What:   string(e.Type),
				Status: string(e.Status),
				Reason: string(e.Reason),
				Seq:    e.Seq,
			},
		)
	}
	for _, t := range story.Transitions {
		by := string(t.By.Role)
		if r.who.Has(login.Operator) && t.By.Role != enrolment.Applicant {
			by += " " + t.By.ID
		}
		timeline = append(
			timeline,
			moment{At: t.At, Kind: "transition", What: string(t.Action), Status: string(t.To), By: by},
		)
	}
	if !v.Phone.JoinedAt.IsZero() {
		timeline = append(timeline, moment{At: v.Phone.JoinedAt, Kind: "phone", What: v.Phone.Browser})
	}
	for _, d := range story.Deliveries {
		for _, try := range d.Attempts {
			timeline = append(
				timeline,
				moment{
					At:     try.At,
					Kind:   "delivery",
					What:   string(d.Type),
					Status: string(d.State),
					Reason: try.Problem,
					By:     d.Endpoint,
				},
			)
		}
	}
	slices.SortStableFunc(
		timeline,
		func(a, b moment) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Seq, b.Seq)) },
	)
	e, err := p.journey.Load(r.Context(), v.Enrolment)
	if store.OrNone(err) != nil {
		return nil, err
	}
	return map[string]any{
		"verification": verificationOf(v), "timeline": timeline, "personal": err == nil && mayLook(r.who, e),
	}, nil
}

// confirmed are the states in which a site's own people may see what a document says, as
// its keys may: the person has confirmed it.
var confirmed = []enrolment.State{enrolment.Confirmed, enrolment.Requested, enrolment.Issued}

// mayLook reports whether an account may see the personal data of an enrolment now.
func mayLook(who login.Account, e enrolment.Record) bool {
	return who.Has(login.PersonalData) && (who.Has(login.Operator) || slices.Contains(confirmed, e.State))
}

// verificationData returns what a person declared and what the document says: to a site's
// own people once the person has confirmed it. The look is recorded before it is answered.
func (p *Plane) verificationData(r *request, s sites.Site) (any, error) {
	v, err := p.cfg.Sites.Get(r.Context(), s.ID, mux.Vars(r.Request)["verification"])
	if err != nil {
		return nil, err
	}
	e, err := p.journey.Load(r.Context(), v.Enrolment)
	if err != nil {
		return nil, err
	}
	if !mayLook(r.who, e) {
		return nil, errRole
	}
	by := enrolment.Actor{Role: roleOf(r.who), ID: r.who.Subject}
	if err := p.journey.Audit(r.Context(), by, journey.AuditLook, e.ID, "data of "+v.ID); err != nil {
		return nil, err
	}
	return map[string]any{"declared": declared(e.Declared), "extracted": e.Extracted, "document": e.Document}, nil
}
