package login

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"

	"golang.org/x/oauth2"
)

// maxUserinfo is ample for what a provider says about one person, in bytes.
const maxUserinfo = 1 << 20

// errNoUserinfo is a provider that cannot answer now.
var errNoUserinfo = errors.New("the provider's user information cannot be had now")

// userinfo asks the provider for what it tells besides the ID token. An answer that
// cannot be read is left out, and the log says so: who somebody is stands in the ID
// token. An answer about somebody else ends the login.
func (p *provider) userinfo(ctx context.Context, d *discovered, token *oauth2.Token, subject string) (claims, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, d.UserInfoEndpoint(), nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Accept", "application/json, application/jwt")
	token.SetAuthHeader(r)
	answer, err := p.cfg.Client.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode >= http.StatusInternalServerError {
		return nil, fmt.Errorf("%w: status %d", errNoUserinfo, answer.StatusCode)
	}
	c, err := d.readUserinfo(ctx, answer)
	if err != nil {
		p.log.WarnContext(ctx, "the login goes on without the provider's user information", "err", err)
		return nil, nil
	}
	if c["sub"] != subject {
		return nil, errors.New("the provider's user information is of somebody else")
	}
	return c, nil
}

// readUserinfo reads an object with a subject, plain or signed.
func (d *discovered) readUserinfo(ctx context.Context, answer *http.Response) (claims, error) {
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("user information: status %d", answer.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxUserinfo+1))
	if err != nil {
		return nil, fmt.Errorf("user information: %w", err)
	}
	if len(body) > maxUserinfo {
		return nil, fmt.Errorf("user information: more than %d bytes", maxUserinfo)
	}
	if kind, _, _ := mime.ParseMediaType(answer.Header.Get("Content-Type")); kind == "application/jwt" {
		if body, err = d.keys.VerifySignature(ctx, string(bytes.TrimSpace(body))); err != nil {
			return nil, errors.New("user information: its signature is not the provider's")
		}
	}
	var c claims
	decoder := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(body, []byte("\ufeff"))))
	decoder.UseNumber() // a number outside of float64 is ignored
	if err := decoder.Decode(&c); err != nil {
		return nil, errors.New("user information: no JSON object") // the decoder's error quotes personal data
	}
	if sub, ok := c["sub"].(string); !ok || sub == "" {
		return nil, errors.New("user information: it does not say about whom")
	}
	return c, nil
}
