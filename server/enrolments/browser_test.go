package enrolments_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"testing"
	"time"

	"visavis/enrolment"
)

// browser is one person's.
type browser struct {
	t       *testing.T
	in      *instance
	http    *http.Client
	cookies []*http.Cookie
}

func (in *instance) browser(t *testing.T, account string) *browser {
	t.Helper()
	b := &browser{t: t, in: in, http: in.Client()}
	b.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if account != "" {
		b.want(http.StatusOK, "POST", "/api/login/demo", map[string]string{"account": account}, nil)
	}
	return b
}

// at is the same browser at another instance.
func (b *browser) at(in *instance) *browser {
	other := *b
	other.in, other.http = in, in.Client()
	return &other
}

func (b *browser) do(method, path string, body any) (status int, header http.Header, answer []byte) {
	b.t.Helper()
	var content io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		must(b.t, err)
		content = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(b.t.Context(), method, b.in.URL+path, content)
	must(b.t, err)
	for _, c := range b.cookies {
		req.AddCookie(c)
	}
	res, err := b.http.Do(req)
	must(b.t, err)
	defer res.Body.Close()
	for _, c := range res.Cookies() {
		b.cookies = slices.DeleteFunc(b.cookies, func(old *http.Cookie) bool { return old.Name == c.Name })
		b.cookies = append(b.cookies, c)
	}
	answer, err = io.ReadAll(res.Body)
	must(b.t, err)
	return res.StatusCode, res.Header, answer
}

// want fails unless the answer has the status, and decodes it.
func (b *browser) want(status int, method, path string, body, into any) {
	b.t.Helper()
	got, _, answer := b.do(method, path, body)
	if got != status {
		b.t.Fatalf("%s %s: %d %s, want %d", method, path, got, answer, status)
	}
	if into != nil {
		must(b.t, json.Unmarshal(answer, into))
	}
}

// view is what of an enrolment the tests look at.
type view struct {
	ID        string
	Reference string
	State     enrolment.State
	Allowed   []enrolment.Action
	Document  string
	Missing   []string
	Taken     []string
	Again     *enrolment.Again
	Declared  enrolment.Declaration
	Extracted *enrolment.Extracted
	Pictures  []struct{ URL string }
	Attempts  struct {
		Left int
		Next time.Time
	}
	Failure *struct{ Reason string }
	Wait    *struct{ From, To, Queue int }
	Refusal *struct {
		Reason      string
		Words       string
		Paper       string
		Automatic   bool
		Contestable bool
		Contested   bool
	}
	Texts      []struct{ Kind, Version, Hash, Language string }
	DisownedAt time.Time
	SMS        bool
}

func (b *browser) begin() view {
	b.t.Helper()
	var v view
	b.want(http.StatusOK, "POST", "/api/enrolments", map[string]string{"language": "fr"}, &v)
	return v
}

func (b *browser) see(id string) view {
	b.t.Helper()
	var v view
	b.want(http.StatusOK, "GET", "/api/enrolments/"+id, nil, &v)
	return v
}

// act posts one action of an enrolment.
func (b *browser) act(id, action string, body any) view {
	b.t.Helper()
	var v view
	b.want(http.StatusOK, "POST", "/api/enrolments/"+id+"/"+action, body, &v)
	return v
}

func yes(v view) map[string]any {
	var list []map[string]any
	for _, t := range v.Texts {
		list = append(list, map[string]any{"kind": t.Kind, "version": t.Version, "hash": t.Hash, "language": t.Language,
			"yes": true})
	}
	return map[string]any{"answers": list}
}

// await waits until an enrolment is in a state.
func (b *browser) await(id string, want enrolment.State) view {
	b.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; {
		v := b.see(id)
		if v.State == want {
			return v
		}
		if time.Now().After(deadline) {
			b.t.Fatalf("the enrolment is %s (%+v), want %s", v.State, v.Refusal, want)
		}
		<-time.After(20 * time.Millisecond)
	}
}

func (b *browser) roots() *tls.Config {
	pool := x509.NewCertPool()
	pool.AddCert(b.in.Certificate())
	return &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
}

// consented is an enrolment whose capture may begin.
func (b *browser) consented() view {
	b.t.Helper()
	v := b.begin()
	return b.act(v.ID, "consent", yes(v))
}

// captured is an enrolment whose passport was captured.
func (b *browser) captured() view {
	b.t.Helper()
	v := b.consented()
	p := b.pair(v.ID, nil)
	p.choose("passport")
	p.take(passportSteps...)
	return b.see(v.ID)
}

// photographs agrees to the capture of an enrolment and sends the pictures of a passport.
func (b *browser) photographs(id string) {
	b.t.Helper()
	b.act(id, "consent", yes(b.see(id)))
	p := b.pair(id, nil)
	p.choose("passport")
	p.take(passportSteps...)
}

// drawn is the file that a reviewer was given.
type drawn struct {
	Drawn *struct {
		ID       string
		Round    any
		Blind    bool
		Readings []struct {
			Field, Declared, MRZ, Class string
			Differs                     bool
		}
		Checks []struct {
			Name, Words string
			OK          bool
		}
		Items     []struct{ Step, URL string }
		Checklist []struct{ ID, Words string }
		Doubts    []string
		Previous  []struct{ Verdict string }
	}
}

func (b *browser) draw() drawn {
	b.t.Helper()
	var d drawn
	b.want(http.StatusOK, "POST", "/api/review/draw", struct{}{}, &d)
	return d
}

// points are the answers to the checklist of the file in the reviewer's hands.
func (b *browser) points() map[string]bool {
	b.t.Helper()
	out := map[string]bool{}
	if held := b.draw().Drawn; held != nil {
		for _, q := range held.Checklist {
			out[q.ID] = true
		}
	}
	return out
}

// decide decides on the file in the reviewer's hands, with its whole checklist
// unless the decision brings another.
func (b *browser) decide(id string, decision map[string]any) string {
	b.t.Helper()
	if decision["checklist"] == nil {
		decision["checklist"] = b.points()
	}
	var out struct{ Outcome string }
	b.want(http.StatusOK, "POST", "/api/review/"+id+"/decide", decision, &out)
	return out.Outcome
}

// jpeg fails unless a picture is there.
func (b *browser) jpeg(path string) {
	b.t.Helper()
	if status, header, body := b.do("GET", path, nil); status != http.StatusOK ||
		header.Get("Content-Type") != "image/jpeg" || len(body) < 500 {
		b.t.Errorf("%s: %d, %d bytes", path, status, len(body))
	}
}
