package retention

import (
	"archive/zip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"time"

	"visavis/enrolment"
	"visavis/enrolment/evidence"
	"visavis/enrolment/store"
	"visavis/enrolment/texts"
)

// Data is data.json of an export: all that is kept of an enrolment but the pictures,
// which lie beside it. In its person's, who decided is left out: reviewers are persons
// too.
type Data struct {
	Enrolment  string                    `json:"enrolment"`
	Reference  string                    `json:"reference"`
	ExportedAt time.Time                 `json:"exportedAt"`
	State      enrolment.State           `json:"state"`
	Language   string                    `json:"language"`
	Zone       string                    `json:"zone,omitempty"` // of the browser that began it
	CreatedAt  time.Time                 `json:"createdAt"`
	LastAction time.Time                 `json:"lastAction"`
	DeletedAt  time.Time                 `json:"deletedAt,omitzero"` // as it stands now
	Declared   enrolment.Declaration     `json:"declared"`
	Contacts   []enrolment.Contact       `json:"contacts,omitempty"` // which of them are confirmed
	Extracted  *enrolment.Extracted      `json:"extracted,omitempty"`
	Dispute    *enrolment.Dispute        `json:"dispute,omitempty"`
	Attempts   []enrolment.Attempt       `json:"attempts,omitempty"`
	Again      *enrolment.Again          `json:"again,omitempty"`
	Refusal    *enrolment.Refusal        `json:"refusal,omitempty"`
	FaceScore  *float64                  `json:"faceScore,omitempty"`
	Doubts     []string                  `json:"doubts,omitempty"`
	Decisions  []enrolment.Decision      `json:"decisions,omitempty"`
	Consents   []enrolment.StoredConsent `json:"consents"`
	Log        []enrolment.Transition    `json:"log"`
	Items      []Exported                `json:"items"`
	// Appointment is the one that was booked with a registrar.
	Appointment *enrolment.Appointment `json:"appointment,omitempty"`
	// Certificate is the identifier of the certificate, which is exported by itself.
	Certificate string `json:"certificate,omitempty"`
}

// Exported is one item of the evidence in an export.
type Exported struct {
	evidence.Item
	Files []string `json:"files"` // in the archive; none where it cannot be read any more
}

// Export writes a ZIP archive of all that is kept of an enrolment: data.json, the
// pictures, the frames of sequences, readings and reports, and the texts that were
// answered to. store.ErrNotFound comes before anything is written; what is written
// before another error is no whole archive.
func (r *Retention) Export(ctx context.Context, id string, w io.Writer) error {
	a := &archive{zip.NewWriter(w), time.Now().UTC()}
	if err := r.files(ctx, id, false, a.add); err != nil {
		return err
	}
	return a.zip.Close()
}

// Files gives the files of an export to add, one after the other, with who of the staff
// decided: for who has to keep the file. store.ErrNotFound.
func (r *Retention) Files(ctx context.Context, id string, add func(name string, body []byte) error) error {
	return r.files(ctx, id, true, add)
}

// adder takes one file of an export.
type adder func(name string, body []byte) error

// files gathers an export; staff: with who of the staff decided.
func (r *Retention) files(ctx context.Context, id string, staff bool, add adder) error {
	data, err := r.data(ctx, id, staff)
	if err != nil {
		return err
	}
	items, err := r.cfg.Keeper.Items(ctx, id)
	if err != nil {
		return fmt.Errorf("retention: %w", err)
	}
	for _, item := range items {
		files, err := r.exportItem(ctx, add, id, item.Item)
		if err != nil {
			return fmt.Errorf("retention: %w", err)
		}
		data.Items = append(data.Items, Exported{item.Item, files})
	}
	if err := r.exportTexts(ctx, add, data.Consents); err != nil {
		return err
	}
	body, err := json.MarshalIndent(data, "", "  ")
	if err != nil {
		return fmt.Errorf("retention: %w", err)
	}
	if err := add("data.json", body); err != nil {
		return fmt.Errorf("retention: %w", err)
	}
	return nil
}

