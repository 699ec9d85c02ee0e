// Package storetest is what every [testca.Store] must do.
package storetest

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"visavis/certificate"
	"visavis/certificate/testca"
)

// Run runs the suite. open returns a store on the same entries at each call, as
// after a restart, or on another instance.
func Run(t *testing.T, open func(*testing.T) testca.Store) {
	t.Run("an entry is found by enrolment and serial", func(t *testing.T) { found(t, open) })
	t.Run("of many at once one entry wins", func(t *testing.T) { wins(t, open) })
	t.Run("the first revocation stays", func(t *testing.T) { revoked(t, open) })
	t.Run("what is not there is not found", func(t *testing.T) { absent(t, open(t)) })
}

func entry(enrolment, serial string) testca.Entry {
	return testca.Entry{
		Enrolment: enrolment, Request: "digest of " + enrolment, Serial: serial, DER: []byte{1, 2, 3},
		Chain: [][]byte{{4}, {5, 6}}, NotAfter: time.Date(2026, time.March, 9, 9, 0, 0, 0, time.UTC),
	}
}

func found(t *testing.T, open func(*testing.T) testca.Store) {
	want := entry("found/../é", "0a01")
	if got, err := open(t).Add(t.Context(), want); err != nil || !reflect.DeepEqual(got, want) {
		t.Fatalf("Add: %v, %v; want the entry", got, err)
	}
	s := open(t)
	if got, err := s.ByEnrolment(t.Context(), want.Enrolment); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("ByEnrolment: %v, %v; want the entry", got, err)
	}
	if got, err := s.BySerial(t.Context(), want.Serial); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("BySerial: %v, %v; want the entry", got, err)
	}
}

func wins(t *testing.T, open func(*testing.T) testca.Store) {
	stores := []testca.Store{open(t), open(t)}
	got := make([]testca.Entry, 16)
	var wait sync.WaitGroup
	for i := range got {
		wait.Go(func() {
			var err error
			if got[i], err = stores[i%2].Add(t.Context(), entry("wins", fmt.Sprintf("0b%02x", i))); err != nil {
				t.Errorf("Add: %v", err)
			}
		})
	}
	wait.Wait()
	for i, e := range got {
		if e.Serial != got[0].Serial {
			t.Errorf("caller %d got serial %s, caller 0 %s; want one", i, e.Serial, got[0].Serial)
		}
	}
	for i := range got {
		serial := fmt.Sprintf("0b%02x", i)
		if serial == got[0].Serial {
			continue
		}
		if _, err := stores[0].BySerial(t.Context(), serial); !errors.Is(err, testca.ErrNotFound) {
			t.Errorf("the serial number %s, which lost: %v, want %v", serial, err, testca.ErrNotFound)
		}
	}
}

func revoked(t *testing.T, open func(*testing.T) testca.Store) {
	s := open(t)
	want := entry("revoked", "0c01")
	if _, err := s.Add(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	first := certificate.Revocation{At: time.Date(2026, time.March, 3, 1, 2, 3, 0, time.UTC),
		Reason: certificate.ReasonKey}
	want.Revocation = &first
	for _, r := range []certificate.Revocation{
		first, {At: first.At.Add(time.Hour), Reason: certificate.ReasonSuperseded}} {
		if got, err := s.Revoke(t.Context(), "revoked", r); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("Revoke: %v, %v; want the first revocation", got, err)
		}
	}
	s = open(t)
	if got, err := s.BySerial(t.Context(), "0c01"); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("BySerial: %v, %v; want it revoked", got, err)
	}
	if got, err := s.Add(t.Context(), entry("revoked", "0c02")); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("Add again: %v, %v; want the revoked entry", got, err)
	}
	all, err := s.Revoked(t.Context())
	n := len(slices.DeleteFunc(slices.Clone(all), func(e testca.Entry) bool { return e.Enrolment != "revoked" }))
	if err != nil || n != 1 || slices.ContainsFunc(all, func(e testca.Entry) bool { return e.Revocation == nil }) {
		t.Errorf("Revoked: %v, %v; want the revoked entry once and no other kind", all, err)
	}
}

func absent(t *testing.T, s testca.Store) {
	if _, err := s.ByEnrolment(t.Context(), "nobody"); !errors.Is(err, testca.ErrNotFound) {
		t.Errorf("ByEnrolment: %v, want %v", err, testca.ErrNotFound)
	}
	for _, serial := range []string{"ffff", "../entries", ""} {
		if _, err := s.BySerial(t.Context(), serial); !errors.Is(err, testca.ErrNotFound) {
			t.Errorf("BySerial %q: %v, want %v", serial, err, testca.ErrNotFound)
		}
	}
	if _, err := s.Revoke(t.Context(), "nobody", certificate.Revocation{}); !errors.Is(err, testca.ErrNotFound) {
		t.Errorf("Revoke: %v, want %v", err, testca.ErrNotFound)
	}
}
