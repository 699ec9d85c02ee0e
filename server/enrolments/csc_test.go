package enrolments_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/digitorus/pkcs7"

	"visavis/certificate"
	"visavis/certificate/pades"
	"visavis/certificate/proof/xades"
	"visavis/enrolment"
	"visavis/enrolment/journey"
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

func TestASiteHasAHashSignedThatItsPersonConfirms(t *testing.T) {
	p := sqlitePlace(t)
	in := p.start(t, "one")
	h := in.host(t)
	v, c := h.certified()
	r := h.remote()

	var about csc.ServiceInfo
	(&remote{host: h}).gets(http.StatusOK, "info", object{}, &about)
	if about.Specs != "2.0.0.2" || about.OAuth2 != in.URL+"/csc/v2/" ||
		!slices.Equal(about.AuthType, []string{"oauth2client"}) ||
		len(about.Methods) != 8 || about.Region != "FR" {
		t.Errorf("info: %+v", about)
	}
	var list csc.Credentials
	r.gets(http.StatusOK, "credentials/list", object{"userID": v.ID, "credentialInfo": true, "certInfo": true,
		"certificates": "chain", "authInfo": true, "onlyValid": true}, &list)
	if !slices.Equal(list.IDs, []string{c.ID}) || len(list.Infos) != 1 || !list.OnlyValid {
		t.Fatalf("the list: %+v", list)
	}
	one := list.Infos[0]
	if one.Key.Status != "enabled" || one.Cert.Status != "valid" || one.SCAL != "2" || one.Multisign != 1 ||
		one.Auth.Mode != "explicit" || one.Auth.Objects[0].Type != "ChallengeResponseOOB" ||
		one.Auth.Objects[0].ID != "phone" ||
		len(one.Cert.Certificates) != 1+len(c.Value.Chain) || !strings.Contains(one.Cert.SubjectDN, "TEST") {
		t.Errorf("the credential: %+v", one)
	}
	var same csc.Credential
	r.gets(http.StatusOK, "credentials/info", object{"credentialID": c.ID, "certInfo": true, "lang": nil}, &same)
	if same.ID != "" || len(same.Cert.Certificates) != 1 ||
		same.Cert.SerialNumber != strings.ToUpper(c.Value.Details.Serial) ||
		same.Cert.ValidTo != c.Value.Details.NotAfter.UTC().Format("20060102150405Z") || same.Auth.Objects != nil {
		t.Errorf("info of it: %+v", same)
	}

	sum := digestOf("the contract")
	handle, digits, secret := r.asks(c, sum)
	waitFor(t, func() bool { return slices.Contains(p.letters.list(), "signing "+handle) })
	var pending csc.Pending
	r.gets(http.StatusAccepted, "credentials/authorizeCheck", object{"handle": handle}, &pending)
	phone := in.browser(t, "")
	status, _, answer := phone.do("POST", "/api/confirm", map[string]string{"secret": secret})
	var shown struct{ Name, SHA256, Site, Signer string }
	must(t, json.Unmarshal(answer, &shown))
	if status != http.StatusOK || shown.Name != "Contrat.pdf" || shown.SHA256 != hex.EncodeToString(sum) ||
		shown.Site != "Exemple & Cie" || !strings.Contains(shown.Signer, "TEST") {
		t.Errorf("the phone reads %d %s", status, answer)
	}
	in.says(t, "/api/confirm/yes", secret, digits)
	var active csc.Activation
	r.gets(http.StatusOK, "credentials/authorizeCheck", object{"handle": handle}, &active)
	var out csc.Signatures
	r.gets(http.StatusOK, "signatures/signHash", signing(c, active.SAD, sum, nil), &out)
	value, err := base64.StdEncoding.DecodeString(out.Signatures[0])
	must(t, err)
	cert, err := x509.ParseCertificate(c.Value.DER)
	must(t, err)
	if !ecdsa.VerifyASN1(cert.PublicKey.(*ecdsa.PublicKey), sum, value) {
		t.Error("the signature does not verify with the certificate")
	}
	r.refusedWith("invalid_request", "Invalid parameter SAD", "signatures/signHash", signing(c, active.SAD, sum, nil))
	r.refusedWith("invalid_request", "was used", "credentials/authorizeCheck", object{"handle": handle})

	entries, last := in.audited(t, c.Enrolment)
	for action, want := range map[string]int{journey.AuditSignAsked: 1, journey.AuditSignConfirmed: 1,
		journey.AuditSigned: 1, journey.AuditLook: 2} {
		if entries[action] != want {
			t.Errorf("%d entries %s, want %d", entries[action], action, want)
		}
	}
	if made := sha256.Sum256(value); !strings.Contains(last, hex.EncodeToString(sum)) ||
		!strings.Contains(last, hex.EncodeToString(made[:])) || !strings.Contains(last, h.of.ID) {
		t.Errorf("the last entry is %q, want hash, signature and site", last)
	}
	_, err = in.keeper.Verify(t.Context(), c.Enrolment)
	must(t, err)
	for _, hidden := range []string{h.key, r.token, active.SAD, secret} {
		if strings.Contains(in.log.String(), hidden) {
			t.Error("a secret stands in the log")
		}
	}
}

