package testca_test

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"visavis/certificate"
)

// asked is an OCSP request for a certificate, with extensions if there are any.
func asked(t *testing.T, b *bench, cert *x509.Certificate, extensions ...pkix.Extension) []byte {
	t.Helper()
	plain := must(ocsp.CreateRequest(cert, b.Issuing(), &ocsp.RequestOptions{Hash: crypto.SHA256}))
	if len(extensions) == 0 {
		return plain
	}
	var outer, tbs asn1.RawValue
	if _, err := asn1.Unmarshal(plain, &outer); err != nil {
		t.Fatal(err)
	}
	if _, err := asn1.Unmarshal(outer.Bytes, &tbs); err != nil {
		t.Fatal(err)
	}
	more := must(asn1.MarshalWithParams(extensions, "explicit,tag:2"))
	inner := must(asn1.Marshal(asn1.RawValue{
		Tag: asn1.TagSequence, IsCompound: true, Bytes: slices.Concat(tbs.Bytes, more)}))
	return must(asn1.Marshal(asn1.RawValue{Tag: asn1.TagSequence, IsCompound: true, Bytes: inner}))
}

func nonce(value []byte) pkix.Extension {
	return pkix.Extension{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 2}, Value: value}
}

func octets(n int) []byte { return must(asn1.Marshal(bytes.Repeat([]byte{7}, n))) }

func post(t *testing.T, b *bench, request []byte) (*http.Response, []byte) {
	t.Helper()
	r := must(http.Post(b.url+"/test-ca/ocsp", "application/ocsp-request", bytes.NewReader(request)))
	defer r.Body.Close()
	return r, must(io.ReadAll(r.Body))
}

func TestNoncesOfEachLength(t *testing.T) {
	b := newBench(t)
	cert := must(x509.ParseCertificate(b.issue(t, "e-1").DER))
	for name, tt := range map[string]struct {
		extensions []pkix.Extension
		good       bool
	}{
		"of 1 octet":                  {[]pkix.Extension{nonce(octets(1))}, true},
		"of 16 octets":                {[]pkix.Extension{nonce(octets(16))}, true},
		"of 32 octets":                {[]pkix.Extension{nonce(octets(32))}, true},
		"of 127 octets":               {[]pkix.Extension{nonce(octets(127))}, true},
		"of 128 octets":               {[]pkix.Extension{nonce(octets(128))}, true},
		"of none":                     {[]pkix.Extension{nonce(octets(0))}, false},
		"of 129 octets":               {[]pkix.Extension{nonce(octets(129))}, false},
		"of 1000 octets":              {[]pkix.Extension{nonce(octets(1000))}, false},
		"an empty value":              {[]pkix.Extension{nonce(nil)}, false},
		"no octet string":             {[]pkix.Extension{nonce([]byte{7, 7, 7, 7})}, false},
		"with bytes behind":           {[]pkix.Extension{nonce(append(octets(16), 0))}, false},
		"twice":                       {[]pkix.Extension{nonce(octets(16)), nonce(octets(16))}, false},
		"beside an unknown":           {[]pkix.Extension{{Id: asn1.ObjectIdentifier{2, 999, 5}, Value: []byte{5, 0}}, nonce(octets(16))}, true},
		"an unknown that is critical": {[]pkix.Extension{{Id: asn1.ObjectIdentifier{2, 999, 5}, Critical: true, Value: []byte{5, 0}}}, false},
	} {
		request := asked(t, b, cert, tt.extensions...)
		r, body := post(t, b, request)
		answer, err := ocsp.ParseResponseForCert(body, cert, b.Issuing())
		if tt.good {
			value := tt.extensions[len(tt.extensions)-1].Value
			if err != nil || answer.Status != ocsp.Good || !bytes.Contains(body, value) ||
				r.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s: %v, %v: want it answered with the nonce, for nobody to keep", name, err, r.Header)
			}
			continue
		}
		var problem ocsp.ResponseError
		if !asError(err, &problem) || problem.Status != ocsp.Malformed {
			t.Errorf("%s: %v, want malformedRequest", name, err)
		}
	}
}

