package provider

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"visavis/certificate"
	"visavis/certificate/provider/wiretest"
	"visavis/document"
)

const openAPI = "../../docs/provider.openapi.yaml"

// answering is a provider without a network.
type answering func(*http.Request) (*http.Response, error)

func (a answering) RoundTrip(r *http.Request) (*http.Response, error) { return a(r) }

// clientOf is a client whose calls go to a handler.
func clientOf(t *testing.T, h http.Handler) *Client {
	t.Helper()
	c := must(New(Config{Name: "Prestataire EXEMPLE", URL: "https://api.provider.example/v1", KeyID: "us",
		Secret: bytes.Repeat([]byte("r"), 32), Attempts: 1}))
	c.http.Transport = answering(func(r *http.Request) (*http.Response, error) {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Result(), nil
	})
	return c
}

func orderOf() certificate.Request {
	return certificate.Request{
		Enrolment: "e-1", Reference: "ABC234", Email: "maeva@specimen.fr", Mobile: "+33600000000", Language: "fr",
		BirthDate: "1990-07-13", BirthSurname: "Specimen", Document: certificate.Document{Type: string(document.Passport)},
		Subject: certificate.Subject{GivenNames: "Maéva Louise", Surname: "Exemple", Country: "FR"},
		Agreements: []certificate.Agreement{{Kind: "subscription", Version: "1", TextHash: "9f86", Language: "fr", Yes: true,
			At: time.Now()}},
		Proofing: certificate.Proofing{Method: "remote", At: time.Now(), Evidence: strings.Repeat("a", 64)},
	}
}

// calls are all calls of a client, by their operation in the file.
var calls = map[string]func(context.Context, *Client) error{
	"POST /requests": func(ctx context.Context, c *Client) error { _, err := c.Request(ctx, orderOf()); return err },
	"GET /requests/{enrolment}": func(ctx context.Context, c *Client) error {
		_, err := c.Status(ctx, "e-1")
		return err
	},
	"GET /requests/{enrolment}/certificate": func(ctx context.Context, c *Client) error {
		_, err := c.Certificate(ctx, "e-1")
		return err
	},
	"POST /requests/{enrolment}/revocation": func(ctx context.Context, c *Client) error {
		_, err := c.Revoke(ctx, "e-1", certificate.ReasonKey)
		return err
	},
	"PUT /requests/{enrolment}/file": func(ctx context.Context, c *Client) error {
		_, err := c.Offer(ctx, "e-1", certificate.File{Size: 5, SHA256: strings.Repeat("a", 64)})
		return err
	},
	"PUT /requests/{enrolment}/file/{offset}": func(ctx context.Context, c *Client) error {
		_, err := c.Send(ctx, "e-1", 2, []byte{0xff, 0, 1})
		return err
	},
}

func TestEveryCallIsInTheFileAndBack(t *testing.T) {
	n := reflect.TypeFor[certificate.Issuer]().NumMethod() - 1 // About asks nobody
	if n += reflect.TypeFor[certificate.FileTaker]().NumMethod(); n != len(calls) {
		t.Errorf("%d calls of an issuer that takes files, the test makes %d", n, len(calls))
	}
	f := wiretest.Open(t, openAPI)
	c := clientOf(t, f.Handler(t, "/v1", "", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/certificate") {
			w.Header().Set("Content-Type", "application/pem-certificate-chain")
			_, _ = io.WriteString(w, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
			return
		}
		w.Header().Set("Content-Type", "application/json")
		if strings.Contains(r.URL.Path, "/file") {
			_, _ = io.WriteString(w, `{"enrolment":"e-1","size":5,"sha256":"`+strings.Repeat("a", 64)+
				`","received":5,"status":"checking"}`)
			return
		}
		_, _ = io.WriteString(w, `{"enrolment":"e-1","status":"pending"}`)
	})))
	for name, call := range calls {
		if err := call(t.Context(), c); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	var described []string
	for _, o := range f.Operations() {
		if !o.Webhook {
			described = append(described, o.Name())
		}
	}
	slices.Sort(described)
	if seen := f.Seen(); !slices.Equal(seen, described) {
		t.Errorf("made %v, the file has %v", seen, described)
	}
}

