package enrolments_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"visavis/enrolment/store"
	"visavis/server/api"
	"visavis/server/csc"
	"visavis/sites"
)

const (
	sha256OID = "2.16.840.1.101.3.4.2.1"
	ecdsaOID  = "1.2.840.10045.4.3.2"
)

// remote is a site that has hashes signed: with an access token.
type remote struct {
	*host
	token string
}

// form sends a form, as oauth2/token wants it.
func (h *host) form(values url.Values) (status int, body []byte) {
	h.t.Helper()
	req, err := http.NewRequestWithContext(h.t.Context(), http.MethodPost, h.in.URL+"/csc/v2/oauth2/token",
		strings.NewReader(values.Encode()))
	must(h.t, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := h.in.Client().Do(req)
	must(h.t, err)
	defer res.Body.Close()
	body, err = io.ReadAll(res.Body)
	must(h.t, err)
	return res.StatusCode, body
}

func (h *host) credentials() url.Values {
	return url.Values{"grant_type": {"client_credentials"}, "client_id": {h.of.ID}, "client_secret": {h.key}}
}

// remote gets an access token.
func (h *host) remote() *remote {
	h.t.Helper()
	status, body := h.form(h.credentials())
	var token csc.Token
	must(h.t, json.Unmarshal(body, &token))
	if status != http.StatusOK || token.TokenType != "Bearer" || token.ExpiresIn != 3600 ||
		strings.Contains(token.AccessToken, h.key) {
		h.t.Fatalf("a token: %d %s", status, body)
	}
	return &remote{h, token.AccessToken}
}

type object = map[string]any

// call calls a method.
func (r *remote) call(method string, body any) (status int, header http.Header, answer []byte) {
	r.t.Helper()
	raw, ok := body.(string)
	if !ok {
		encoded, err := json.Marshal(body)
		must(r.t, err)
		raw = string(encoded)
	}
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodPost, r.in.URL+"/csc/v2/"+method,
		strings.NewReader(raw))
	must(r.t, err)
	req.Header.Set("Content-Type", "application/json")
	if r.token != "" {
		req.Header.Set("Authorization", "Bearer "+r.token)
	}
	res, err := r.in.Client().Do(req)
	must(r.t, err)
	defer res.Body.Close()
	answer, err = io.ReadAll(res.Body)
	must(r.t, err)
	return res.StatusCode, res.Header, answer
}

// gets fails unless a method answers with the status, and decodes its answer.
func (r *remote) gets(status int, method string, body, into any) {
	r.t.Helper()
	have, header, answer := r.call(method, body)
	if have != status || header.Get("Cache-Control") != "no-store" {
		r.t.Fatalf("%s %v: %d %s, want %d", method, body, have, answer, status)
	}
	must(r.t, json.Unmarshal(answer, into))
}

// refusedWith fails unless a method refuses with an error whose description has a part.
func (r *remote) refusedWith(code, part, method string, body any) {
	r.t.Helper()
	status, _, answer := r.call(method, body)
	wrong(r.t, method, status, answer, http.StatusBadRequest, code, part)
}

func wrong(t *testing.T, what string, status int, answer []byte, wantStatus int, code, part string) {
	t.Helper()
	var said map[string]string
	if err := json.Unmarshal(answer, &said); err != nil || len(said) != 2 || status != wantStatus ||
		said["error"] != code || !strings.Contains(said["error_description"], part) {
		t.Errorf("%s: %d %s, want %d %s …%s…", what, status, answer, wantStatus, code, part)
	}
}

// certified has a site's test person verified, their address confirmed and their certificate issued.
func (h *host) certified() (v api.Verification, c store.Certificate) {
	h.t.Helper()
	v = h.create(sites.Certificate)
	h.want(http.StatusOK, "POST", "/v1/test/verifications/"+v.ID+"/advance", map[string]any{"to": "verified"}, nil)
	id := h.in.enrolmentOf(h.t, v.ID)
	waitFor(h.t, func() bool { return h.see(v.ID).Status == sites.Verified })
	_, token := h.in.secret(h.t, id)
	must(h.t, h.in.service.ConfirmAddressByLink(h.t.Context(), token))
	c, err := h.in.service.CertificateOf(h.t.Context(), id)
	must(h.t, err)
	return v, c
}

