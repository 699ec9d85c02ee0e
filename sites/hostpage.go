package sites

import (
	"bytes"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// Embedding is what a site writes into its pages' headers.
type Embedding struct {
	// ContentSecurityPolicy and PermissionsPolicy are values of these headers: the
	// sources to add to a policy, and a policy that the frame needs nothing of.
	ContentSecurityPolicy string `json:"contentSecurityPolicy"`
	PermissionsPolicy     string `json:"permissionsPolicy"`
	// HTML is the module and the element.
	HTML string `json:"html"`
}

// EmbeddingOf returns what pages need that embed the frame of a server.
func EmbeddingOf(server string) Embedding {
	return Embedding{
		ContentSecurityPolicy: "script-src " + server + "; frame-src " + server,
		PermissionsPolicy:     "camera=(), microphone=(), geolocation=()",
		HTML: `<script type="module" src="` + server + `/embed/v1.js"></script>` + "\n" +
			`<visavis-verification src="` + server + `" client-secret="…"></visavis-verification>`,
	}
}

// Finding is one thing that a check of a site's page looked at.
type Finding struct {
	Code string `json:"code"`
	OK   bool   `json:"ok"`
	// Have is what the page says, Write what to write instead; empty: nothing.
	Have  string `json:"have,omitempty"`
	Write string `json:"write,omitempty"`
}

// The codes of findings.
const (
	FindOrigin  = "origin"         // the page's origin is one of the site's
	FindStatus  = "status"         // the page answers with a page
	FindScript  = "script-src"     // a policy allows the module
	FindStrict  = "strict-dynamic" // a policy ignores addresses: the module needs a nonce
	FindFrame   = "frame-src"      // a policy allows the frame
	FindSandbox = "sandbox"        // a policy puts the page into a sandbox
	FindCOEP    = "cross-origin-embedder-policy"
	FindPermit  = "permissions-policy" // may forbid everything
)

// MayCheck reports whether a page's address may be checked for a site: one that its
// origins could have.
func (s Site) MayCheck(page string) error {
	if err := checkURL(page, s.Live); err != nil {
		return &InvalidError{Field: "url", Have: page, Want: err.Error()}
	}
	return nil
}

// CheckHost compares a page's answer with what embedding needs. server is this server's origin, page the page's
// address, answer the status, with header and body. It finds nothing where page is no address.
func CheckHost(s Site, server, page string, answer int, header http.Header, body []byte) []Finding {
	u, err := url.Parse(page)
	if err != nil {
		return nil
	}
	own := u.Scheme + "://" + strings.ToLower(u.Host)
	status := Finding{Code: FindStatus, OK: answer == http.StatusOK, Have: http.StatusText(answer)}
	if to := header.Get("Location"); to != "" {
		status.Write = to
	}
	out := []Finding{
		{Code: FindOrigin, OK: slices.Contains(s.Origins, own), Have: strings.Join(s.Origins, " "), Write: own},
		status,
	}
	out = append(out, checkPolicies(append(headerPolicies(header), metaPolicies(body)...), own, server)...)
	if coep := header.Get("Cross-Origin-Embedder-Policy"); coep != "" {
		kind, _, _ := strings.Cut(coep, ";")
		out = append(out, Finding{
			Code: FindCOEP, OK: strings.TrimSpace(kind) == "unsafe-none", Have: coep, Write: "unsafe-none",
		})
	}
	out = append(out, Finding{Code: FindPermit, OK: true, Have: header.Get("Permissions-Policy")})
	for i := range out {
		if out[i].OK {
			out[i].Write = ""
		}
	}
	return out
}

// scriptSources are the directives that say which scripts a page may load: the first of them that a policy has.
var scriptSources = []string{"script-src-elem", "script-src", "default-src"}

// checkPolicies tells whether every policy of a page of the origin own allows the module and the frame of server.
func checkPolicies(policies []policy, own, server string) []Finding {
	module := server + "/embed/v1.js"
	script := checkSource(policies, own, module, server, FindScript, scriptSources...)
	frame := checkSource(policies, own, server+"/embed/frame", server, FindFrame, "frame-src", "child-src", "default-src")
	var more []Finding
	for _, p := range policies {
		sources, found := p.first(scriptSources...)
		if found && slices.Contains(sources.values, "'strict-dynamic'") {
			more = append(more, Finding{
				Code: FindStrict, Have: sources.line(), Write: `<script nonce="…" type="module" src="` + module + `"></script>`,
			})
			script.OK, script.Write = true, "" // an address would be ignored
		}
		if box, found := p.first("sandbox"); found {
			more = append(more, Finding{
				Code: FindSandbox,
				OK: slices.Contains(box.values, "allow-scripts") && slices.Contains(box.values, "allow-same-origin") &&
					slices.Contains(box.values, "allow-popups"),
				Have:  box.line(),
				Write: "sandbox allow-scripts allow-same-origin allow-popups allow-forms",
			})
		}
	}
	return append([]Finding{script, frame}, more...)
}

// directive is one of a policy, with its values in lower case but for paths.
type directive struct {
	name   string
	values []string
}

func (d directive) line() string { return strings.Join(append([]string{d.name}, d.values...), " ") }

type policy []directive

// first returns the directive of the first name that the policy has.
func (p policy) first(names ...string) (directive, bool) {
	for _, name := range names {
		if i := slices.IndexFunc(p, func(d directive) bool { return d.name == name }); i >= 0 {
			return p[i], true
		}
	}
	return directive{}, false
}

func headerPolicies(h http.Header) []policy {
	var out []policy
	for _, value := range h.Values("Content-Security-Policy") {
		for one := range strings.SplitSeq(value, ",") {
			out = append(out, parsePolicy(one))
		}
	}
	return out
}

// parsePolicy reads a policy. Of two directives of one name the first counts.
func parsePolicy(text string) policy {
	var p policy
	for part := range strings.SplitSeq(text, ";") {
		words := strings.Fields(part)
		if len(words) == 0 {
			continue
		}
		name := strings.ToLower(words[0])
		if _, twice := p.first(name); !twice {
			p = append(p, directive{name, words[1:]})
		}
	}
	return p
}

// metaPolicies returns the policies in a page's meta elements.
func metaPolicies(body []byte) []policy {
	var out []policy
	z := html.NewTokenizer(bytes.NewReader(body))
	for z.Next() != html.ErrorToken {
		t := z.Token()
		if t.Data != "meta" {
			continue
		}
		equiv, content := "", ""
		for _, a := range t.Attr {
			switch a.Key {
			case "http-equiv":
				equiv = a.Val
			case "content":
				content = a.Val
			}
		}
		if strings.EqualFold(equiv, "Content-Security-Policy") {
			out = append(out, parsePolicy(content))
		}
	}
	return out
}

// checkSource reports whether every policy allows an address, by the first of the names
// that it has.
func checkSource(policies []policy, own, address, server, code string, names ...string) Finding {
	f := Finding{Code: code, OK: true}
	for _, p := range policies {
		d, found := p.first(names...)
		if !found || slices.ContainsFunc(d.values, func(v string) bool { return covers(v, own, address) }) {
			continue
		}
		f.OK, f.Have = false, d.line()
		kept := slices.DeleteFunc(slices.Clone(d.values), func(v string) bool { return strings.EqualFold(v, "'none'") })
		f.Write = directive{code, append(kept, server)}.line()
		return f
	}
	return f
}

// covers reports whether a source of a policy covers an address.
func covers(source, own, address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	source = strings.TrimSpace(source)
	switch low := strings.ToLower(source); {
	case low == "*":
		return true
	case low == "'self'":
		return own == u.Scheme+"://"+strings.ToLower(u.Host)
	case strings.HasPrefix(low, "'"):
		return false
	case strings.HasSuffix(low, ":") && !strings.Contains(low, "/"):
		return low == u.Scheme+":" || low == "http:" && u.Scheme == "https"
	}
	scheme, rest, ok := strings.Cut(source, "://")
	if !ok {
		scheme, rest = "", source
	}
	if scheme != "" && !strings.EqualFold(scheme, u.Scheme) &&
		(!strings.EqualFold(scheme, "http") || u.Scheme != "https") {
		return false
	}
	host, path, _ := strings.Cut(rest, "/")
	if path != "" {
		path = "/" + path
		if u.Path != path && (!strings.HasSuffix(path, "/") || !strings.HasPrefix(u.Path, path)) {
			return false
		}
	}
	name, port, _ := strings.Cut(strings.ToLower(host), ":")
	if port != "*" && port != u.Port() && (port != "" || u.Port() != "") {
		usual := map[string]string{"https": "443", "http": "80"}[u.Scheme]
		if port != usual || u.Port() != "" {
			return false
		}
	}
	if base, ok := strings.CutPrefix(name, "*."); ok {
		return strings.HasSuffix(strings.ToLower(u.Hostname()), "."+base)
	}
	return name == strings.ToLower(u.Hostname())
}
