package api

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humamux"

	"visavis/enrolment"
	"visavis/enrolment/journey"
	"visavis/enrolment/store"
	"visavis/sites"
)

// Exporter writes all that is kept of an enrolment into a zip.
type Exporter interface {
	Export(ctx context.Context, id string, w io.Writer) error
}

// told are the states in which a site may see what a document says: its person has
// confirmed it. The report of a refusal may be seen too.
var told = []enrolment.State{enrolment.Confirmed, enrolment.Requested, enrolment.Issued}

// opened returns the caller's verification with its enrolment, and notes who looks
// at what of it.
func (a *API) opened(
	ctx context.Context, c caller, id, what string, states []enrolment.State,
) (sites.Verification, enrolment.Record, error) {
	v, err := a.mine(ctx, c, id)
	if err != nil {
		return v, enrolment.Record{}, err
	}
	r, err := a.cfg.Journey.Load(ctx, v.Enrolment)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return v, r, newProblem(http.StatusGone, codeGone, "data and evidence of this verification were deleted")
	case err != nil:
		return v, r, err
	case !slices.Contains(states, r.State):
		return v, r, newProblem(http.StatusConflict, codeNotReady,
			fmt.Sprintf("the status is %s: this can be read once the person has confirmed their data", v.Status))
	}
	by := enrolment.Actor{Role: "site", ID: c.key.ID} // without an audit entry nothing is shown
	return v, r, a.cfg.Journey.Audit(ctx, by, journey.AuditLook, r.ID, what)
}

// Data is what the person confirmed of what their document says.
type Data struct {
	Surname    string `json:"surname" doc:"At birth"`
	GivenNames string `json:"given_names" doc:"All of them"`
	UsageName  string `json:"usage_name,omitempty" doc:"The nom d'usage, where one is printed"`
	BirthDate  string `json:"birth_date" format:"date"`
	Document   string `json:"document" example:"passport" doc:"The kind that was photographed; empty if a registrar vouches"`
	Source     string `json:"source" enum:"document,registrar" doc:"Whether pictures or a registrar vouch for it"`
}

type dataOutput struct{ Body Data }

func (a *API) data(ctx context.Context, c caller, in *oneInput) (*dataOutput, error) {
	_, r, err := a.opened(ctx, c, in.ID, "data", told)
	if err != nil {
		return nil, err
	}
	if r.Extracted == nil {
		return nil, store.ErrNotFound
	}
	x := r.Extracted
	out := Data{Surname: x.Surname, GivenNames: x.GivenNames, UsageName: x.UsageName, BirthDate: x.BirthDate,
		Document: r.Document, Source: "document"}
	switch {
	case r.ByRegistrar():
		out.Document, out.Source = "", "registrar" // a kind that was begun with before proves nothing
	case len(r.Taken) == 0:
		out.Document = journey.PlayedDocument
	}
	return &dataOutput{out}, nil
}

// Report is what was checked, and by whom in turn.
type Report struct {
	Checks    []Check    `json:"checks" doc:"Of the machine, in the last attempt; none where a registrar saw the person"`
	Doubts    []string   `json:"doubts" doc:"What the reviewer was told to look at"`
	Attempts  []Attempt  `json:"attempts"`
	Decisions []Decision `json:"decisions" doc:"Of reviewers, without who they are"`
}

// Check is one automatic check.
type Check struct {
	Name   string `json:"name" example:"face"`
	Value  any    `json:"value" doc:"What was measured: a number or a word"`
	Limit  any    `json:"limit,omitempty" doc:"What was wanted"`
	Unit   string `json:"unit,omitempty"`
	OK     bool   `json:"ok"`
	Source string `json:"source,omitempty" example:"mrz" doc:"Where the value comes from"`
}

// Attempt is one run of taking pictures.
type Attempt struct {
	StartedAt time.Time `json:"started_at"`
	EndedAt   time.Time `json:"ended_at,omitzero"`
	Failure   string    `json:"failure,omitempty" doc:"Why it came to nothing"`
}

// Decision is one of a reviewer.
type Decision struct {
	At      time.Time `json:"at"`
	Verdict string    `json:"verdict" enum:"accept,refuse,ask-again"`
	Reason  string    `json:"reason,omitempty"`
}

type reportOutput struct{ Body Report }

