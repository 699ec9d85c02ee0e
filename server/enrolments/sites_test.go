package enrolments_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"image/jpeg"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"visavis/enrolment"
	"visavis/enrolment/evidence"
	"visavis/enrolment/store/storetest"
	"visavis/server/api"
	"visavis/sites"
	"visavis/sites/registry"
)

// host is another site's server with its key.
type host struct {
	t   *testing.T
	in  *instance
	of  sites.Site
	key string
}

func (in *instance) host(t *testing.T, scopes ...sites.Scope) *host {
	t.Helper()
	s, err := in.sites.AddSite(t.Context(), sites.Site{Name: "Exemple & Cie", ReturnURLs: []string{"https://www.example.org/back"}, Origins: []string{"https://www.example.org"}})
	must(t, err)
	return (&host{t: t, in: in, of: s}).with(scopes...)
}

// with is the same site with another key.
func (h *host) with(scopes ...sites.Scope) *host {
	h.t.Helper()
	if len(scopes) == 0 {
		scopes = sites.Scopes()
	}
	other := *h
	var err error
	_, other.key, err = h.in.sites.AddKey(h.t.Context(), h.of.ID, "", scopes)
	must(h.t, err)
	return &other
}

// at is the same site at another instance.
func (h *host) at(in *instance) *host {
	other := *h
	other.in = in
	return &other
}

func (h *host) do(method, path string, body any, header http.Header) (*http.Response, []byte) {
	h.t.Helper()
	var content io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		content = strings.NewReader(b)
	default:
		raw, err := json.Marshal(b)
		must(h.t, err)
		content = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(h.t.Context(), method, h.in.URL+path, content)
	must(h.t, err)
	maps.Copy(req.Header, header)
	if h.key != "" {
		req.Header.Set("Authorization", "Bearer "+h.key)
	}
	if content != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := h.in.Client().Do(req)
	must(h.t, err)
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	must(h.t, err)
	return res, answer
}

// want fails unless the answer has the status, and decodes it.
func (h *host) want(status int, method, path string, body, into any) {
	h.t.Helper()
	res, answer := h.do(method, path, body, nil)
	if res.StatusCode != status {
		h.t.Fatalf("%s %s: %d %s, want %d", method, path, res.StatusCode, answer, status)
	}
	if into != nil {
		must(h.t, json.Unmarshal(answer, into))
	}
}

// refused fails unless the answer is a problem of a status and a code.
func (h *host) refused(status int, code, method, path string, body any) {
	h.t.Helper()
	res, answer := h.do(method, path, body, nil)
	var p api.Problem
	if err := json.Unmarshal(answer, &p); err != nil || res.StatusCode != status || p.Status != status || p.Code != code || p.Detail == "" ||
		p.RequestID == "" || p.RequestID != res.Header.Get("X-Request-Id") || res.Header.Get("Content-Type") != "application/problem+json" {
		h.t.Errorf("%s %s: %d %v %s, want %d %s", method, path, res.StatusCode, res.Header, answer, status, code)
	}
}

func (h *host) create(purpose sites.Purpose) api.Verification {
	h.t.Helper()
	var v api.Verification
	h.want(http.StatusCreated, "POST", "/v1/verifications", map[string]any{
		"purpose": purpose, "reference": "member-7", "return_url": "https://www.example.org/back?step=2", "metadata": map[string]string{"plan": "a"},
		"declared": map[string]string{"surname": "Specimen", "given_names": "Maéva Claire", "birth_date": "1990-07-13", "mobile": "+33639980012", "email": "maeva.specimen@example.org"},
	}, &v)
	return v
}

func (h *host) see(id string) (v api.Verification) {
	h.t.Helper()
	h.want(http.StatusOK, "GET", "/v1/verifications/"+id, nil, &v)
	return v
}

// open opens a verification's link in a browser, which is that person's then.
func (b *browser) open(v api.Verification) (enrolment string) {
	b.t.Helper()
	_, secret, ok := strings.Cut(v.URL, "/v#")
	if !ok || secret != v.ClientSecret {
		b.t.Fatalf("url %q, secret %q", v.URL, v.ClientSecret)
	}
	var out struct{ Next string }
	b.want(http.StatusOK, "POST", "/api/link", map[string]string{"secret": secret}, &out)
	return strings.TrimPrefix(out.Next, "/request?id=")
}

