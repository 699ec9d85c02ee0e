package enrolments_test

import (
	"net/http"
	"strings"
	"testing"

	"visavis/enrolment"
	"visavis/enrolment/store"
	"visavis/sites"
)

// Who cannot scan the code has the link sent to their own address, a few times a day.
func TestTheCapturesLinkIsSentAgain(t *testing.T) {
	p := sqlitePlace(t)
	in := p.start(t, "one")
	maeva, elouan := in.browser(t, "maeva"), in.browser(t, "elouan")
	v := maeva.begin()
	link := "/api/enrolments/" + v.ID + "/link"
	maeva.want(http.StatusConflict, "POST", link, nil, nil) // nothing is agreed to yet
	v = maeva.consented()
	sent := func() int { return strings.Count(strings.Join(p.letters.list(), " "), "capture-link") }
	waitFor(t, func() bool { return sent() == 1 })
	elouan.want(http.StatusNotFound, "POST", link, nil, nil)
	for n := 2; n <= p.rules.Letters.OfTemplate; n++ {
		maeva.want(http.StatusOK, "POST", link, nil, nil)
		waitFor(t, func() bool { return sent() == n })
	}
	status, _, body := maeva.do("POST", link+"?lang=en", nil)
	if status != http.StatusTooManyRequests || !strings.Contains(string(body), "Too many e-mails") {
		t.Errorf("one too many: %d %s", status, body)
	}
	in.refusedAgain(t, maeva, v.ID, link)
	maeva.act(v.ID, "correct", map[string]string{
		"surname": "Specimen", "givenNames": "Maéva Claire", "birthDate": "1990-07-13", "mobile": "+33639980012",
		"email": "other@example.org",
	})
	status, _, body = maeva.do("POST", link+"?lang=en", nil)
	if status != http.StatusUnprocessableEntity || !strings.Contains(string(body), "unconfirmed") {
		t.Errorf("to an address that nobody confirmed: %d %s", status, body)
	}
	if got := maeva.see(v.ID).State; got != enrolment.Consented {
		t.Errorf("the request is %s now", got)
	}
	checkLog(t, in)
}

// refusedAgain asks for what a limit has just refused. The refusal was audited and sealed once, and is not again.
func (in *instance) refusedAgain(t *testing.T, b *browser, id, path string) {
	t.Helper()
	kept := func() (refusals int, entries int64) {
		must(t, in.keeper.Store.InTx(t.Context(), func(tx *store.Tx) error {
			audits, err := tx.Audits(t.Context(), id)
			for _, a := range audits {
				if a.Action == "limit" {
					refusals++
				}
			}
			if err == nil {
				_, entries, err = tx.Manifest(t.Context(), id)
			}
			return err
		}))
		return refusals, entries
	}
	const times, letters = 20, 10 // of which some may be sent meanwhile, with an entry each
	refusals, entries := kept()
	for range times {
		b.want(http.StatusTooManyRequests, "POST", path, nil, nil)
	}
	if after, sealed := kept(); refusals != 1 || after != 1 || sealed-entries > letters {
		t.Errorf("%s: %d refusals audited, then %d; %d more entries after %d requests", path, refusals, after,
			sealed-entries, times)
	}
}

// Letters to people whom a site sent hold no link: none is promised to them.
func TestNoLinkIsSentToWhoHasNoLogin(t *testing.T) {
	p := sqlitePlace(t)
	in := p.start(t, "one")
	v := in.host(t).create(sites.Identity)
	person := in.browser(t, "")
	id := person.open(v)
	person.act(id, "consent", yes(person.see(id)))
	person.want(http.StatusConflict, "POST", "/api/enrolments/"+id+"/link", nil, nil)
	if got := person.see(id).State; got != enrolment.Consented {
		t.Errorf("the request is %s now", got)
	}
}
