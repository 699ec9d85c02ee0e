package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"visavis/client"
	"visavis/protocol"
	"visavis/specimen"
	"visavis/testkit"
)

// program is the whole program, running.
type program struct {
	t     *testing.T
	url   string
	plain string
	roots *tls.Config
	log   *testkit.LogBuffer
	data  string
}

// startProgram runs the program with its own workers and models, and more arguments.
func startProgram(t *testing.T, models, data string, more ...string) *program {
	t.Helper()
	main, plain := testkit.FreeAddress(t), testkit.FreeAddress(t)
	p := &program{t: t, plain: "http://" + plain, log: &testkit.LogBuffer{}, data: data}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	_, port, _ := net.SplitHostPort(main)
	p.url = "https://localhost:" + port
	go func() {
		defer close(done)
		done <- run(ctx, append([]string{
			"--listen=" + main, "--http-listen=" + plain, "--data=" + p.data, "--workers=1", "--models=" + models,
			"--challenge=off", "--blind-share=0",
			"--public-url=" + p.url,
		}, more...), environment{getenv: func(string) string { return "" }, stdout: io.Discard, stderr: p.log})
	}()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("stop: %v", err)
		}
		if t.Failed() {
			t.Log(p.log.String())
		}
	})
	root, err := x509.ParseCertificate(fetch(t, http.DefaultClient, p.plain+"/root.cer", done, p.log).body)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(root)
	p.roots = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	return p
}

// visitor is a person's browser.
type visitor struct {
	*program
	http *http.Client
}

func (p *program) visitor(account string) *visitor {
	p.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		p.t.Fatal(err)
	}
	v := &visitor{p, &http.Client{Jar: jar, Transport: &http.Transport{TLSClientConfig: p.roots}}}
	p.t.Cleanup(v.http.CloseIdleConnections)
	v.call("POST", "/api/login/demo", map[string]string{"account": account})
	return v
}

// call returns the answer of a call, which has to succeed.
func (v *visitor) call(method, path string, body any) []byte {
	v.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		v.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(v.t.Context(), method, v.url+path, bytes.NewReader(raw))
	if err != nil {
		v.t.Fatal(err)
	}
	res, err := v.http.Do(req)
	if err != nil {
		v.t.Fatal(err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		v.t.Fatalf("%s %s: %d %s (%v)", method, path, res.StatusCode, answer, err)
	}
	return answer
}

// enrolled is what of an enrolment this test looks at.
type enrolled struct {
	ID, State   string
	Extracted   map[string]string
	Certificate struct{ ID, State string }
	Texts       []map[string]any
}

func (v *visitor) enrolment(method, path string, body any) (e enrolled) {
	v.t.Helper()
	if err := json.Unmarshal(v.call(method, "/api/enrolments"+path, body), &e); err != nil {
		v.t.Fatal(err)
	}
	return e
}

func (e enrolled) agree() map[string]any {
	for _, t := range e.Texts {
		t["yes"] = true
	}
	return map[string]any{"answers": e.Texts}
}

func (v *visitor) await(id, state string) enrolled {
	v.t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); ; {
		e := v.enrolment("GET", "/"+id, nil)
		if e.State == state {
			return e
		}
		if time.Now().After(deadline) || e.State == "refused" {
			v.t.Fatalf("the enrolment is %s, want %s", e.State, state)
		}
		<-time.After(100 * time.Millisecond)
	}
}