// seesSite is what of a request's view tells of its site.
type seesSite struct {
	Site *struct {
		Name, Purpose, ReturnURL string
		Over                     bool
		ElsewhereAt              time.Time
	}
}

// The whole walk of a site: key, verification, link, capture, review, confirmation,
// certificate, events, reading, redaction.
func TestASiteSendsSomebodyAndReadsTheCertificate(t *testing.T) {
	postgres.Each(t, func(t *testing.T, url string) {
		p := newPlace(t, url)
		if !strings.HasPrefix(url, "postgres") {
			only := p.start(t, "one")
			walk(t, only, only)
			return
		}
		p.sessions, p.bucket = redisStore(t), storetest.NewBucket(t).URL // what one instance begins the other goes on with
		walk(t, p.start(t, "a"), p.start(t, "b"))
	})
}

func walk(t *testing.T, in, other *instance) {
	in.showSpecimens(t)
	other.showSpecimens(t)
	h := in.host(t)
	inbox := h.listen()
	v := h.create(sites.Certificate)
	if v.Status != sites.Created || v.Live || v.Reference != "member-7" || v.Metadata["plan"] != "a" || v.Final {
		t.Fatalf("created %+v", v)
	}
	person := in.browser(t, "")
	id := person.open(v)
	e := person.see(id)
	if e.Declared.Surname != "Specimen" || e.Declared.BirthDate != "1990-07-13" {
		t.Errorf("declared %+v", e.Declared)
	}
	person = person.at(other)
	person.act(id, "consent", yes(e))
	capture := person.pair(id, nil)
	if capture.site != "Exemple & Cie" {
		t.Errorf("the phone says that %q asks", capture.site)
	}
	capture.choose("passport")
	capture.take(passportSteps...)
	person.await(id, enrolment.Review)
	h.refused(http.StatusConflict, "not_ready", "GET", "/v1/verifications/"+v.ID+"/data", nil)
	reviewer := other.browser(t, "reviewer-1")
	reviewer.draw()
	reviewer.decide(id, map[string]any{"verdict": "accept"})
	person.act(id, "confirm", struct{}{})
	person.act(id, "request", yes(person.see(id)))
	person.await(id, enrolment.Issued)

	h = h.at(other)
	v = h.see(v.ID)
	if v.Status != sites.Verified || !v.Final || v.URL+v.ClientSecret != "" {
		t.Errorf("at the end %+v", v)
	}
	var back seesSite
	person.want(http.StatusOK, "GET", "/api/enrolments/"+id, nil, &back)
	if s := back.Site; s == nil || s.Name != "Exemple & Cie" || !s.Over || s.ReturnURL != "https://www.example.org/back?step=2&verification="+v.ID {
		t.Errorf("the person is told %+v", back.Site)
	}
	h.artefacts(v.ID)
	var events api.EventPage
	h.want(http.StatusOK, "GET", "/v1/events?verification="+v.ID, nil, &events)
	var types []string
	for _, ev := range events.Data {
		types = append(types, strings.TrimPrefix(string(ev.Type), "verification."))
	}
	if want := []string{"created", "link_opened", "capturing", "verifying", "review", "to_confirm", "to_confirm", "requested", "verified"}; !slices.Equal(types, want) {
		t.Errorf("events %v, want %v", types, want)
	}
	inbox.await(func(m sites.Message) bool {
		return m.Type == "verification.verified" && m.Data.Verification == v.ID && m.Data.Final
	})
	checkEvidence(t, other, id, 4)

	// The provider has to keep the file until it says that it has it.
	h.refused(http.StatusConflict, "owed_to_provider", "POST", "/v1/verifications/"+v.ID+"/redact", nil)
	must(t, other.kept.HandedOver(t.Context(), id, "provider"))
	var gone api.Redaction
	h.want(http.StatusOK, "POST", "/v1/verifications/"+v.ID+"/redact", nil, &gone)
	if gone.Verification.Status != sites.Redacted || gone.Verification.Reference != "" || gone.Verification.Metadata != nil || len(gone.Receipts) != 1 {
		t.Errorf("redacted %+v", gone.Verification)
	}
	if _, err := evidence.VerifyReceipt(gone.Receipts[0], other.keeper.Signer.Public()); err != nil {
		t.Errorf("the receipt: %v", err)
	}
	h.refused(http.StatusGone, "data_deleted", "GET", "/v1/verifications/"+v.ID+"/data", nil)
	h.refused(http.StatusGone, "data_deleted", "GET", "/v1/verifications/"+v.ID+"/certificate", nil)
	person.want(http.StatusUnauthorized, "GET", "/api/enrolments/"+id, nil, nil)
	checkLog(t, in)
	if strings.Contains(in.log.String()+other.log.String(), h.key) {
		t.Error("the key stands in the log")
	}
}

