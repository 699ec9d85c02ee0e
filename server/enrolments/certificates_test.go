package enrolments_test

import (
	"archive/zip"
	"bytes"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"visavis/certificate/proof"
	"visavis/certificate/proof/xades"
	"visavis/enrolment"
	"visavis/enrolment/bucket"
	"visavis/enrolment/evidence"
	"visavis/enrolment/ledger"
	"visavis/enrolment/retention"
	"visavis/enrolment/store"
)

// shownCertificate is what of a certificate the tests look at.
type shownCertificate struct {
	ID, Enrolment, Subject, Issuer, Level, Badge, State, Serial, SHA256, Reason string
	DaysLeft                                                                    int
	Published                                                                   bool
	RevokedAt                                                                   time.Time
}

// certified is an applicant with a certificate, published or not.
func (b *browser) certified(publish bool) (view, shownCertificate) {
	b.t.Helper()
	v := b.captured()
	b.await(v.ID, enrolment.Review)
	reviewer := b.in.browser(b.t, "reviewer-1")
	reviewer.draw()
	reviewer.decide(v.ID, map[string]any{"verdict": "accept"})
	b.act(v.ID, "confirm", struct{}{})
	v = b.see(v.ID)
	answers := yes(v)
	for _, a := range answers["answers"].([]map[string]any) {
		if a["kind"] == "publication" {
			a["yes"] = publish
		}
	}
	b.act(v.ID, "request", answers)
	v = b.await(v.ID, enrolment.Issued)
	var list struct{ Certificates []shownCertificate }
	b.want(http.StatusOK, "GET", "/api/enrolments", nil, &list)
	if len(list.Certificates) != 1 {
		b.t.Fatalf("%d certificates, want one", len(list.Certificates))
	}
	return v, list.Certificates[0]
}