// remoteKey signs as a site does: it has a hash confirmed by the person and signed by the server.
type remoteKey struct {
	*remote
	of store.Certificate
}

func (k remoteKey) Public() crypto.PublicKey { return nil }

func (k remoteKey) Sign(_ io.Reader, digest []byte, _ crypto.SignerOpts) ([]byte, error) {
	var out csc.Signatures
	k.gets(http.StatusOK, "signatures/signHash", signing(k.of, k.confirmed(k.of, digest), digest, nil), &out)
	return base64.StdEncoding.DecodeString(out.Signatures[0])
}

func TestASignedHashMakesAPDFSignature(t *testing.T) {
	_, _, r, c := stage(t)
	cert, err := x509.ParseCertificate(c.Value.DER)
	must(t, err)
	seal := xades.Seal{Chain: []*x509.Certificate{cert},
		Use: func(_ context.Context, f func(crypto.Signer) error) error { return f(remoteKey{r, c}) }}
	out, err := pades.Sign(t.Context(), contract, seal, xades.Sources{}, pades.Look{Name: "TEST"}, time.Now())
	must(t, err)
	if out.Level != pades.B {
		t.Errorf("level %s", out.Level)
	}
	parts := regexp.MustCompile(`/ByteRange ?\[0 (\d+) (\d+) (\d+)`).FindSubmatch(out.PDF)
	if parts == nil {
		t.Fatal("no byte range")
	}
	var at [3]int
	for i := range at {
		at[i], err = strconv.Atoi(string(parts[i+1]))
		must(t, err)
	}
	padded, err := hex.DecodeString(string(out.PDF[at[0]+1 : at[1]-1]))
	must(t, err)
	var cms asn1.RawValue
	_, err = asn1.Unmarshal(padded, &cms)
	must(t, err)
	p7, err := pkcs7.Parse(cms.FullBytes)
	must(t, err)
	p7.Content = append(slices.Clone(out.PDF[:at[0]]), out.PDF[at[1]:at[1]+at[2]]...)
	must(t, p7.Verify())
	if p7.GetOnlySigner() == nil || !p7.GetOnlySigner().Equal(cert) {
		t.Error("another signer")
	}
}

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

