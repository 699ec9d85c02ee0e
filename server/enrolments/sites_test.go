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
	"net/http"
	"slices"
	"strings"
	"testing"

	"visavis/enrolment"
	"visavis/enrolment/evidence"
	"visavis/enrolment/store/storetest"
	"visavis/server/api"
	"visavis/sites"
)

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
	if s := back.Site; s == nil || s.Name != "Exemple & Cie" || !s.Over ||
		s.ReturnURL != "https://www.example.org/back?step=2&verification="+v.ID {
		t.Errorf("the person is told %+v", back.Site)
	}
	h.artefacts(v.ID)
	var events api.EventPage
	h.want(http.StatusOK, "GET", "/v1/events?verification="+v.ID, nil, &events)
	var types []string
	for _, ev := range events.Data {
		types = append(types, strings.TrimPrefix(string(ev.Type), "verification."))
	}
	if want := []string{"created", "link_opened", "capturing", "verifying", "review", "to_confirm", "to_confirm",
		"requested", "verified"}; !slices.Equal(types, want) {
		t.Errorf("events %v, want %v", types, want)
	}
	inbox.await(func(m sites.Message) bool {
		return m.Type == "verification.verified" && m.Data.Verification == v.ID && m.Data.Final
	})
	checkEvidence(t, other, id, 4)

	// The provider has to keep the file until it says that it has it.
	h.refused(http.StatusConflict, "owed_to_provider", "POST", "/v1/verifications/"+v.ID+"/redact", nil)
	must(t, other.kept.HandedOver(t.Context(), id, enrolment.HandOver{To: "provider"}))
	var gone api.Redaction
	h.want(http.StatusOK, "POST", "/v1/verifications/"+v.ID+"/redact", nil, &gone)
	if gone.Verification.Status != sites.Redacted || gone.Verification.Reference != "" ||
		gone.Verification.Metadata != nil || len(gone.Receipts) != 1 {
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
	if data != (api.Data{Surname: "Specimen", GivenNames: "Maéva Claire", BirthDate: "1990-07-13", Document: "passport",
		Source: "document"}) {
		t.Errorf("data %+v", data)
	}
	var report api.Report
	h.want(http.StatusOK, "GET", at+"/report", nil, &report)
	if len(report.Checks) < 8 || len(report.Decisions) != 1 || report.Decisions[0].Verdict != "accept" ||
		len(report.Attempts) != 1 {
		t.Errorf("report %+v", report)
	}
	var pictures api.Pictures
	h.want(http.StatusOK, "GET", at+"/pictures", nil, &pictures)
	if len(pictures.Data) != 2 {
		t.Errorf("pictures %+v", pictures)
	}
	for _, p := range pictures.Data {
		res, body := h.do("GET", p.URL, nil, nil)
		if _, err := jpeg.Decode(bytes.NewReader(body)); err != nil || res.Header.Get("Content-Type") != "image/jpeg" ||
			res.Header.Get("Cache-Control") != "no-store" {
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

func TestAnIdentityEndsWithConfirmedData(t *testing.T) {
	in := sqlitePlace(t).start(t, "one")
	in.showSpecimens(t)
	h := in.host(t)
	v := h.create(sites.Identity)
	person := in.browser(t, "")
	id := person.open(v)
	person.photographs(id)
	person.await(id, enrolment.Review)
	reviewer := in.browser(t, "reviewer-1")
	reviewer.draw()
	reviewer.decide(id, map[string]any{"verdict": "refuse", "reason": "not-readable", "words": "La photo est floue."})
	if v = h.see(v.ID); v.Status != sites.RequiresInput || v.Reason != sites.Unreadable || v.Final {
		t.Fatalf("a refusal that can be mended: %+v", v)
	}
	id = person.begin().ID // the person begins anew
	person.photographs(id)
	person.await(id, enrolment.Review)
	reviewer.draw()
	reviewer.decide(id, map[string]any{"verdict": "accept"})
	person.act(id, "confirm", struct{}{})
	if v = h.see(v.ID); v.Status != sites.Verified || v.Attempt != 2 {
		t.Errorf("verified %+v", v)
	}
	// nobody asked for a certificate
	person.want(http.StatusConflict, "POST", "/api/enrolments/"+id+"/request", yes(person.see(id)), nil)
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