func TestACertificateIsListedSavedAndRevoked(t *testing.T) {
	p := sqlitePlace(t)
	in := p.start(t, "one")
	outside, err := bucket.OpenFolder(t.TempDir())
	must(t, err)
	in.keeper.Ledger = evidence.NewLedger(outside, in.keeper.Signer)
	maeva := in.browser(t, "maeva")
	v, c := maeva.certified(true)
	if c.Enrolment != v.ID || c.Level != "test" || !strings.Contains(c.Badge, "TEST") || c.State != "valid" ||
		!strings.Contains(c.Subject, "Maéva") || c.DaysLeft < 5 {
		t.Errorf("the certificate: %+v", c)
	}
	path := "/api/certificates/" + c.ID
	_, header, der := maeva.do("GET", path+"/der", nil)
	cert, err := x509.ParseCertificate(der)
	must(t, err)
	if cert.NotAfter.Sub(cert.NotBefore) > 7*24*time.Hour ||
		strings.Contains(header.Get("Content-Disposition"), "Specimen") {
		t.Errorf("the DER: %v to %v, saved as %s", cert.NotBefore, cert.NotAfter, header.Get("Content-Disposition"))
	}
	_, _, body := maeva.do("GET", path+"/pem", nil)
	if block, _ := pem.Decode(body); block == nil || !bytes.Equal(block.Bytes, der) ||
		!bytes.Contains(body, []byte("TEST")) {
		t.Errorf("the PEM is another certificate, or says nothing of TEST")
	}
	if status, _, page := maeva.do("GET", path+"/page?lang=fr", nil); status != http.StatusOK ||
		!bytes.Contains(page, []byte("sans valeur juridique")) || !bytes.Contains(page, []byte(c.Serial)) {
		t.Errorf("the page: %d %s", status, page)
	}
	for zone, name := range map[string]string{
		"Asia/Tokyo": "JST", "": "UTC", "Local": "UTC", "Nowhere/Else": "UTC", "../../etc/passwd": "UTC",
	} {
		_, _, page := maeva.do("GET", path+"/page?lang=fr&zone="+url.QueryEscape(zone), nil)
		wall := cert.NotAfter.UTC()
		if name == "JST" {
			wall = wall.Add(9 * time.Hour)
		}
		if want := wall.Format("02/01/2006 15:04\u00a0") + name; !bytes.Contains(page, []byte(want)) {
			t.Errorf("the page for the zone %q lacks %q: %s", zone, want, page)
		}
	}
	_, err = in.service.TellZone(t.Context(), "demo:maeva", v.ID, "Asia/Kathmandu")
	must(t, err)
	wall := cert.NotAfter.UTC().Add(5*time.Hour + 45*time.Minute).Format("02/01/2006 15:04")
	if _, _, page := maeva.do("GET", path+"/page?lang=fr", nil); !bytes.Contains(page, []byte(wall)) {
		t.Errorf("the page without a zone lacks %q, the time where the request was made: %s", wall, page)
	}
	_, _, file := maeva.do("GET", path+"/proof", nil)
	checked, err := proof.Verify(file, evidence.CheckProof(in.keeper.Signer.Public()), xades.Roots{})
	must(t, err)
	if checked.Seal == nil || checked.Seal.Level != "LTA" || !checked.Seal.Signer.Equal(p.seals.Seal.Chain[0]) {
		t.Errorf("the proof's seal: %+v, want level LTA", checked.Seal)
	}
	var names []string
	for _, f := range checked.Manifest.Files {
		names = append(names, f.Name)
	}
	for _, want := range []string{"records/consents.json", "records/transitions.json", "records/request.json",
		"records/report-1-0.json", "log/head.txt", "log/inclusion.json", "status/certificate.crl", "status/authority-1.crl"} {
		if !slices.Contains(names, want) {
			t.Errorf("the proof holds %v, want %s", names, want)
		}
	}
	zipped, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	must(t, err)
	var logged evidence.Logged
	listed, err := zipped.Open("log/inclusion.json")
	must(t, err)
	must(t, json.NewDecoder(listed).Decode(&logged))
	note, err := zipped.Open("log/head.txt")
	must(t, err)
	text, err := io.ReadAll(note)
	must(t, err)
	head, err := in.keeper.Ledger.ParseNote(string(text))
	must(t, err)
	hashes := make(tlog.RecordProof, len(logged.Proof))
	for i, h := range logged.Proof {
		hashes[i], err = tlog.ParseHash(h)
		must(t, err)
	}
	if !strings.Contains(logged.Leaf, v.ID) || head.Size != logged.Size ||
		!ledger.CheckInclusion(hashes, head, logged.Index, logged.Leaf) {
		t.Errorf("%+v does not show the enrolment in the log's head %+v", logged, head)
	}
	if !checked.OK() || bytes.Contains(file, []byte("demo:reviewer")) {
		t.Errorf("the proof: %v", checked.Problems)
	}
	elouan := in.browser(t, "elouan")
	for _, what := range []string{"", "/der", "/pem", "/page", "/proof"} {
		elouan.want(http.StatusNotFound, "GET", path+what, nil, nil)
	}
	elouan.want(http.StatusNotFound, "POST", path+"/revoke", map[string]string{"reason": "superseded"}, nil)
	maeva.want(http.StatusUnprocessableEntity, "POST", path+"/revoke", map[string]string{"reason": "bored"}, nil)
	var revoked shownCertificate
	maeva.want(http.StatusOK, "POST", path+"/revoke", map[string]string{"reason": "key-compromise"}, &revoked)
	maeva.want(http.StatusOK, "POST", path+"/revoke", map[string]string{"reason": "superseded"}, &revoked)
	if revoked.State != "revoked" || revoked.Reason != "key-compromise" || revoked.RevokedAt.IsZero() {
		t.Errorf("revoked: %+v", revoked)
	}
	entries, err := store.TestAuthority{Store: in.keeper.Store}.Revoked(t.Context())
	must(t, err)
	if len(entries) != 1 {
		t.Errorf("the authority knows of %d revocations, want one", len(entries))
	}
	waitLetters(t, p.letters, "revoked")
	if renewed := maeva.renew(c.ID); renewed.ID == v.ID || renewed.State != enrolment.Declared {
		t.Errorf("renewed: %+v", renewed)
	}
	checkLog(t, in)
}

func (b *browser) renew(id string) view {
	b.t.Helper()
	var v view
	b.want(http.StatusOK, "POST", "/api/certificates/"+id+"/renew", struct{}{}, &v)
	return v
}

func TestTheDirectoryShowsWhatIsPublishedAlone(t *testing.T) {
	in := sqlitePlace(t).start(t, "one")
	maeva, anybody := in.browser(t, "maeva"), in.browser(t, "")
	_, c := maeva.certified(false)
	find := func(query string) int {
		var out struct{ Certificates []shownCertificate }
		anybody.want(http.StatusOK, "GET", "/api/directory?q="+query, nil, &out)
		return len(out.Certificates)
	}
	for _, q := range []string{"specimen", "maeva", c.Serial, "", "s"} {
		if n := find(q); n != 0 {
			t.Errorf("search %q finds %d of the unpublished", q, n)
		}
	}
	other := sqlitePlace(t).start(t, "two")
	anybody = other.browser(t, "")
	_, c = other.browser(t, "maeva").certified(true)
	for query, want := range map[string]int{"specimen": 1, "ma%C3%A9va": 1, c.Serial: 1, "sp": 0, "martin": 0} {
		if n := find(query); n != want {
			t.Errorf("search %q finds %d, want %d", query, n, want)
		}
	}
	refused := false
	for range 30 {
		status, _, _ := anybody.do("GET", "/api/directory?q=specimen", nil)
		refused = refused || status == http.StatusTooManyRequests
	}
	if !refused {
		t.Error("30 searches of one address in a moment, none refused")
	}
}

