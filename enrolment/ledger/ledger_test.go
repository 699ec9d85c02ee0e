package ledger_test

import (
	"context"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"visavis/enrolment/bucket"
	"visavis/enrolment/ledger"
	"visavis/testkit/openssltsa"
)

var t0 = time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)

func newLedger(t *testing.T) (*ledger.Ledger, string) {
	t.Helper()
	dir := t.TempDir()
	b, err := bucket.OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	public, private, _ := ed25519.GenerateKey(nil)
	return &ledger.Ledger{
		Bucket: b,
		Sign: func(text string) string {
			return base64.StdEncoding.EncodeToString(ed25519.Sign(private, []byte(text)))
		},
		Signed: func(text, signature string) bool {
			raw, err := base64.StdEncoding.DecodeString(signature)
			return err == nil && ed25519.Verify(public, []byte(text), raw)
		},
	}, dir
}

func leaf(n int) ledger.Leaf {
	return ledger.Leaf{Enrolment: fmt.Sprint("enrolment-", n%7), Seq: int64(n), Hash: fmt.Sprintf("%064x", n), At: t0}
}

func grow(t *testing.T, l *ledger.Ledger, from, to int) ledger.Head {
	t.Helper()
	var some []ledger.Leaf
	for n := from; n < to; n++ {
		some = append(some, leaf(n))
	}
	h, err := l.Append(t.Context(), some, t0)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// Heads of every size around a tile's edge, grown by steps of every kind.
func TestEveryHeadIsTheBeginningOfTheNext(t *testing.T) {
	l, _ := newLedger(t)
	var heads []ledger.Head
	size := 0
	for _, step := range []int{1, 1, 2, 3, 7, 50, 190, 1, 1, 1, 254, 3, 600, 1} {
		heads = append(heads, grow(t, l, size, size+step))
		size += step
	}
	last := heads[len(heads)-1]
	for _, h := range heads {
		if err := l.Consistent(t.Context(), h, last); err != nil {
			t.Errorf("of %d in %d: %v", h.Size, last.Size, err)
		}
		forged := h
		forged.Root[3] ^= 1
		if err := l.Consistent(t.Context(), forged, last); !errors.Is(err, ledger.ErrForked) {
			t.Errorf("another head of %d: %v", h.Size, err)
		}
	}
	if err := l.Consistent(t.Context(), last, heads[3]); !errors.Is(err, ledger.ErrForked) {
		t.Errorf("rolled back: %v", err)
	}
	n := 0
	err := l.Scan(t.Context(), last, func(index int64, got ledger.Leaf, line string) {
		if int(index) != n || got != leaf(n) {
			t.Fatalf("leaf %d is %+v", index, got)
		}
		n++
		if index%97 != 0 && index != 255 && index != 256 {
			return
		}
		proof, err := l.Inclusion(t.Context(), last, index)
		if err != nil || !ledger.CheckInclusion(proof, last, index, line) ||
			ledger.CheckInclusion(proof, last, index, line+" ") {
			t.Errorf("inclusion of %d: %v", index, err)
		}
	})
	if err != nil || n != size {
		t.Errorf("%d of %d leaves, %v", n, size, err)
	}
}

func TestAnInterruptedAppendLeavesTheLogAsItWas(t *testing.T) {
	l, dir := newLedger(t)
	old := grow(t, l, 0, 300)
	note, err := os.ReadFile(filepath.Join(dir, "log", "head"))
	if err != nil {
		t.Fatal(err)
	}
	grow(t, l, 300, 700)
	if err := os.WriteFile(filepath.Join(dir, "log", "head"), note, 0o600); err != nil { // the head was not written
		t.Fatal(err)
	}
	if h, err := l.Head(t.Context()); err != nil || h != old {
		t.Fatalf("%+v %v", h, err)
	}
	h := grow(t, l, 300, 600) // others than those that were half written
	if err := l.Scan(t.Context(), h, func(int64, ledger.Leaf, string) {}); err != nil {
		t.Error(err)
	}
	if err := l.Consistent(t.Context(), old, h); err != nil {
		t.Error(err)
	}
}

func TestAChangedLogIsNoticed(t *testing.T) {
	change := func(name, old, replacement string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			t.Helper()
			path := filepath.Join(dir, "log", filepath.FromSlash(name))
			body, err := os.ReadFile(path)
			if err != nil || !strings.Contains(string(body), old) {
				t.Fatalf("%s does not hold %q: %v", name, old, err)
			}
			if err := os.WriteFile(path, []byte(strings.Replace(string(body), old, replacement, 1)), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, c := range map[string]func(*testing.T, string){
		"a leaf":        change("tile/8/data/000", "enrolment-3", "enrolment-4"),
		"a lost leaf":   change("tile/8/data/001", "\n", ""),
		"a size":        change("head", "\n300\n", "\n299\n"),
		"another time":  change("head", "2026", "2025"),
		"a lost tile":   func(_ *testing.T, dir string) { _ = os.Remove(filepath.Join(dir, "log", "tile", "8", "data", "000")) },
		"no signature":  change("head", "\n\n", "\n"),
		"an empty head": func(_ *testing.T, dir string) { _ = os.WriteFile(filepath.Join(dir, "log", "head"), nil, 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			l, dir := newLedger(t)
			grow(t, l, 0, 300)
			c(t, dir)
			h, err := l.Head(t.Context())
			if err == nil {
				err = l.Scan(t.Context(), h, func(int64, ledger.Leaf, string) {})
			}
			if err == nil {
				t.Error("not noticed")
			}
		})
	}
}

func TestAHeadIsStampedByAnAuthority(t *testing.T) {
	l, _ := newLedger(t)
	h := grow(t, l, 0, 5)
	tsa := openssltsa.New(t)
	url, roots := tsa.URL, tsa.Roots
	a := &ledger.Authority{URL: url, Roots: roots}
	s, err := a.Stamp(t.Context(), h)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.AddStamp(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	kept, err := l.LastStamp(t.Context())
	if err != nil || kept == nil || kept.Head != h {
		t.Fatalf("%+v %v", kept, err)
	}
	at, by, err := kept.Check(roots)
	if err != nil || time.Since(at).Abs() > time.Hour || !strings.Contains(by, "TEST time stamps") {
		t.Errorf("%s by %q: %v", at, by, err)
	}
	other := *kept
	other.Head = grow(t, l, 5, 6)
	if _, _, err := other.Check(roots); err == nil {
		t.Error("a stamp passes for another head")
	}
	changed := *kept
	changed.Token = []byte(strings.Replace(string(kept.Token), "TEST time", "BEST time", 1))
	if _, _, err := changed.Check(roots); err == nil {
		t.Error("a changed token passes")
	}
	if _, _, err := kept.Check(x509.NewCertPool()); err == nil {
		t.Error("an authority that nobody trusts passes")
	}
	silent := &ledger.Authority{URL: "http://127.0.0.1:1"}
	if _, err := silent.Stamp(context.Background(), h); err == nil {
		t.Error("nobody answers, and no error")
	}
	wrong := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(s.Token) }))
	t.Cleanup(wrong.Close)
	if _, err := (&ledger.Authority{URL: wrong.URL}).Stamp(t.Context(), h); err == nil {
		t.Error("an answer to another question passes")
	}
}
