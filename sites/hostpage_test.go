package sites

import (
	"net/http"
	"testing"
)

func TestWhatAPagesHeadersLack(t *testing.T) {
	const server, page = "https://id.example", "https://www.example.org/member"
	s := Site{Live: true, Origins: []string{"https://www.example.org"}}
	for name, tt := range map[string]struct {
		policies []string
		body     string
		wrong    map[string]string // code to what is to be written
	}{
		"no policy":            {nil, "", nil},
		"the lines themselves": {[]string{"default-src 'self'; script-src https://id.example; frame-src https://id.example"}, "", nil},
		"hosts without scheme": {[]string{"default-src 'none'; script-src id.example; frame-src *.example"}, "", nil},
		"every https address":  {[]string{"default-src https:"}, "", nil},
		"nothing": {[]string{"default-src 'none'"}, "", map[string]string{
			FindScript: "script-src https://id.example", FindFrame: "frame-src https://id.example",
		}},
		"scripts alone": {[]string{"default-src 'self'; script-src 'self' https://id.example"}, "", map[string]string{
			FindFrame: "frame-src 'self' https://id.example",
		}},
		"child-src is asked before default-src": {[]string{"default-src https://id.example; child-src 'self'"}, "",
			map[string]string{
				FindFrame: "frame-src 'self' https://id.example",
			}},
		"another port, path and host": {[]string{"script-src https://id.example:8443; frame-src https://id.example/other " +
			"https://evil-id.example"}, "", map[string]string{
			FindScript: "script-src https://id.example:8443 https://id.example",
			FindFrame:  "frame-src https://id.example/other https://evil-id.example https://id.example",
		}},
		"a path that covers":             {[]string{"script-src https://id.example/embed/; frame-src https://ID.example:443/embed/frame"}, "", nil},
		"of two policies one is against": {[]string{"default-src https:, frame-src 'none'"}, "", map[string]string{FindFrame: "frame-src https://id.example"}},
		"two headers":                    {[]string{"default-src https:", "script-src 'self'"}, "", map[string]string{FindScript: "script-src 'self' https://id.example"}},
		"the first of two counts":        {[]string{"script-src 'none'; script-src https:"}, "", map[string]string{FindScript: "script-src https://id.example"}},
		"in the page": {nil, `<!doctype html><META http-equiv="content-security-policy" content="frame-src 'self'">`,
			map[string]string{
				FindFrame: "frame-src 'self' https://id.example",
			}},
		"a nonce is needed": {[]string{"script-src 'strict-dynamic' 'nonce-x' https:"}, "", map[string]string{
			FindStrict: `<script nonce="…" type="module" src="https://id.example/embed/v1.js"></script>`,
		}},
		"a sandbox": {[]string{"sandbox allow-scripts"}, "", map[string]string{FindSandbox: "sandbox allow-scripts allow-same-origin allow-popups allow-forms"}},
	} {
		t.Run(name, func(t *testing.T) {
			found := CheckHost(
				s,
				server,
				page,
				http.StatusOK,
				http.Header{"Content-Security-Policy": tt.policies},
				[]byte(tt.body),
			)
			for _, f := range found {
				if write, wrong := tt.wrong[f.Code]; f.OK == wrong || f.Write != write {
					t.Errorf("%+v, want %q", f, write)
				}
				delete(tt.wrong, f.Code)
			}
			if len(tt.wrong) > 0 {
				t.Errorf("not found: %v in %+v", tt.wrong, found)
			}
		})
	}
	header := http.Header{"Cross-Origin-Embedder-Policy": {"require-corp; report-to=\"x\""}, "Location": {"/login"}}
	wrong := map[string]bool{}
	for _, f := range CheckHost(s, server, "https://other.example/", http.StatusFound, header, nil) {
		wrong[f.Code] = !f.OK
	}
	if !wrong[FindOrigin] || !wrong[FindStatus] || !wrong[FindCOEP] || wrong[FindScript] || wrong[FindPermit] {
		t.Errorf("wrong are %v", wrong)
	}
}
