package api

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"visavis/enrolment"
	"visavis/enrolment/store"
	"visavis/sites"
	"visavis/sites/registry"
	"visavis/words"
)

// Verification is a verification as its site sees it.
type Verification struct {
	ID        string            `json:"id" example:"ver_mnzxg5dpojuxg2lomnsxgzlt4a"`
	Live      bool              `json:"live" doc:"False: specimens alone"`
	Purpose   sites.Purpose     `json:"purpose" enum:"identity,certificate" doc:"identity ends with confirmed data, certificate with a certificate"`
	Status    sites.Status      `json:"status" enum:"created,capturing,verifying,review,requires_input,to_confirm,requested,verified,refused,in_person,cancelled,expired,redacted"`
	Reason    sites.Reason      `json:"reason,omitempty" example:"document.unreadable" doc:"Says more within a status; its first part tells who can do something about it: device, document, person, reviewer, site, service"`
	Final     bool              `json:"final" doc:"The status stays, but for a redaction"`
	Rev       int64             `json:"rev" doc:"Grows with each change of status; of two answers the greater counts"`
	Code      string            `json:"code" example:"BCDFGH" doc:"What the person and the operator know it by"`
	Reference string            `json:"reference,omitempty" doc:"The site's own"`
	Metadata  map[string]string `json:"metadata,omitempty" doc:"The site's own"`
	ReturnURL string            `json:"return_url,omitempty" doc:"Where the person is sent back to, with ?verification=ID"`
	Language  string            `json:"language,omitempty" example:"fr"`
	CreatedAt time.Time         `json:"created_at"`
	ChangedAt time.Time         `json:"changed_at" doc:"Of the last status, by the server's clock, as the times of events"`
	ExpiresAt time.Time         `json:"expires_at" doc:"What waits for the person then expires; by the clock of a test site, as created_at and the times of the link"`
	Attempt   int               `json:"attempt" doc:"1, and one more each time a refusal was mended"`
	Link      *Link             `json:"link,omitempty"`
	// URL and ClientSecret are in the answers that make a link alone.
	URL           string    `json:"url,omitempty" doc:"Send the person here: for one browser, to be opened until link.expires_at. In answers that make a link"`
	ClientSecret  string    `json:"client_secret,omitempty" doc:"The same for the embedded frame. In answers that make a link"`
	DataDeletedAt time.Time `json:"data_deleted_at,omitzero" doc:"Since when data and evidence are gone"`
}

// Link tells of a verification's link without its secret.
type Link struct {
	ExpiresAt         time.Time `json:"expires_at"`
	OpenedAt          time.Time `json:"opened_at,omitzero"`
	OpenedElsewhereAt time.Time `json:"opened_elsewhere_at,omitzero" doc:"Another browser tried it then and was refused"`
	EmailedAt         time.Time `json:"emailed_at,omitzero" doc:"It was sent to the person by e-mail"`
}

func seen(v sites.Verification) Verification {
	out := Verification{
		ID: v.ID, Live: v.Live, Purpose: v.Purpose, Status: v.Status, Reason: v.Reason, Final: v.Status.Final(), Rev: v.Rev,
		Code:      v.Code,
		Reference: v.Reference, Metadata: v.Metadata, ReturnURL: v.ReturnURL, Language: v.Language, CreatedAt: v.CreatedAt,
		ChangedAt: v.ChangedAt,
		ExpiresAt: v.ExpiresAt, Attempt: len(v.Before) + 1, DataDeletedAt: v.DeletedAt,
	}
	if !v.Link.ExpiresAt.IsZero() && !out.Final {
		out.Link = &Link{v.Link.ExpiresAt, v.Link.OpenedAt, v.Link.ElsewhereAt, v.Link.EmailedAt}
	}
	return out
}

// withLink adds the link itself.
func (a *API) withLink(ctx context.Context, v sites.Verification) Verification {
	out := seen(v)
	if !out.Final {
		out.URL, out.ClientSecret = a.linkOf(ctx, v), a.cfg.Registry.Link(v)
	}
	return out
}