func TestEveryStatusDoesWhatTheFileSays(t *testing.T) {
	f := wiretest.Open(t, openAPI)
	for _, o := range f.Operations() {
		if o.Webhook {
			continue
		}
		for status := 300; status < 600; status++ {
			c := clientOf(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
			want := f.Response(o, status)["x-visavis"]
			if got := doneOn(calls[o.Name()](t.Context(), c)); got != want {
				t.Errorf("%s answered %d: %s, the file says %v", o.Name(), status, got, want)
			}
		}
		for status := range f.Responses(o) { // 200 is TestEveryCallIsInTheFileAndBack's
			if !regexp.MustCompile("^(200|[3-5]XX|[3-5][0-9][0-9])$").MatchString(status) {
				t.Errorf("%s: %s is no status that the test gives", o.Name(), status)
			}
		}
	}
}

// doneOn says in the file's words what an error leads to.
func doneOn(err error) string {
	var final *StatusError
	_, again := certificate.Temporary(err)
	switch {
	case err == nil:
		return "taken"
	case errors.Is(err, certificate.ErrUnknown):
		return "unknown"
	case errors.Is(err, certificate.ErrOther):
		return "other"
	case errors.Is(err, certificate.ErrPiece):
		return "piece"
	case errors.Is(err, certificate.ErrNotIssued):
		return "not-issued"
	case again:
		return "again"
	case errors.As(err, &final):
		return "operator"
	}
	return err.Error()
}

func TestEveryFieldIsInTheFileAndBack(t *testing.T) {
	f := wiretest.Open(t, openAPI)
	for name, of := range map[string]reflect.Type{
		"Request": reflect.TypeFor[certificate.Request](), "Subject": reflect.TypeFor[certificate.Subject](),
		"Document": reflect.TypeFor[certificate.Document](), "Agreement": reflect.TypeFor[certificate.Agreement](),
		"Proofing": reflect.TypeFor[certificate.Proofing](), "Status": reflect.TypeFor[status](),
		"File": reflect.TypeFor[offer](), "FileStatus": reflect.TypeFor[fileStatus](),
		"Links": reflect.TypeFor[certificate.Links](), "Refusal": reflect.TypeFor[certificate.Refusal](), "Revocation": reflect.TypeFor[certificate.Revocation](),
	} {
		var fields, always []string
		for f := range of.Fields() {
			field, option, _ := strings.Cut(f.Tag.Get("json"), ",")
			if name == "Request" && field == "csr" {
				continue // for issuers that want our key: About says that this one does not
			}
			if fields = append(fields, field); option == "" {
				always = append(always, field)
			}
		}
		slices.Sort(fields)
		if have := f.Keys("#/components/schemas/" + name + "/properties"); !slices.Equal(have, fields) {
			t.Errorf("%s has the fields %v, in the file %v", name, fields, have)
		}
		if name == "Status" || name == "FileStatus" {
			continue // read, not sent: what it needs is in TestWhatTheFileRefusesIsNotRead
		}
		for _, field := range always {
			if !slices.Contains(required(f, name), field) {
				t.Errorf("%s.%s is always there, and not required in the file", name, field)
			}
		}
		for _, field := range required(f, name) {
			if !slices.Contains(always, field) {
				t.Errorf("%s.%s is required in the file, and may be left out", name, field)
			}
		}
	}
	if (&Client{}).About().WantsKey {
		t.Error("the connector sends a key, which the file does not have")
	}
	for pointer, want := range map[string][]string{
		"RevocationRequest/properties/reason/enum": texts(certificate.Reasons()),
		"Status/properties/status/enum": texts([]certificate.Progress{certificate.Pending, certificate.ProgressIssued,
			certificate.ProgressRefused, certificate.ProgressRevoked}),
		"FileStatus/properties/status/enum": texts([]certificate.FileStatus{certificate.FileReceiving,
			certificate.FileChecking, certificate.FileAcknowledged, certificate.FileRefused}),
		"Document/properties/type/enum":       texts(document.Chosen()),
		"Request/properties/scope/items/enum": texts(certificate.Scopes()),
		"Proofing/properties/level/enum":      {certificate.LevelBaseline, certificate.LevelExtended},
	} {
		if have := values(f.At("#/components/schemas/" + pointer)); !slices.Equal(have, want) {
			t.Errorf("%s: %v, want %v", pointer, have, want)
		}
	}
	for pointer, want := range map[string]int{"Refusal/properties/code": maxCode, "Refusal/properties/words": maxWords,
		"FileStatus/properties/reference": maxReference} {
		schema, _ := f.At("#/components/schemas/" + pointer).(map[string]any)
		if fmt.Sprint(schema["maxLength"]) != strconv.Itoa(want) {
			t.Errorf("%s: at most %v, want %d", pointer, schema["maxLength"], want)
		}
	}
}

func required(f *wiretest.File, schema string) []string {
	return values(f.At("#/components/schemas/" + schema + "/required"))
}

func values(v any) (out []string) {
	list, _ := v.([]any)
	for _, item := range list {
		out = append(out, fmt.Sprint(item))
	}
	return out
}

func texts[T ~string](list []T) (out []string) {
	for _, item := range list {
		out = append(out, string(item))
	}
	return out
}

func TestExamplesValidate(t *testing.T) {
	f := wiretest.Open(t, openAPI)
	if n := f.Examples(t); n < 9 {
		t.Errorf("%d examples, want the nine kinds of bodies at least", n)
	}
	page := must(os.ReadFile("../../docs/provider.md"))
	for _, m := range example.FindAllStringSubmatch(string(page), -1) {
		if err := f.Validate(strings.ToUpper(m[1][:1])+m[1][1:], []byte(m[2])); err != nil {
			t.Errorf("docs/provider.md: %s: %v", m[2], err)
		}
	}
	if err := f.Validate("Request", must(json.Marshal(orderOf()))); err != nil {
		t.Error(err)
	}
}

func TestWhatTheFileRefusesIsNotRead(t *testing.T) {
	f := wiretest.Open(t, openAPI)
	for _, body := range []string{
		`{"status":"pending"}`, `{"enrolment":"e-1"}`, `{"enrolment":"e-1","status":"finished"}`,
		`{"enrolment":"e-1","status":5}`, `{"enrolment":"e-1","status":"refused"}`,
		`{"enrolment":"e-1","status":"refused","refusal":{"code":""}}`,
		`{"enrolment":"e-1","status":"refused","refusal":{"code":"` + strings.Repeat("x", maxCode+1) + `"}}`,
		`{"enrolment":"e-1","status":"revoked"}`,
		`{"enrolment":"e-1","status":"revoked","revocation":{"reason":"superseded"}}`,
		`{"enrolment":"e-1","status":"issued","links":{"activation":"http://provider.example/"}}`,
		`{"enrolment":"e-1","status":"issued","links":{"credential":"javascript:alert(1)"}}`,
		`{"enrolment":"e-1","status":"issued","links":{"credential":"https://provider.example@evil.example/"}}`,
		`{"enrolment":"e-1","status":"issued","links":{"credential":"https://` + strings.Repeat("x", maxLink) + `"}}`,
	} {
		if err := f.Validate("Status", []byte(body)); err == nil {
			t.Errorf("the file takes %s", body)
		}
		if _, err := readStatus([]byte(body), "e-1"); err == nil {
			t.Errorf("the connector takes %s", body)
		}
	}
	file := func(more string) string {
		return `{"enrolment":"e-1","size":5,"sha256":"` + strings.Repeat("a", 64) + `",` + more + `}`
	}
	for _, body := range []string{
		`"status":"receiving"}`, file(`"received":5,"status":"finished"`), file(`"received":-1,"status":"receiving"`),
		file(`"received":5,"status":"refused"`), file(`"received":5,"status":"refused","refusal":{"code":""}`),
		file(`"received":5,"status":"acknowledged","reference":"` + strings.Repeat("x", maxReference+1) + `"`),
	} {
		if err := f.Validate("FileStatus", []byte(body)); err == nil {
			t.Errorf("the file takes %s", body)
		}
		if _, err := readFileStatus([]byte(body), "e-1"); err == nil {
			t.Errorf("the connector takes %s", body)
		}
	}
	for _, more := range []string{`"received":6,"status":"receiving"`, `"received":4,"status":"acknowledged"`} {
		body := file(more)
		if _, err := readFileStatus([]byte(body), "e-1"); err == nil {
			t.Errorf("the connector takes %s, which no schema can refuse", body)
		}
	}
	if _, err := readFileStatus([]byte(file(`"received":5,"status":"checking"`)), "e-2"); err == nil {
		t.Error("the file of another enrolment")
	}
}

func TestARefusalsWordsAreForAPage(t *testing.T) {
	for words, want := range map[string]string{
		"Le nom n’est pas connu\u202f: écrivez-nous.": "Le nom n’est pas connu\u202f: écrivez-nous.",
		" two\r\nlines\tand\x00 \u202emore ":          "two  lines and more",
		"":                                            "",
		strings.Repeat("é", maxWords):                 strings.Repeat("é", maxWords),
		strings.Repeat("é", maxWords+1):               strings.Repeat("é", maxWords-1) + "…",
	} {
		body := must(json.Marshal(map[string]any{"enrolment": "e-1", "status": "refused",
			"refusal": map[string]string{"code": "x", "words": words}}))
		a, err := readStatus(body, "e-1")
		if err != nil || a.Refusal.Words != want || !utf8.ValidString(a.Refusal.Words) {
			t.Errorf("%.40q: %.40q (%v), want %.40q", words, a.Refusal.Words, err, want)
		}
	}
}

var statusNames = regexp.MustCompile(`http\.Status(\w+)`)

func TestTheWebhooksAnswersAreInTheFileAndBack(t *testing.T) {
	f := wiretest.Open(t, openAPI)
	var hook wiretest.Operation
	for _, o := range f.Operations() {
		if o.Webhook {
			hook = o
		}
	}
	if hook.Name() != "POST request.changed" {
		t.Fatalf("the file's webhook is %q", hook.Name())
	}
	source := map[string]bool{}
	for _, m := range statusNames.FindAllStringSubmatch(string(must(os.ReadFile("webhook.go"))), -1) {
		source[m[1]] = true
	}
	file := map[string]bool{}
	for status := range f.Responses(hook) {
		file[strings.ReplaceAll(http.StatusText(must(strconv.Atoi(status))), " ", "")] = true
	}
	if !maps.Equal(source, file) {
		t.Errorf("webhook.go answers %v, the file has %v", source, file)
	}
	if have := f.Keys("#/components/schemas/Changed/properties"); !slices.Equal(have, []string{"enrolment", "type"}) ||
		!slices.Equal(required(f, "Changed"), []string{reflect.TypeFor[event]().Field(0).Tag.Get("json")}) {
		t.Errorf("the webhook's fields in the file: %v", have)
	}
}

func TestTheServersWebhookIsWhereTheFileSays(t *testing.T) {
	routes := must(os.ReadFile("../../server/enrolments/plane.go"))
	for _, o := range wiretest.Open(t, openAPI).Operations() {
		route := strconv.Quote(o.Extension("x-path"))
		if o.Webhook && !bytes.Contains(routes, []byte("r.Handle("+route+", ")) {
			t.Errorf("the server has no route %s", route)
		}
	}
}
