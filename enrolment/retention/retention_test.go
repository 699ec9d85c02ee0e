package retention_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"visavis/enrolment"
	"visavis/enrolment/evidence"
	"visavis/enrolment/evidence/evidencetest"
	"visavis/enrolment/jobs"
	"visavis/enrolment/retention"
	"visavis/enrolment/store"
	"visavis/enrolment/store/storetest"
	"visavis/enrolment/texts"
)

var postgres storetest.Server

func TestMain(m *testing.M) {
	code := m.Run()
	postgres.Stop()
	os.Exit(code)
}

const (
	day     = 24 * time.Hour
	surname = "Specimen"
	address = "maeva.specimen@example.org"
)

var (
	now       = time.Now().UTC().Truncate(time.Millisecond)
	applicant = enrolment.Actor{Role: enrolment.Applicant, ID: "demo:maeva"}
	reviewer  = enrolment.Actor{Role: enrolment.Reviewer, ID: "demo:reviewer-1"}
	machine   = enrolment.Actor{Role: enrolment.System, ID: "verifier"}
)

// told is a mailer that notes what it is told, or fails.
type told struct {
	letters []string // reference and rule
	fail    error
}

func (m *told) Deleted(_ context.Context, r enrolment.Record, rule string, receipt []byte) error {
	if m.fail != nil {
		return m.fail
	}
	if r.Declared.Email != address || len(receipt) == 0 {
		return fmt.Errorf("told of %q with %d bytes", r.Declared.Email, len(receipt))
	}
	m.letters = append(m.letters, r.Reference+" "+rule)
	return nil
}

type archive struct {
	*retention.Retention
	keeper evidencetest.Keeper
	store  *store.Store
	rules  enrolment.Rules
	mailer *told
	log    *bytes.Buffer
}

func newArchive(t *testing.T, url string, change func(*retention.Config)) *archive {
	t.Helper()
	a := &archive{store: storetest.Open(t, url, jobs.Migration), rules: enrolment.DefaultRules(0.4), mailer: &told{}, log: &bytes.Buffer{}}
	a.keeper = evidencetest.New(t, a.store)
	config := retention.Config{Keeper: a.keeper.Keeper, Rules: a.rules, Mailer: a.mailer, Logger: slog.New(slog.NewTextHandler(a.log, nil))}
	if change != nil {
		change(&config)
	}
	var err error
	if a.Retention, err = retention.New(config); err != nil {
		t.Fatal(err)
	}
	return a
}

// step is something that somebody does.
type step struct {
	by enrolment.Actor
	e  enrolment.Event
}

func yes(kinds ...enrolment.ConsentKind) []enrolment.ConsentAnswer {
	var out []enrolment.ConsentAnswer
	for _, k := range kinds {
		text := texts.Of(k, "fr", texts.Vars{Site: "Visavis", Rules: enrolment.DefaultRules(0.4)})
		out = append(out, enrolment.ConsentAnswer{Kind: k, Version: text.Version, TextHash: text.Hash, Language: "fr", Yes: true})
	}
	return out
}

var (
	consent  = step{applicant, enrolment.Consent{Answers: yes(enrolment.Processing, enrolment.Terms, enrolment.Privacy, enrolment.Faces)}}
	begin    = step{applicant, enrolment.BeginCapture{}}
	finish   = step{applicant, enrolment.FinishCapture{}}
	read     = enrolment.Extracted{Surname: "SPECIMEN", GivenNames: "Maéva Claire", BirthDate: "1990-07-13"}
	verified = step{machine, enrolment.Verify{Extracted: read, FaceScore: new(0.8)}}
	expired  = step{machine, enrolment.Verify{Certain: enrolment.DocumentExpired}}
	draw     = step{reviewer, enrolment.Draw{}}
	accept   = step{reviewer, enrolment.Decide{Verdict: enrolment.Accept}}
	confirm  = step{applicant, enrolment.ConfirmData{}}
	request  = step{applicant, enrolment.RequestCertificate{Answers: yes(enrolment.Subscription, enrolment.Archive, enrolment.Publication)}}
)