// capture shows a drawn passport and its holder to the server.
func (v *visitor) capture(id string, pictures map[string][]byte) {
	t := v.t
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	at, err := http.NewRequest(http.MethodGet, v.url, nil) // for its address alone
	if err != nil {
		t.Fatal(err)
	}
	cfg := client.Config{Server: v.url, TLS: v.roots, Language: "fr", Enrolment: id, Cookies: v.http.Jar.Cookies(at.URL)}
	desktop, err := client.OpenDesktop(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer desktop.Close()
	next := func(from interface {
		Next(context.Context) (client.Event, error)
	}, fits func(protocol.Message) bool,
	) protocol.Message {
		t.Helper()
		for {
			ev, err := from.Next(ctx)
			if err != nil || ev.Ended {
				t.Fatalf("ended: %v, %d %v", err, ev.Code, ev.Err)
			}
			if fits(ev.Message) {
				return ev.Message
			}
		}
	}
	next(desktop, func(m protocol.Message) bool { _, ok := m.(protocol.Pairing); return ok })
	phone, err := client.NewPhone(cfg, desktop.Pairing().TypedCode)
	if err != nil {
		t.Fatal(err)
	}
	defer phone.Close()
	say := func(m protocol.Message) {
		t.Helper()
		if err := phone.Send(ctx, m); err != nil {
			t.Fatal(err)
		}
	}
	if err := phone.Open(ctx); err != nil {
		t.Fatal(err)
	}
	say(protocol.Claim{})
	shown := next(desktop, func(m protocol.Message) bool { p, ok := m.(protocol.Progress); return ok && p.Code != "" })
	say(protocol.ChooseCode{Code: shown.(protocol.Progress).Code})
	next(phone, func(m protocol.Message) bool {
		p, ok := m.(protocol.Progress)
		return ok && p.State == protocol.StatePaired
	})
	say(protocol.ChooseDocument{Document: "passport"})
	say(protocol.Start{})
	for i, step := range []string{"document-front", "selfie"} {
		frame := protocol.Frame{Kind: protocol.Still, Step: step, Seq: uint32(i + 1), Manual: true, CapturedAt: time.Now(),
			Data: pictures[step]}
		if err := phone.SendStill(ctx, frame, 64<<10, nil); err != nil {
			t.Fatal(err)
		}
		m := next(phone, func(m protocol.Message) bool { r, ok := m.(protocol.StillResult); return ok && r.Seq == frame.Seq })
		if r := m.(protocol.StillResult); !r.Accepted {
			t.Fatalf("%s: %+v", step, r)
		}
	}
}

// drawnPassport are the pictures of a drawn passport and of its holder.
func drawnPassport(t *testing.T, a *specimen.Assets) (*specimen.Document, map[string][]byte) {
	t.Helper()
	d, err := specimen.Draw("passport", 7, 0, a)
	if err != nil {
		t.Fatal(err)
	}
	pictures := map[string][]byte{}
	for step, view := range map[string]specimen.View{"document-front": specimen.Front, "selfie": specimen.Face} {
		shot, err := specimen.NewShot(specimen.ShotRequest{View: view, Seed: 7, Width: 1920, Height: 1080}, d, a)
		if err != nil {
			t.Fatal(err)
		}
		if pictures[step], err = specimen.EncodeJPEG(shot.At(0), 88); err != nil {
			t.Fatal(err)
		}
	}
	return d, pictures
}

// A drawn passport goes from the login to the certificate through the program's
// own workers and models, and openssl agrees on what comes out.
func TestAJourneyThroughTheWholeProgram(t *testing.T) {
	models := wantModels(t)
	assets, err := specimen.LoadAssets(specimen.Paths{})
	if err != nil || assets.PortraitDrawn {
		testkit.Lacking(t, testkit.RequireSpecimen, "the portrait of the drawings is missing; scripts/setup.sh fetches it")
	}
	document, pictures := drawnPassport(t, assets)
	spans := collectSpans(t)
	p := startProgram(t, models, t.TempDir(), "--trace-url="+spans.url, "--trace-frames=1")
	maeva, reviewer := p.visitor("maeva"), p.visitor("reviewer-1")
	e := maeva.enrolment("POST", "", map[string]string{"language": "fr"})
	person := document.Person
	maeva.enrolment("POST", "/"+e.ID+"/correct", map[string]string{
		"surname": "Specimen", "givenNames": strings.Join(person.GivenNames, " "), "birthDate": person.Birth.Format(time.DateOnly),
		"mobile": "+33639980012", "email": "maeva.specimen@example.org",
	})
	maeva.enrolment("POST", "/"+e.ID+"/consent", e.agree())
	maeva.capture(e.ID, pictures)
	maeva.await(e.ID, "review")
	backup := filepath.Join(t.TempDir(), "backup") // while the program runs
	p.command("backup", backup, "--data="+p.data)
	maeva.finish(reviewer, e.ID, person)
	p.checkWithOpenSSL(maeva, maeva.enrolment("GET", "/"+e.ID, nil).Certificate.ID)
	p.command("evidence", "verify", "--data="+p.data, e.ID)
	spans.checkJourney(t)
	for _, secret := range []string{"specimen", person.Number, "maeva", "39980012", "example.org"} {
		if strings.Contains(strings.ToLower(p.log.String()), strings.ToLower(secret)) {
			t.Errorf("%q stands in the log", secret)
		}
	}
	for _, secret := range []string{"specimen", person.Number, "maeva", "39980012", "example.org", e.ID} {
		if strings.Contains(strings.ToLower(spans.text()), strings.ToLower(secret)) {
			t.Errorf("%q stands in a span", secret)
		}
	}

	again := startProgram(t, models, p.restored(backup))
	maeva, reviewer = again.visitor("maeva"), again.visitor("reviewer-1")
	maeva.await(e.ID, "review") // as it was
	maeva.finish(reviewer, e.ID, person)
	again.command("evidence", "verify", "--data="+again.data)
}

// restored is an empty folder into which a backup was restored.
func (p *program) restored(backup string) (data string) {
	data = filepath.Join(p.t.TempDir(), "data")
	p.command("restore", backup, "--verify", "--data="+data)
	return data
}

// command runs a command of the program, which has to succeed.
func (p *program) command(args ...string) {
	p.t.Helper()
	out := &bytes.Buffer{}
	env := environment{getenv: func(string) string { return "" }, stdout: out, stderr: out}
	if err := run(p.t.Context(), args, env); err != nil {
		p.t.Fatalf("%s: %v\n%s", args[0], err, out)
	}
}

// finish goes from the review to the certificate.
func (v *visitor) finish(reviewer *visitor, id string, person specimen.Person) {
	t := v.t
	t.Helper()
	var file struct {
		Drawn struct {
			Checks []struct {
				Name  string
				OK    bool
				Value any
			}
			Doubts    []string
			Checklist []struct{ ID string }
		}
	}
	if err := json.Unmarshal(reviewer.call("POST", "/api/review/draw", nil), &file); err != nil {
		t.Fatal(err)
	}
	for _, c := range file.Drawn.Checks {
		if !c.OK {
			t.Errorf("check %s: %v", c.Name, c.Value)
		}
	}
	if len(file.Drawn.Doubts) > 0 {
		t.Errorf("doubts about a good passport: %v", file.Drawn.Doubts)
	}
	points := map[string]bool{}
	for _, q := range file.Drawn.Checklist {
		points[q.ID] = true
	}
	reviewer.call("POST", "/api/review/"+id+"/decide", map[string]any{"verdict": "accept", "checklist": points})
	e := v.await(id, "to-confirm")
	if e.Extracted["surname"] != "Specimen" || e.Extracted["birthDate"] != person.Birth.Format(time.DateOnly) {
		t.Errorf("extracted %v", e.Extracted)
	}
	e = v.enrolment("POST", "/"+id+"/confirm", nil)
	v.enrolment("POST", "/"+id+"/request", e.agree())
	v.await(id, "issued")
}

// checkWithOpenSSL lets openssl check a certificate against the authority's list,
// before and after it is revoked.
func (p *program) checkWithOpenSSL(v *visitor, id string) {
	t := p.t
	t.Helper()
	dir := t.TempDir()
	save := func(name string, body []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, body, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	get := func(path string) []byte {
		t.Helper()
		res, err := http.Get(p.plain + path)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != http.StatusOK {
			t.Fatalf("%s: %d %v", path, res.StatusCode, err)
		}
		return body
	}
	openssl := func(args ...string) (string, error) {
		out, err := exec.CommandContext(t.Context(), "openssl", args...).CombinedOutput()
		return string(out), err
	}
	asPEM := func(what, name string, der []byte) string {
		from, to := save(name+".der", der), filepath.Join(dir, name+".pem")
		if out, err := openssl(what, "-inform", "DER", "-in", from, "-out", to); err != nil {
			t.Fatalf("openssl %s: %s", what, out)
		}
		return to
	}
	root, issuing := asPEM("x509", "root", get("/test-ca/root.cer")), asPEM("x509", "issuing", get("/test-ca/issuing.cer"))
	cert := save("cert.pem", v.call("GET", "/api/certificates/"+id+"/pem", nil))
	verify := func() (string, error) {
		lists := ""
		for _, name := range []string{"root", "issuing"} {
			list, err := os.ReadFile(asPEM("crl", name+"-list", get("/test-ca/"+name+".crl")))
			if err != nil {
				t.Fatal(err)
			}
			lists += string(list)
		}
		return openssl("verify", "-crl_check_all", "-CRLfile", save("lists.pem", []byte(lists)), "-CAfile", root,
			"-untrusted", issuing, cert)
	}
	if out, err := verify(); err != nil {
		t.Errorf("openssl verify: %s", out)
	}
	v.call("POST", "/api/certificates/"+id+"/revoke", map[string]string{"reason": "superseded"})
	if out, err := verify(); err == nil || !strings.Contains(out, "revoked") {
		t.Errorf("openssl verify after the revocation: %s", fmt.Sprint(out, err))
	}
}
