package retention_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"

	"visavis/enrolment"
	"visavis/enrolment/evidence"
	"visavis/enrolment/retention"
	"visavis/enrolment/store"
	"visavis/enrolment/texts"
)

// unzip returns the files of an archive by name.
func unzip(t *testing.T, body []byte) map[string][]byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if out[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func TestExport(t *testing.T) {
	postgres.Each(t, func(t *testing.T, url string) {
		a := newArchive(t, url, nil)
		r := a.file(t, "EXPORT", now, consent, begin, finish, verified, draw, accept)
		frames, err := json.Marshal(map[string]any{"frames": [][]byte{[]byte("one"), []byte("two")}, "ms": []int{0, 100}})
		if err != nil {
			t.Fatal(err)
		}
		a.add(t, r.ID, evidence.Item{ID: "tilt", Kind: evidence.Sequence, Step: "document-front",
			MediaType: "application/json"}, frames)
		a.add(t, r.ID, evidence.Item{ID: "report", Kind: evidence.Report, MediaType: "application/json"},
			[]byte(`{"checks":[]}`))
		text := texts.Of(enrolment.Terms, "fr", texts.Vars{Site: "Visavis", Rules: a.rules})
		if err := texts.Keep(t.Context(), a.keeper.Bucket, text); err != nil {
			t.Fatal(err)
		}
		var body bytes.Buffer
		if err := a.Export(t.Context(), r.ID, &body); err != nil {
			t.Fatal(err)
		}
		files := unzip(t, body.Bytes())
		for name, want := range map[string]string{
			"still/front.jpg": "a picture", "sequence/tilt/001.jpg": "one", "sequence/tilt/002.jpg": "two",
			"report/report.json": `{"checks":[]}`, "texts/" + text.Hash + ".html": string(text.HTML),
		} {
			if string(files[name]) != want {
				t.Errorf("%s: %.40q, want %.40q", name, files[name], want)
			}
		}
		if len(files) != 6 {
			t.Errorf("%d files, want 6", len(files))
		}
		var data retention.Data
		if err := json.Unmarshal(files["data.json"], &data); err != nil {
			t.Fatal(err)
		}
		if data.Declared != r.Declared || data.Extracted == nil || *data.Extracted != read || len(data.Consents) != 4 ||
			len(data.Log) != 7 ||
			len(data.Items) != 3 || *data.FaceScore != 0.8 || !data.DeletedAt.Equal(now.Add(7*day)) ||
			data.State != enrolment.ToConfirm {
			t.Errorf("data %s", files["data.json"])
		}
		if bytes.Contains(files["data.json"], []byte(reviewer.ID)) ||
			!bytes.Contains(files["data.json"], []byte(applicant.ID)) {
			t.Error("it names the reviewer, or not the applicant")
		}
	})
}

// Where the person's browser is, and when they come, is theirs to have.
func TestAnExportTellsTheZoneAndTheAppointment(t *testing.T) {
	a := newArchive(t, filepath.Join(t.TempDir(), "visavis.db"), nil)
	booked := enrolment.Appointment{At: now.Add(2 * day).Truncate(time.Minute), Minutes: 20}
	r := a.file(t, "BOOKED", now, step{applicant, enrolment.TellZone{Zone: "Pacific/Auckland"}},
		step{applicant, enrolment.GoInPerson{}}, step{applicant, enrolment.BookAppointment{Appointment: booked}})
	var body bytes.Buffer
	if err := a.Export(t.Context(), r.ID, &body); err != nil {
		t.Fatal(err)
	}
	var data retention.Data
	if err := json.Unmarshal(unzip(t, body.Bytes())["data.json"], &data); err != nil {
		t.Fatal(err)
	}
	if a := data.Appointment; data.Zone != "Pacific/Auckland" || a == nil || !a.At.Equal(booked.At) || a.Minutes != 20 {
		t.Errorf("zone %q, appointment %+v", data.Zone, data.Appointment)
	}
}

func TestExportOfWhatIsNotThere(t *testing.T) {
	a := newArchive(t, filepath.Join(t.TempDir(), "visavis.db"), nil)
	var body bytes.Buffer
	if err := a.Export(t.Context(), uuid.NewString(), &body); !errors.Is(err, store.ErrNotFound) || body.Len() != 0 {
		t.Errorf("%v, %d bytes", err, body.Len())
	}
	r := a.file(t, "NOKEY0", now)
	err := a.store.InTx(t.Context(), func(tx *store.Tx) error {
		_, err := tx.SQLite.ExecContext(t.Context(), "DELETE FROM evidence_keys WHERE enrolment = $1", r.ID)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Export(t.Context(), r.ID, &body); err != nil {
		t.Fatal(err)
	}
	files := unzip(t, body.Bytes())
	if len(files) != 1 || !bytes.Contains(files["data.json"], []byte(`"files": []`)) {
		t.Errorf("%d files, data %s", len(files), files["data.json"])
	}
}
