package trustlist

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"
)

func ecParty(name string) party {
	return newParty(name, must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)))
}

// names writes a pointer of a list of lists.
func names(territory, kind, mime, address string, signers ...party) string {
	ids := ""
	for _, s := range signers {
		ids += "<ServiceDigitalIdentity><DigitalId><X509Certificate>" + base64.StdEncoding.EncodeToString(s.cert.Raw) +
			"</X509Certificate></DigitalId></ServiceDigitalIdentity>"
	}
	return "<OtherTSLPointer><ServiceDigitalIdentities>" + ids + "</ServiceDigitalIdentities><TSLLocation>" + address +
		"</TSLLocation><AdditionalInformation><OtherInformation><TSLType>" + kind + "</TSLType></OtherInformation>" +
		"<OtherInformation><SchemeTerritory>" + territory + "</SchemeTerritory></OtherInformation><OtherInformation>" +
		`<n:MimeType xmlns:n="http://uri.etsi.org/02231/v2/additionaltypes#">` + mime + "</n:MimeType></OtherInformation>" +
		"</AdditionalInformation></OtherTSLPointer>"
}

const (
	typeCountry = "http://uri.etsi.org/TrstSvc/TrustedList/TSLType/EUgeneric"
	base        = "https://lists.example/"
)

// lotl is a list of lists before it is signed.
type lotl struct {
	sequence int
	kind     string // empty: a list of lists
	pivots   []string
	next     time.Time // zero: tomorrow
	pointers []string
}

func (l lotl) signed(by party) []byte {
	kind, next, about := l.kind, l.next, ""
	if kind == "" {
		kind = typeLists
	}
	if next.IsZero() {
		next = tomorrow
	}
	for _, p := range append(l.pivots, "https://eur-lex.example/legal-content/EN/TXT/?uri=OJ", base+"notice.html") {
		about += `<URI xml:lang="en">` + p + "</URI>"
	}
	return sign(by, fmt.Sprintf(`<TrustServiceStatusList xmlns="%s" Id="list"><SchemeInformation><TSLSequenceNumber>%d`+
		`</TSLSequenceNumber><TSLType>%s</TSLType><SchemeInformationURI>%s</SchemeInformationURI><SchemeTerritory>EU`+
		`</SchemeTerritory><ListIssueDateTime>%s</ListIssueDateTime><NextUpdate><dateTime>%s</dateTime></NextUpdate>`+
		`<PointersToOtherTSL>%s</PointersToOtherTSL></SchemeInformation></TrustServiceStatusList>`, namespace, l.sequence,
		kind, about, madeNow, next.UTC().Format(time.RFC3339), strings.Join(l.pointers, "")))
}

// france is the country's list, which the scheme signs.
func france(sequence int, states ...state) []byte {
	if states == nil {
		states = []state{granted("2020-01-01T00:00:00Z")}
	}
	return sign(scheme(), unsigned(sequence, tomorrow, states...))
}

// world is a list of lists whose signers changed twice since the Official Journal.
type world struct {
	journal, second, third party
	pointers               []string
	pivots                 []string
	bundle                 Bundle
}

func newWorld() world {
	w := world{journal: ecParty("EXEMPLE UNION"), second: ecParty("EXEMPLE UNION 2"), third: ecParty("EXEMPLE UNION 3")}
	w.pointers = []string{
		names("FR", typeCountry, "application/pdf", base+"fr.pdf"),
		names("FR", typeCountry, typeXML, base+"fr.xml", ecParty("EXEMPLE ANCIENNE"), scheme()),
		names("BE", typeCountry, typeXML, base+"be.xml", ecParty("EXEMPLE BELGE")),
	}
	w.pivots = []string{base + "pivot-20.xml", base + "pivot-10.xml"} // newest first
	w.bundle = Bundle{
		List: france(1),
		Pivots: map[string][]byte{
			"pivot-10.xml": lotl{sequence: 10, pointers: []string{w.self(w.second)}}.signed(w.journal),
			"pivot-20.xml": lotl{sequence: 20, pivots: w.pivots[1:], pointers: []string{w.self(w.third)}}.signed(w.second),
		},
		Lists: lotl{sequence: 30, pivots: w.pivots, pointers: append(w.pointers, w.self(w.third))}.signed(w.third),
	}
	return w
}

func (w world) self(signers ...party) string {
	return names("EU", typeLists, typeXML, Lists, signers...)
}

