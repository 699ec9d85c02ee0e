package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"time"

	"visavis/client"
	"visavis/protocol"
)

// pollEvery is how often people and reviewers look whether it is their turn. Pages are told
// of it over a socket.
const pollEvery = 200 * time.Millisecond

// loopbackTLS trusts any certificate: the measured program made its own.
func loopbackTLS() *tls.Config {
	return &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12} //nolint:gosec // loopback alone
}

// browser is somebody's browser.
type browser struct {
	url  string
	http *http.Client
	key  string // of a site; empty: a person
}

// newBrowser is a browser of the n-th network.
func newBrowser(origin string, n int) (*browser, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	return &browser{url: origin, http: &http.Client{
		Jar: jar, Transport: &http.Transport{TLSClientConfig: loopbackTLS(), DialContext: network(n)},
	}}, nil
}

// send sends a request and returns the answer, whose status is 200 or 201.
func (b *browser) send(ctx context.Context, method, path string, body any) (*http.Response, error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, method, b.url+path, bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	if b.key != "" {
		req.Header.Set("Authorization", "Bearer "+b.key)
	}
	res, err := b.http.Do(req)
	if err != nil {
		return nil, err
	}
	if res.StatusCode != http.StatusOK && res.StatusCode != http.StatusCreated {
		said, err := io.ReadAll(io.LimitReader(res.Body, 400))
		return nil, errors.Join(fmt.Errorf("%s %s: status %d: %s", method, path, res.StatusCode, said), err, res.Body.Close())
	}
	return res, nil
}

// call is send for a JSON answer; into may be nil.
func (b *browser) call(ctx context.Context, method, path string, body, into any) error {
	res, err := b.send(ctx, method, path, body)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil || into == nil {
		return err
	}
	return json.Unmarshal(raw, into)
}

// staff logs one of the demonstration's accounts in.
func (j *journeys) staff(ctx context.Context, account string, n int) (*browser, error) {
	b, err := newBrowser(j.url, n)
	if err != nil {
		return nil, err
	}
	return b, b.call(ctx, http.MethodPost, "/api/login/demo", map[string]string{"account": account}, nil)
}

// request is what of an enrolment is looked at here.
type request struct {
	State   string           `json:"state"`
	Texts   []map[string]any `json:"texts"`
	Refusal json.RawMessage  `json:"refusal"`
}

// agree answers yes to every text that is asked.
func (r request) agree() map[string]any {
	for _, t := range r.Texts {
		t["yes"] = true
	}
	return map[string]any{"answers": r.Texts}
}

// applicant is somebody on the way from a site's link to a certificate.
type applicant struct {
	*browser
	n            int
	id           string // of the enrolment
	verification string
	email        string
	pictures     map[string][]byte
	desktop      *client.Desktop
	phone        *client.Phone
}

// leave closes the sockets. A nil applicant has none.
func (a *applicant) leave() {
	if a == nil {
		return
	}
	if a.phone != nil {
		a.phone.Close()
	}
	if a.desktop != nil {
		a.desktop.Close()
	}
}

// captured takes somebody new to where the last picture is the next step. A site has sent
// them, and their address is confirmed.
func (j *journeys) captured(ctx context.Context) (*applicant, error) {
	j.people++
	n := j.people
	b, err := newBrowser(j.url, n)
	if err != nil {
		return nil, err
	}
	a := &applicant{browser: b, n: n, email: fmt.Sprintf("person-%d.specimen@example.org", n), pictures: j.pictures}
	if err := a.begin(ctx, j); err != nil {
		return nil, err
	}
	if err := a.pair(ctx); err != nil {
		a.leave()
		return nil, err
	}
	if err := a.still(ctx, "document-front", 1); err != nil {
		a.leave()
		return nil, err
	}
	return a, nil
}

// begin has the site create a verification, and opens, agrees and confirms the address.
func (a *applicant) begin(ctx context.Context, j *journeys) error {
	site := &browser{url: a.url, http: a.http, key: j.key}
	declared := map[string]string{"email": a.email, "mobile": fmt.Sprintf("+33639980%03d", a.n%1000)}
	maps.Copy(declared, j.declared)
	var made struct {
		ID     string `json:"id"`
		Secret string `json:"client_secret"`
	}
	err := site.call(ctx, http.MethodPost, "/v1/verifications",
		map[string]any{"purpose": "certificate", "declared": declared}, &made)
	if err != nil {
		return err
	}
	a.verification = made.ID
	var opened struct{ Next string }
	if err := a.call(ctx, http.MethodPost, "/api/link", map[string]string{"secret": made.Secret}, &opened); err != nil {
		return err
	}
	_, a.id, _ = strings.Cut(opened.Next, "id=")
	var r request
	if err := a.call(ctx, http.MethodGet, "/api/enrolments/"+a.id, nil, &r); err != nil {
		return err
	}
	if err := a.post(ctx, "consent", r.agree()); err != nil {
		return err
	}
	return a.confirmAddress(ctx, j)
}

func (a *applicant) post(ctx context.Context, what string, body any) error {
	return a.call(ctx, http.MethodPost, "/api/enrolments/"+a.id+"/"+what, body, nil)
}

// letterLink is the link of the letter that asks whether an address is somebody's.
var letterLink = regexp.MustCompile(`/address#(\S+)`)

