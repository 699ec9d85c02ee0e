package sites_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"visavis/enrolment"
	"visavis/sites"
)

func TestPeopleAreSentBackToTheSitesAddressesAlone(t *testing.T) {
	site := sites.Site{Name: "x", Live: true, ReturnURLs: []string{
		"https://www.example.org/back", "https://other.example.org/"}}
	for to, want := range map[string]bool{
		"https://www.example.org/back":                  true,
		"https://www.example.org/back?order=7":          true,
		"https://WWW.example.org/back/here":             true,
		"https://other.example.org/anything":            true,
		"https://www.example.org/backdoor":              false,
		"https://www.example.org/":                      false,
		"https://www.example.org/back/../elsewhere":     false,
		"https://www.example.org.evil.example/back":     false,
		"https://user@www.example.org/back":             false,
		"https://www.example.org/back#fragment":         false,
		"http://www.example.org/back":                   false,
		"javascript:alert(1)":                           false,
		"//www.example.org/back":                        false,
		"https://evil.example/?https://www.example.org": false,
		"https://www.example.org\\@evil.example/back":   false,
	} {
		if got := site.MayReturn(to); got != want {
			t.Errorf("%s: %v, want %v", to, got, want)
		}
	}
	if got := sites.ReturnTo("https://www.example.org/back?order=7",
		"ver_1"); got != "https://www.example.org/back?order=7&verification=ver_1" {
		t.Errorf("sent back to %s", got)
	}
}