// file makes an enrolment, one item of evidence in it, and does all steps at a time.
func (a *archive) file(t *testing.T, reference string, at time.Time, steps ...step) enrolment.Record {
	t.Helper()
	r := enrolment.New(uuid.NewString(), reference, applicant.ID, "fr",
		enrolment.Declaration{Surname: surname, GivenNames: "Maéva Claire", Email: address, Mobile: "+33639980012"}, at)
	a.save(t, r, nil)
	a.add(t, r.ID, evidence.Item{ID: "front", Kind: evidence.Still, Step: "document-front", MediaType: "image/jpeg"}, []byte("a picture"))
	for _, s := range steps {
		next, err := a.rules.Apply(r, s.by, s.e, at)
		if err != nil {
			t.Fatalf("%s: %T: %v", reference, s.e, err)
		}
		r = next
		a.save(t, r, enrolment.Answers(s.e))
	}
	return r
}

func (a *archive) save(t *testing.T, r enrolment.Record, answers []enrolment.ConsentAnswer) {
	t.Helper()
	err := a.store.InTx(t.Context(), func(tx *store.Tx) error {
		save := tx.Save
		if r.Rev == 1 {
			save = tx.Create
		}
		var stored []enrolment.StoredConsent
		for _, c := range answers {
			stored = append(stored, enrolment.StoredConsent{ConsentAnswer: c, ID: uuid.NewString(), Enrolment: r.ID, At: r.Last.At})
		}
		return errors.Join(save(t.Context(), r), tx.AddConsents(t.Context(), stored), a.keeper.Transition(t.Context(), tx, r.ID, r.Last))
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (a *archive) add(t *testing.T, id string, item evidence.Item, data []byte) {
	t.Helper()
	if err := a.keeper.Add(t.Context(), id, item, data, now); err != nil {
		t.Fatal(err)
	}
}

func (a *archive) sweep(t *testing.T, at time.Time) {
	t.Helper()
	if err := a.Sweep(t.Context(), at); err != nil {
		t.Fatal(err)
	}
}

// there tells whether an enrolment is stored.
func (a *archive) there(t *testing.T, id string) bool {
	t.Helper()
	err := a.store.InTx(t.Context(), func(tx *store.Tx) error {
		_, err := tx.Load(t.Context(), id)
		return err
	})
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		t.Fatal(err)
	}
	return err == nil
}

func (a *archive) blobs(t *testing.T, folder string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(a.keeper.Blobs, folder, "*"))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// receipts returns the receipts of an enrolment, each checked.
func (a *archive) receipts(t *testing.T, id string) []evidence.Receipt {
	t.Helper()
	var out []evidence.Receipt
	err := a.store.InTx(t.Context(), func(tx *store.Tx) error {
		all, err := tx.Receipts(t.Context(), id)
		for _, r := range all {
			receipt, err := evidence.VerifyReceipt([]byte(r.Body), a.keeper.Signer.Public())
			if err != nil {
				return err
			}
			out = append(out, receipt)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestSweepObeysTheTable(t *testing.T) {
	inPerson, cancel := step{applicant, enrolment.GoInPerson{}}, step{applicant, enrolment.Cancel{}}
	cases := []struct {
		name  string
		ago   time.Duration
		steps []step
		rule  string // empty: kept
	}{
		{"FRESH0", day, nil, ""},
		{"ALMOST", 7*day - time.Second, []step{consent, begin}, ""},
		{"LEFT00", 7 * day, []step{consent, begin}, enrolment.RuleAbandoned},
		{"TODO00", 8 * day, []step{consent, begin, finish, verified, draw, accept}, enrolment.RuleAbandoned},
		{"VISIT0", 8 * day, []step{inPerson}, ""},
		{"VISIT1", 30 * day, []step{inPerson}, enrolment.RuleVisit},
		{"CANCEL", 0, []step{cancel}, enrolment.RuleCancelled},
		{"REFUS0", 29 * day, []step{consent, begin, finish, expired}, ""},
		{"REFUS1", 30 * day, []step{consent, begin, finish, expired}, enrolment.RuleRefused},
		{"WAITS0", 1000 * day, []step{consent, begin, finish, verified}, ""}, // for us: nobody loses their place
		{"OWED00", 1000 * day, []step{consent, begin, finish, verified, draw, accept, confirm, request}, ""},
		{"ISSUED", 7 * day, []step{consent, begin, finish, verified, draw, accept, confirm, request,
			{machine, enrolment.Issue{Certificate: "c"}}, {machine, enrolment.HandOver{To: "provider"}}}, enrolment.RuleAccepted},
	}
	postgres.Each(t, func(t *testing.T, url string) {
		a := newArchive(t, url, nil)
		ids := map[string]string{}
		for _, c := range cases {
			ids[c.name] = a.file(t, c.name, now.Add(-c.ago), c.steps...).ID
		}
		for range 2 { // twice is no harm
			a.sweep(t, now)
		}
		var letters []string
		for _, c := range cases {
			id, receipts := ids[c.name], a.receipts(t, ids[c.name])
			if c.rule == "" {
				if !a.there(t, id) || len(receipts) != 0 || len(a.blobs(t, id)) != 1 {
					t.Errorf("%s: there %v, %d receipts, %d blobs; want it kept", c.name, a.there(t, id), len(receipts), len(a.blobs(t, id)))
				}
				continue
			}
			letters = append(letters, c.name+" "+c.rule)
			if a.there(t, id) || len(a.blobs(t, id)) != 0 || len(receipts) != 1 {
				t.Errorf("%s: there %v, %d blobs, %d receipts; want it deleted", c.name, a.there(t, id), len(a.blobs(t, id)), len(receipts))
				continue
			}
			entries := len(c.steps) + 2 // with its first transition and its picture
			if c.rule == enrolment.RuleAbandoned || c.rule == enrolment.RuleVisit {
				entries++ // it is noted that nobody came
			}
			if r := receipts[0]; r.Rule != c.rule || r.Reference != c.name || !r.DeletedAt.Equal(now) || r.Items != 1 || r.Entries != entries || r.Due.After(now) {
				t.Errorf("%s: receipt %+v, want rule %s and %d entries", c.name, r, c.rule, entries)
			}
		}
		slices.Sort(letters)
		slices.Sort(a.mailer.letters)
		if !slices.Equal(a.mailer.letters, letters) {
			t.Errorf("told   %q\nwanted %q", a.mailer.letters, letters)
		}
		if log := a.log.String(); strings.Contains(log, surname) || strings.Contains(log, address) || !strings.Contains(log, "LEFT00") {
			t.Errorf("log: %s", log)
		}
	})
}

func TestSweepTakesAllPages(t *testing.T) {
	a := newArchive(t, filepath.Join(t.TempDir(), "visavis.db"), nil)
	var records []enrolment.Record
	for i := range 101 {
		records = append(records, enrolment.New(uuid.NewString(), fmt.Sprintf("R%05d", i), applicant.ID, "fr",
			enrolment.Declaration{Email: address}, now.Add(-8*day))) // all of the same time
	}
	err := a.store.InTx(t.Context(), func(tx *store.Tx) error {
		for _, r := range records {
			if err := tx.Create(t.Context(), r); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	a.sweep(t, now)
	for _, r := range records {
		if a.there(t, r.ID) {
			t.Fatalf("%s is left", r.Reference)
		}
	}
}

func TestOneThatFailsHoldsNobodyElse(t *testing.T) {
	a := newArchive(t, filepath.Join(t.TempDir(), "visavis.db"), nil)
	broken, good := a.file(t, "BROKEN", now.Add(-9*day)), a.file(t, "GOOD00", now.Add(-8*day))
	err := a.store.InTx(t.Context(), func(tx *store.Tx) error {
		_, err := tx.SQLite.ExecContext(t.Context(), "CREATE TRIGGER stuck BEFORE DELETE ON enrolments WHEN OLD.reference = 'BROKEN' BEGIN SELECT RAISE(ABORT, 'stuck'); END")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Sweep(t.Context(), now); err == nil || !strings.Contains(err.Error(), "BROKEN") {
		t.Errorf("error %v, want one that names the broken file", err)
	}
	if a.there(t, good.ID) || !a.there(t, broken.ID) {
		t.Errorf("there: the good one %v, the broken one %v", a.there(t, good.ID), a.there(t, broken.ID))
	}
	if len(a.receipts(t, broken.ID)) != 0 || len(a.blobs(t, broken.ID)) != 1 {
		t.Error("a deletion that failed left a receipt, or took the blobs")
	}
}

func TestAMailServerThatFailsDelaysNoDeletion(t *testing.T) {
	a := newArchive(t, filepath.Join(t.TempDir(), "visavis.db"), nil)
	a.mailer.fail = errors.New("down")
	var ids []string
	for i := range 5 {
		ids = append(ids, a.file(t, fmt.Sprint("LEFT0", i), now.Add(-8*day)).ID)
	}
	a.sweep(t, now)
	for _, id := range ids {
		if a.there(t, id) {
			t.Errorf("%s is still there", id)
		}
	}
	if n := strings.Count(a.log.String(), "nobody was told"); n != 3 {
		t.Errorf("the mail server was asked %d times, want 3", n)
	}
}

func TestOrphansGoWithTheirReceiptAlone(t *testing.T) {
	postgres.Each(t, func(t *testing.T, url string) {
		a := newArchive(t, url, nil)
		gone, kept, foreign := a.file(t, "GONE00", now.Add(-8*day)), a.file(t, "KEPT00", now), uuid.NewString()
		a.sweep(t, now)
		for _, name := range []string{gone.ID + "/left-by-a-crash", foreign + "/of-another-database", "texts/not-an-enrolment"} {
			if err := a.keeper.Bucket.WriteAll(t.Context(), name, []byte("x"), nil); err != nil {
				t.Fatal(err)
			}
		}
		a.sweep(t, now)
		for folder, want := range map[string]int{gone.ID: 0, kept.ID: 1, foreign: 1, "texts": 1} {
			if got := len(a.blobs(t, folder)); got != want {
				t.Errorf("%s: %d blobs, want %d", folder, got, want)
			}
		}
	})
}

func TestReceiptsGoToo(t *testing.T) {
	a := newArchive(t, filepath.Join(t.TempDir(), "visavis.db"), nil)
	r := a.file(t, "GONE00", now.Add(-8*day))
	a.sweep(t, now)
	a.sweep(t, now.Add(365*day-time.Hour))
	if len(a.receipts(t, r.ID)) != 1 {
		t.Error("the receipt is gone too early")
	}
	a.sweep(t, now.Add(365*day+time.Hour))
	if len(a.receipts(t, r.ID)) != 0 {
		t.Error("the receipt is still there")
	}
}

// reminders counts the reminders of an enrolment that wait to be sent.
func reminders(t *testing.T, s *store.Store, id string) (n int) {
	t.Helper()
	err := s.InTx(t.Context(), func(tx *store.Tx) error {
		if tx.SQLite != nil {
			return tx.SQLite.QueryRowContext(t.Context(), `SELECT count(*) FROM river_job WHERE kind = 'email' AND args ->> '$.enrolment' = $1 AND args ->> '$.template' = 'expiring'`, id).Scan(&n)
		}
		return tx.Postgres.QueryRow(t.Context(), `SELECT count(*) FROM river_job WHERE kind = 'email' AND args ->> 'enrolment' = $1 AND args ->> 'template' = 'expiring'`, id).Scan(&n)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestARequestThatClosesSoonIsRemindedOfOnce(t *testing.T) {
	postgres.Each(t, func(t *testing.T, url string) {
		a := newArchive(t, url, func(c *retention.Config) {
			q, err := jobs.New(jobs.Config{Store: c.Keeper.Store})
			if err != nil {
				t.Fatal(err)
			}
			c.Queue = q
		})
		r := a.file(t, "SOON00", now, consent)
		waits := a.file(t, "WAITS0", now, consent, begin, finish)
		a.sweep(t, now.Add(6*day-time.Minute))
		if n := reminders(t, a.store, r.ID); n != 0 {
			t.Errorf("%d reminders more than a day before", n)
		}
		for h := range 4 {
			a.sweep(t, now.Add(6*day+time.Duration(h)*time.Hour))
		}
		if n := reminders(t, a.store, r.ID); n != 1 {
			t.Errorf("%d reminders, want 1", n)
		}
		if n := reminders(t, a.store, waits.ID); n != 0 {
			t.Errorf("%d reminders of what waits for us", n)
		}
	})
}

func TestDeleteOnRequest(t *testing.T) {
	postgres.Each(t, func(t *testing.T, url string) {
		a := newArchive(t, url, nil)
		r := a.file(t, "WISH00", now, consent, begin, finish)
		receipt, err := a.DeleteOnRequest(t.Context(), r.ID)
		if err != nil {
			t.Fatal(err)
		}
		got, err := evidence.VerifyReceipt(receipt, a.keeper.Signer.Public())
		if err != nil || got.Rule != enrolment.RuleRequest || got.Reference != "WISH00" || bytes.Contains(receipt, []byte(surname)) {
			t.Errorf("receipt %s, %v", receipt, err)
		}
		if a.there(t, r.ID) || len(a.blobs(t, r.ID)) != 0 {
			t.Error("it is still there")
		}
		again, err := a.DeleteOnRequest(t.Context(), r.ID)
		if err != nil || !bytes.Equal(again, receipt) {
			t.Errorf("again: %s, %v", again, err)
		}
		if want := []string{"WISH00 on-request"}; !slices.Equal(a.mailer.letters, want) {
			t.Errorf("told %q, want %q", a.mailer.letters, want)
		}
		owed := a.file(t, "OWED00", now, consent, begin, finish, verified, draw, accept, confirm, request)
		if _, err := a.DeleteOnRequest(t.Context(), owed.ID); !errors.Is(err, enrolment.ErrOwed) || !a.there(t, owed.ID) {
			t.Errorf("owed: %v, there %v", err, a.there(t, owed.ID))
		}
		if _, err := a.DeleteOnRequest(t.Context(), uuid.NewString()); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("nobody's: %v", err)
		}
	})
}

func TestDeleteDue(t *testing.T) {
	a := newArchive(t, filepath.Join(t.TempDir(), "visavis.db"), nil)
	open := a.file(t, "OPEN00", now)
	if receipt, err := a.DeleteDue(t.Context(), open.ID); receipt != nil || err != nil || !a.there(t, open.ID) {
		t.Errorf("not due: %s, %v", receipt, err)
	}
	cancelled := a.file(t, "CANCEL", now, step{applicant, enrolment.Cancel{}})
	receipt, err := a.DeleteDue(t.Context(), cancelled.ID)
	if err != nil || a.there(t, cancelled.ID) {
		t.Fatalf("%v, there %v", err, a.there(t, cancelled.ID))
	}
	if got, err := evidence.VerifyReceipt(receipt, a.keeper.Signer.Public()); err != nil || got.Rule != enrolment.RuleCancelled {
		t.Errorf("receipt %+v, %v", got, err)
	}
	if _, err := a.DeleteDue(t.Context(), uuid.NewString()); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("nobody's: %v", err)
	}
}

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
		a.add(t, r.ID, evidence.Item{ID: "tilt", Kind: evidence.Sequence, Step: "document-front", MediaType: "application/json"}, frames)
		a.add(t, r.ID, evidence.Item{ID: "report", Kind: evidence.Report, MediaType: "application/json"}, []byte(`{"checks":[]}`))
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
		if data.Declared != r.Declared || data.Extracted == nil || *data.Extracted != read || len(data.Consents) != 4 || len(data.Log) != 7 ||
			len(data.Items) != 3 || *data.FaceScore != 0.8 || !data.DeletedAt.Equal(now.Add(7*day)) || data.State != enrolment.ToConfirm {
			t.Errorf("data %s", files["data.json"])
		}
		if bytes.Contains(files["data.json"], []byte(reviewer.ID)) || !bytes.Contains(files["data.json"], []byte(applicant.ID)) {
			t.Error("it names the reviewer, or not the applicant")
		}
	})
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

func TestNewRefuses(t *testing.T) {
	a := newArchive(t, filepath.Join(t.TempDir(), "visavis.db"), nil)
	for name, c := range map[string]retention.Config{
		"no keeper": {Rules: a.rules}, "no rules": {Keeper: a.keeper.Keeper}, "half a keeper": {Keeper: &evidence.Keeper{Store: a.store}, Rules: a.rules},
	} {
		if _, err := retention.New(c); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