// artefacts reads everything that a verified verification has.
func (h *host) artefacts(id string) {
	t, at := h.t, "/v1/verifications/"+id
	t.Helper()
	var data api.Data
	h.want(http.StatusOK, "GET", at+"/data", nil, &data)
	if data != (api.Data{Surname: "Specimen", GivenNames: "Maéva Claire", BirthDate: "1990-07-13", Document: "passport", Source: "document"}) {
		t.Errorf("data %+v", data)
	}
	var report api.Report
	h.want(http.StatusOK, "GET", at+"/report", nil, &report)
	if len(report.Checks) < 8 || len(report.Decisions) != 1 || report.Decisions[0].Verdict != "accept" || len(report.Attempts) != 1 {
		t.Errorf("report %+v", report)
	}
	var pictures api.Pictures
	h.want(http.StatusOK, "GET", at+"/pictures", nil, &pictures)
	if len(pictures.Data) != 2 {
		t.Errorf("pictures %+v", pictures)
	}
	for _, p := range pictures.Data {
		res, body := h.do("GET", p.URL, nil, nil)
		if _, err := jpeg.Decode(bytes.NewReader(body)); err != nil || res.Header.Get("Content-Type") != "image/jpeg" || res.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %v %v", p.Side, err, res.Header)
		}
	}
	var cert api.Certificate
	h.want(http.StatusOK, "GET", at+"/certificate", nil, &cert)
	block, _ := pem.Decode([]byte(cert.PEM))
	if block == nil || !bytes.Equal(block.Bytes, cert.DER) || cert.State != "valid" || !cert.Test {
		t.Errorf("certificate %+v", cert)
	} else if x, err := x509.ParseCertificate(cert.DER); err != nil || !strings.Contains(x.Subject.String(), "Specimen") {
		t.Errorf("certificate: %v", err)
	}
	for _, part := range []string{"/certificate/proof", "/evidence"} {
		_, body := h.do("GET", at+part, nil, nil)
		z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
		if err != nil || len(z.File) < 3 {
			t.Errorf("%s: %v", part, err)
			continue
		}
		if part == "/evidence" {
			h.checkManifest(z)
		}
	}
}

func (h *host) checkManifest(z *zip.Reader) {
	t := h.t
	t.Helper()
	read := func(name string) []byte {
		f, err := z.Open(name)
		must(t, err)
		defer f.Close()
		body, err := io.ReadAll(f)
		must(t, err)
		return body
	}
	public, err := evidence.ParsePublicPEM(read("public-key.pem"))
	must(t, err)
	if !evidence.CheckProof(public)(read("manifest.json"), read("manifest.sig")) {
		t.Error("the evidence's manifest is not signed")
	}
	var m struct{ SHA256 string }
	must(t, json.Unmarshal(read("manifest.json"), &m))
	if m.SHA256 != fmt.Sprintf("%x", sha256.Sum256(read("evidence.zip"))) {
		t.Error("the manifest is of another file")
	}
}

// showSpecimens has the reader see documents of the state UTO.
func (in *instance) showSpecimens(t *testing.T) {
	t.Helper()
	in.reader.mu.Lock()
	defer in.reader.mu.Unlock()
	for i, line := range in.reader.lines {
		in.reader.lines[i] = strings.ReplaceAll(line, "FRA", "UTO")
	}
}

