package assets

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"visavis/static"
)

// address is what a page loads.
var address = regexp.MustCompile(`<(?:script|link|img)\b[^>]*\s(?:src|href)="/([^"]+)"`)

// phoneBudget and phoneRequests bound what a phone gets before it shows its first page:
// at 500 kbit/s 90 kB take a second and a half.
const (
	phoneBudget   = 90_000
	phoneRequests = 12
)

// TestThePhonePageIsSmall counts what the phone's page and all that it names take on the
// wire, compressed.
func TestThePhonePageIsSmall(t *testing.T) {
	s, err := New(static.Files, false)
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range s.pages["phone.html"].files {
		size, seen := len(f.gzipped()), map[string]bool{}
		for _, found := range address.FindAllSubmatch(f.plain, -1) {
			name := string(found[1])
			if seen[name] {
				continue
			}
			seen[name] = true
			part := s.findFile(name)
			if part == nil {
				t.Fatalf("/%s is not there", name)
			}
			if b := part.gzipped(); b != nil {
				size += len(b)
			} else {
				size += len(part.plain)
			}
		}
		// The page itself, its parts and the socket.
		if n := len(seen) + 2; size > phoneBudget || n > phoneRequests {
			t.Errorf("%s: %d bytes in %d requests, want %d in %d at most", s.pages["phone.html"].languages[i].Tag, size, n,
				phoneBudget, phoneRequests)
		}
	}
}

// TestWhatAnAddressNamesStaysForGood: the address of a bundle names its content, so it may
// be kept; everything else is asked for again.
func TestWhatAnAddressNamesStaysForGood(t *testing.T) {
	s, err := New(sample(), false)
	if err != nil {
		t.Fatal(err)
	}
	found := address.FindStringSubmatch(string(s.pages["home.html"].files[0].plain))
	if found == nil || !strings.HasPrefix(found[1], "a/") {
		t.Fatalf("the page loads %q, want a bundle", found)
	}
	w := get(t, s, "/"+found[1])
	if w.Code != http.StatusOK || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
		t.Errorf("a bundle: %d, %q", w.Code, w.Header().Get("Cache-Control"))
	}
	if w := get(t, s, "/js/b.js"); strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
		t.Error("a module of its own address is kept for good")
	}
	if w := get(t, s, "/a/0000000000000000/home.js"); w.Code != http.StatusNotFound {
		t.Errorf("an address of other content: %d, want 404", w.Code)
	}
}

// TestEveryPageHasOneScriptOfItsOwn: nothing of js/ is left to be asked for.
func TestEveryPageHasOneScriptOfItsOwn(t *testing.T) {
	s, err := New(static.Files, false)
	if err != nil {
		t.Fatal(err)
	}
	bundled := 0
	for name, p := range s.pages {
		page := string(p.files[0].plain)
		if strings.Contains(page, `modulepreload`) || strings.Contains(page, `type="module" src="/js/`) {
			t.Errorf("%s asks for modules one by one", name)
		}
		bundled += strings.Count(page, `<script type="module" src="/a/`)
	}
	if bundled < 11 {
		t.Errorf("%d pages with a script, want 11 or more", bundled)
	}
}