// data gathers what the store knows.
func (r *Retention) data(ctx context.Context, id string, staff bool) (Data, error) {
	out := Data{ExportedAt: time.Now().UTC(), Items: []Exported{}}
	err := r.store.InTx(ctx, func(tx *store.Tx) error {
		record, err := tx.Load(ctx, id)
		if err != nil {
			return err
		}
		if out.Consents, err = tx.Consents(ctx, id); err != nil {
			return err
		}
		out.fill(record)
		out.DeletedAt = r.cfg.Rules.DeletedAt(record)
		out.Log, err = tx.Transitions(ctx, id)
		return err
	})
	if err != nil {
		return Data{}, err
	}
	if staff {
		return out, nil
	}
	for i := range out.Decisions {
		out.Decisions[i].By = ""
	}
	for i := range out.Log {
		if out.Log[i].By.Role != enrolment.Applicant {
			out.Log[i].By.ID = ""
		}
	}
	return out, nil
}

func (d *Data) fill(r enrolment.Record) {
	r = r.Clone()
	d.Enrolment, d.Reference, d.State, d.Language, d.CreatedAt, d.LastAction = r.ID, r.Reference, r.State, r.Language,
		r.CreatedAt, r.LastAction
	d.Zone, d.Appointment = r.Zone, r.Appointment
	d.Contacts = r.Contacts()
	d.Declared, d.Extracted, d.Dispute, d.Attempts, d.Again, d.Refusal = r.Declared, r.Extracted, r.Dispute, r.Attempts,
		r.Again, r.Refusal
	d.FaceScore, d.Doubts, d.Decisions, d.Certificate = r.Review.FaceScore, r.Review.Doubts, r.Review.Decisions,
		r.Certificate
}

// exportItem writes an item's files and returns their names.
func (r *Retention) exportItem(ctx context.Context, add adder, id string, item evidence.Item) ([]string, error) {
	body, _, err := r.cfg.Keeper.Read(ctx, id, item.ID)
	if errors.Is(err, evidence.ErrNotReadable) {
		return []string{}, nil
	}
	if err != nil {
		return nil, err
	}
	var s evidence.Frames
	if item.Kind == evidence.Sequence && json.Unmarshal(body, &s) == nil && len(s.JPEG) > 0 {
		var files []string
		for i, frame := range s.JPEG {
			name := fmt.Sprintf("%s/%s/%03d.jpg", item.Kind, item.ID, i+1)
			if err := add(name, frame); err != nil {
				return nil, err
			}
			files = append(files, name)
		}
		return files, nil
	}
	name := path.Join(string(item.Kind), item.ID+extension(item.MediaType))
	return []string{name}, add(name, body)
}

// exportTexts writes the texts that were answered to, where they were kept.
func (r *Retention) exportTexts(ctx context.Context, add adder, consents []enrolment.StoredConsent) error {
	done := map[string]bool{}
	for _, c := range consents {
		html, found, err := texts.Kept(ctx, r.cfg.Keeper.Bucket, c.TextHash)
		if err != nil {
			return err
		}
		if !found || done[c.TextHash] {
			continue
		}
		done[c.TextHash] = true
		if err := add("texts/"+c.TextHash+".html", html); err != nil {
			return fmt.Errorf("retention: %w", err)
		}
	}
	return nil
}

func extension(mediaType string) string {
	switch mediaType {
	case "image/jpeg":
		return ".jpg"
	case "image/png":
		return ".png"
	case "application/json":
		return ".json"
	}
	return ".bin"
}

// archive is a ZIP archive being written.
type archive struct {
	zip *zip.Writer
	at  time.Time
}

func (a *archive) add(name string, body []byte) error {
	method := zip.Deflate
	if path.Ext(name) == ".jpg" || path.Ext(name) == ".png" { // compressed already
		method = zip.Store
	}
	w, err := a.zip.CreateHeader(&zip.FileHeader{Name: name, Method: method, Modified: a.at})
	if err != nil {
		return err
	}
	_, err = w.Write(body)
	return err
}