func TestThePersonExportsAndDeletes(t *testing.T) {
	in := sqlitePlace(t).start(t, "one")
	maeva, elouan := in.browser(t, "maeva"), in.browser(t, "elouan")
	v := maeva.captured()
	maeva.await(v.ID, enrolment.Review)
	elouan.want(http.StatusNotFound, "GET", "/api/enrolments/"+v.ID+"/export", nil, nil)
	elouan.want(http.StatusNotFound, "POST", "/api/enrolments/"+v.ID+"/delete", struct{}{}, nil)
	_, header, body := maeva.do("GET", "/api/enrolments/"+v.ID+"/export", nil)
	archive, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	must(t, err)
	var names []string
	for _, f := range archive.File {
		names = append(names, f.Name)
	}
	pictures := 0
	for _, n := range names {
		if strings.HasSuffix(n, ".jpg") || strings.HasSuffix(n, ".jpeg") {
			pictures++
		}
	}
	if header.Get("Content-Type") != "application/zip" || !slices.Contains(names, "data.json") || pictures != 2 {
		t.Errorf("the export: %v", names)
	}
	var answer struct {
		Receipt struct{ Body, Signature string }
	}
	maeva.want(http.StatusOK, "POST", "/api/enrolments/"+v.ID+"/delete", struct{}{}, &answer)
	if answer.Receipt.Signature == "" || strings.Contains(answer.Receipt.Body, "Specimen") {
		t.Errorf("the receipt: %+v", answer)
	}
	maeva.want(http.StatusNotFound, "GET", "/api/enrolments/"+v.ID, nil, nil)
}

// Nothing is handed over by itself: a file that is owed stays until somebody
// acknowledged that they have it.
func TestAnIssuedFileIsHandedOverThenItsPersonMayDeleteIt(t *testing.T) {
	p := sqlitePlace(t)
	in := p.start(t, "one")
	maeva := in.browser(t, "maeva")
	v, c := maeva.certified(true)
	if n := countTransitions(t, in, v.ID, enrolment.ActionHandOver); n != 0 {
		t.Fatalf("handed over %d times, and nobody has the file", n)
	}
	maeva.want(http.StatusConflict, "POST", "/api/enrolments/"+v.ID+"/delete", struct{}{}, nil)
	kept, err := retention.New(retention.Config{Keeper: in.keeper, Rules: p.rules})
	must(t, err)
	for range 2 {
		must(t, kept.HandedOver(t.Context(), v.ID, enrolment.HandOver{To: "the provider"}))
	}
	found, err := in.keeper.Verify(t.Context(), v.ID)
	must(t, err)
	if n := countTransitions(t, in, v.ID, enrolment.ActionHandOver); n != 1 || !found.OK() {
		t.Errorf("noted %d times; %+v", n, found.Findings)
	}
	maeva.want(http.StatusOK, "POST", "/api/enrolments/"+v.ID+"/delete", struct{}{}, nil)
	var after shownCertificate
	maeva.want(http.StatusOK, "GET", "/api/certificates/"+c.ID, nil, &after)
	if fmt.Sprint(after) != fmt.Sprint(c) {
		t.Errorf("the certificate after its file is gone: %+v, want %+v", after, c)
	}
}

func TestOwnersAreRemindedOnceBeforeTheEnd(t *testing.T) {
	p := sqlitePlace(t)
	in := p.start(t, "one")
	_, c := in.browser(t, "maeva").certified(false)
	must(t, in.service.Remind(t.Context()))
	if slices.Contains(p.letters.list(), "certificate-expiring") {
		t.Fatal("reminded on the first day")
	}
	must(t, in.keeper.Store.InTx(t.Context(), func(tx *store.Tx) error {
		kept, err := tx.Certificate(t.Context(), c.ID)
		if err != nil {
			return err
		}
		kept.RemindAt = time.Now().Add(-time.Minute)
		kept.Rev++
		return tx.SaveCertificate(t.Context(), kept)
	}))
	must(t, in.service.Remind(t.Context()))
	must(t, in.service.Remind(t.Context()))
	waitLetters(t, p.letters, "certificate-expiring")
	if n := len(slices.DeleteFunc(p.letters.list(), func(l string) bool { return l != "certificate-expiring" })); n != 1 {
		t.Errorf("%d reminders, want one", n)
	}
}