// asks has a person be asked to sign a hash, and returns the handle, the digits that the site shows, and the link's
// secret, which is in the person's letter alone.
func (r *remote) asks(c store.Certificate, sum []byte) (handle, digits, secret string) {
	r.t.Helper()
	var challenge csc.Challenge
	r.gets(http.StatusOK, "credentials/getChallenge", object{"credentialID": c.ID, "authObjectID": "phone"}, &challenge)
	var pending csc.Pending
	r.gets(http.StatusAccepted, "credentials/authorize", asking(c, sum, nil), &pending)
	letter, err := r.in.service.SigningLetter(r.t.Context(), pending.Handle)
	must(r.t, err)
	if letter.To != "maeva.specimen@example.org" || letter.Site != "Exemple & Cie" || len(letter.Secret) != 43 {
		r.t.Fatalf("the letter: %+v", letter)
	}
	return pending.Handle, challenge.Challenge, letter.Secret
}

// asking is the body of credentials/authorize, with what is changed.
func asking(c store.Certificate, sum []byte, changed object) object {
	body := object{"credentialID": c.ID, "numSignatures": 1, "hashes": []string{base64.StdEncoding.EncodeToString(sum)},
		"hashAlgorithmOID": sha256OID, "description": "Contrat.pdf", "authData": []object{{"id": "phone"}},
		"clientData": "left alone"}
	maps.Copy(body, changed)
	return body
}

// signing is the body of signatures/signHash.
func signing(c store.Certificate, sad string, sum []byte, changed object) object {
	body := object{"credentialID": c.ID, "SAD": sad, "hashes": []string{base64.StdEncoding.EncodeToString(sum)},
		"hashAlgorithmOID": sha256OID, "signAlgo": ecdsaOID}
	maps.Copy(body, changed)
	return body
}

// confirmed is asks with a person who confirms, and returns the SAD.
func (r *remote) confirmed(c store.Certificate, sum []byte) (sad string) {
	r.t.Helper()
	handle, digits, secret := r.asks(c, sum)
	status, v, p := r.in.says(r.t, "/api/confirm/yes", secret, digits)
	if status != http.StatusOK || v.State != "confirmed" {
		r.t.Fatalf("confirmed: %d %+v %+v", status, v, p)
	}
	var active csc.Activation
	r.gets(http.StatusOK, "credentials/authorizeCheck", object{"handle": handle}, &active)
	if active.ExpiresIn < 200 || active.ExpiresIn > 300 {
		r.t.Errorf("the SAD lasts %d s", active.ExpiresIn)
	}
	return active.SAD
}

func digestOf(text string) []byte {
	sum := sha256.Sum256([]byte(text))
	return sum[:]
}

// stage is a site with a person of it who has a certificate.
func stage(t *testing.T) (*place, *instance, *remote, store.Certificate) {
	t.Helper()
	p := sqlitePlace(t)
	in := p.start(t, "one")
	h := in.host(t)
	_, c := h.certified()
	return p, in, h.remote(), c
}

// sitesVerification is the verification whose person has a certificate.
func sitesVerification(c store.Certificate) string {
	id, _, _ := sites.OfSubject(c.Owner)
	return id
}

// over sets back when a request ends.
func (in *instance) over(t *testing.T, id string) {
	t.Helper()
	must(t, in.keeper.Store.InTx(t.Context(), func(tx *store.Tx) error {
		s, err := tx.Signing(t.Context(), id)
		if err != nil {
			return err
		}
		s.Rev, s.ExpiresAt = s.Rev+1, time.Now().Add(-time.Second)
		return tx.SaveSigning(t.Context(), s)
	}))
}
