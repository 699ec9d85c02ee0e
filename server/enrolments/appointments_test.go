package enrolments_test

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"visavis/enrolment"
	"visavis/enrolment/journey"
	"visavis/enrolment/store"
	"visavis/sites"
)

type booked struct {
	State       enrolment.State
	Allowed     []enrolment.Action
	Appointment *struct {
		At, Until time.Time
		Zone      string
	}
}

type slotList struct {
	Zone  string
	Slots []struct {
		At   time.Time
		Left int
	}
}

func (b *browser) slots(id string) (list slotList) {
	b.t.Helper()
	b.want(http.StatusOK, "GET", "/api/enrolments/"+id+"/slots", nil, &list)
	return list
}

func withDesk(t *testing.T, p *place) *place {
	t.Helper()
	desk, err := journey.ParseDesk("mon-sun 00:00-24:00 Europe/Paris", "", 60, 1)
	must(t, err)
	p.desk = desk
	return p
}

// inPerson is an applicant's request that waits for a visit.
func (b *browser) inPerson() view {
	b.t.Helper()
	v := b.begin()
	b.act(v.ID, "in-person", struct{}{})
	return v
}

func TestAppointmentsOnBothDatabases(t *testing.T) {
	postgres.Each(t, func(t *testing.T, url string) { anAppointment(t, withDesk(t, newPlace(t, url))) })
}

