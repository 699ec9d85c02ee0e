// Command example is a site that has its members verified; SSL_CERT_FILE is the local root of a demonstration.
//
//	VISAVIS_URL=https://localhost:8443 VISAVIS_KEY=vv_test_… SSL_CERT_FILE=root.pem go run .
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	webhook "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

var (
	visavisURL, port = env("VISAVIS_URL", "https://localhost:8443"), env("PORT", "3000")
	home             = "http://localhost:" + port
	checker          *webhook.Webhook // of the endpoint's secret, which a real site keeps with its others

	mu     sync.Mutex // guards member: a row of a database in a real site
	member = struct{ Name, Status, Verification string }{"Membre 7", "unverified", ""}
)

func env(name, other string) string {
	if v := os.Getenv(name); v != "" {
		return v
	}
	return other
}

// visavis calls the API; the error has the problem's code.
func visavis(method, path string, body, into any, header ...string) error {
	raw, _ := json.Marshal(body) // plain values
	req, err := http.NewRequest(method, visavisURL+path, bytes.NewReader(raw))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+os.Getenv("VISAVIS_KEY"))
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode >= 300 {
		var problem struct{ Code, Detail string }
		_ = json.NewDecoder(res.Body).Decode(&problem)
		return fmt.Errorf("%s %s: %s: %s", method, path, problem.Code, problem.Detail)
	}
	return json.NewDecoder(res.Body).Decode(into)
}

// refresh reads the truth with the key; an event or a browser is a reason to.
func refresh(id string) error {
	mu.Lock()
	defer mu.Unlock()
	if id == "" || id != member.Verification {
		return nil
	}
	var v struct{ Status, Reason string }
	if err := visavis("GET", "/v1/verifications/"+id, nil, &v); err != nil {
		return err
	}
	member.Status = strings.TrimSpace(v.Status + " " + v.Reason)
	if v.Status != "verified" {
		return nil
	}
	var data struct {
		GivenNames string `json:"given_names"`
		Surname    string
	}
	err := visavis("GET", "/v1/verifications/"+id+"/data", nil, &data) // wants the scope "personal"
	member.Name = data.GivenNames + " " + data.Surname
	return err
}

var page = template.Must(template.New("").Parse(`<!doctype html><html lang="fr"><meta charset="utf-8"><title>Exemple</title>
<h1>Mon compte</h1><p id="name">{{.Name}}</p><p id="status">{{.Status}}</p>
<form method="post" action="/verify"><button>Vérifier mon identité</button></form></html>`))

// verify begins a verification: the member is logged in here, and sends this form.
func verify(w http.ResponseWriter, r *http.Request) error {
	var v struct{ ID, URL string }
	declared := map[string]string{"surname": "Specimen", "given_names": "Maéva Claire", "mobile": "+33639980012",
		"email": "maeva.specimen@example.org"}
	err := visavis("POST", "/v1/verifications", map[string]any{
		"purpose": env("PURPOSE", "identity"), "reference": "member-7", "return_url": home + "/back", "language": "fr", "declared": declared,
	}, &v, "Idempotency-Key", fmt.Sprint("member-7-", time.Now().UnixNano()))
	if err == nil {
		mu.Lock()
		member.Verification = v.ID
		mu.Unlock()
		http.Redirect(w, r, v.URL, http.StatusSeeOther)
	}
	return err
}

// hook takes the events.
func hook(w http.ResponseWriter, r *http.Request) error {
	var event struct{ Data struct{ Verification string } }
	body, err := io.ReadAll(io.LimitReader(r.Body, 64<<10))
	if err != nil || checker.Verify(body, r.Header) != nil || json.Unmarshal(body, &event) != nil {
		w.WriteHeader(http.StatusUnauthorized)
		return nil
	}
	w.WriteHeader(http.StatusNoContent)
	return refresh(event.Data.Verification)
}
func show(w http.ResponseWriter, r *http.Request) error {
	err := refresh(r.URL.Query().Get("verification"))
	mu.Lock()
	defer mu.Unlock()
	return errors.Join(err, page.Execute(w, member))
}

func main() {
	type handler func(http.ResponseWriter, *http.Request) error
	for pattern, do := range map[string]handler{"GET /{$}": show, "GET /back": show, "POST /verify": verify,
		"POST /hook": hook} {
		http.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			if err := do(w, r); err != nil {
				log.Print(err)
			}
		})
	}
	var e struct{ Secret string }
	l, err := net.Listen("tcp", "127.0.0.1:"+port) // taken before it is registered, served once the secret is there
	if err == nil {
		err = visavis("POST", "/v1/endpoints", map[string]string{"url": "http://" + l.Addr().String() + "/hook"}, &e)
	}
	if err == nil {
		checker, err = webhook.NewWebhook(e.Secret)
	}
	if err == nil {
		fmt.Println("open", home)
		err = http.Serve(l, nil)
	}
	log.Fatal(err)
}
