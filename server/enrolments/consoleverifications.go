package enrolments

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/gorilla/mux"

	"visavis/enrolment"
	"visavis/enrolment/journey"
	"visavis/enrolment/store"
	"visavis/server/login"
	"visavis/sites"
)

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
		timeline = append(timeline, moment{At: e.At, Kind: "event", What: string(e.Type), Status: string(e.Status),
			Reason: string(e.Reason), Seq: e.Seq})
	}
	for _, t := range story.Transitions {
		by := string(t.By.Role)
		if r.who.Has(login.Operator) && t.By.Role != enrolment.Applicant {
			by += " " + t.By.ID
		}
		timeline = append(timeline, moment{At: t.At, Kind: "transition", What: string(t.Action), Status: string(t.To),
			By: by})
	}
	if !v.Phone.JoinedAt.IsZero() {
		timeline = append(timeline, moment{At: v.Phone.JoinedAt, Kind: "phone", What: v.Phone.Browser})
	}
	for _, d := range story.Deliveries {
		for _, try := range d.Attempts {
			timeline = append(timeline, moment{At: try.At, Kind: "delivery", What: string(d.Type), Status: string(d.State),
				Reason: try.Problem, By: d.Endpoint})
		}
	}
	slices.SortStableFunc(timeline, func(a, b moment) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Seq, b.Seq)) })
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
