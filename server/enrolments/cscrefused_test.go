package enrolments_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"visavis/certificate"
	"visavis/enrolment"
	"visavis/enrolment/journey"
	"visavis/enrolment/store"
	"visavis/server/csc"
	"visavis/sites"
)

func TestASiteSignsWithItsOwnPeoplesCredentialsAlone(t *testing.T) {
	_, in, r, c := stage(t)
	other := in.host(t)
	ours, mine := other.certified()
	stranger := other.remote()
	maeva := in.browser(t, "maeva") // who came by herself, with no site
	_, own := maeva.certified(false)
	sum := digestOf("a")
	handle, digits, secret := r.asks(c, sum)
	in.says(t, "/api/confirm/yes", secret, digits)
	var active csc.Activation
	r.gets(http.StatusOK, "credentials/authorizeCheck", object{"handle": handle}, &active)

	var list csc.Credentials
	stranger.gets(http.StatusOK, "credentials/list", object{"userID": ours.ID}, &list)
	if !slices.Equal(list.IDs, []string{mine.ID}) {
		t.Errorf("its own: %v", list.IDs)
	}
	for _, one := range []struct {
		part, method string
		body         object
	}{
		{"userID", "credentials/list", object{"userID": sitesVerification(c)}},
		{"userID", "credentials/list", object{"userID": "demo:maeva"}},
		{"userID", "credentials/list", object{}},
		{"credentialID", "credentials/info", object{"credentialID": c.ID}},
		{"credentialID", "credentials/info", object{"credentialID": own.ID}},
		{"characters", "credentials/info", object{"credentialID": "a\x00"}},
		{"credentialID", "credentials/info", object{"credentialID": 7}},
		{"credentialID", "credentials/getChallenge", object{"credentialID": c.ID, "authObjectID": "phone"}},
		{"credentialID", "credentials/authorize", asking(c, sum, nil)},
		{"handle", "credentials/authorizeCheck", object{"handle": handle}},
		{"credentialID", "signatures/signHash", signing(c, active.SAD, sum, nil)},
		{"SAD", "signatures/signHash", signing(mine, active.SAD, sum, nil)}, // its own credential, another's SAD
	} {
		stranger.refusedWith("invalid_request", one.part, one.method, one.body)
	}
	// The site's own request signs with no other certificate of its people.
	_, second := r.certified()
	r.refusedWith("invalid_request", "Invalid parameter SAD", "signatures/signHash", signing(second, active.SAD, sum, nil))
	// Redacted is gone.
	must(t, in.kept.HandedOver(t.Context(), c.Enrolment, enrolment.HandOver{To: "provider"}))
	r.want(http.StatusOK, "POST", "/v1/verifications/"+sitesVerification(c)+"/redact", nil, nil)
	r.refusedWith("invalid_request", "credentialID", "signatures/signHash", signing(c, active.SAD, sum, nil))
	r.refusedWith("invalid_request", "userID", "credentials/list", object{"userID": sitesVerification(c)})
}