// Declared is what a site knows of its person; all of it may be left out.
type Declared struct {
	Surname    string `json:"surname,omitempty" maxLength:"200" doc:"Name at birth"`
	GivenNames string `json:"given_names,omitempty" maxLength:"200" doc:"All of them, as the document has them"`
	BirthDate  string `json:"birth_date,omitempty" format:"date" example:"1990-07-13"`
	Mobile     string `json:"mobile,omitempty" maxLength:"40" example:"+33639980012"`
	Email      string `json:"email,omitempty" maxLength:"320" example:"maeva.specimen@example.org"`
}

// NewVerification is what a site asks for.
type NewVerification struct {
	Purpose   sites.Purpose     `json:"purpose" enum:"identity,certificate"`
	Declared  *Declared         `json:"declared,omitempty"`
	Reference string            `json:"reference,omitempty" maxLength:"200" doc:"The site's own, by which it finds the verification"`
	ReturnURL string            `json:"return_url,omitempty" maxLength:"2000" doc:"Below one of the site's return addresses"`
	Language  string            `json:"language,omitempty" maxLength:"35" example:"fr" doc:"Of the pages and letters: one that they have, with or without a region; else French, or the first of the site's languages"`
	Metadata  map[string]string `json:"metadata,omitempty" maxProperties:"50" doc:"The site's own; keys of 1 to 40, values of 500 characters or fewer"`
	ExpiresIn int               `json:"expires_in,omitempty" minimum:"60" maximum:"2592000" doc:"Seconds until what waits for the person expires; else 7 days"`
}

type oneInput struct {
	ID string `path:"id" maxLength:"40" example:"ver_mnzxg5dpojuxg2lomnsxgzlt4a"`
}

type verificationOutput struct {
	ETag string `header:"ETag"`
	Body Verification
}

func output(v Verification) *verificationOutput { return &verificationOutput{etagOf(v), v} }

func etagOf(v Verification) string {
	body, err := json.Marshal(v)
	if err != nil {
		return "" // plain values
	}
	return `"` + sites.HashOf(string(body))[:24] + `"`
}

type createInput struct {
	Key     string `header:"Idempotency-Key" maxLength:"255" doc:"Repeats of this request within 24 hours make one verification"`
	RawBody []byte
	Body    NewVerification
}

type createOutput struct {
	Location string `header:"Location"`
	Replayed string `header:"Idempotency-Replayed" doc:"true: an earlier request made it"`
	ETag     string `header:"ETag"`
	Body     Verification
}

func (a *API) create(ctx context.Context, c caller, in *createInput) (*createOutput, error) {
	if in.Body.Purpose == sites.Certificate {
		switch {
		case !a.cfg.Certificates:
			return nil, newProblem(http.StatusConflict, codeNoCertificates,
				"this server issues no certificates; ask for the purpose identity")
		case !c.site.Live && !a.cfg.TestIssuer:
			return nil, newProblem(http.StatusConflict, codeNoCertificates,
				"a test key reaches no issuer of real certificates; ask for the purpose identity, or use a server with the "+
					"test authority")
		}
	}
	wish := registry.Wish{
		Purpose: in.Body.Purpose, Reference: in.Body.Reference, Metadata: in.Body.Metadata, ReturnURL: in.Body.ReturnURL,
		Language:  in.Body.Language,
		ExpiresIn: time.Duration(in.Body.ExpiresIn) * time.Second, Request: in.Key, Content: in.RawBody,
	}
	if d := in.Body.Declared; d != nil {
		wish.Declared = enrolment.Declaration{Surname: d.Surname, GivenNames: d.GivenNames, BirthDate: d.BirthDate,
			Mobile: d.Mobile, Email: d.Email}
	}
	if wish.Language != "" {
		found, ok := words.Lookup(wish.Language)
		if !ok {
			return nil, noLanguage(wish.Language, c.site)
		}
		wish.Language = found.Tag // a site's languages are tags of the list
	}
	v, replayed, err := a.cfg.Registry.Create(ctx, c.site, wish)
	if err != nil {
		return nil, err
	}
	body := a.withLink(ctx, v)
	return &createOutput{"/v1/verifications/" + v.ID, fmt.Sprint(replayed), etagOf(seen(v)), body}, nil
}