func TestAnIdentityEndsWithConfirmedData(t *testing.T) {
	in := sqlitePlace(t).start(t, "one")
	in.showSpecimens(t)
	h := in.host(t)
	v := h.create(sites.Identity)
	person := in.browser(t, "")
	id := person.open(v)
	person.act(id, "consent", yes(person.see(id)))
	c := person.pair(id, nil)
	c.choose("passport")
	c.take(passportSteps...)
	person.await(id, enrolment.Review)
	reviewer := in.browser(t, "reviewer-1")
	reviewer.draw()
	reviewer.decide(id, map[string]any{"verdict": "refuse", "reason": "not-readable", "words": "La photo est floue."})
	if v = h.see(v.ID); v.Status != sites.RequiresInput || v.Reason != sites.Unreadable || v.Final {
		t.Fatalf("a refusal that can be mended: %+v", v)
	}
	id = person.begin().ID // the person begins anew
	person.act(id, "consent", yes(person.see(id)))
	c = person.pair(id, nil)
	c.choose("passport")
	c.take(passportSteps...)
	person.await(id, enrolment.Review)
	reviewer.draw()
	reviewer.decide(id, map[string]any{"verdict": "accept"})
	person.act(id, "confirm", struct{}{})
	if v = h.see(v.ID); v.Status != sites.Verified || v.Attempt != 2 {
		t.Errorf("verified %+v", v)
	}
	person.want(http.StatusConflict, "POST", "/api/enrolments/"+id+"/request", yes(person.see(id)), nil) // nobody asked for a certificate
	h.refused(http.StatusConflict, "not_ready", "GET", "/v1/verifications/"+v.ID+"/certificate", nil)
}

// Somebody begins with a passport, and goes to a registrar instead: the passport vouches for nothing.
func TestWhoSawARegistrarHasDataOfTheRegistrar(t *testing.T) {
	in := sqlitePlace(t).start(t, "one")
	in.showSpecimens(t)
	h := in.host(t)
	v := h.create(sites.Identity)
	person := in.browser(t, "")
	id := person.open(v)
	person.act(id, "consent", yes(person.see(id)))
	capture := person.pair(id, nil)
	capture.choose("passport")
	capture.take(passportSteps[:1]...)
	person.act(id, "in-person", struct{}{})
	in.browser(t, "registrar").want(http.StatusOK, "POST", "/api/registrar/"+id, map[string]any{
		"accept": true, "checklist": visitPoints(),
		"extracted": map[string]string{"surname": "Specimen", "givenNames": "Maéva Claire", "birthDate": "1990-07-13"},
	}, nil)
	person.act(id, "confirm", struct{}{})
	var data api.Data
	h.want(http.StatusOK, "GET", "/v1/verifications/"+v.ID+"/data", nil, &data)
	if data != (api.Data{Surname: "Specimen", GivenNames: "Maéva Claire", BirthDate: "1990-07-13", Source: "registrar"}) {
		t.Errorf("data %+v", data)
	}
}

