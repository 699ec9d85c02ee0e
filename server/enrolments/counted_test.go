package enrolments_test

import (
	"net/http"
	"testing"
	"time"

	"visavis/enrolment"
	"visavis/enrolment/journey"
	"visavis/enrolment/store"
	"visavis/limits"
)

// attempt begins one capture of an account's open enrolment, and cancels it.
func (b *browser) attempt(birth string) int {
	b.t.Helper()
	v := b.begin()
	b.want(http.StatusOK, "POST", "/api/enrolments/"+v.ID+"/correct", map[string]string{
		"surname": "Specimen", "givenNames": "Maéva", "birthDate": birth, "mobile": "+33639980012", "email": "specimen@example.org",
	}, nil)
	b.act(v.ID, "consent", yes(b.see(v.ID)))
	status, _, _ := b.do("POST", "/api/sessions", map[string]string{"enrolment": v.ID})
	b.act(v.ID, "cancel", struct{}{})
	return status
}

// Cancelling and beginning again, from one account or several, gives no more
// attempts than three, and does not destroy what the failed ones left.
func TestAttemptsAreCountedByPerson(t *testing.T) {
	p := sqlitePlace(t)
	p.rules.Letters = enrolment.LetterLimits{}
	in := p.start(t, "one")
	maeva, elouan := in.browser(t, "maeva"), in.browser(t, "elouan")
	refused := limits.Refusals(limits.Attempts)
	for i := range 3 {
		if status := maeva.attempt("1990-07-13"); status != http.StatusOK {
			t.Fatalf("attempt %d: %d", i+1, status)
		}
	}
	if status := maeva.attempt("1990-07-13"); status != http.StatusTooManyRequests {
		t.Errorf("a fourth attempt of the account: %d", status)
	}
	if status := maeva.attempt("1991-01-01"); status != http.StatusTooManyRequests {
		t.Errorf("a fourth attempt of the account in another name: %d", status)
	}
	if status := elouan.attempt("1990-07-13"); status != http.StatusTooManyRequests {
		t.Errorf("a fourth attempt of the declared identity: %d", status)
	}
	if n := limits.Refusals(limits.Attempts) - refused; n != 3 {
		t.Errorf("%d refused attempts in the metric, want 3", n)
	}
	if status := elouan.attempt("1988-02-29"); status != http.StatusOK {
		t.Errorf("another person: %d", status)
	}
	if v := maeva.begin(); v.Attempts.Left != 0 {
		t.Errorf("the page promises %d attempts", v.Attempts.Left)
	}
	kept, err := in.service.Of(t.Context(), "demo:maeva")
	must(t, err)
	tried := 0
	for _, r := range kept {
		if r.State == enrolment.Cancelled && len(r.Attempts) > 0 {
			tried++
		}
	}
	if tried != 3 {
		t.Errorf("%d cancelled attempts are kept, want 3", tried)
	}
}

// In person and back again, again and again: the state follows, the letters end.
func TestLettersAreLimited(t *testing.T) {
	p := sqlitePlace(t)
	in := p.start(t, "one")
	maeva := in.browser(t, "maeva")
	v := maeva.begin()
	kinds, account := limits.Refusals(limits.LettersTemplate), limits.Refusals(limits.LettersAccount)
	for range 12 {
		v = maeva.act(v.ID, "in-person", struct{}{})
		v = maeva.act(v.ID, "remote", struct{}{})
	}
	if v.State != enrolment.Declared {
		t.Errorf("state %s", v.State)
	}
	var asked store.LetterCounts
	must(t, in.keeper.Store.InTx(t.Context(), func(tx *store.Tx) (err error) {
		asked, err = tx.LettersSince(t.Context(), store.Letter{Enrolment: v.ID, Template: "in-person"}, time.Unix(0, 0))
		return err
	}))
	if want := p.rules.Letters.OfTemplate; asked.Template != want {
		t.Errorf("%d letters of one kind, want %d", asked.Template, want)
	}
	for range 12 { // a new enrolment counts with the old one
		maeva.act(v.ID, "cancel", struct{}{})
		v = maeva.begin()
		maeva.act(v.ID, "in-person", struct{}{})
		maeva.act(v.ID, "remote", struct{}{})
		maeva.act(v.ID, "in-person", struct{}{})
		maeva.act(v.ID, "remote", struct{}{})
		maeva.act(v.ID, "in-person", struct{}{})
		maeva.act(v.ID, "remote", struct{}{})
		maeva.act(v.ID, "in-person", struct{}{})
	}
	must(t, in.keeper.Store.InTx(t.Context(), func(tx *store.Tx) (err error) {
		asked, err = tx.LettersSince(t.Context(), store.Letter{Owner: "demo:maeva"}, time.Unix(0, 0))
		return err
	}))
	if want := p.rules.Letters.OfAccount; asked.Owner != want {
		t.Errorf("%d letters of one account, want %d", asked.Owner, want)
	}
	if limits.Refusals(limits.LettersTemplate) == kinds || limits.Refusals(limits.LettersAccount) == account {
		t.Error("letters that are not sent are not in the metrics")
	}
}

// Looks at pictures are noted with who and which, and belong to the chain.
func TestLooksAndRefusedAccessesAreAudited(t *testing.T) {
	in := sqlitePlace(t).start(t, "one")
	maeva, reviewer := in.browser(t, "maeva"), in.browser(t, "reviewer-1")
	v := maeva.captured()
	maeva.await(v.ID, enrolment.Review)
	file := reviewer.draw().Drawn
	for _, item := range file.Items {
		reviewer.jpeg(item.URL)
	}
	other := in.browser(t, "reviewer-2")
	other.want(http.StatusConflict, "GET", file.Items[0].URL, nil, nil)
	maeva.want(http.StatusForbidden, "GET", file.Items[0].URL, nil, nil)
	in.browser(t, "elouan").want(http.StatusNotFound, "GET", "/api/enrolments/"+v.ID, nil, nil)
	var about, bare []store.Audit
	must(t, in.keeper.Store.InTx(t.Context(), func(tx *store.Tx) (err error) {
		if about, err = tx.Audits(t.Context(), v.ID); err != nil {
			return err
		}
		bare, err = tx.Audits(t.Context(), "")
		return err
	}))
	count := map[string]int{}
	for _, a := range append(about, bare...) {
		count[a.Action+" "+a.By.ID]++
	}
	for what, want := range map[string]int{
		journey.AuditLook + " demo:reviewer-1": len(file.Items), journey.AuditRefused + " demo:reviewer-2": 1,
		journey.AuditRefused + " demo:maeva": 1, journey.AuditRefused + " demo:elouan": 1,
	} {
		if count[what] != want {
			t.Errorf("%s: %d entries, want %d (%v)", what, count[what], want, count)
		}
	}
	found, err := in.keeper.Verify(t.Context(), v.ID)
	must(t, err)
	if !found.OK() {
		t.Errorf("evidence: %+v", found.Findings)
	}
}
