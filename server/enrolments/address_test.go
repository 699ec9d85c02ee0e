package enrolments_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"visavis/enrolment"
	"visavis/enrolment/store"
	"visavis/limits"
)

// addressView is what these tests look at.
type addressView struct {
	State   enrolment.State
	Address struct {
		Confirmed bool
		AskedAt   time.Time
		Left      int
	}
}

func (b *browser) address(id string) (v addressView) {
	b.t.Helper()
	b.want(http.StatusOK, "GET", "/api/enrolments/"+id, nil, &v)
	return v
}

// type6 types digits, and returns the status and what is wrong.
func (b *browser) type6(id, digits string) (status int, problem string) {
	b.t.Helper()
	status, _, body := b.do("POST", "/api/enrolments/"+id+"/address", map[string]string{"digits": digits})
	for _, p := range []string{"wrong", "form", "expired", "used-up"} {
		if strings.Contains(string(body), `"problem":"`+p+`"`) {
			problem = p
		}
	}
	return status, problem
}

// secret is what the newest letter to an enrolment's address says.
func (in *instance) secret(t *testing.T, id string) (digits, token string) {
	t.Helper()
	must(t, in.keeper.Store.InTx(t.Context(), func(tx *store.Tx) error {
		r, err := tx.Load(t.Context(), id)
		if err != nil {
			return err
		}
		digits, token, err = in.service.AddressSecret(t.Context(), tx, r)
		return err
	}))
	if len(digits) != 6 {
		t.Fatalf("no letter asks for %s", id)
	}
	return digits, id + "." + token
}

// asked returns the letters that were asked for, by template, the oldest first.
func (in *instance) asked(t *testing.T, id string) (out map[string]int) {
	t.Helper()
	out = map[string]int{}
	must(t, in.keeper.Store.InTx(t.Context(), func(tx *store.Tx) error {
		for _, template := range []string{"confirm-address", "capture-link", "in-person", "received"} {
			n, err := tx.LettersSince(t.Context(), store.Letter{Enrolment: id, Template: template}, time.Unix(0, 0))
			if err != nil {
				return err
			}
			out[template] = n.Template
		}
		return nil
	}))
	return out
}

// other returns digits that are not these.
func other(digits string) string {
	if digits == "000000" {
		return "111111"
	}
	return "000000"
}

func TestAnAddressIsConfirmedBeforeAnythingElseIsSent(t *testing.T) {
	postgres.Each(t, func(t *testing.T, url string) {
		p := newPlace(t, url)
		in := p.start(t, "one")
		elouan := in.browser(t, "elouan") // nobody vouches for this one's address
		v := elouan.begin()
		if a := elouan.address(v.ID).Address; a.Confirmed || !a.AskedAt.IsZero() {
			t.Fatalf("at first: %+v", a)
		}
		v = elouan.act(v.ID, "consent", yes(v)) // goes on all the same
		if v.State != enrolment.Consented {
			t.Fatalf("state %s", v.State)
		}
		if got := in.asked(t, v.ID); got["confirm-address"] != 1 || got["capture-link"] != 0 {
			t.Fatalf("letters %v, want the question alone", got)
		}
		digits, _ := in.secret(t, v.ID)
		for range 3 {
			if status, problem := elouan.type6(v.ID, other(digits)); status != http.StatusUnprocessableEntity ||
				problem != "wrong" {
				t.Fatalf("other digits: %d %s", status, problem)
			}
		}
		for _, text := range []string{"", "12345", "1234567", "12345a", "①②③④⑤⑥"} {
			if status, problem := elouan.type6(v.ID, text); status != http.StatusUnprocessableEntity || problem != "form" {
				t.Errorf("%q: %d %s", text, status, problem)
			}
		}
		if a := elouan.address(v.ID).Address; a.Left != 2 || a.AskedAt.IsZero() {
			t.Errorf("after three tries and five that were none: %+v", a)
		}
		in.browser(t, "maeva").want(http.StatusNotFound, "POST", "/api/enrolments/"+v.ID+"/address", map[string]string{
			"digits": digits}, nil)
		arabic := strings.NewReplacer("0", "٠", "1", "١", "2", "٢", "3", "٣", "4", "٤", "5", "٥", "6", "٦", "7", "٧", "8",
			"٨", "9", "٩").Replace(digits)
		if status, problem := elouan.type6(v.ID, " "+arabic[:len(arabic)/2]+"\u202f"+
			arabic[len(arabic)/2:]); status != http.StatusOK {
			t.Fatalf("the digits: %d %s", status, problem)
		}
		if !elouan.address(v.ID).Address.Confirmed {
			t.Error("not confirmed")
		}
		waitLetters(t, p.letters, "confirm-address", "capture-link")
		if n := countTransitions(t, in, v.ID, enrolment.ActionConfirmAddress); n != 1 {
			t.Errorf("%d transitions", n)
		}
		if status, _ := elouan.type6(v.ID, other(digits)); status != http.StatusOK { // nothing is open any more
			t.Errorf("afterwards: %d", status)
		}
		found, err := in.keeper.Verify(t.Context(), v.ID)
		must(t, err)
		if !found.OK() {
			t.Errorf("evidence: %+v", found.Findings)
		}
		if strings.Contains(byChance.ReplaceAllString(in.log.String(), "…"), digits) {
			t.Error("the digits are in the log")
		}

		maeva := in.browser(t, "maeva") // the login vouches for this one's
		w := maeva.consented()
		if got := in.asked(t, w.ID); got["confirm-address"] != 0 || got["capture-link"] != 1 ||
			!maeva.address(w.ID).Address.Confirmed {
			t.Errorf("letters to an address that the login vouches for: %v", got)
		}
	})
}