func TestTheFormsOfARequestInAPath(t *testing.T) {
	b := newBench(t)
	c := b.issue(t, "e-1")
	cert := must(x509.ParseCertificate(c.DER))
	// A request whose base64 has both letters that URLs write otherwise, and padding.
	var request []byte
	for n := 1; ; n++ {
		request = asked(t, b, cert, nonce(must(asn1.Marshal(bytes.Repeat([]byte{0xff, 0xef, byte(n)}, n)))))
		if text := base64.StdEncoding.EncodeToString(request); strings.Contains(text, "/") && strings.Contains(text, "+") &&
			strings.HasSuffix(text, "=") {
			break
		}
	}
	usual := base64.StdEncoding.EncodeToString(request)
	all := func(s string) string {
		var out strings.Builder
		for i := range len(s) {
			out.WriteString("%" + strings.ToUpper(string("0123456789abcdef"[s[i]>>4])+string("0123456789abcdef"[s[i]&15])))
		}
		return out.String()
	}
	for name, path := range map[string]string{
		"as it is":               "ocsp/" + usual,
		"two slashes":            "ocsp//" + usual,
		"three slashes":          "ocsp///" + usual,
		"percent-encoded":        "ocsp/" + url.QueryEscape(usual),
		"in small letters":       "ocsp/" + strings.NewReplacer("+", "%2b", "/", "%2f", "=", "%3d").Replace(usual),
		"two slashes, encoded":   "ocsp//" + url.PathEscape(usual),
		"every letter encoded":   "ocsp/" + all(usual),
		"without padding":        "ocsp/" + strings.TrimRight(usual, "="),
		"base64url":              "ocsp/" + base64.URLEncoding.EncodeToString(request),
		"base64url, no padding":  "ocsp/" + base64.RawURLEncoding.EncodeToString(request),
		"base64url, two slashes": "ocsp//" + base64.RawURLEncoding.EncodeToString(request),
	} {
		answer, err := ocsp.ParseResponseForCert(get(t, b.url+"/test-ca/"+path), cert, b.Issuing())
		if err != nil || answer.Status != ocsp.Good {
			t.Errorf("%s: %v (%v), want good", name, answer, err)
		}
	}
	for name, path := range map[string]string{
		"nothing": "ocsp/", "slashes alone": "ocsp///", "no base64": "ocsp/%%%", "a letter too many": "ocsp/" + strings.TrimRight(usual, "=") + "AAA",
		"cut": "ocsp/" + usual[:20], "too long": "ocsp/" + strings.Repeat("A", 6000), "a query": "ocsp/?" + usual,
	} {
		r := must(http.DefaultClient.Do(
			&http.Request{Method: http.MethodGet, URL: &url.URL{Scheme: "http", Host: strings.TrimPrefix(b.url, "http://"),
				Opaque: "/test-ca/" + strings.ReplaceAll(path, "%%%", "%21%21")}}))
		body := must(io.ReadAll(r.Body))
		r.Body.Close()
		var problem ocsp.ResponseError
		if _, err := ocsp.ParseResponse(body, nil); !asError(err, &problem) || problem.Status != ocsp.Malformed ||
			r.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %v, %v, want malformedRequest, for nobody to keep", name, err, r.Header)
		}
	}
}

func TestAnswersThatCachesMayKeep(t *testing.T) {
	b := newBench(t)
	c := b.issue(t, "e-1")
	cert := must(x509.ParseCertificate(c.DER))
	path := "ocsp/" + url.PathEscape(base64.StdEncoding.EncodeToString(asked(t, b, cert)))
	fetch := func(path, etag string) (*http.Response, []byte) {
		r := must(http.NewRequestWithContext(t.Context(), http.MethodGet, b.url+"/test-ca/"+path, nil))
		if etag != "" {
			r.Header.Set("If-None-Match", etag)
		}
		answer := must(http.DefaultClient.Do(r))
		defer answer.Body.Close()
		return answer, must(io.ReadAll(answer.Body))
	}
	for _, path := range []string{path, "issuing.crl", "root.crl", "issuing.cer", "root.cer"} {
		first, body := fetch(path, "")
		h := first.Header
		expires, err := http.ParseTime(h.Get("Expires"))
		made, err2 := http.ParseTime(h.Get("Last-Modified"))
		if err != nil || err2 != nil || !expires.After(time.Now()) || made.After(time.Now().Add(time.Second)) ||
			h.Get("ETag") == "" || h.Get("Date") == "" ||
			!strings.HasPrefix(h.Get("Cache-Control"), "max-age=") ||
			!strings.HasSuffix(h.Get("Cache-Control"), ", public, no-transform, must-revalidate") {
			t.Errorf("%s: %v %v %v", path, h, err, err2)
		}
		if again, same := fetch(path, ""); !bytes.Equal(body, same) || again.Header.Get("ETag") != h.Get("ETag") {
			t.Errorf("%s: another answer a moment later", path)
		}
		if kept, none := fetch(path, h.Get("ETag")); kept.StatusCode != http.StatusNotModified || len(none) != 0 {
			t.Errorf("%s: status %d, want 304", path, kept.StatusCode)
		}
	}
	before, _ := fetch(path, "")
	list, _ := fetch("issuing.crl", "")
	b.revoke(t, c, certificate.ReasonKey)
	after, body := fetch(path, before.Header.Get("ETag"))
	if answer, err := ocsp.ParseResponseForCert(body, cert, b.Issuing()); err != nil || answer.Status != ocsp.Revoked ||
		after.StatusCode != http.StatusOK {
		t.Errorf("a cache that asks after a revocation: %v, status %d", err, after.StatusCode)
	}
	if next, _ := fetch("issuing.crl", list.Header.Get("ETag")); next.StatusCode != http.StatusOK {
		t.Errorf("a cache that asks for the list after a revocation: status %d", next.StatusCode)
	}
	b.clock.move(11 * time.Minute)
	if renewed, _ := fetch(path, after.Header.Get("ETag")); renewed.StatusCode != http.StatusOK {
		t.Errorf("past its end the same answer is given: status %d", renewed.StatusCode)
	}
}