func anAppointment(t *testing.T, p *place) {
	in := p.start(t, "one")
	maeva, elouan, registrar := in.browser(t, "maeva"), in.browser(t, "elouan"), in.browser(t, "registrar")
	v := maeva.inPerson()
	waitLetters(t, p.letters, "in-person")
	list := maeva.slots(v.ID)
	if list.Zone != "Europe/Paris" || len(list.Slots) < 24*27 || !list.Slots[0].At.After(time.Now()) {
		t.Fatalf("%d slots in %q, the first %+v", len(list.Slots), list.Zone, list.Slots[0])
	}
	first, second := list.Slots[5].At, list.Slots[6].At
	book := func(b *browser, id string, at time.Time) (int, string) {
		status, _, body := b.do("POST", "/api/enrolments/"+id+"/appointment?lang=en", map[string]any{"at": at})
		return status, string(body)
	}
	seen := func(b *browser, id string) (out booked) {
		b.t.Helper()
		b.want(http.StatusOK, "GET", "/api/enrolments/"+id, nil, &out)
		return out
	}
	if status, body := book(maeva, v.ID, first); status != http.StatusOK {
		t.Fatalf("booking: %d %s", status, body)
	}
	if a := seen(maeva, v.ID).Appointment; a == nil || !a.At.Equal(first) || a.Until.Sub(a.At) != time.Hour ||
		a.Zone != "Europe/Paris" {
		t.Errorf("booked %+v", a)
	}
	waitFor(t, func() bool { return strings.Count(strings.Join(p.letters.list(), " "), "in-person") == 2 })

	// Full is full, for everybody but who has it; a time that is no slot is none.
	w := elouan.inPerson()
	if s := elouan.slots(w.ID); slotOf(s, first) || !slotOf(s, second) || !slotOf(maeva.slots(v.ID), first) {
		t.Error("the slot is still offered to another, or no longer to who has it")
	}
	for _, at := range []time.Time{first, first.Add(time.Minute), first.AddDate(0, -1, 0), first.AddDate(1, 0, 0), {}} {
		if status, body := book(elouan, w.ID, at); status != http.StatusUnprocessableEntity ||
			!strings.Contains(body, "slot-taken") || !strings.Contains(body, "appointment") {
			t.Errorf("%v: %d %s", at, status, body)
		}
	}
	if status, _ := book(elouan, v.ID, second); status != http.StatusNotFound {
		t.Errorf("of somebody else: %d", status)
	}

	// The registrar sees when and which, no name.
	var expected struct {
		Offered      bool
		Appointments []struct {
			At        time.Time
			Reference string
		}
	}
	status, _, body := registrar.do("GET", "/api/registrar/appointments", nil)
	if status != http.StatusOK || strings.Contains(string(body), "Specimen") {
		t.Errorf("the list: %d %s", status, body)
	}
	registrar.want(http.StatusOK, "GET", "/api/registrar/appointments", nil, &expected)
	if len(expected.Appointments) != 1 || expected.Appointments[0].Reference != v.Reference || !expected.Offered {
		t.Errorf("expected: %+v", expected)
	}
	maeva.want(http.StatusForbidden, "GET", "/api/registrar/appointments", nil, nil)

	// Changed, the old one is free again; of many at once one gets it.
	if status, body := book(maeva, v.ID, second); status != http.StatusOK {
		t.Fatalf("changing: %d %s", status, body)
	}
	var wins sync.Map
	var group sync.WaitGroup
	for _, one := range []struct {
		b  *browser
		id string
	}{{maeva, v.ID}, {elouan, w.ID}} {
		group.Go(func() {
			if status, _ := book(one.b, one.id, first); status == http.StatusOK {
				wins.Store(one.id, true)
			}
		})
	}
	group.Wait()
	n := 0
	for _, id := range []string{v.ID, w.ID} {
		if _, ok := wins.Load(id); ok {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d got the slot for one, want 1", n)
	}

	// Given back and gone.
	maeva.act(v.ID, "appointment/give-back", struct{}{})
	maeva.act(v.ID, "appointment/give-back", struct{}{})
	elouan.act(w.ID, "remote", struct{}{})
	if a := seen(maeva, v.ID).Appointment; a != nil {
		t.Errorf("given back: %+v", a)
	}
	if a := seen(elouan, w.ID); a.Appointment != nil || len(elouan.slots(w.ID).Slots) != 0 {
		t.Errorf("back to the phone: %+v", a)
	}
	registrar.want(http.StatusOK, "GET", "/api/registrar/appointments", nil, &expected)
	if len(expected.Appointments) != 0 {
		t.Errorf("still expected: %+v", expected)
	}
	maeva.act(v.ID, "remote", struct{}{})
	waitLetters(t, p.letters, "visit-cancelled")
	checkLog(t, in)
}

func slotOf(list slotList, at time.Time) bool {
	for _, s := range list.Slots {
		if s.At.Equal(at) {
			return true
		}
	}
	return false
}

func TestWithoutADeskNoAppointmentIsOffered(t *testing.T) {
	in := sqlitePlace(t).start(t, "one")
	maeva, registrar := in.browser(t, "maeva"), in.browser(t, "registrar")
	v := maeva.inPerson()
	if list := maeva.slots(v.ID); len(list.Slots) != 0 {
		t.Errorf("slots: %+v", list)
	}
	maeva.want(http.StatusConflict, "POST", "/api/enrolments/"+v.ID+"/appointment",
		map[string]any{"at": time.Now().Add(time.Hour)}, nil)
	var expected struct{ Offered bool }
	registrar.want(http.StatusOK, "GET", "/api/registrar/appointments", nil, &expected)
	if expected.Offered {
		t.Error("the registrar is offered a list")
	}
}

// Whoever has a key for tests could else take every slot from people.
func TestTheTestsOfASiteTakeNobodysSlot(t *testing.T) {
	in := withDesk(t, sqlitePlace(t)).start(t, "one")
	person, maeva, registrar := in.browser(t, ""), in.browser(t, "maeva"), in.browser(t, "registrar")
	tested := person.open(in.host(t).create(sites.Identity))
	person.act(tested, "in-person", struct{}{})
	at := map[string]any{"at": person.slots(tested).Slots[5].At}
	var seen booked
	person.want(http.StatusOK, "POST", "/api/enrolments/"+tested+"/appointment", at, &seen)
	if seen.Appointment == nil {
		t.Error("the test sees no appointment of its own")
	}
	v := maeva.inPerson()
	maeva.want(http.StatusOK, "POST", "/api/enrolments/"+v.ID+"/appointment", at, nil)
	if got := registrar.expected(); !slices.Equal(got, []string{v.Reference}) {
		t.Errorf("the registrar expects %q, want %s alone", got, v.Reference)
	}
}

// A row without an appointment in its record, as between an expiry and the deletion, hides no other one.
func TestARequestThatExpiredIsNotExpected(t *testing.T) {
	in := withDesk(t, sqlitePlace(t)).start(t, "one")
	v := in.browser(t, "maeva").inPerson()
	must(t, in.keeper.Store.InTx(t.Context(), func(tx *store.Tx) error {
		return tx.SetAppointment(t.Context(), v.ID, &enrolment.Appointment{At: time.Now().Add(time.Hour), Minutes: 60})
	}))
	if got := in.browser(t, "registrar").expected(); len(got) != 0 {
		t.Errorf("the registrar expects %q", got)
	}
}

// expected are the references on the registrar's list.
func (b *browser) expected() (references []string) {
	b.t.Helper()
	var list struct{ Appointments []struct{ Reference string } }
	b.want(http.StatusOK, "GET", "/api/registrar/appointments", nil, &list)
	for _, a := range list.Appointments {
		references = append(references, a.Reference)
	}
	return references
}
