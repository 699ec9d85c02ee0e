package enrolments

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"visavis/enrolment"
	"visavis/enrolment/store"
	"visavis/server/login"
	"visavis/sites"
)

// auditRow is an entry of the audit.
type auditRow struct {
	ID        string    `json:"id"`
	At        time.Time `json:"at"`
	Role      string    `json:"role"`
	Actor     string    `json:"actor"`
	Action    string    `json:"action"`
	Enrolment string    `json:"enrolment,omitempty"`
	What      string    `json:"what"`
}

func auditOf(a store.AuditEntry) auditRow {
	return auditRow{a.ID, a.At, string(a.By.Role), a.By.ID, a.Action, a.Enrolment, a.What}
}

// auditScope returns the site whose audit an account reads: of all for operators. A site's
// own people name theirs.
func auditScope(r *request) (string, error) {
	site := r.URL.Query().Get("site")
	if site == "" && r.who.Has(login.Operator) {
		return "", nil
	}
	if !sees(r.who, site) {
		return "", store.ErrNotFound
	}
	return site, nil
}

func (p *Plane) audits(r *request, limit int) ([]auditRow, error) {
	site, err := auditScope(r)
	if err != nil {
		return nil, err
	}
	before := r.URL.Query().Get("before")
	if before != "" && uuid.Validate(before) != nil {
		return nil, &sites.InvalidError{Field: "before", Have: before, Want: "the id of an entry"}
	}
	list, err := p.journey.Audits(r.Context(), site, before, limit)
	rows := []auditRow{}
	for _, a := range list {
		row := auditOf(a)
		if !r.who.Has(login.Operator) && (a.By.Role == enrolment.Reviewer || a.By.Role == enrolment.Registrar) {
			row.Actor = "" // a site's own people see that somebody looked or decided, not who
		}
		rows = append(rows, row)
	}
	return rows, err
}

func (p *Plane) consoleAudit(r *request) (any, error) {
	rows, err := p.audits(r, consolePage)
	next := ""
	if len(rows) == consolePage {
		next = rows[len(rows)-1].ID
	}
	return map[string]any{"entries": rows, "next": next}, err
}

// auditExported bounds the entries of one export; before continues with older ones.
const auditExported = 20_000

// consoleAuditExport returns entries as a file: JSON lines, or CSV.
func (p *Plane) consoleAuditExport(r *request) (any, error) {
	if _, err := auditScope(r); err != nil {
		return nil, err
	}
	format := r.URL.Query().Get("format")
	if format != "jsonl" && format != "csv" {
		return nil, &sites.InvalidError{Field: "format", Have: format, Want: "jsonl or csv"}
	}
	rows, err := p.audits(r, auditExported)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if format == "jsonl" {
		lines := json.NewEncoder(&out)
		for _, row := range rows {
			if err := lines.Encode(row); err != nil {
				return nil, err
			}
		}
		return bytesAnswer{mediaType: "application/jsonl", name: "audit.jsonl", body: out.Bytes()}, nil
	}
	w := csv.NewWriter(&out)
	_ = w.Write([]string{"id", "at", "role", "actor", "action", "enrolment", "what"}) // a buffer does not fail
	for _, row := range rows {
		_ = w.Write(
			[]string{
				row.ID,
				row.At.UTC().Format(time.RFC3339Nano),
				row.Role,
				cell(row.Actor),
				row.Action,
				row.Enrolment,
				cell(row.What),
			},
		)
	}
	w.Flush()
	return bytesAnswer{mediaType: "text/csv; charset=utf-8", name: "audit.csv", body: out.Bytes()}, w.Error()
}

// cell keeps a spreadsheet from reading a text as a formula. Some take the full-width signs
// of East Asian keyboards for signs.
func cell(text string) string {
	if first, _ := utf8.DecodeRuneInString(text); text != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", first) {
		return "'" + text
	}
	return text
}