func TestDigitsAreGuessedFiveTimesALetter(t *testing.T) {
	postgres.Each(t, func(t *testing.T, url string) {
		p := newPlace(t, url)
		p.rules.Address.Pause = 0
		in := p.start(t, "one")
		elouan := in.browser(t, "elouan")
		v := elouan.consented()
		digits, _ := in.secret(t, v.ID)
		var mu sync.Mutex
		count, refused := map[string]int{}, limits.Refusals(limits.ConfirmationTries)
		var all sync.WaitGroup
		for range 40 {
			all.Go(func() {
				own := *elouan
				_, problem := own.type6(v.ID, other(digits))
				mu.Lock()
				defer mu.Unlock()
				count[problem]++
			})
		}
		all.Wait()
		if count["wrong"] != p.rules.Address.Tries || count["used-up"] != 40-p.rules.Address.Tries {
			t.Errorf("tries at once: %v", count)
		}
		if n := limits.Refusals(limits.ConfirmationTries) - refused; int(n) != count["used-up"] {
			t.Errorf("%d refused tries in the metric, want %d", n, count["used-up"])
		}
		if status, problem := elouan.type6(v.ID, digits); status != http.StatusUnprocessableEntity || problem != "used-up" {
			t.Errorf("the right digits, too late: %d %s", status, problem)
		}
		elouan.act(v.ID, "address/letter", struct{}{})
		if status, problem := elouan.type6(v.ID, digits); problem != "wrong" { // a chance of one in a million says otherwise
			t.Errorf("the digits of the letter before: %d %s", status, problem)
		}
		digits, _ = in.secret(t, v.ID)
		if status, problem := elouan.type6(v.ID, digits); status != http.StatusOK {
			t.Errorf("the new letter's: %d %s", status, problem)
		}
	})
}

func TestALinkConfirmsByItsButtonAlone(t *testing.T) {
	p := sqlitePlace(t)
	p.rules.Address.Pause = 0
	in := p.start(t, "one")
	elouan, nobody := in.browser(t, "elouan"), in.browser(t, "")
	v := elouan.consented()
	_, token := in.secret(t, v.ID)
	for _, method := range []string{"GET", "HEAD"} { // what a scanner of mail does
		for _, path := range []string{"/address", "/address?token=" + token, "/api/address", "/api/address?token=" + token} {
			nobody.do(method, path, nil)
		}
	}
	if elouan.address(v.ID).Address.Confirmed {
		t.Fatal("opening the link confirms")
	}
	post := func(token string, want int) {
		t.Helper()
		nobody.want(want, "POST", "/api/address", map[string]string{"token": token}, nil)
	}
	for _, bad := range []string{
		"", ".", v.ID, v.ID + ".", token[:len(token)-1], token + "A", strings.ToUpper(token), strings.Repeat("A", 43),
		"00000000-0000-4000-8000-000000000000" + token[36:],
	} {
		post(bad, http.StatusUnprocessableEntity)
	}
	elouan.act(v.ID, "address/letter", struct{}{})
	post(token, http.StatusUnprocessableEntity) // of the letter before
	_, token = in.secret(t, v.ID)
	corrected := map[string]string{"surname": "Specimen", "givenNames": "Élouan", "birthDate": "1990-07-13",
		"mobile": "+33639980034", "email": "other@example.org"}
	elouan.want(http.StatusOK, "POST", "/api/enrolments/"+v.ID+"/correct", corrected, nil)
	post(token, http.StatusUnprocessableEntity) // of the address before
	if n := in.asked(t, v.ID)["confirm-address"]; n != 3 {
		t.Errorf("%d questions, want one to the corrected address too", n)
	}
	_, token = in.secret(t, v.ID)
	post(token, http.StatusOK)
	if !elouan.address(v.ID).Address.Confirmed {
		t.Error("not confirmed")
	}
	post(token, http.StatusUnprocessableEntity) // once
	corrected["email"] = "third@example.org"
	elouan.want(http.StatusOK, "POST", "/api/enrolments/"+v.ID+"/correct", corrected, nil)
	if elouan.address(v.ID).Address.Confirmed {
		t.Error("a corrected address counts as confirmed")
	}
}

