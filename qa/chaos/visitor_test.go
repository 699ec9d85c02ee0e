//go:build chaos

package chaos

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"testing"
	"time"
)

// visitor is a person's browser. Every call may fail: the server may be gone.
type visitor struct {
	url  string
	http *http.Client
	who  string
}

func newVisitor(t *testing.T, url, account string) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &visitor{
		url,
		&http.Client{
			Jar:       jar,
			Timeout:   15 * time.Second,
			Transport: &http.Transport{TLSClientConfig: anyCertificate(), DisableKeepAlives: true},
		},
		account,
	}
}

// statusError is an answer that is not 200.
type statusError struct {
	code int
	body string
}

func (e *statusError) Error() string { return fmt.Sprintf("%d %s", e.code, tailOf(e.body, 200)) }

func (v *visitor) call(method, path string, body, into any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequest(method, v.url+path, bytes.NewReader(raw))
	if err != nil {
		return err
	}
	res, err := v.http.Do(req)
	if err != nil {
		return err
	}
	answer := readAll(res)
	if res.StatusCode != http.StatusOK {
		return &statusError{res.StatusCode, string(answer)}
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(answer, into)
}

func (v *visitor) login() error {
	return v.call("POST", "/api/login/demo", map[string]string{"account": v.who}, nil)
}
