package enrolments

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/gorilla/mux"

	"visavis/enrolment"
	"visavis/server/login"
	"visavis/words"
)

// keptRow says what is kept, why and until when, in the reader's language.
type keptRow struct {
	What  []string `json:"what"`
	Why   string   `json:"why"`
	Until string   `json:"until"`
	Days  int      `json:"days"`
	Rule  string   `json:"rule"`
}

func rowOf(purpose enrolment.Purpose, language string) keptRow {
	w := words.In(language)
	row := keptRow{Why: w.Text("privacy.why." + purpose.Why()), Days: purpose.Days, Rule: purpose.Rule}
	for _, k := range purpose.What {
		row.What = append(row.What, w.Text("privacy.kept."+string(k)))
	}
	switch {
	case purpose.Days > 0:
		row.Until = w.Text("privacy.until."+purpose.From,
			words.Values{"days": w.Text("privacy.days", words.Values{"n": purpose.Days})})
	case w.Has("privacy.at-once." + purpose.From):
		row.Until = w.Text("privacy.at-once." + purpose.From)
	default:
		row.Until = w.Text("privacy.at-once")
	}
	return row
}

// privacy returns what is kept, for each enrolment.
func (p *Plane) privacy(r *request) (any, error) {
	var rows []keptRow
	for _, purpose := range p.journey.Rules().Purposes() {
		rows = append(rows, rowOf(purpose, r.language()))
	}
	found, err := p.journey.Of(r.Context(), r.who.Subject)
	if err != nil {
		return nil, err
	}
	list := []map[string]any{}
	for _, e := range found {
		row := map[string]any{"id": e.ID, "reference": e.Reference, "state": e.State}
		if at := p.journey.Rules().DeletedAt(e); !at.IsZero() {
			row["deletedAt"] = at
		}
		list = append(list, row)
	}
	return map[string]any{"rows": rows, "enrolments": list}, nil
}

// cancel ends an enrolment and deletes its data.
func (p *Plane) cancel(r *request) (any, error) {
	e, err := p.journey.Cancel(r.Context(), r.who.Subject, r.id())
	v, err := p.after(r, e, err)
	if err != nil || p.cfg.Retention == nil {
		return v, err
	}
	if _, err := p.cfg.Retention.DeleteDue(r.Context(), e.ID); err != nil { // the sweep does it later
		p.log.WarnContext(r.Context(), "a cancelled enrolment is still there", "reference", e.Reference, "err", err)
	}
	return v, nil
}

// exportWithin bounds the time of an export: some megabytes on a slow line.
const exportWithin = 2 * time.Minute

// export sends all data of an enrolment.
func (p *Plane) export(w http.ResponseWriter, r *http.Request) {
	who, err := p.account(r, login.Applicant)
	if err == nil {
		err = clean(r)
	}
	if err != nil {
		p.Refuse(w, r, err)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), exportWithin)
	defer cancel()
	e, err := p.journey.Own(ctx, who.Subject, mux.Vars(r)["id"])
	if err != nil {
		p.Refuse(w, r, err)
		return
	}
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(exportWithin)) // a page's would cut it off
	w.Header().Set("Content-Type", "application/zip")
	w.Header().Set("Content-Disposition", `attachment; filename="visavis-`+e.Reference+`.zip"`)
	if err := p.cfg.Retention.Export(ctx, e.ID, w); err != nil {
		p.log.ErrorContext(ctx, "export", "reference", e.Reference, "err", err)
		panic(http.ErrAbortHandler) // the browser must not take half an archive for a whole one
	}
}

// delete deletes an enrolment at its applicant's request.
func (p *Plane) delete(r *request) (any, error) {
	e, err := p.journey.Own(r.Context(), r.who.Subject, r.id())
	if err != nil {
		return nil, err
	}
	receipt, err := p.cfg.Retention.DeleteOnRequest(r.Context(), e.ID)
	if err != nil {
		return nil, err
	}
	return map[string]json.RawMessage{"receipt": receipt}, nil
}