// Whoever gets the question and did not ask for anything says so: by the button alone,
// with that letter's link alone. The address is forgotten, the request says so, and no
// account makes us ask there again on that day.
func TestWhoDidNotAskSaysSo(t *testing.T) {
	postgres.Each(t, func(t *testing.T, url string) {
		p := newPlace(t, url)
		p.rules.Address.Pause = 0
		in := p.start(t, "one")
		elouan, nobody := in.browser(t, "elouan"), in.browser(t, "")
		victim := map[string]string{"surname": "Specimen", "givenNames": "Élouan", "birthDate": "1990-07-13",
			"mobile": "+33639980034", "email": "victim@example.org"}
		v := elouan.consented()
		elouan.want(http.StatusOK, "POST", "/api/enrolments/"+v.ID+"/correct", victim, nil)
		digits, token := in.secret(t, v.ID)
		for _, method := range []string{"GET", "HEAD"} { // what a scanner of mail does
			for _, path := range []string{"/address", "/address?token=" + token, "/api/address/disown",
				"/api/address/disown?token=" + token} {
				nobody.do(method, path, nil)
			}
		}
		disown := func(token string, want int) {
			t.Helper()
			nobody.want(want, "POST", "/api/address/disown", map[string]string{"token": token}, nil)
		}
		for _, bad := range []string{"", v.ID, v.ID + ".", token[:len(token)-1], token + "A", v.ID + "." +
			strings.Repeat("A", 43)} {
			disown(bad, http.StatusUnprocessableEntity)
		}
		if seen := elouan.see(v.ID); seen.Declared.Email != "victim@example.org" || !seen.DisownedAt.IsZero() {
			t.Fatalf("opening and guessing disown: %+v", seen)
		}
		disown(token, http.StatusOK)
		seen := elouan.see(v.ID)
		if seen.Declared.Email != "" || seen.DisownedAt.IsZero() || seen.State != v.State {
			t.Errorf("the request: %+v", seen)
		}
		disown(token, http.StatusUnprocessableEntity) // once
		nobody.want(http.StatusUnprocessableEntity, "POST", "/api/address", map[string]string{"token": token}, nil)
		if status, _ := elouan.type6(v.ID, digits); status != http.StatusUnprocessableEntity {
			t.Errorf("digits of the disowned letter: %d", status)
		}
		r, err := in.service.Load(t.Context(), v.ID)
		must(t, err)
		if stored, err := json.Marshal(r); err != nil || strings.Contains(string(stored), "victim@") {
			t.Errorf("the address is still stored: %s, %v", stored, err)
		}
		found, err := in.keeper.Verify(t.Context(), v.ID)
		must(t, err)
		if !found.OK() {
			t.Errorf("evidence: %+v", found.Findings)
		}

		// The same address again, from this request and from another account.
		elouan.want(http.StatusOK, "POST", "/api/enrolments/"+v.ID+"/correct", victim, nil)
		maeva := in.browser(t, "maeva")
		w := maeva.begin()
		maeva.want(http.StatusOK, "POST", "/api/enrolments/"+w.ID+"/correct", victim, nil)
		maeva.act(w.ID, "consent", yes(maeva.see(w.ID)))
		for who, id := range map[*browser]string{elouan: v.ID, maeva: w.ID} {
			if status, _, _ := who.do("POST", "/api/enrolments/"+id+"/address/letter",
				struct{}{}); status != http.StatusTooManyRequests {
				t.Errorf("asked again at a disowned address: %d", status)
			}
		}
		if n := in.asked(t, v.ID)["confirm-address"] + in.asked(t, w.ID)["confirm-address"]; n != 2 {
			t.Errorf("%d questions, want one to each of the first two addresses", n)
		}
		// A near miss: the neighbour's address is asked.
		victim["email"] = "victim@example.com"
		elouan.want(http.StatusOK, "POST", "/api/enrolments/"+v.ID+"/correct", victim, nil)
		if digits, _ := in.secret(t, v.ID); digits == "" || !elouan.see(v.ID).DisownedAt.IsZero() {
			t.Error("another address is not asked")
		}
	})
}