func TestALinkLogsOneBrowserInForOneRequest(t *testing.T) {
	in := sqlitePlace(t).start(t, "one")
	h := in.host(t)
	v, other := h.create(sites.Identity), h.create(sites.Identity)
	person, stranger := in.browser(t, ""), in.browser(t, "")
	id := person.open(v)
	person.open(v) // again, in the same browser
	stranger.want(http.StatusConflict, "POST", "/api/link", map[string]string{"secret": v.ClientSecret}, nil)
	var told seesSite
	person.want(http.StatusOK, "GET", "/api/enrolments/"+id, nil, &told)
	if told.Site == nil || told.Site.ElsewhereAt.IsZero() {
		t.Error("the first browser is not told of the second")
	}
	if seen := h.see(v.ID); seen.Link == nil || seen.Link.OpenedElsewhereAt.IsZero() {
		t.Errorf("the site is not told: %+v", seen.Link)
	}
	person.want(http.StatusNotFound, "GET", "/api/enrolments/"+in.enrolmentOf(t, other.ID), nil, nil)
	var all struct{ Enrolments []view }
	person.want(http.StatusOK, "GET", "/api/enrolments", nil, &all)
	if len(all.Enrolments) != 1 || all.Enrolments[0].ID != id {
		t.Errorf("the browser sees %+v", all.Enrolments)
	}
	person.want(http.StatusForbidden, "GET", "/api/review", nil, nil)

	var fresh api.Verification
	h.want(http.StatusOK, "POST", "/v1/verifications/"+v.ID+"/link", nil, &fresh)
	person.want(http.StatusUnauthorized, "GET", "/api/enrolments/"+id, nil, nil) // the link that let it in is over
	person.want(http.StatusGone, "POST", "/api/link", map[string]string{"secret": v.ClientSecret}, nil)
	if stranger.open(fresh) != id {
		t.Error("the new link leads elsewhere")
	}
	for _, secret := range []string{"", "x", fresh.ClientSecret[:len(fresh.ClientSecret)-3] + "AAA"} {
		stranger.want(http.StatusNotFound, "POST", "/api/link", map[string]string{"secret": secret}, nil)
	}
	h.want(http.StatusOK, "POST", "/v1/verifications/"+v.ID+"/cancel", nil, &fresh)
	if fresh.Status != sites.Cancelled || fresh.Reason != sites.SiteCancelled {
		t.Errorf("cancelled %+v", fresh)
	}
	stranger.want(http.StatusConflict, "POST", "/api/enrolments", map[string]string{}, nil) // nothing else begins with it
}

// enrolmentOf is the enrolment under a verification.
func (in *instance) enrolmentOf(t *testing.T, id string) string {
	t.Helper()
	all, err := in.sites.Sites(t.Context())
	must(t, err)
	for _, s := range all {
		if v, err := in.sites.Get(t.Context(), s.ID, id); err == nil {
			return v.Enrolment
		}
	}
	t.Fatalf("no verification %s", id)
	return ""
}

func TestKeysOpenWhatIsTheirs(t *testing.T) {
	p := sqlitePlace(t)
	p.calls = 40
	in := p.start(t, "one")
	h, other := in.host(t), in.host(t)
	v := h.create(sites.Identity)
	at := "/v1/verifications/" + v.ID
	for _, call := range [][2]string{{"GET", at}, {"POST", at + "/cancel"}, {"POST", at + "/redact"}, {"POST", at + "/link"}, {"GET", at + "/data"}, {"GET", at + "/evidence"}} {
		other.refused(http.StatusNotFound, "not_found", call[0], call[1], nil)
	}
	var events api.EventPage
	other.want(http.StatusOK, "GET", "/v1/events", nil, &events)
	if len(events.Data) != 0 {
		t.Errorf("another site's events: %+v", events)
	}
	reads := h.with(sites.Read)
	reads.want(http.StatusOK, "GET", at, nil, nil)
	for _, call := range [][2]string{{"POST", at + "/cancel"}, {"GET", at + "/data"}, {"GET", at + "/pictures"}, {"POST", at + "/redact"}} {
		reads.refused(http.StatusForbidden, "scope_missing", call[0], call[1], nil)
	}
	none := *h
	for _, key := range []string{"", "vv_test_x", "vv_test_" + strings.Repeat("A", 43)} {
		none.key = key
		none.refused(http.StatusUnauthorized, "unauthorized", "GET", at, nil)
	}
	keys, err := in.sites.Keys(t.Context(), h.of.ID)
	must(t, err)
	must(t, in.sites.RevokeKey(t.Context(), h.of.ID, keys[1].ID))
	reads.refused(http.StatusUnauthorized, "unauthorized", "GET", at, nil)

	h.refused(http.StatusNotFound, "not_found", "GET", "/v1/nothing", nil)
	h.refused(http.StatusMethodNotAllowed, "method_not_allowed", "DELETE", at, nil)
	h.reachesRate(at, "key", 40)
	none.reachesRate(at, "address", 60)
	h.with(sites.Read).want(http.StatusOK, "GET", at, nil, nil) // another key, from the same address
}