func (w world) published() []*x509.Certificate { return []*x509.Certificate{w.journal.cert} }

func TestTheListOfListsSaysWhoSignsACountrysList(t *testing.T) {
	w := newWorld()
	l, err := w.bundle.Parse(w.published())
	if err != nil {
		t.Fatal(err)
	}
	if got, err := l.Granted(leaf(), authority().cert, time.Now()); !got || err != nil {
		t.Errorf("after two changes of signers: %v (%v), want granted", got, err)
	}
	direct := Bundle{List: france(1), Lists: lotl{sequence: 1, pointers: w.pointers}.signed(w.journal)}
	if _, err := direct.Parse(w.published()); err != nil {
		t.Errorf("without a change of signers: %v", err)
	}
	ends := time.Now().Add(time.Minute)
	soon := Bundle{List: france(1), Lists: lotl{sequence: 1, pointers: w.pointers, next: ends}.signed(w.journal)}
	l, err = soon.Parse(w.published())
	if err != nil {
		t.Fatal(err)
	}
	l.now = func() time.Time { return ends.Add(time.Minute) }
	if got, err := l.Granted(leaf(), authority().cert, time.Now()); got || !errors.Is(err, ErrOutdated) {
		t.Errorf("past the list of lists' next update: %v (%v), want %v", got, err, ErrOutdated)
	}
}