func TestLettersThatAskAreOldOneDay(t *testing.T) {
	p := sqlitePlace(t)
	p.rules.Address.DigitsFor, p.rules.Address.LinkFor = 0, 0
	in := p.start(t, "one")
	elouan := in.browser(t, "elouan")
	v := elouan.consented()
	digits, token := in.secret(t, v.ID)
	if status, problem := elouan.type6(v.ID, digits); status != http.StatusUnprocessableEntity || problem != "expired" {
		t.Errorf("old digits: %d %s", status, problem)
	}
	elouan.want(http.StatusUnprocessableEntity, "POST", "/api/address", map[string]string{"token": token}, nil)
	// within the pause
	elouan.want(http.StatusTooManyRequests, "POST", "/api/enrolments/"+v.ID+"/address/letter", struct{}{}, nil)
}

// Somebody who plays with the address of another gets few letters to it, from however
// many accounts.
func TestQuestionsToAnAddressAreLimited(t *testing.T) {
	p := sqlitePlace(t)
	p.rules.Address.Pause = 0
	p.rules.Address.OfAccount, p.rules.Address.ToAddress = 4, 6
	in := p.start(t, "one")
	victim := map[string]string{"surname": "Specimen", "givenNames": "Élouan", "birthDate": "1990-07-13",
		"mobile": "+33639980034", "email": "victim@example.org"}
	ask := func(b *browser) (taken int) {
		v := b.begin()
		b.want(http.StatusOK, "POST", "/api/enrolments/"+v.ID+"/correct", victim, nil)
		v = b.act(v.ID, "consent", yes(b.see(v.ID)))
		for range 10 {
			if status, _, _ := b.do("POST", "/api/enrolments/"+v.ID+"/address/letter", struct{}{}); status == http.StatusOK {
				taken++
			}
		}
		b.act(v.ID, "cancel", struct{}{})
		return taken + 1
	}
	elouan, maeva := in.browser(t, "elouan"), in.browser(t, "maeva")
	account, address := limits.Refusals(limits.ConfirmationsAccount), limits.Refusals(limits.ConfirmationsAddress)
	if n := ask(elouan); n != 4 {
		t.Errorf("%d letters of one account, want 4", n)
	}
	ask(elouan) // begun again: nothing more
	ask(maeva)
	if limits.Refusals(limits.ConfirmationsAccount) == account || limits.Refusals(limits.ConfirmationsAddress) == address {
		t.Error("questions that are not sent are not in the metrics")
	}
	var n store.LetterCounts
	must(t, in.keeper.Store.InTx(t.Context(), func(tx *store.Tx) (err error) {
		n, err = tx.LettersSince(t.Context(), store.Letter{Address: enrolment.AddressHash("victim@example.org"),
			Template: "confirm-address"}, time.Unix(0, 0))
		return err
	}))
	if n.AddressTemplate != 6 || n.Address != 6 {
		t.Errorf("%+v letters to one address, want 6 questions and nothing else", n)
	}
}

func TestWhatWaitedAndIsNoLongerSoIsNotSent(t *testing.T) {
	p := sqlitePlace(t)
	in := p.start(t, "one")
	elouan := in.browser(t, "elouan")
	v := elouan.consented()
	elouan.act(v.ID, "in-person", struct{}{})
	digits, _ := in.secret(t, v.ID)
	if status, problem := elouan.type6(v.ID, digits); status != http.StatusOK {
		t.Fatalf("%d %s", status, problem)
	}
	if got := in.asked(t, v.ID); got["confirm-address"] != 1 || got["in-person"] != 1 || got["capture-link"] != 0 {
		t.Errorf("letters %v, want what is still so", got)
	}
	waitLetters(t, p.letters, "confirm-address", "in-person")
	if sent := p.letters.list(); slices.Contains(sent, "capture-link") {
		t.Errorf("sent %v", sent)
	}
}