// reachesRate calls until the rate is reached. On a slow machine some of it comes back meanwhile.
func (h *host) reachesRate(path, policy string, quota int) {
	h.t.Helper()
	for range 20 * quota {
		res, _ := h.do("GET", path, nil, nil)
		if want := fmt.Sprintf("%q;q=%d;w=60", policy, quota); res.Header.Get("RateLimit-Policy") != want {
			h.t.Fatalf("headers %v, want the policy %s", res.Header, want)
		}
		if res.StatusCode == http.StatusTooManyRequests {
			if wait, err := strconv.Atoi(res.Header.Get("Retry-After")); err != nil || wait < 1 || wait > 60 || !strings.HasPrefix(res.Header.Get("RateLimit"), fmt.Sprintf("%q;r=0;t=", policy)) {
				h.t.Errorf("headers %v", res.Header)
			}
			return
		}
	}
	h.t.Errorf("nothing bounds the calls of one %s", policy)
}

func TestCallsOfTheAPI(t *testing.T) {
	in := sqlitePlace(t).start(t, "one")
	h := in.host(t)
	once := http.Header{"Idempotency-Key": {"order-7"}}
	body := map[string]any{"purpose": "identity"}
	first, answer := h.do("POST", "/v1/verifications", body, once)
	var v, again api.Verification
	must(t, json.Unmarshal(answer, &v))
	if first.StatusCode != http.StatusCreated || first.Header.Get("Location") != "/v1/verifications/"+v.ID || first.Header.Get("Idempotency-Replayed") != "false" {
		t.Fatalf("created: %d %v %s", first.StatusCode, first.Header, answer)
	}
	res, answer := h.do("POST", "/v1/verifications", body, once)
	must(t, json.Unmarshal(answer, &again))
	if res.StatusCode != http.StatusCreated || again.ID != v.ID || again.URL != v.URL || res.Header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("the same again: %d %s", res.StatusCode, answer)
	}
	if res, answer := h.do("POST", "/v1/verifications", map[string]any{"purpose": "certificate"}, once); res.StatusCode != 422 || !strings.Contains(string(answer), "idempotency_mismatch") {
		t.Errorf("another body: %d %s", res.StatusCode, answer)
	}
	for name, wrong := range map[string]any{
		"no purpose": map[string]any{}, "another purpose": map[string]any{"purpose": "x"}, "an unknown field": map[string]any{"purpose": "identity", "x": 1},
		"a return address of others": map[string]any{"purpose": "identity", "return_url": "https://evil.example/"}, "no JSON object": "[]",
		"a name with a digit": map[string]any{"purpose": "identity", "declared": map[string]string{"surname": "X1", "given_names": "A"}},
		"a NUL":               "{\"purpose\":\"identity\",\"reference\":\"a\\u0000b\"}",
		"too long metadata":   map[string]any{"purpose": "identity", "metadata": map[string]string{"k": strings.Repeat("x", 501)}},
		"an expiry of ages":   map[string]any{"purpose": "identity", "expires_in": 1 << 40},
	} {
		t.Run(name, func(t *testing.T) {
			of := *h
			of.t = t
			of.refused(http.StatusUnprocessableEntity, "invalid_value", "POST", "/v1/verifications", wrong)
		})
	}
	res, answer = h.do("POST", "/v1/verifications", map[string]any{"purpose": "identity", "declared": map[string]string{
		"given_names": "A", "surname": "X1", "birth_date": "2990-01-01", "email": "a@localhost", "mobile": "+33639980012"}}, nil)
	var several api.Problem
	must(t, json.Unmarshal(answer, &several))
	at := []string{}
	for _, e := range several.Errors {
		at = append(at, e.Location)
	}
	if want := []string{"body.declared.surname", "body.declared.birth_date", "body.declared.email"}; res.StatusCode != 422 || !slices.Equal(at, want) {
		t.Errorf("three values that cannot be: %d %s, want %q", res.StatusCode, answer, want)
	}
	h.refused(http.StatusBadRequest, "bad_request", "POST", "/v1/verifications", "{")
	h.refused(http.StatusRequestEntityTooLarge, "body_too_large", "POST", "/v1/verifications", `{"purpose":"identity","reference":"`+strings.Repeat("x", 70<<10)+`"}`)

	seen, _ := h.do("GET", "/v1/verifications/"+v.ID, nil, nil)
	if res, body := h.do("GET", "/v1/verifications/"+v.ID, nil, http.Header{"If-None-Match": {seen.Header.Get("ETag")}}); res.StatusCode != http.StatusNotModified || len(body) != 0 {
		t.Errorf("unchanged: %d %s", res.StatusCode, body)
	}
	for range 4 {
		h.create(sites.Identity)
	}
	var ids []string
	for cursor, pages := "", 0; ; pages++ {
		var page api.Page
		h.want(http.StatusOK, "GET", "/v1/verifications?limit=2&cursor="+cursor, nil, &page)
		for _, v := range page.Data {
			ids = append(ids, v.ID)
		}
		if cursor = page.NextCursor; cursor == "" || pages > 5 {
			break
		}
	}
	if len(ids) != 5 || ids[4] != v.ID || len(slices.Compact(slices.Sorted(slices.Values(ids)))) != 5 {
		t.Errorf("pages: %v", ids)
	}
	var page api.Page
	h.want(http.StatusOK, "GET", "/v1/verifications?reference=member-7&status=created", nil, &page)
	if len(page.Data) != 4 {
		t.Errorf("filtered: %d", len(page.Data))
	}
	h.refused(http.StatusUnprocessableEntity, "invalid_value", "GET", "/v1/verifications?cursor=x", nil)
	if _, answer := h.do("GET", "/v1/verifications?cursor=x", nil, nil); !strings.Contains(string(answer), `"location":"query.cursor"`) {
		t.Errorf("a wrong cursor: %s", answer)
	}
	h.refused(http.StatusUnprocessableEntity, "invalid_value", "GET", "/v1/verifications?unknown=x", nil)
}