// confirmAddress waits for the letter, and follows its link.
func (a *applicant) confirmAddress(ctx context.Context, j *journeys) error {
	operator, err := j.staff(ctx, "operator", a.n)
	if err != nil {
		return err
	}
	for until := time.Now().Add(30 * time.Second); time.Now().Before(until); {
		var box struct {
			Messages []struct{ To, Text string }
		}
		if err := operator.call(ctx, http.MethodGet, "/api/outbox", nil, &box); err != nil {
			return err
		}
		for _, m := range box.Messages {
			if found := letterLink.FindStringSubmatch(m.Text); found != nil && m.To == a.email {
				return a.call(ctx, http.MethodPost, "/api/address", map[string]string{"token": found[1]}, nil)
			}
		}
		if err := sleep(ctx, pollEvery); err != nil {
			return err
		}
	}
	return errors.New("no letter asks for the address within 30 s")
}

// pair opens the desktop's session for the enrolment, pairs a phone and begins with a passport.
func (a *applicant) pair(ctx context.Context) (err error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	at, err := url.Parse(a.url)
	if err != nil {
		return err
	}
	cfg := client.Config{Server: a.url, TLS: loopbackTLS(), Enrolment: a.id, Cookies: a.http.Jar.Cookies(at),
		Dial: network(a.n)}
	if a.desktop, err = client.OpenDesktop(ctx, cfg); err != nil {
		return err
	}
	if _, err := awaited(ctx, a.desktop.Next, func(protocol.Pairing) bool { return true }); err != nil {
		return err
	}
	if a.phone, err = client.NewPhone(cfg, a.desktop.Pairing().URL); err != nil {
		return err
	}
	if err := a.phone.Open(ctx); err != nil {
		return err
	}
	if err := a.phone.Send(ctx, protocol.Claim{}); err != nil {
		return err
	}
	shown, err := awaited(ctx, a.desktop.Next, func(p protocol.Progress) bool { return p.Code != "" })
	if err != nil {
		return err
	}
	if err := a.phone.Send(ctx, protocol.ChooseCode{Code: shown.Code}); err != nil {
		return err
	}
	paired := func(p protocol.Progress) bool { return p.State == protocol.StatePaired }
	if _, err := awaited(ctx, a.phone.Next, paired); err != nil {
		return err
	}
	if err := a.phone.Send(ctx, protocol.ChooseDocument{Document: "passport"}); err != nil {
		return err
	}
	return a.phone.Send(ctx, protocol.Start{})
}

// awaited reads until a message of one type fits.
func awaited[M protocol.Message](ctx context.Context, next func(context.Context) (client.Event, error),
	fits func(M) bool) (m M, err error) {
	for {
		e, err := next(ctx)
		if err != nil {
			return m, err
		}
		if e.Ended {
			return m, fmt.Errorf("ended with %d: %w", e.Code, e.Err)
		}
		if got, ok := e.Message.(M); ok && fits(got) {
			return got, nil
		}
	}
}

// still sends the picture of a step, released by hand, until it is accepted. As a phone, it sends it again where the
// workers were busy.
func (a *applicant) still(ctx context.Context, step string, seq uint32) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	const others = 10 // between two numbers of one step, so that no other step has them
	for ; ; seq += others {
		frame := protocol.Frame{Kind: protocol.Still, Step: step, Seq: seq, Manual: true, CapturedAt: time.Now(),
			Data: a.pictures[step]}
		if err := a.phone.SendStill(ctx, frame, 64<<10, nil); err != nil {
			return err
		}
		r, err := awaited(ctx, a.phone.Next, func(r protocol.StillResult) bool { return r.Seq == seq })
		switch {
		case err != nil:
			return err
		case r.Accepted:
			return nil
		case r.Code != protocol.CodeBusy:
			return fmt.Errorf("the picture of %s is refused: %+v", step, r)
		}
		if err := sleep(ctx, pollEvery); err != nil {
			return err
		}
	}
}

// finish sends the last picture, and does what is the applicant's until a state is reached.
func (a *applicant) finish(ctx context.Context, state string) error {
	if err := a.still(ctx, "selfie", 2); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	for {
		var r request
		if err := a.call(ctx, http.MethodGet, "/api/enrolments/"+a.id, nil, &r); err != nil {
			return err
		}
		var err error
		switch r.State {
		case state:
			return nil
		case "to-confirm":
			err = a.post(ctx, "confirm", nil)
		case "confirmed":
			err = a.post(ctx, "request", r.agree())
		case "capturing", "verifying", "review", "requested":
			err = sleep(ctx, pollEvery)
		default:
			err = fmt.Errorf("the enrolment is %s: %s", r.State, r.Refusal)
		}
		if err != nil {
			return err
		}
	}
}

// drawnFile is what of a file a reviewer's hands need.
type drawnFile struct {
	Drawn *struct {
		ID        string
		Checklist []struct{ ID string }
	}
}

// review draws and accepts files until ctx ends, as the n-th of the demonstration's reviewers.
func (j *journeys) review(ctx context.Context, n int) error {
	b, err := j.staff(ctx, fmt.Sprintf("reviewer-%d", n+1), 0)
	for err == nil {
		var f drawnFile
		if err = b.call(ctx, http.MethodPost, "/api/review/draw", nil, &f); err != nil {
			break
		}
		if f.Drawn == nil {
			err = sleep(ctx, pollEvery)
			continue
		}
		points := map[string]bool{}
		for _, q := range f.Drawn.Checklist {
			points[q.ID] = true
		}
		err = b.call(ctx, http.MethodPost, "/api/review/"+f.Drawn.ID+"/decide",
			map[string]any{"verdict": "accept", "checklist": points}, nil)
	}
	if ctx.Err() != nil {
		return nil //nolint:nilerr // nobody waits for a decision any more
	}
	return fmt.Errorf("a reviewer: %w", err)
}