// sitesVerification is the verification whose person has a certificate.
func sitesVerification(c store.Certificate) string {
	id, _, _ := sites.OfSubject(c.Owner)
	return id
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
	const method = "credentials/authorize"
	for _, one := range []struct {
		code, part string
		body       object
	}{
		{"invalid_request", "too high", asking(c, sum, object{"numSignatures": 2})},
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

func TestWhoGetsAnAccessToken(t *testing.T) {
	in := sqlitePlace(t).start(t, "one")
	h := in.host(t)
	another := in.host(t)
	changed := func(key, value string) url.Values {
		v := h.credentials()
		v.Set(key, value)
		return v
	}
	twice := h.credentials()
	twice.Add("client_id", h.of.ID)
	for _, one := range []struct {
		code, part string
		form       url.Values
	}{
		{"invalid_request", "grant_type", changed("grant_type", "password")},
		{"invalid_request", "grant_type", url.Values{"client_id": {h.of.ID}, "client_secret": {h.key}}},
		{"invalid_request", "client_id", changed("client_id", "")},
		{"invalid_request", "Client authorization required", changed("client_secret", "")},
		{"invalid_request", "client_secret", changed("client_secret", h.key[:len(h.key)-1]+"_")},
		{"invalid_request", "client_id", changed("client_id", another.of.ID)},
		{"invalid_scope", "service", changed("scope", "credential")},
		{"invalid_request", "twice", twice},
		{"unauthorized_client", "sign", h.with(sites.Read, sites.Write, sites.Personal, sites.Redact).credentials()},
	} {
		status, body := h.form(one.form)
		wrong(t, one.form.Encode(), status, body, http.StatusBadRequest, one.code, one.part)
	}

	r := h.remote()
	later := strings.Replace(r.token, ".1", ".2", 1)
	for _, token := range []string{"", h.key, "vva.x", r.token[:len(r.token)-1] + "_", later} {
		if token == r.token {
			continue
		}
		status, header, body := (&remote{h, token}).call("credentials/list", object{"userID": "x"})
		wrong(t, fmt.Sprintf("the token %q", token), status, body, http.StatusUnauthorized, "invalid_token", "token")
		if !strings.HasPrefix(header.Get("WWW-Authenticate"), "Bearer ") {
			t.Errorf("no WWW-Authenticate: %v", header)
		}
	}
	for _, body := range []string{"", "null", "[]", "{"} {
		status, _, answer := r.call("credentials/list", body)
		wrong(t, "the body "+body, status, answer, http.StatusBadRequest, "invalid_request", "")
	}
	status, _, answer := r.call("credentials/list", object{"userID": strings.Repeat("a", 70_000)})
	wrong(t, "a long body", status, answer, http.StatusRequestEntityTooLarge, "invalid_request", "64 KiB")
	status, _, answer = r.call("signatures/signDoc", object{})
	wrong(t, "what there is not", status, answer, http.StatusNotImplemented, "invalid_request", "no such method")

	keys, err := in.sites.Keys(t.Context(), h.of.ID)
	must(t, err)
	for _, k := range keys {
		must(t, in.sites.RevokeKey(t.Context(), h.of.ID, k.ID))
	}
	status, _, answer = r.call("credentials/list", object{"userID": "x"})
	wrong(t, "a revoked key's token", status, answer, http.StatusUnauthorized, "invalid_token", "ended")
}

func TestCallsOfOneTokenAreBounded(t *testing.T) {
	p := sqlitePlace(t)
	p.calls = 3
	in := p.start(t, "one")
	r := in.host(t).remote()
	for range 2 {
		r.refusedWith("invalid_request", "userID", "credentials/list", object{})
	}
	status, header, answer := r.call("credentials/list", object{})
	wrong(t, "a fourth call", status, answer, http.StatusTooManyRequests, "temporarily_unavailable", "")
	if header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
}

func TestANetworksLimitIsToldAsTheStandardHasIt(t *testing.T) {
	p := sqlitePlace(t)
	p.messages = 10
	r := &remote{host: p.start(t, "one").host(t)}
	for range 20 {
		status, _, answer := r.call("info", object{})
		if status == http.StatusOK {
			continue
		}
		wrong(t, "too many", status, answer, http.StatusTooManyRequests, "temporarily_unavailable", "")
		return
	}
	t.Error("nothing bounds who has no token")
}