func TestTheResponderIsADelegateThatNobodyChecks(t *testing.T) {
	b := newBench(t)
	cert := must(x509.ParseCertificate(b.issue(t, "e-1").DER))
	answer := func() *ocsp.Response {
		_, body := post(t, b, asked(t, b, cert))
		return must(ocsp.ParseResponseForCert(body, cert, b.Issuing()))
	}
	first := answer()
	d := first.Certificate
	if d == nil || d.CheckSignatureFrom(b.Issuing()) != nil || d.IsCA || d.KeyUsage != x509.KeyUsageDigitalSignature ||
		!slices.Equal(d.ExtKeyUsage, []x509.ExtKeyUsage{x509.ExtKeyUsageOCSPSigning}) ||
		!strings.HasPrefix(d.Subject.CommonName, "TEST - ") {
		t.Fatalf("%+v", d)
	}
	if !slices.ContainsFunc(d.Extensions, func(e pkix.Extension) bool {
		return e.Id.String() == "1.3.6.1.5.5.7.48.1.5" && !e.Critical && bytes.Equal(e.Value, asn1.NullBytes)
	}) {
		t.Error("it has no id-pkix-ocsp-nocheck")
	}
	if len(first.ResponderKeyHash) != 20 {
		t.Error("the answer does not name its responder by key")
	}
	archive := slices.IndexFunc(first.Extensions, func(e pkix.Extension) bool {
		return e.Id.String() == "1.3.6.1.5.5.7.48.1.6"
	})
	if archive < 0 {
		t.Fatal("the answer has no archiveCutoff")
	}
	var since time.Time
	if _, err := asn1.UnmarshalWithParams(first.Extensions[archive].Value, &since, "generalized"); err != nil ||
		!since.Equal(b.Root().NotBefore) {
		t.Errorf("archiveCutoff %v, %v, want %v", since, err, b.Root().NotBefore)
	}
	b.clock.move(26 * 24 * time.Hour)
	if next := answer().Certificate; next.Equal(d) || !next.NotAfter.After(b.clock.now().Add(20*24*time.Hour)) {
		t.Error("its certificate was not made anew before its end")
	}
}

func TestListsSayWhatTheyAreFor(t *testing.T) {
	b := newBench(t)
	scope := func(name string) []pkix.Extension {
		l := must(x509.ParseRevocationList(get(t, b.url+"/test-ca/"+name)))
		return slices.DeleteFunc(l.Extensions, func(e pkix.Extension) bool { return e.Id.String() != "2.5.29.28" })
	}
	url := b.url + "/test-ca/issuing.crl"
	n := byte(len(url))
	want := slices.Concat([]byte{0x30, n + 9, 0xa0, n + 4, 0xa0, n + 2, 0x86, n}, []byte(url), []byte{0x81, 1, 0xff})
	if got := scope("issuing.crl"); len(got) != 1 || !got[0].Critical || !bytes.Equal(got[0].Value, want) {
		t.Errorf("issuing.crl: %v, want the issuing distribution point %x", got, want)
	}
	if got := scope("root.crl"); len(got) != 0 { // it is of the root too, which names no list
		t.Errorf("root.crl: %v, want no issuing distribution point", got)
	}
}

func TestABodyThatDoesNotArriveIsNotWaitedFor(t *testing.T) {
	b := newBench(t)
	conn := must(net.Dial("tcp", strings.TrimPrefix(b.url, "http://")))
	defer conn.Close()
	if _, err := io.WriteString(conn,
		"POST /test-ca/ocsp HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc"); err != nil {
		t.Fatal(err)
	}
	if err := conn.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	head := make([]byte, len("HTTP/1.1 408"))
	if _, err := io.ReadFull(conn, head); err != nil || string(head) != "HTTP/1.1 408" {
		t.Errorf("%q, %v, want to be told within a minute", head, err)
	}
}