// noLanguage refuses a language that the pages do not have.
func noLanguage(tag string, s sites.Site) error {
	usable := s.Languages
	if len(usable) == 0 {
		usable = words.Tags()
	}
	return &sites.InvalidError{Field: "language", Have: tag,
		Want: fmt.Sprintf("one of %s; leave it out for %s", strings.Join(usable, ", "), usable[0])}
}

type listInput struct {
	Status    string    `query:"status" enum:"created,capturing,verifying,review,requires_input,to_confirm,requested,verified,refused,in_person,cancelled,expired,redacted"`
	Reference string    `query:"reference" maxLength:"200"`
	From      time.Time `query:"created_from" doc:"RFC 3339"`
	Before    time.Time `query:"created_before" doc:"RFC 3339"`
	Limit     int       `query:"limit" minimum:"1" maximum:"100" default:"20"`
	Cursor    string    `query:"cursor" maxLength:"200" doc:"next_cursor of the page before"`
}

// Page is one page of verifications, the newest first.
type Page struct {
	Data       []Verification `json:"data"`
	NextCursor string         `json:"next_cursor,omitempty" doc:"Of the next page; absent on the last one"`
}

type listOutput struct{ Body Page }

func (a *API) list(ctx context.Context, c caller, in *listInput) (*listOutput, error) {
	f := store.VerificationFilter{Status: sites.Status(in.Status), Reference: in.Reference, From: in.From,
		Before: in.Before, Limit: in.Limit + 1}
	if in.Cursor != "" {
		var err error
		if f.AfterAt, f.After, err = readCursor(in.Cursor); err != nil {
			return nil, err
		}
	}
	found, err := a.cfg.Registry.List(ctx, c.site.ID, f)
	if err != nil {
		return nil, err
	}
	out := &listOutput{Page{Data: []Verification{}}}
	for i, v := range found {
		if i == in.Limit {
			last := found[i-1]
			out.Body.NextCursor = writeCursor(last.CreatedAt, last.ID)
			break
		}
		out.Body.Data = append(out.Body.Data, seen(v))
	}
	return out, nil
}

func writeCursor(at time.Time, id string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(at.UTC().Format(time.RFC3339Nano) + " " + id))
}

func readCursor(text string) (time.Time, string, error) {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	at, id, ok := strings.Cut(string(raw), " ")
	when, bad := time.Parse(time.RFC3339Nano, at)
	if err != nil || !ok || bad != nil || id == "" {
		p := newProblem(http.StatusUnprocessableEntity, codeInvalid, "cursor: want next_cursor of the page before")
		p.Errors = []*huma.ErrorDetail{{Location: "query.cursor", Message: "want next_cursor of the page before"}}
		return time.Time{}, "", p
	}
	return when, id, nil
}

type getInput struct {
	ID          string `path:"id" maxLength:"40" example:"ver_mnzxg5dpojuxg2lomnsxgzlt4a"`
	IfNoneMatch string `header:"If-None-Match" maxLength:"500" doc:"The ETag that is known: answered with 304 while it is the same"`
}

func (a *API) get(ctx context.Context, c caller, in *getInput) (*verificationOutput, error) {
	v, err := a.mine(ctx, c, in.ID)
	if err != nil {
		return nil, err
	}
	out := output(seen(v))
	if in.IfNoneMatch != "" && strings.Contains(in.IfNoneMatch, out.ETag) {
		return nil, &Problem{Status: http.StatusNotModified}
	}
	return out, nil
}

func (a *API) cancel(ctx context.Context, c caller, in *oneInput) (*verificationOutput, error) {
	v, err := a.cfg.Registry.Cancel(ctx, c.site.ID, in.ID)
	if err != nil {
		return nil, err
	}
	return output(seen(v)), nil
}

func (a *API) newLink(ctx context.Context, c caller, in *oneInput) (*verificationOutput, error) {
	v, err := a.cfg.Registry.NewLink(ctx, c.site, in.ID)
	if err != nil {
		return nil, err
	}
	return output(a.withLink(ctx, v)), nil
}

func (a *API) emailLink(ctx context.Context, c caller, in *oneInput) (*verificationOutput, error) {
	v, err := a.cfg.Registry.EmailLink(ctx, c.site, in.ID)
	if err != nil {
		return nil, err
	}
	return output(seen(v)), nil
}