func TestASADIsForOneHashOnce(t *testing.T) {
	_, in, r, c := stage(t)
	sum, another := digestOf("a"), digestOf("b")
	sad := r.confirmed(c, sum)
	const method = "signatures/signHash"
	encoded := func(sums ...[]byte) (list []string) {
		for _, one := range sums {
			list = append(list, base64.StdEncoding.EncodeToString(one))
		}
		return list
	}
	for _, one := range []struct {
		part string
		body object
	}{
		{"Hash is not authorized by the SAD", signing(c, sad, another, nil)},
		{"Too many hashes", signing(c, sad, sum, object{"hashes": encoded(sum, sum)})},
		{"Empty hash array", signing(c, sad, sum, object{"hashes": []string{}})},
		{"array parameter hashes", signing(c, sad, sum, object{"hashes": nil})},
		{"array parameter hashes", signing(c, sad, sum, object{"hashes": "a"})},
		{"Invalid Base64", signing(c, sad, sum, object{"hashes": []string{"-_"}})},
		{"Invalid digest value length: 20", signing(c, sad, sum, object{"hashes": encoded(sum[:20])})},
		{"signAlgo", signing(c, sad, sum, object{"signAlgo": "1.2.840.113549.1.1.11"})}, // RSA
		{"signAlgo", signing(c, sad, sum, object{"signAlgo": nil})},
		{"hashAlgorithmOID", signing(c, sad, sum, object{"hashAlgorithmOID": "2.16.840.1.101.3.4.2.3"})}, // SHA-512
		{"operationMode", signing(c, sad, sum, object{"operationMode": "A"})},
		{"string parameter SAD", signing(c, sad, sum, object{"SAD": nil})},
		{"Invalid parameter SAD", signing(c, sad[:len(sad)-1]+"_", sum, nil)},
		{"Invalid parameter SAD", signing(c, "x", sum, nil)},
	} {
		r.refusedWith("invalid_request", one.part, method, one.body)
	}
	// None of these used it, and of several calls at a time one does.
	var done sync.WaitGroup
	results := make(chan bool, 4)
	for range cap(results) {
		done.Go(func() {
			_, err := in.service.SignHash(context.Background(), c, journey.Asker{Site: r.of, Key: "key"}, sad, [32]byte(sum))
			results <- err == nil
		})
	}
	done.Wait()
	close(results)
	n := 0
	for good := range results {
		if good {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d signatures of one SAD", n)
	}
	r.refusedWith("invalid_request", "Invalid parameter SAD", method, signing(c, sad, sum, nil))
}

func TestAnAuthorizationThatIsNotAsItHasToBe(t *testing.T) {
	_, _, r, c := stage(t)
	sum := digestOf("a")
	twice := slices.Repeat([]string{base64.StdEncoding.EncodeToString(sum)}, 2)
	const method = "credentials/authorize"
	for _, one := range []struct {
		code, part string
		body       object
	}{
		{"invalid_request", "too high: 2, want 1. The person confirms each", asking(c, sum, object{"numSignatures": 2})},
		{"invalid_request", "Too many hashes: 2, want 1. The person confirms each", asking(c, sum, object{"hashes": twice})},
		{"invalid_request", "Invalid value for parameter numSignatures", asking(c, sum, object{"numSignatures": 0})},
		{"invalid_request", "integer parameter numSignatures", asking(c, sum, object{"numSignatures": "1"})},
		{"invalid_request", "integer parameter numSignatures", asking(c, sum, object{"numSignatures": nil})},
		{"invalid_request", "hashAlgorithmOID", asking(c, sum, object{"hashAlgorithmOID": "1.3.14.3.2.26"})}, // SHA-1
		{"invalid_request", "hashAlgorithmOID", asking(c, sum, object{"hashAlgorithmOID": nil})},
		{"invalid_request", "hashes", asking(c, sum, object{"hashes": nil})},
		{"invalid_request", "description", asking(c, sum, object{"description": strings.Repeat("é", 501)})},
		{"invalid_request", "authData", asking(c, sum, object{"authData": nil})},
		{"invalid_authentication_data", "phone", asking(c, sum, object{"authData": []object{{"id": "PIN", "value": "1234"}}})},
		{"invalid_authentication_data", "getChallenge", asking(c, sum, nil)}, // no digits were asked for
	} {
		r.refusedWith(one.code, one.part, method, one.body)
	}
	r.refusedWith("invalid_request", "authObjectID", "credentials/getChallenge", object{"credentialID": c.ID,
		"authObjectID": "PIN"})
	r.refusedWith("invalid_request", "UTF-8", method, "{\"credentialID\":\""+c.ID+"\",\"description\":\"\xff\"}")
	r.refusedWith("invalid_request", "UTF-8", method, "{\"credentialID\":\""+c.ID+"\",\"description\":\"a\\ud800\"}")
	// Digits are for one authorization, and new ones end those before.
	first, digits1, secret1 := r.asks(c, sum)
	r.refusedWith("invalid_authentication_data", "getChallenge", method, asking(c, sum, nil))
	var challenge csc.Challenge
	for range 20 {
		r.gets(http.StatusOK, "credentials/getChallenge", object{"credentialID": c.ID, "authObjectID": "phone"}, &challenge)
	}
	if len(challenge.Challenge) != 2 {
		t.Errorf("the challenge %+v", challenge)
	}
	var pending csc.Pending
	r.gets(http.StatusAccepted, method, asking(c, sum, nil), &pending)
	if status, _, p := r.in.says(t, "/api/confirm/yes", secret1, digits1); status != http.StatusOK {
		t.Errorf("the first, still open: %d %+v", status, p)
	}
	if first == pending.Handle {
		t.Error("two authorizations are one")
	}
	// A person gets few letters a day.
	for range 4 {
		r.asks(c, sum)
	}
	r.gets(http.StatusOK, "credentials/getChallenge", object{"credentialID": c.ID, "authObjectID": "phone"}, &challenge)
	status, _, answer := r.call(method, asking(c, sum, nil))
	wrong(t, "a seventh letter", status, answer, http.StatusTooManyRequests, "temporarily_unavailable", "letters")
}

// Digits that are asked for again take the place of those before; what names a hash stays.
func TestDigitsThatAreAskedForAgainAreKeptOnce(t *testing.T) {
	_, in, r, c := stage(t)
	kept := func(want map[store.SigningState]int) {
		t.Helper()
		have := map[store.SigningState]int{}
		must(t, in.keeper.Store.InTx(t.Context(), func(tx *store.Tx) error {
			list, err := tx.SigningsOf(t.Context(), c.Owner)
			for _, q := range list {
				have[q.State]++
			}
			return err
		}))
		if !maps.Equal(have, want) {
			t.Errorf("%v are kept, want %v", have, want)
		}
	}
	seen := map[string]bool{}
	digits := func() {
		var challenge csc.Challenge
		r.gets(http.StatusOK, "credentials/getChallenge", object{"credentialID": c.ID, "authObjectID": "phone"}, &challenge)
		seen[challenge.Challenge] = true
	}
	for range 12 {
		digits()
	}
	if len(seen) < 2 {
		t.Errorf("twelve times the digits %v", seen)
	}
	kept(map[store.SigningState]int{store.SigningBegun: 1})
	r.asks(c, digestOf("Contrat"))
	kept(map[store.SigningState]int{store.SigningWaits: 1})
	digits()
	digits()
	kept(map[store.SigningState]int{store.SigningWaits: 1, store.SigningBegun: 1})
}

func TestWithoutThePersonNothingIsSigned(t *testing.T) {
	_, in, r, c := stage(t)
	sum := digestOf("a")
	handle, digits, secret := r.asks(c, sum)
	forged := handle + "." + strings.Repeat("A", 43)
	r.refusedWith("invalid_request", "Invalid parameter SAD", "signatures/signHash", signing(c, handle, sum, nil))
	r.refusedWith("invalid_request", "Invalid parameter SAD", "signatures/signHash", signing(c, forged, sum, nil))
	q, err := in.service.SiteSigning(t.Context(), r.of.ID, handle)
	must(t, err)
	sad, _ := in.service.Activation(q) // as nobody outside can make it: not yet confirmed
	r.refusedWith("invalid_request", "Invalid parameter SAD", "signatures/signHash", signing(c, sad, sum, nil))
	another := "00"
	if digits == another {
		another = "01"
	}
	for range 2 {
		in.says(t, "/api/confirm/yes", secret, another)
	}
	r.refusedWith("access_denied", "refused", "credentials/authorizeCheck", object{"handle": handle})
	in.says(t, "/api/confirm/yes", secret, digits)
	r.refusedWith("invalid_request", "Invalid parameter SAD", "signatures/signHash", signing(c, sad, sum, nil))

	handle, _, secret = r.asks(c, sum)
	in.says(t, "/api/confirm/no", secret, "")
	r.refusedWith("access_denied", "refused", "credentials/authorizeCheck", object{"handle": handle})
	r.refusedWith("invalid_request", "handle", "credentials/authorizeCheck", object{"handle": "nothing"})
	if l, err := in.service.SigningLetter(t.Context(), handle); err != nil || l.To != "" {
		t.Errorf("a letter about what was refused: %+v %v", l, err)
	}

	// The person's address is the only way to them that is not the site's own.
	v := r.create(sites.Certificate)
	r.want(http.StatusOK, "POST", "/v1/test/verifications/"+v.ID+"/advance", map[string]any{"to": "verified"}, nil)
	waitFor(t, func() bool { return r.see(v.ID).Status == sites.Verified })
	unconfirmed, err := in.service.CertificateOf(t.Context(), in.enrolmentOf(t, v.ID))
	must(t, err)
	r.refusedWith("access_denied", "address", "credentials/getChallenge", object{"credentialID": unconfirmed.ID,
		"authObjectID": "phone"})
}

func TestAnAuthorizationEndsByItself(t *testing.T) {
	_, in, r, c := stage(t)
	sum := digestOf("a")
	sad := r.confirmed(c, sum)
	handle, _, _ := strings.Cut(sad, ".")
	in.over(t, handle)
	r.refusedWith("invalid_request", "SAD expired", "signatures/signHash", signing(c, sad, sum, nil))
	r.refusedWith("access_denied", "in time", "credentials/authorizeCheck", object{"handle": handle})
	handle, digits, secret := r.asks(c, sum)
	in.over(t, handle)
	r.refusedWith("access_denied", "in time", "credentials/authorizeCheck", object{"handle": handle})
	if status, _, p := in.says(t, "/api/confirm/yes", secret, digits); status != http.StatusConflict {
		t.Errorf("confirmed too late: %d %+v", status, p)
	}
}

func TestARevokedOrExpiredCredentialSignsNoHash(t *testing.T) {
	p, in, r, c := stage(t)
	sum := digestOf("a")
	sad := r.confirmed(c, sum)
	_, err := p.ca.Revoke(t.Context(), c.Enrolment, certificate.ReasonKey) // nobody told this server yet
	must(t, err)
	r.refusedWith("invalid_request", "is disabled", "signatures/signHash", signing(c, sad, sum, nil))
	_, err = in.service.Revoke(t.Context(), c.Owner, c.ID, certificate.ReasonKey)
	must(t, err)
	for method, body := range map[string]object{
		"signatures/signHash": signing(c, sad, sum, nil), "credentials/authorize": asking(c, sum, nil),
		"credentials/getChallenge": {"credentialID": c.ID, "authObjectID": "phone"},
	} {
		r.refusedWith("invalid_request", "is disabled", method, body)
	}
	var info csc.Credential
	r.gets(http.StatusOK, "credentials/info", object{"credentialID": c.ID}, &info)
	if info.Key.Status != "disabled" || info.Cert.Status != "revoked" {
		t.Errorf("revoked: %+v", info)
	}
	var list csc.Credentials
	r.gets(http.StatusOK, "credentials/list", object{"userID": sitesVerification(c), "onlyValid": true}, &list)
	if len(list.IDs) != 0 {
		t.Errorf("only valid ones: %v", list.IDs)
	}

	_, c = r.certified()
	sad = r.confirmed(c, sum)
	must(t, in.keeper.Store.InTx(t.Context(), func(tx *store.Tx) error {
		old, err := tx.Certificate(t.Context(), c.ID)
		if err != nil {
			return err
		}
		old.Rev++
		old.Value.Details.NotAfter = time.Now().Add(-time.Hour)
		return tx.SaveCertificate(t.Context(), old)
	}))
	r.refusedWith("invalid_request", "is expired", "signatures/signHash", signing(c, sad, sum, nil))
	r.refusedWith("invalid_request", "is expired", "credentials/authorize", asking(c, sum, nil))
}

func TestAPersonsOwnRequestAndASitesAreApart(t *testing.T) {
	_, in, r, c := stage(t)
	q, secret, err := in.service.AskSigning(t.Context(), c.Owner, c.ID, "a.pdf", contract)
	must(t, err)
	in.says(t, "/api/confirm/yes", secret, in.service.SigningDigits(q))
	sum := sha256.Sum256(contract)
	r.refusedWith("invalid_request", "handle", "credentials/authorizeCheck", object{"handle": q.ID})
	sad, _ := in.service.Activation(q)
	r.refusedWith("invalid_request", "Invalid parameter SAD", "signatures/signHash", signing(c, sad, sum[:], nil))
	handle, _, _ := strings.Cut(r.confirmed(c, sum[:]), ".")
	_, err = in.service.Sign(t.Context(), c.Owner, handle, "fr", contract)
	if bad, ok := errors.AsType[*journey.SigningError](err); !ok || bad.Problem != journey.SigningOther {
		t.Errorf("a file signed by what a site asked: %v", err)
	}
}