func TestASiteThatCannotBeIsRefused(t *testing.T) {
	for name, s := range map[string]sites.Site{
		"name":        {Name: " "},
		"return_urls": {Name: "x", Live: true, ReturnURLs: []string{"http://localhost:3000/"}},
		"origins":     {Name: "x", Origins: []string{"https://www.example.org/path"}},
	} {
		var bad *sites.InvalidError
		if err := s.Check(); !errors.As(err, &bad) || bad.Field != name || bad.Want == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := (sites.Site{Name: "x", ReturnURLs: []string{"http://localhost:3000/"}, Origins: []string{
		"http://127.0.0.1:3000"}}).Check(); err != nil {
		t.Errorf("a test site on this machine: %v", err)
	}
}

// Names and labels are shown as they are, to people and on terminals.
func TestWhatIsShownOfASiteIsOneLineThatIsSeen(t *testing.T) {
	for _, bad := range []string{
		"a\nb", "a\tb", "a\x1b[31m", "a\x00b", "a\u202eb", "a\u2066b", "a\u2028b", "a\u200bb", "\u3164", "\u2800",
		"a\ufeff", "a\ufffdb", "a\xffb", "\U000E0041", "\u00ad", "\ue000",
	} {
		invalid := map[string]error{
			"name":    (sites.Site{Name: bad}).Check(),
			"contact": (sites.Site{Name: "x", Contact: bad}).Check(),
			"label":   (sites.Endpoint{URL: "https://www.example.org/hook", Label: bad}).Check(true),
		}
		if _, _, _, err := sites.NewKey(sites.Site{}, bad, []sites.Scope{sites.Read}, time.Now()); err == nil {
			t.Errorf("a key with the label %q was made", bad)
		}
		for field, err := range invalid {
			if refused, ok := errors.AsType[*sites.InvalidError](err); !ok || refused.Field != field {
				t.Errorf("%s %q: %v", field, bad, err)
			}
		}
	}
	for _, name := range []string{" ", "\u200d", "\u00a0\ufe0f", strings.Repeat("x", 81)} {
		if (sites.Site{Name: name}).Check() == nil {
			t.Errorf("%q is a name", name)
		}
	}
	for _, name := range []string{
		"Müller & Söhne", "L’Étude\u00a0: conseil", "نامه\u200cرسان", "मेरी दुकान",
		"❤\ufe0f Shop", "👩\u200d💻", "東京", "Shop (2)",
	} {
		if err := (sites.Site{Name: name, Contact: name}).Check(); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// An origin that no browser sends embeds nothing, and its site would not learn why.
func TestAnOriginIsWrittenAsBrowsersWriteIt(t *testing.T) {
	for origin, want := range map[string]string{
		"https://Shop.example": "https://shop.example,", "https://shop.example:443": "https://shop.example,",
		"https://bücher.example": "ASCII", "https://*.shop.example": "ASCII", "https://*": "ASCII",
		"https://shop.example;sandbox": "ASCII", "https://shop.example,https:": "ASCII", "https://shop.example'x": "ASCII",
		"https://shop.example/": "without a path", "https://shop.example?": "without a path", "null": "without a path",
		"https://shop.example": "", "https://shop.example:8443": "", "https://a_b.example": "", "https://[2001:db8::1]": "",
	} {
		err := (sites.Site{Name: "x", Live: true, Origins: []string{origin}}).Check()
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", origin, err, want)
		}
	}
	if err := (sites.Site{Name: "x", Origins: []string{"http://localhost:80"}}).Check(); err == nil {
		t.Error("http://localhost:80 is written http://localhost")
	}
}

func TestAKeyIsFoundByItsHashAlone(t *testing.T) {
	now := time.Now()
	for _, live := range []bool{true, false} {
		k, secret, hash, err := sites.NewKey(sites.Site{ID: "site_x", Live: live}, "server", []sites.Scope{sites.Read}, now)
		if err != nil || strings.HasPrefix(secret, "vv_live_") != live || !sites.LooksLikeKey(secret) ||
			sites.HashKey(secret) != hash {
			t.Errorf("live %v: %v %q", live, err, secret)
		}
		if !strings.HasSuffix(secret, k.Hint) || k.May(sites.Write) || !k.May(sites.Read) || k.Over(now) {
			t.Errorf("key %+v", k)
		}
	}
	if _, _, _, err := sites.NewKey(sites.Site{}, "", []sites.Scope{"all"}, now); err == nil {
		t.Error("an unknown scope was given")
	}
	for _, text := range []string{"", "vv_test_", "vv_test_abc", "vv_other_" + strings.Repeat("A", 43),
		strings.Repeat("A", 43)} {
		if sites.LooksLikeKey(text) {
			t.Errorf("%q looks like a key", text)
		}
	}
}

func TestAnAccessTokenNamesOneKeyAndItsEnd(t *testing.T) {
	s, err := sites.NewSecrets(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	end := time.Unix(1_800_000_000, 0)
	token := s.AccessToken("key_a", end)
	if key, until, ok := s.OfAccessToken(token); !ok || key != "key_a" || !until.Equal(end) {
		t.Errorf("%s: %s %v %v", token, key, until, ok)
	}
	others, err := sites.NewSecrets(bytes.Repeat([]byte{8}, 32))
	if err != nil {
		t.Fatal(err)
	}
	for what, text := range map[string]string{
		"nothing":                "",
		"another key":            strings.Replace(token, "key_a", "key_b", 1),
		"a later end":            strings.Replace(token, "1800000000", "1900000000", 1),
		"an end with a sign":     strings.Replace(token, "1800000000", "+1800000000", 1),
		"no number":              strings.Replace(token, "1800000000", "x", 1),
		"cut short":              token[:len(token)-1],
		"longer":                 token + ".x",
		"of another server":      others.AccessToken("key_a", end),
		"longer than any":        token + strings.Repeat("A", 200),
		"a link in its place":    s.LinkSecret(sites.Verification{ID: sites.NewID("ver")}),
		"a key with a full stop": s.AccessToken("key.a", end),
	} {
		if key, _, ok := s.OfAccessToken(text); ok {
			t.Errorf("%s: taken, of %s", what, key)
		}
	}
}

func TestALinkIsOfOneVerificationAndOneGeneration(t *testing.T) {
	s, err := sites.NewSecrets(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	v := sites.Verification{ID: sites.NewID("ver"), Link: sites.Link{Generation: 1}}
	first := s.LinkSecret(v)
	if id, err := sites.OfLink(first); err != nil || id != v.ID || !s.RightLink(v, first) {
		t.Errorf("%s: %v", id, err)
	}
	v.Link.Generation = 2
	if s.RightLink(v, first) || !s.WasLink(v, first) || s.WasLink(v, s.LinkSecret(v)) {
		t.Error("the link before is the present one")
	}
	other := sites.Verification{ID: sites.NewID("ver"), Link: sites.Link{Generation: 1}}
	if s.RightLink(other, first) || s.WasLink(other, first) {
		t.Error("the link opens another verification")
	}
	for _, text := range []string{"", "a.b", v.ID, strings.Repeat("x", 200) + ".1.x"} {
		if _, err := sites.OfLink(text); !errors.Is(err, sites.ErrLink) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := sites.NewSecrets([]byte("short")); err == nil {
		t.Error("a short secret passes")
	}
}

// Every state of an enrolment is some status, and a refusal that can be mended is
// no end.
func TestEveryStateIsAStatus(t *testing.T) {
	want := map[enrolment.State][2]sites.Status{
		enrolment.Declared: {sites.Created, sites.Created}, enrolment.Consented: {sites.Created, sites.Created},
		enrolment.Capturing: {sites.Capturing, sites.Capturing}, enrolment.Verifying: {sites.Verifying, sites.Verifying},
		enrolment.Review: {sites.InReview, sites.InReview}, enrolment.ToConfirm: {sites.ToConfirm, sites.ToConfirm},
		enrolment.Confirmed: {sites.Verified, sites.ToConfirm}, enrolment.Requested: {sites.Requested, sites.Requested},
		enrolment.Issued: {sites.Verified, sites.Verified}, enrolment.InPerson: {sites.InPerson, sites.InPerson},
		enrolment.Refused: {sites.Refused, sites.Refused}, enrolment.Contested: {sites.InReview, sites.InReview},
		enrolment.Expired: {sites.Expired, sites.Expired}, enrolment.Cancelled: {sites.Cancelled, sites.Cancelled},
	}
	for _, state := range enrolment.States() {
		r := enrolment.Record{State: state}
		for i, p := range []sites.Purpose{sites.Identity, sites.Certificate} {
			if got, _ := sites.StatusOf(r, p); got != want[state][i] {
				t.Errorf("%s for %s: %s, want %s", state, p, got, want[state][i])
			}
		}
	}
	for reason, final := range map[string]bool{"not-readable": false, "document-expired": false, "other-person": true,
		"under-age": true, "new": true} {
		got, why := sites.StatusOf(enrolment.Record{State: enrolment.Refused, Refusal: &enrolment.Refusal{Reason: reason}},
			sites.Identity)
		if got.Final() != final || why == "" {
			t.Errorf("refused as %s: %s %s", reason, got, why)
		}
	}
	again := enrolment.Record{State: enrolment.Capturing, Again: &enrolment.Again{Step: "front"}}
	if got, why := sites.StatusOf(again, sites.Identity); got != sites.RequiresInput || why != sites.StepAgain {
		t.Errorf("a step asked again: %s %s", got, why)
	}
}