func TestWhoWaitsForEventsGetsThemAtOnce(t *testing.T) {
	in := sqlitePlace(t).start(t, "one")
	h := in.host(t)
	v := h.create(sites.Identity)
	var known, next api.EventPage
	h.want(http.StatusOK, "GET", "/v1/events", nil, &known)
	if len(known.Data) != 1 || known.Next != known.Data[0].Data.Seq || known.Data[0].Data.Verification != v.ID {
		t.Fatalf("events %+v", known)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		h.want(http.StatusOK, "GET", fmt.Sprintf("/v1/events?wait=30&after=%d", known.Next), nil, &next)
	}()
	h.want(http.StatusOK, "POST", "/v1/verifications/"+v.ID+"/cancel", nil, nil)
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		t.Fatal("the event was not told")
	}
	if len(next.Data) != 1 || next.Data[0].Type != "verification.cancelled" || !next.Data[0].Data.Final {
		t.Errorf("told %+v", next)
	}
}

func TestTheAPIDescribesItself(t *testing.T) {
	in := sqlitePlace(t).start(t, "one")
	h := in.host(t)
	h.key = ""
	var doc struct {
		OpenAPI    string
		Paths      map[string]map[string]struct{ Responses map[string]any }
		Webhooks   map[string]any
		Components struct {
			Schemas map[string]struct {
				Properties map[string]struct{ Enum []sites.Status }
			}
		}
	}
	h.want(http.StatusOK, "GET", "/v1/openapi.json", nil, &doc)
	if doc.OpenAPI != "3.1.0" || len(doc.Paths) < 12 || len(doc.Webhooks) != len(sites.EventTypes()) {
		t.Errorf("openapi %s, %d paths, %d webhooks", doc.OpenAPI, len(doc.Paths), len(doc.Webhooks))
	}
	if have, want := doc.Components.Schemas["Verification"].Properties["status"].Enum, sites.Statuses(); !slices.Equal(have, want) {
		t.Errorf("statuses %v, want %v", have, want)
	}
	to := doc.Components.Schemas["AdvanceInputBody"].Properties["to"].Enum
	if want := registry.Targets(); !slices.Equal(to, want) {
		t.Errorf("a test may be moved to %v, want %v", to, want)
	}
	res, page := h.do("GET", "/v1/docs", nil, nil)
	if res.StatusCode != http.StatusOK || !strings.Contains(string(page), "/v1/verifications/{id}/redact") || strings.Contains(string(page), "<script") {
		t.Errorf("docs: %d", res.StatusCode)
	}
}
