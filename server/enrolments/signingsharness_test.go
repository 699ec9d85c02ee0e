package enrolments_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"visavis/certificate/pades/padestest"
	"visavis/enrolment/store"
)

// signingView is what of a request to sign the tests look at.
type signingView struct {
	ID, Name, SHA256, State, Digits, Link, QR, Signer, Badge string
	Over                                                     bool
}

var contract = padestest.File(padestest.Stream, "", padestest.Objects()...)

// file sends a PDF file.
func (b *browser) file(path string, body []byte) (status int, header http.Header, answer []byte) {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.in.URL+path, bytes.NewReader(body))
	must(b.t, err)
	req.Header.Set("Content-Type", "application/pdf")
	for _, c := range b.cookies {
		req.AddCookie(c)
	}
	res, err := b.http.Do(req)
	must(b.t, err)
	defer res.Body.Close()
	answer, err = io.ReadAll(res.Body)
	must(b.t, err)
	return res.StatusCode, res.Header, answer
}

// asks makes a request to sign the contract and returns it with the link's secret.
func (b *browser) asks(c shownCertificate) (v signingView, secret string) {
	b.t.Helper()
	status, _, answer := b.file("/api/certificates/"+c.ID+"/signings?name=Contrat%20%E2%80%AEx.pdf", contract)
	if status != http.StatusOK {
		b.t.Fatalf("a request to sign: %d %s", status, answer)
	}
	must(b.t, json.Unmarshal(answer, &v))
	_, secret, _ = strings.Cut(v.Link, "/confirm#")
	return v, secret
}

// says answers as the phone: a browser without a login.
func (in *instance) says(t *testing.T, path, secret, digits string) (status int, v signingView, p refusedSigning) {
	t.Helper()
	phone := in.browser(t, "")
	status, _, answer := phone.do("POST", path, map[string]string{"secret": secret, "digits": digits})
	must(t, json.Unmarshal(answer, &v))
	must(t, json.Unmarshal(answer, &p))
	return status, v, p
}

type refusedSigning struct {
	Error struct {
		Code, Problem, Text string
		Left                int
	}
}

func (b *browser) refused(path string, body []byte) (status int, problem string) {
	b.t.Helper()
	status, _, answer := b.file(path, body)
	var p refusedSigning
	_ = json.Unmarshal(answer, &p) // of a file that was signed: no problem
	return status, p.Error.Problem
}

// audited counts an enrolment's entries of each action.
func (in *instance) audited(t *testing.T, id string) (out map[string]int, last string) {
	t.Helper()
	out = map[string]int{}
	must(t, in.keeper.Store.InTx(t.Context(), func(tx *store.Tx) error {
		list, err := tx.Audits(t.Context(), id)
		for _, a := range list {
			out[a.Action]++
			last = a.What
		}
		return err
	}))
	return out, last
}