func (a *API) report(ctx context.Context, c caller, in *oneInput) (*reportOutput, error) {
	_, r, err := a.opened(ctx, c, in.ID, "report", append(slices.Clone(told), enrolment.Refused))
	if err != nil {
		return nil, err
	}
	found, err := a.cfg.Journey.Report(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	out := Report{Checks: []Check{}, Doubts: list(found.Doubts), Attempts: []Attempt{}, Decisions: []Decision{}}
	for _, ch := range found.Checks {
		out.Checks = append(out.Checks, Check(ch))
	}
	for _, t := range r.Attempts {
		out.Attempts = append(out.Attempts, Attempt(t))
	}
	for _, d := range r.Review.Decisions {
		if !d.Blind {
			out.Decisions = append(out.Decisions, Decision{d.At, string(d.Verdict), d.Reason})
		}
	}
	return &reportOutput{out}, nil
}

// Picture is one that was kept.
type Picture struct {
	Side string `json:"side" enum:"front,back,selfie"`
	URL  string `json:"url" doc:"JPEG, with the site and the time written across it"`
}

// Pictures are those of the last attempt.
type Pictures struct {
	Data []Picture `json:"data"`
}

type picturesOutput struct{ Body Pictures }

func (a *API) pictures(ctx context.Context, c caller, in *oneInput) (*picturesOutput, error) {
	v, r, err := a.opened(ctx, c, in.ID, "pictures", told)
	if err != nil {
		return nil, err
	}
	out := Pictures{[]Picture{}}
	for _, side := range enrolment.Sides(r.Document) {
		if _, ok := r.Taken[side]; ok {
			out.Data = append(out.Data, Picture{side, "/v1/verifications/" + v.ID + "/pictures/" + side})
		}
	}
	return &picturesOutput{out}, nil
}

type pictureInput struct {
	ID   string `path:"id" maxLength:"40" example:"ver_mnzxg5dpojuxg2lomnsxgzlt4a"`
	Side string `path:"side" enum:"front,back,selfie"`
}

// fileOutput is an answer that is not JSON.
type fileOutput struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

func file(mediaType, name string, body []byte) *fileOutput {
	return &fileOutput{mediaType, `attachment; filename="` + name + `"`, body}
}

func (a *API) picture(ctx context.Context, c caller, in *pictureInput) (*fileOutput, error) {
	v, r, err := a.opened(ctx, c, in.ID, in.Side, told)
	if err != nil {
		return nil, err
	}
	taken, ok := r.Taken[in.Side]
	if !ok {
		return nil, store.ErrNotFound
	}
	body, _, err := a.cfg.Journey.Item(ctx, r.ID, taken.Item)
	if err != nil {
		return nil, err
	}
	marked, err := watermark(body, c.site.Name+" · "+time.Now().UTC().Format(time.RFC3339)+" · "+v.ID)
	if err != nil {
		return nil, err
	}
	return file("image/jpeg", v.ID+"-"+in.Side+".jpg", marked), nil
}

// Certificate is the certificate that a verification ended with.
type Certificate struct {
	State       string    `json:"state" enum:"requested,valid,expiring,expired,revoked,refused,put-aside"`
	Subject     string    `json:"subject,omitempty"`
	Issuer      string    `json:"issuer,omitempty"`
	Serial      string    `json:"serial,omitempty"`
	Fingerprint string    `json:"fingerprint,omitempty" doc:"SHA-256, hex"`
	NotBefore   time.Time `json:"not_before,omitzero"`
	NotAfter    time.Time `json:"not_after,omitzero"`
	PEM         string    `json:"pem,omitempty"`
	DER         []byte    `json:"der,omitempty" doc:"Base64"`
	Test        bool      `json:"test" doc:"Of the test authority: it proves nothing"`
}

type certificateOutput struct{ Body Certificate }

// issued returns a verification's certificate, which outlives its evidence.
func (a *API) issued(ctx context.Context, c caller, id, what string) (sites.Verification, store.Certificate, error) {
	v, err := a.mine(ctx, c, id)
	if err != nil {
		return v, store.Certificate{}, err
	}
	if v.Status == sites.Redacted {
		return v, store.Certificate{}, newProblem(http.StatusGone, codeGone, "the verification was redacted")
	}
	found, err := a.cfg.Journey.CertificateOf(ctx, v.Enrolment)
	if errors.Is(err, store.ErrNotFound) || err == nil && len(found.Value.DER) == 0 {
		return v, found, newProblem(http.StatusConflict, codeNotReady,
			fmt.Sprintf("the status is %s: there is no certificate", v.Status))
	}
	if err == nil {
		var r enrolment.Record
		if r, err = a.cfg.Journey.Load(ctx, v.Enrolment); err == nil {
			err = a.cfg.Journey.Audit(ctx, enrolment.Actor{Role: "site", ID: c.key.ID}, journey.AuditLook, r.ID, what)
		} else if errors.Is(err, store.ErrNotFound) {
			err = nil // the evidence is gone, and its audit with it
		}
	}
	return v, found, err
}

func (a *API) certificate(ctx context.Context, c caller, in *oneInput) (*certificateOutput, error) {
	_, found, err := a.issued(ctx, c, in.ID, "certificate")
	if err != nil {
		return nil, err
	}
	state, _ := a.cfg.Journey.CertificateState(found)
	d := found.Value.Details
	return &certificateOutput{Certificate{
		State: string(state), Subject: d.Subject, Issuer: d.Issuer, Serial: d.Serial, Fingerprint: d.Fingerprint,
		NotBefore: d.NotBefore, NotAfter: d.NotAfter,
		PEM: string(found.Value.PEM(found.Value.Request.Language)), DER: found.Value.DER, Test: a.cfg.TestIssuer,
	}}, nil
}

func (a *API) proof(ctx context.Context, c caller, in *oneInput) (*fileOutput, error) {
	v, found, err := a.issued(ctx, c, in.ID, "proof")
	if err != nil {
		return nil, err
	}
	_, f, err := a.cfg.Journey.Proof(ctx, v.Subject(), found.ID)
	if err != nil {
		return nil, err
	}
	return file(f.Type, v.ID+"-proof"+f.Extension, f.Body), nil
}

// manifest is what is signed of an evidence file.
type manifest struct {
	Verification string    `json:"verification"`
	Enrolment    string    `json:"enrolment"`
	Site         string    `json:"site"`
	At           time.Time `json:"at"`
	SHA256       string    `json:"sha256"` // of evidence.zip
}

// streamOutput is a fileOutput that is too large to be held in memory.
type streamOutput struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        func(huma.Context)
}

