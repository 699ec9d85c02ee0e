package retention_test

import (
	"bytes"
	"errors"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/uuid"

	"visavis/enrolment"
	"visavis/enrolment/evidence"
	"visavis/enrolment/retention"
	"visavis/enrolment/store"
)

func TestDeleteOnRequest(t *testing.T) {
	postgres.Each(t, func(t *testing.T, url string) {
		a := newArchive(t, url, nil)
		r := a.file(t, "WISH00", now, consent, begin, finish)
		receipt, err := a.DeleteOnRequest(t.Context(), r.ID)
		if err != nil {
			t.Fatal(err)
		}
		got, err := evidence.VerifyReceipt(receipt, a.keeper.Signer.Public())
		if err != nil || got.Rule != enrolment.RuleRequest || got.Reference != "WISH00" ||
			bytes.Contains(receipt, []byte(surname)) {
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
	if got, err := evidence.VerifyReceipt(receipt, a.keeper.Signer.Public()); err != nil ||
		got.Rule != enrolment.RuleCancelled {
		t.Errorf("receipt %+v, %v", got, err)
	}
	if _, err := a.DeleteDue(t.Context(), uuid.NewString()); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("nobody's: %v", err)
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
