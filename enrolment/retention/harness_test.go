package retention_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
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
	os.Exit(postgres.Run(m))
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
	a := &archive{store: storetest.Open(t, url, jobs.Migration), rules: enrolment.DefaultRules(0.4), mailer: &told{},
		log: &bytes.Buffer{}}
	a.keeper = evidencetest.New(t, a.store)
	config := retention.Config{Keeper: a.keeper.Keeper, Rules: a.rules, Mailer: a.mailer,
		Logger: slog.New(slog.NewTextHandler(a.log, nil))}
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
		out = append(out, enrolment.ConsentAnswer{Kind: k, Version: text.Version, TextHash: text.Hash,
			Language: "fr", Yes: true})
	}
	return out
}

var (
	consent = step{applicant, enrolment.Consent{
		Answers: yes(enrolment.Processing, enrolment.Terms, enrolment.Privacy, enrolment.Faces)}}
	begin    = step{applicant, enrolment.BeginCapture{}}
	finish   = step{applicant, enrolment.FinishCapture{}}
	read     = enrolment.Extracted{Surname: "SPECIMEN", GivenNames: "Maéva Claire", BirthDate: "1990-07-13"}
	verified = step{machine, enrolment.Verify{Extracted: read, FaceScore: new(0.8)}}
	expired  = step{machine, enrolment.Verify{Certain: enrolment.DocumentExpired}}
	draw     = step{reviewer, enrolment.Draw{}}
	accept   = step{reviewer, enrolment.Decide{Verdict: enrolment.Accept}}
	confirm  = step{applicant, enrolment.ConfirmData{}}
	request  = step{applicant, enrolment.RequestCertificate{
		Answers: yes(enrolment.Subscription, enrolment.Archive, enrolment.Publication)}}
)

// file makes an enrolment, one item of evidence in it, and does all steps at a time.
func (a *archive) file(t *testing.T, reference string, at time.Time, steps ...step) enrolment.Record {
	t.Helper()
	r := enrolment.New(uuid.NewString(), reference, applicant.ID, "fr",
		enrolment.Declaration{Surname: surname, GivenNames: "Maéva Claire", Email: address, Mobile: "+33639980012"}, at)
	a.save(t, r, nil)
	a.add(t, r.ID, evidence.Item{ID: "front", Kind: evidence.Still, Step: "document-front", MediaType: "image/jpeg"},
		[]byte("a picture"))
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
			stored = append(stored, enrolment.StoredConsent{ConsentAnswer: c, ID: uuid.NewString(), Enrolment: r.ID,
				At: r.Last.At})
		}
		return errors.Join(save(t.Context(), r), tx.AddConsents(t.Context(), stored),
			a.keeper.Transition(t.Context(), tx, r.ID, r.Last))
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