// evidenceWithin bounds the time of an answer that has begun.
const evidenceWithin = 2 * time.Minute

// evidence is a zip of everything that is kept, the manifest over it, its signature
// (ed25519) and the key that checks it. It is written while it is made.
func (a *API) evidence(ctx context.Context, c caller, in *oneInput) (*streamOutput, error) {
	v, r, err := a.opened(ctx, c, in.ID, "evidence", told)
	if err != nil {
		return nil, err
	}
	public, err := a.cfg.PublicPEM()
	if err != nil {
		return nil, err
	}
	about := manifest{Verification: v.ID, Enrolment: r.ID, Site: c.site.ID, At: time.Now().UTC()}
	return &streamOutput{"application/zip", `attachment; filename="` + v.ID + `-evidence.zip"`, func(to huma.Context) {
		ctx, cancel := context.WithTimeout(to.Context(), evidenceWithin)
		defer cancel()
		_, w := humamux.Unwrap(to)
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(evidenceWithin)) // a page's would cut it off
		if err := a.writeEvidence(ctx, to.BodyWriter(), about, public); err != nil {
			a.log.ErrorContext(ctx, "evidence", "verification", v.ID, "err", err)
			panic(http.ErrAbortHandler) // nobody must take half a zip for a whole one
		}
	}}, nil
}

// writeEvidence writes the zip of an enrolment's evidence, whose hash completes the manifest.
func (a *API) writeEvidence(ctx context.Context, w io.Writer, m manifest, public []byte) error {
	outer := zip.NewWriter(w)
	create := func(name string) (io.Writer, error) {
		return outer.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store, Modified: m.At})
	}
	inner, err := create("evidence.zip")
	if err != nil {
		return err
	}
	sum := sha256.New()
	if err := a.cfg.Retention.Export(ctx, m.Enrolment, io.MultiWriter(inner, sum)); err != nil {
		return err
	}
	m.SHA256 = hex.EncodeToString(sum.Sum(nil))
	listed, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	for _, f := range []struct {
		name string
		body []byte
	}{{"manifest.json", listed}, {"manifest.sig", a.cfg.Sign(listed)}, {"public-key.pem", public}} {
		into, err := create(f.name)
		if err == nil {
			_, err = into.Write(f.body)
		}
		if err != nil {
			return err
		}
	}
	return outer.Close()
}

func (a *API) artefacts() {
	get := func(id, part, summary, description string, mediaTypes ...string) huma.Operation {
		o := huma.Operation{
			OperationID: id, Method: http.MethodGet, Path: verificationPath + "/" + part, Tags: []string{"Results"},
			Summary: summary, Description: description,
		}
		if len(mediaTypes) > 0 {
			content := map[string]*huma.MediaType{}
			for _, t := range mediaTypes {
				content[t] = &huma.MediaType{Schema: &huma.Schema{Type: "string", Format: "binary"}}
			}
			o.Responses = map[string]*huma.Response{"200": {Description: summary, Content: content}}
		}
		return operation(o, sites.Personal, http.StatusNotFound, http.StatusConflict, http.StatusGone)
	}
	handle(a, get("get-data", "data", "Read the confirmed data", "Once the person has confirmed them."), a.data)
	handle(a, get("get-report", "report", "Read what was checked", "Each check with its value, limit and source."),
		a.report)
	handle(a, get("list-pictures", "pictures", "List the pictures", ""), a.pictures)
	handle(a, get("get-picture", "pictures/{side}", "Read a picture", "With the site and the time across it.",
		"image/jpeg"), a.picture)
	handle(a, get("get-certificate", "certificate", "Read the certificate", "As PEM and DER, with its present state."),
		a.certificate)
	handle(a, get("get-proof", "certificate/proof", "Read the certificate's proof",
		"An ASiC-E container that visavis evidence verify, and programs for signatures, check offline. One that an earlier "+
			"build made is a zip, which the former alone checks.", journey.ProofType, "application/zip"), a.proof)
	handle(a, get("get-evidence", "evidence", "Read all evidence", "A zip of what is kept, with a signed manifest.",
		"application/zip"), a.evidence)
}