// Redaction is the answer to a redaction.
type Redaction struct {
	Verification Verification      `json:"verification"`
	Receipts     []json.RawMessage `json:"receipts" doc:"One signed receipt of deletion an attempt: visavis evidence receipt checks it"`
}

type redactOutput struct{ Body Redaction }

func (a *API) redact(ctx context.Context, c caller, in *oneInput) (*redactOutput, error) {
	v, receipts, err := a.cfg.Registry.Redact(ctx, c.site.ID, in.ID, a.cfg.Retention)
	if err != nil {
		return nil, err
	}
	out := &redactOutput{Redaction{seen(v), []json.RawMessage{}}}
	for _, r := range receipts {
		out.Body.Receipts = append(out.Body.Receipts, r)
	}
	return out, nil
}

// Site is the caller.
type Site struct {
	ID         string        `json:"id"`
	Name       string        `json:"name" doc:"As people are shown it"`
	Live       bool          `json:"live"`
	ReturnURLs []string      `json:"return_urls"`
	Origins    []string      `json:"origins" doc:"Whose pages may embed the frame"`
	Scopes     []sites.Scope `json:"scopes" doc:"Of the key that asks"`
	Version    string        `json:"version" doc:"Of the API"`
}

type siteOutput struct{ Body Site }

func (a *API) site(_ context.Context, c caller, _ *struct{}) (*siteOutput, error) {
	s := c.site
	return &siteOutput{Site{s.ID, s.Name, s.Live, list(s.ReturnURLs), list(s.Origins), c.key.Scopes, Version}}, nil
}

// list is never null on the wire.
func list(of []string) []string { return append([]string{}, of...) }

const verificationPath = "/v1/verifications/{id}"

func (a *API) verifications() {
	const tag = "Verifications"
	post := func(id, path, summary, description string) huma.Operation {
		return huma.Operation{OperationID: id, Method: http.MethodPost, Path: path, Tags: []string{tag}, Summary: summary,
			Description: description}
	}
	get := func(id, path, summary, description string) huma.Operation {
		return huma.Operation{OperationID: id, Method: http.MethodGet, Path: path, Tags: []string{tag}, Summary: summary,
			Description: description}
	}
	create := post("create-verification", "/v1/verifications", "Begin a verification",
		"Make one for a person whom the site has authenticated, and send them to `url`. With an `Idempotency-Key` a repeat "+
			"makes no second one.")
	create.DefaultStatus = http.StatusCreated
	handle(a, operation(create, sites.Write, http.StatusConflict), a.create)
	handle(a, operation(get("list-verifications", "/v1/verifications", "List verifications", "The newest first."),
		sites.Read), a.list)
	one := get("get-verification", verificationPath, "Read a verification",
		"The truth: what a browser or an event says is a hint to read it.")
	one.Responses = map[string]*huma.Response{"304": {Description: "It is as the ETag in If-None-Match says"}}
	handle(a, operation(one, sites.Read, http.StatusNotFound), a.get)
	handle(a, operation(post("cancel-verification", verificationPath+"/cancel", "Cancel a verification",
		"One that has ended stays as it is."),
		sites.Write, http.StatusNotFound, http.StatusConflict), a.cancel)
	handle(a, operation(post("new-link", verificationPath+"/link", "Make a new link",
		"For another browser, or after a day. The link before ends, and the browser that it had let in has no more access."),
		sites.Write, http.StatusNotFound, http.StatusConflict), a.newLink)
	handle(a, operation(post("email-link", verificationPath+"/link/email", "Send a new link by e-mail",
		"To `declared.email`; the answer has no link. The link before ends. Five letters at most for a verification."),
		sites.Write, http.StatusNotFound, http.StatusConflict), a.emailLink)
	handle(a, operation(post("redact-verification", verificationPath+"/redact", "Redact a verification",
		"Deletes data, evidence, and what the site wrote; irreversible. Answered with the signed receipt, again "+
			"with the same."),
		sites.Redact, http.StatusNotFound, http.StatusConflict), a.redact)
	handle(a, operation(huma.Operation{
		OperationID: "get-site", Method: http.MethodGet, Path: "/v1/site", Tags: []string{"Site"},
		Summary: "Read the site of the key",
	}, sites.Read), a.site)
}
