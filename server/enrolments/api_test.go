package enrolments_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"visavis/server/api"
	"visavis/sites"
	"visavis/sites/registry"
	"visavis/words"
)

func TestKeysOpenWhatIsTheirs(t *testing.T) {
	p := sqlitePlace(t)
	p.calls = 40
	in := p.start(t, "one")
	h, other := in.host(t), in.host(t)
	v := h.create(sites.Identity)
	at := "/v1/verifications/" + v.ID
	for _, call := range [][2]string{{"GET", at}, {"POST", at + "/cancel"}, {"POST", at + "/redact"},
		{"POST", at + "/link"}, {"GET", at + "/data"}, {"GET", at + "/evidence"}} {
		other.refused(http.StatusNotFound, "not_found", call[0], call[1], nil)
	}
	var events api.EventPage
	other.want(http.StatusOK, "GET", "/v1/events", nil, &events)
	if len(events.Data) != 0 {
		t.Errorf("another site's events: %+v", events)
	}
	reads := h.with(sites.Read)
	reads.want(http.StatusOK, "GET", at, nil, nil)
	for _, call := range [][2]string{{"POST", at + "/cancel"}, {"GET", at + "/data"}, {"GET", at + "/pictures"},
		{"POST", at + "/redact"}} {
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

func TestCallsWithAKeyAreCountedByTheKeyAlone(t *testing.T) {
	p := sqlitePlace(t)
	p.messages = 30
	in := p.start(t, "one")
	h := in.host(t)
	for range 100 {
		h.want(http.StatusOK, "GET", "/v1/site", nil, nil)
	}
	none := *h
	none.key = ""
	for range 31 {
		res, body := none.do("GET", "/v1/site", nil, nil)
		if res.Header.Get("RateLimit-Policy") != "" {
			continue
		}
		var refused api.Problem // by the network's limit, before anybody looked for a key
		if err := json.Unmarshal(body, &refused); err != nil || res.StatusCode != http.StatusTooManyRequests ||
			res.Header.Get("Content-Type") != "application/problem+json" || res.Header.Get("Retry-After") == "" ||
			refused.Code != "rate_limited" || refused.Status != res.StatusCode || refused.Detail == "" ||
			refused.Type != "urn:visavis:problem:rate_limited" || refused.RequestID != res.Header.Get("X-Request-Id") {
			t.Errorf("%d %v %s", res.StatusCode, res.Header, body)
		}
		return
	}
	t.Error("nothing bounds the calls of a network without a key")
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
			if wait, err := strconv.Atoi(res.Header.Get("Retry-After")); err != nil || wait < 1 || wait > 60 ||
				!strings.HasPrefix(res.Header.Get("RateLimit"), fmt.Sprintf("%q;r=0;t=", policy)) {
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
	if first.StatusCode != http.StatusCreated || first.Header.Get("Location") != "/v1/verifications/"+v.ID ||
		first.Header.Get("Idempotency-Replayed") != "false" {
		t.Fatalf("created: %d %v %s", first.StatusCode, first.Header, answer)
	}
	res, answer := h.do("POST", "/v1/verifications", body, once)
	must(t, json.Unmarshal(answer, &again))
	if res.StatusCode != http.StatusCreated || again.ID != v.ID || again.URL != v.URL ||
		res.Header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("the same again: %d %s", res.StatusCode, answer)
	}
	if res, answer := h.do("POST", "/v1/verifications", map[string]any{"purpose": "certificate"},
		once); res.StatusCode != 422 || !strings.Contains(string(answer), "idempotency_mismatch") {
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
		"given_names": "A", "surname": "X1", "birth_date": "2990-01-01", "email": "a@localhost", "mobile": "+33639980012"}},
		nil)
	var several api.Problem
	must(t, json.Unmarshal(answer, &several))
	at := []string{}
	for _, e := range several.Errors {
		at = append(at, e.Location)
	}
	if want := []string{"body.declared.surname", "body.declared.birth_date",
		"body.declared.email"}; res.StatusCode != 422 || !slices.Equal(at, want) {
		t.Errorf("three values that cannot be: %d %s, want %q", res.StatusCode, answer, want)
	}
	for _, wrong := range []string{"{", `{"purpose":"identity"} {}`, "{\"purpose\":\"identity\",\"reference\":\"\xff\"}",
		"\xff\xfe{\x00}\x00", "\ufeff{}", `{"purpose":"identity","reference":"a\ud800"}`,
		`{"purpose":"identity","metadata":{"\udc00":"a"}}`} {
		h.refused(http.StatusBadRequest, "bad_request", "POST", "/v1/verifications", wrong)
	}
	h.refused(http.StatusRequestEntityTooLarge, "body_too_large", "POST", "/v1/verifications",
		`{"purpose":"identity","reference":"`+strings.Repeat("x", 70<<10)+`"}`)
	res, answer = h.do("POST", "/v1/verifications", map[string]any{"purpose": "identity"},
		http.Header{"Content-Encoding": {"gzip"}})
	var coded api.Problem
	must(t, json.Unmarshal(answer, &coded))
	if res.StatusCode != http.StatusUnsupportedMediaType || coded.Code != "media_type" ||
		!strings.Contains(coded.Detail, "gzip") {
		t.Errorf("a compressed body: %d %s", res.StatusCode, answer)
	}

	seen, _ := h.do("GET", "/v1/verifications/"+v.ID, nil, nil)
	if res, body := h.do("GET", "/v1/verifications/"+v.ID, nil,
		http.Header{"If-None-Match": {seen.Header.Get("ETag")}}); res.StatusCode != http.StatusNotModified || len(body) != 0 {
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
	if _, answer := h.do("GET", "/v1/verifications?cursor=x", nil, nil); !strings.Contains(string(answer),
		`"location":"query.cursor"`) {
		t.Errorf("a wrong cursor: %s", answer)
	}
	h.refused(http.StatusUnprocessableEntity, "invalid_value", "GET", "/v1/verifications?unknown=x", nil)
}

// What most clients log of a refusal is its detail: it says where the fault is, what was wanted, and what to do.
func TestARefusalSaysWhatToDo(t *testing.T) {
	h := sqlitePlace(t).start(t, "one").host(t)
	ended := h.create(sites.Identity)
	h.want(http.StatusOK, "POST", "/v1/verifications/"+ended.ID+"/cancel", nil, nil)
	born := func(day string) map[string]any {
		return map[string]any{"purpose": "identity", "declared": map[string]string{"birth_date": day}}
	}
	for _, c := range []struct {
		method, path string
		body         any
		want         string
	}{
		{"POST", "/v1/verifications", map[string]any{}, "body: expected required property purpose to be present"},
		{"POST", "/v1/verifications", map[string]any{"purpose": "identity", "name": "x", "expires_in": 1e12}, " (and 1 more in errors)"},
		{"POST", "/v1/verifications", map[string]any{"purpose": "identity", "expires_in": 1e12},
			"body.expires_in: expected number <= 2592000"},
		{"POST", "/v1/verifications", map[string]any{"purpose": "identity", "name": "x"},
			"body.name: unknown field; /v1/docs lists those of this call"},
		{"GET", "/v1/verifications?since=1", nil, "query.since: unknown query parameter; /v1/docs lists those of this call"},
		{"POST", "/v1/verifications", born("13/07/1990"), "body.declared.birth_date: expected a date like 1990-07-13 (RFC 3339)"},
		{"POST", "/v1/verifications", born("2999-01-01"),
			"declared.birth_date: want a day of the last 130 years, not after today, like 1990-07-13"},
		{"POST", "/v1/verifications/" + ended.ID + "/link", nil,
			"the verification has ended, and its status is final; create a new one"},
	} {
		_, answer := h.do(c.method, c.path, c.body, nil)
		var p api.Problem
		must(t, json.Unmarshal(answer, &p))
		if !strings.HasSuffix(p.Detail, c.want) {
			t.Errorf("%s %s %v: %q, want %q", c.method, c.path, c.body, p.Detail, c.want)
		}
	}
	_, answer := h.do("POST", "/v1/verifications", map[string]any{"purpose": "identity"},
		http.Header{"Content-Type": {"text/plain"}})
	if want := "body: unknown content type: text/plain; send JSON with the Content-Type application/json"; !strings.Contains(string(answer), want) {
		t.Errorf("%s, want %q", answer, want)
	}
}

// A language is one that the pages have, whether the site has a list or not.
func TestALanguageThatThePagesLackIsRefused(t *testing.T) {
	h := sqlitePlace(t).start(t, "one").host(t)
	for _, tag := range words.Tags() {
		var v api.Verification
		h.want(http.StatusCreated, "POST", "/v1/verifications", map[string]any{"purpose": "identity", "language": tag}, &v)
		if v.Language != tag {
			t.Errorf("%q, want %q", v.Language, tag)
		}
	}
	for tag, want := range map[string]string{"": "", "fr-CA": "fr", "pt_BR": "pt", "DE": "de"} {
		var v api.Verification
		h.want(http.StatusCreated, "POST", "/v1/verifications", map[string]any{"purpose": "identity", "language": tag}, &v)
		if v.Language != want {
			t.Errorf("%q: %q, want %q", tag, v.Language, want)
		}
	}
	for _, tag := range []string{"xx", "de, en", "*", "ja-JP", "../de", "de-CH;q=1", " fr", "français", "\u202efr"} {
		wrong := map[string]any{"purpose": "identity", "language": tag}
		h.refused(http.StatusUnprocessableEntity, "invalid_value", "POST", "/v1/verifications", wrong)
		_, answer := h.do("POST", "/v1/verifications", wrong, nil)
		var p api.Problem
		must(t, json.Unmarshal(answer, &p))
		want := "want one of " + strings.Join(words.Tags(), ", ") + "; leave it out for " + words.Tags()[0]
		if p.Detail != fmt.Sprintf("language: %q, %s", tag, want) || len(p.Errors) != 1 ||
			p.Errors[0].Location != "body.language" || p.Errors[0].Message != want {
			t.Errorf("%q: %s", tag, answer)
		}
	}
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
	begun := time.Now()
	h.want(http.StatusOK, "GET", fmt.Sprintf("/v1/events?wait=1&after=%d", known.Next), nil, &next)
	if waited := time.Since(begun); waited < time.Second || len(next.Data) != 0 || next.Next != known.Next {
		t.Errorf("without an event %+v came after %s", next, waited)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet,
		fmt.Sprintf("%s/v1/events?wait=30&after=%d", in.URL, known.Next), nil)
	must(t, err)
	req.SetBasicAuth(h.key, "")
	done := make(chan error, 1)
	go func() {
		res, err := in.Client().Do(req)
		if err == nil {
			err = errors.Join(json.NewDecoder(res.Body).Decode(&next), res.Body.Close())
		}
		done <- err
	}()
	h.want(http.StatusOK, "POST", "/v1/verifications/"+v.ID+"/cancel", nil, nil)
	select {
	case err := <-done:
		must(t, err)
	case <-time.After(20 * time.Second):
		t.Fatal("the event was not told")
	}
	if len(next.Data) != 1 || next.Data[0].Type != "verification.cancelled" || !next.Data[0].Data.Final {
		t.Errorf("told %+v", next)
	}
}

var update = flag.Bool("update", false, "write the OpenAPI file again")

// The file in the repository is what the server says of itself: scripts/check.sh compares it with that of the last
// release, and clients/ts makes types of it.
func TestTheOpenAPIFileIsTheServersOwn(t *testing.T) {
	h := sqlitePlace(t).start(t, "one").host(t)
	res, answer := h.do("GET", "/v1/openapi.json", nil, nil)
	if res.StatusCode != http.StatusOK {
		t.Fatalf("%d %s", res.StatusCode, answer)
	}
	var served bytes.Buffer
	must(t, json.Indent(&served, answer, "", " "))
	served.WriteByte('\n')
	file := filepath.Join("..", "api", "openapi", "current.json")
	if *update {
		must(t, os.WriteFile(file, served.Bytes(), 0o644))
	}
	kept, err := os.ReadFile(file)
	must(t, err)
	if !bytes.Equal(kept, served.Bytes()) {
		t.Errorf("%s differs from /v1/openapi.json; to write it again:\n"+
			"go test ./server/enrolments -run OpenAPIFile -update", file)
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
	if have, want := doc.Components.Schemas["Verification"].Properties["status"].Enum,
		sites.Statuses(); !slices.Equal(have, want) {
		t.Errorf("statuses %v, want %v", have, want)
	}
	to := doc.Components.Schemas["AdvanceInputBody"].Properties["to"].Enum
	if want := registry.Targets(); !slices.Equal(to, want) {
		t.Errorf("a test may be moved to %v, want %v", to, want)
	}
	res, page := h.do("GET", "/v1/docs", nil, nil)
	if res.StatusCode != http.StatusOK || strings.Contains(string(page), "<script") {
		t.Errorf("docs: %d", res.StatusCode)
	}
	for path := range doc.Paths {
		if !strings.Contains(string(page), "</b> "+path+"</code>") {
			t.Errorf("the page of the API lacks %s", path)
		}
	}
	for name, s := range doc.Components.Schemas {
		for property := range s.Properties {
			if !strings.Contains(string(page), "<dt><code>"+property+"</code>") {
				t.Errorf("the page of the API lacks %s of %s", property, name)
			}
		}
	}
	for _, want := range []string{"60 to 2592000", "list of <a href=\"#object-Verification\">",
		"<code>verification.verified</code>", "<dt><code>idempotency_mismatch</code>", "curl https://", `-d &#39;{&#34;purpose&#34;:&#34;identity&#34;}&#39;`} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the page of the API lacks %q", want)
		}
	}
	for _, to := range regexp.MustCompile(`href="#([^"]+)"`).FindAllStringSubmatch(string(page), -1) {
		if strings.Count(string(page), `id="`+to[1]+`"`) != 1 {
			t.Errorf("a link of the API's page leads to %q, which is not there once", to[1])
		}
	}
}
