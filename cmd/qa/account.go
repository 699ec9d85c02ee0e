package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"visavis/client"
)

// logIn logs in as an account of a demonstration, and lets desktops open their
// sessions for its request that takes pictures.
func logIn(ctx context.Context, cfg *client.Config, account string) error {
	transport := &http.Transport{TLSClientConfig: cfg.TLS.Clone()}
	defer transport.CloseIdleConnections()
	web := accountClient{cfg: cfg, http: &http.Client{Transport: transport, Timeout: 20 * time.Second}}
	if err := web.ask(ctx, http.MethodPost, "/api/login/demo", map[string]string{"account": account}, nil); err != nil {
		return err
	}
	var list struct {
		Enrolments []struct{ ID, State string }
	}
	if err := web.ask(ctx, http.MethodGet, "/api/enrolments", nil, &list); err != nil {
		return err
	}
	for _, e := range list.Enrolments {
		if slices.Contains([]string{"consented", "capturing"}, e.State) {
			cfg.Enrolment = e.ID
			return nil
		}
	}
	return errors.New("no request of this account waits for pictures: open one in a browser, as far as the page " +
		"with the code")
}

// accountClient keeps the cookies of a login in the configuration.
type accountClient struct {
	cfg  *client.Config
	http *http.Client
}

func (a accountClient) ask(ctx context.Context, method, path string, body, into any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	origin := strings.TrimSuffix(a.cfg.Server, "/")
	req, err := http.NewRequestWithContext(ctx, method, origin+path, bytes.NewReader(raw))
	if err != nil {
		return err
	}
	req.Header.Set("Origin", origin)
	for _, c := range a.cfg.Cookies {
		req.AddCookie(c)
	}
	res, err := a.http.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: http %d: %.300s", path, res.StatusCode, answer)
	}
	a.cfg.Cookies = append(a.cfg.Cookies, res.Cookies()...)
	if into == nil {
		return nil
	}
	return json.Unmarshal(answer, into)
}