func TestABrokenChainOfListsGrantsNothing(t *testing.T) {
	w, stranger := newWorld(), ecParty("EXEMPLE UNION")
	for name, c := range map[string]struct {
		change func(*Bundle)
		want   string
	}{
		"no pivot": {func(b *Bundle) { delete(b.Pivots, "pivot-10.xml") }, "pivot-10.xml is missing"},
		"a pivot by a stranger": {func(b *Bundle) {
			b.Pivots["pivot-10.xml"] = lotl{sequence: 10, pointers: []string{w.self(w.second)}}.signed(stranger)
		}, "pivot-10.xml: its signature"},
		"a pivot by who signs no more": {func(b *Bundle) {
			b.Pivots["pivot-20.xml"] = lotl{sequence: 20, pointers: []string{w.self(w.third)}}.signed(w.journal)
		}, "pivot-20.xml: its signature"},
		"a pivot that names nobody": {func(b *Bundle) {
			b.Pivots["pivot-10.xml"] = lotl{sequence: 10}.signed(w.journal)
		}, "no pointer to itself"},
		"pivots in another order": {func(b *Bundle) {
			b.Pivots["pivot-20.xml"] = lotl{sequence: 9, pointers: []string{w.self(w.third)}}.signed(w.second)
		}, "9 after 10"},
		"a list of lists by who signs no more": {func(b *Bundle) {
			b.Lists = lotl{sequence: 30, pivots: w.pivots, pointers: w.pointers}.signed(w.journal)
		}, "list of lists: its signature"},
		"that leaves its pivots out": {func(b *Bundle) {
			b.Lists = lotl{sequence: 30, pointers: w.pointers}.signed(w.third)
		}, "list of lists: its signature"},
		"older than its pivots": {func(b *Bundle) {
			b.Lists = lotl{sequence: 19, pivots: w.pivots, pointers: w.pointers}.signed(w.third)
		}, "19 after 20"},
		"a country's list in its place": {func(b *Bundle) {
			b.Lists = lotl{sequence: 30, kind: typeCountry, pivots: w.pivots, pointers: w.pointers}.signed(w.third)
		}, "its type"},
		"without the country": {func(b *Bundle) {
			b.Lists = lotl{sequence: 30, pivots: w.pivots, pointers: w.pointers[2:]}.signed(w.third)
		}, `no list of "FR", but those of BE`},
		"that names other signers": {func(b *Bundle) {
			b.Lists = lotl{sequence: 30, pivots: w.pivots, pointers: []string{
				names("FR", typeCountry, typeXML, base+"fr.xml", stranger)}}.signed(w.third)
		}, "trusted list: its signature"},
		"a pivot outside of the folder": {func(b *Bundle) {
			b.Lists = lotl{sequence: 30, pivots: []string{base + "..%5cx.xml"}, pointers: w.pointers}.signed(w.third)
		}, "cannot name a file"},
		"a pivot with the name of the list": {func(b *Bundle) {
			b.Lists = lotl{sequence: 30, pivots: []string{base + "list.xml"}, pointers: w.pointers}.signed(w.third)
		}, "cannot name a file"},
		"a pivot by http": {func(b *Bundle) {
			b.Lists = lotl{sequence: 30, pivots: []string{"http://lists.example/p.xml"}, pointers: w.pointers}.signed(w.third)
		}, "want https"},
		"no country's list": {func(b *Bundle) { b.List = nil }, "trusted list: "},
	} {
		b := w.copied()
		c.change(&b)
		if _, err := b.Parse(w.published()); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	if _, err := w.bundle.Parse([]*x509.Certificate{stranger.cert}); err == nil {
		t.Error("read with a signer that the Official Journal did not publish")
	}
}

// copied returns the bundle, to be changed.
func (w world) copied() Bundle {
	b := w.bundle
	b.Pivots = maps.Clone(w.bundle.Pivots)
	return b
}

func TestAFolderFollowsAChangeOfSigners(t *testing.T) {
	w, kept := newWorld(), filepath.Join(t.TempDir(), "kept")
	path := filepath.Join(t.TempDir(), "trust")
	write := func(b Bundle) {
		t.Helper()
		if err := b.Write(path); err != nil {
			t.Fatal(err)
		}
	}
	write(Bundle{List: france(1)}) // a file before
	write(w.bundle)
	f := must(OpenFile(path, w.published(), KeepIn(kept)))
	now := time.Now()
	f.now = func() time.Time { return now }

	next := ecParty("EXEMPLE SUIVANTE") // signs France's next list
	ended := state{typeCAQC, withdrawn, "2020-01-01T00:00:00Z", forESignatures, ""}
	w.bundle.List = sign(next, unsigned(2, tomorrow, ended))
	write(w.bundle)
	now = now.Add(lookEvery)
	if got, _ := f.Granted(leaf(), authority().cert, now); !got || f.Problem() == nil {
		t.Errorf("a list by somebody who is not named: %v, %v; want the one before, and the problem", got, f.Problem())
	}
	w.bundle.Lists = lotl{sequence: 31, pivots: w.pivots, pointers: append(w.pointers[2:],
		names("FR", typeCountry, typeXML, base+"fr.xml", next))}.signed(w.third)
	write(w.bundle)
	now = now.Add(lookEvery)
	got, err := f.Granted(leaf(), authority().cert, now)
	if got || err != nil || f.List().Sequence != 2 || f.Problem() != nil {
		t.Errorf("%v (%v), sequence %d, problem %v; want the second list", got, err, f.List().Sequence, f.Problem())
	}

	if err := os.WriteFile(filepath.Join(path, listsName), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	again := must(OpenFile(path, w.published(), KeepIn(kept)))
	if got := again.List().Sequence; got != 2 || again.Problem() == nil {
		t.Errorf("a start with a broken folder: sequence %d, problem %v; want the last good one", got, again.Problem())
	}
	if _, err := os.Stat(path + ".old"); err == nil {
		t.Error("the folder before was left behind")
	}
	write(Bundle{List: france(3)}) // back to a file
	if b, err := ReadBundle(path); err != nil || b.Lists != nil {
		t.Errorf("a file again: %v", err)
	}
}

// Whoever puts another country's list between two of one country brings no older list back.
func TestNoOlderListByWayOfAnotherCountry(t *testing.T) {
	w, folder := newWorld(), t.TempDir()
	path, kept := filepath.Join(folder, "trust"), filepath.Join(folder, "kept")
	belgian := ecParty("EXEMPLE BELGE")
	w.pointers = append(w.pointers[:2:2], names("BE", typeCountry, typeXML, base+"be.xml", belgian))
	of := func(list []byte, lists int) Bundle {
		b := w.bundle
		b.List, b.Lists = list, lotl{sequence: lists, pivots: w.pivots, pointers: w.pointers}.signed(w.third)
		return b
	}
	belgium := sign(belgian, strings.Replace(unsigned(1, tomorrow, granted("2020-01-01T00:00:00Z")),
		"<SchemeTerritory>FR<", "<SchemeTerritory>BE<", 1))
	now := time.Now()
	var f *File
	put := func(b Bundle, restarted bool) {
		t.Helper()
		if err := b.Write(path); err != nil {
			t.Fatal(err)
		}
		if now = now.Add(lookEvery); restarted {
			f = must(OpenFile(path, w.published(), KeepIn(kept)))
			f.now = func() time.Time { return now }
		}
	}
	put(of(france(5), 40), true)
	for _, restarted := range []bool{false, true} {
		for _, step := range []struct {
			name      string
			next      Bundle
			territory string
			problem   string
		}{
			{"Belgium's first", of(belgium, 40), "BE", ""},
			{"an older one of France", of(france(4), 40), "BE", "trusted list: sequence number 4 after 5"},
			{"by an older list of lists", of(france(5), 39), "BE", "list of lists: sequence number 39 after 40"},
			{"France's last", of(france(5), 40), "FR", ""},
		} {
			put(step.next, restarted)
			got, problem := f.List().Territory, f.Problem()
			if got != step.territory || (step.problem == "") != (problem == nil) ||
				!strings.Contains(fmt.Sprint(problem), step.problem) {
				t.Errorf("%s, restarted %t: that of %s, problem %v; want %s, %q", step.name, restarted, got, problem,
					step.territory, step.problem)
			}
		}
	}
}

func TestInstancesWriteOneBundleAtOnce(t *testing.T) {
	w, folder := newWorld(), t.TempDir()
	path := filepath.Join(folder, "kept")
	var done sync.WaitGroup
	for range 4 {
		done.Go(func() {
			if err := w.bundle.Write(path); err != nil {
				t.Error(err)
			}
		})
	}
	done.Wait()
	if b, err := ReadBundle(path); err != nil || !reflect.DeepEqual(b, w.bundle) {
		t.Errorf("%d pivots, %v; want the bundle", len(b.Pivots), err)
	}
	if left := must(os.ReadDir(folder)); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
}

func TestAFolderOfSomethingElseIsLeftAlone(t *testing.T) {
	path := t.TempDir()
	if err := os.WriteFile(filepath.Join(path, "mine"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, b := range []Bundle{newWorld().bundle, {List: france(1)}} {
		if err := b.Write(path); err == nil || !strings.Contains(err.Error(), "something else") {
			t.Errorf("written over: %v", err)
		}
	}
	_, err := OpenFile(path, newWorld().published())
	if err == nil || !strings.Contains(err.Error(), "visavis trust-list") {
		t.Errorf("read: %v, want what the folder should have", err)
	}
}

func TestListsAreFetched(t *testing.T) {
	w := newWorld()
	served := map[string][]byte{Lists: w.bundle.Lists, base + "fr.xml": w.bundle.List, base + "be.xml": w.bundle.List}
	for _, p := range w.pivots {
		served[p] = w.bundle.Pivots[filepath.Base(p)]
	}
	get := func(_ context.Context, address string) ([]byte, error) {
		if body, ok := served[address]; ok {
			return body, nil
		}
		return nil, errors.New(address + " answered 404 Not Found")
	}
	b, err := Fetch(t.Context(), get, Lists, "FR", w.published())
	if err != nil || len(b.Pivots) != 2 {
		t.Fatalf("%d pivots: %v", len(b.Pivots), err)
	}
	if _, err := b.Parse(w.published()); err != nil {
		t.Error(err)
	}
	for territory, want := range map[string]string{"BE": "it is that of FR, want BE", "XX": `no list of "XX"`} {
		_, err := Fetch(t.Context(), get, Lists, territory, w.published())
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", territory, err, want)
		}
	}
	older := lotl{sequence: 29, pivots: w.pivots, pointers: w.pointers}.signed(w.third)
	for name, c := range map[string]struct {
		next Bundle
		want string
	}{
		"the same":                  {b, ""},
		"a newer one":               {Bundle{france(2), b.Lists, b.Pivots}, ""},
		"an older list":             {Bundle{france(0), b.Lists, b.Pivots}, "trusted list: sequence number 0 after 1"},
		"an older list of lists":    {Bundle{b.List, older, b.Pivots}, "list of lists: sequence number 29 after 30"},
		"of a country that is none": {Bundle{nil, b.Lists, b.Pivots}, "trusted list: "},
	} {
		err := c.next.Succeeds(b, w.published())
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	if err := b.Succeeds(Bundle{List: []byte("half")}, w.published()); err != nil {
		t.Errorf("after one that cannot be read: %v", err)
	}
	delete(served, w.pivots[0])
	if _, err := Fetch(t.Context(), get, Lists, "FR", w.published()); err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("without a pivot: %v", err)
	}
}
