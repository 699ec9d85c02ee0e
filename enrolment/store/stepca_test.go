package store_test

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"visavis/certificate"
	"visavis/certificate/stepca"
	"visavis/enrolment/store"
	"visavis/enrolment/store/storetest"
)

func TestTheStoreOfStepCA(t *testing.T) {
	postgres.Each(t, func(t *testing.T, url string) {
		s := store.StepCA{Store: storetest.Open(t, url)}
		if _, err := s.Load(t.Context(), "e/é"); !errors.Is(err, stepca.ErrNotFound) {
			t.Errorf("before: %v, want %v", err, stepca.ErrNotFound)
		}
		e := stepca.Entry{Enrolment: "e/é", Request: "digest", Asked: []string{"0a"}}
		e, err := s.Save(t.Context(), e)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Save(t.Context(), stepca.Entry{Enrolment: "e/é"}); !errors.Is(err, stepca.ErrConflict) {
			t.Errorf("a second first one: %v, want %v", err, stepca.ErrConflict)
		}
		stale := e
		e.Asked, e.Serial, e.DER, e.Chain = nil, "0a", []byte{1}, [][]byte{{2}}
		e.NotAfter = time.Date(2026, time.March, 9, 9, 0, 0, 0, time.UTC)
		e.Revocation = &certificate.Revocation{At: e.NotAfter, Reason: certificate.ReasonKey}
		if e, err = s.Save(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Save(t.Context(), stale); !errors.Is(err, stepca.ErrConflict) {
			t.Errorf("of an older revision: %v, want %v", err, stepca.ErrConflict)
		}
		if got, err := s.Load(t.Context(), "e/é"); err != nil || !reflect.DeepEqual(got, e) {
			t.Errorf("%+v, %v; want %+v", got, err, e)
		}
	})
}
