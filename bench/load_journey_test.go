package main

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"visavis/enrolment"
	"visavis/enrolment/evidence"
	"visavis/enrolment/evidence/evidencetest"
	"visavis/enrolment/store"
	"visavis/enrolment/store/storetest"
)

// Copies of a file wait as the file does, each with an owner and a reference of its own, and where a report is given
// with that.
func TestCopiesOfAFileWaitForAReviewer(t *testing.T) {
	ctx := t.Context()
	s := storetest.Open(t, filepath.Join(t.TempDir(), "visavis.db"))
	j := &journeys{keeper: evidencetest.New(t, s).Keeper}
	original := enrolment.New("original", "REFERS", "owner", "fr", enrolment.Declaration{Surname: "Specimen"}, time.Now())
	original.State = enrolment.Review
	in := func(f func(tx *store.Tx) error) {
		t.Helper()
		if err := s.InTx(ctx, f); err != nil {
			t.Fatal(err)
		}
	}
	in(func(tx *store.Tx) error { return j.keeper.Create(ctx, tx, original) })
	item := evidence.Item{ID: "report-1-1", Kind: evidence.Report, MediaType: "application/json"}
	if err := j.keeper.Add(ctx, original.ID, item, []byte(`{"kind":"passport"}`), time.Now()); err != nil {
		t.Fatal(err)
	}
	if err := j.wait(ctx, original.ID, 1, 4); err != nil {
		t.Fatal(err)
	}
	if err := j.copies(ctx, original, 4, 6, item, nil); err != nil {
		t.Fatal(err)
	}
	var all []enrolment.Record
	in(func(tx *store.Tx) (err error) {
		all, err = tx.InState(ctx, enrolment.Review, 10)
		return err
	})
	if len(all) != 6 || all[0].ID != original.ID {
		t.Fatalf("%d files wait, want 6, the original first", len(all))
	}
	owners, references := map[string]bool{}, map[string]bool{}
	for i, r := range all {
		owners[r.Owner], references[r.Reference] = true, true
		body, _, err := j.report(ctx, r.ID)
		if with := i < 4; (err == nil) != with || with && string(body) != `{"kind":"passport"}` {
			t.Errorf("file %d: %q, %v", i, body, err)
		}
	}
	if len(owners) != 6 || len(references) != 6 {
		t.Errorf("%d owners, %d references, want 6 of each", len(owners), len(references))
	}
}

// desk is a server whose queue tells that so many files wait, and has one to draw or none.
func desk(t *testing.T, waiting int, draws bool) (b *browser, held *int) {
	t.Helper()
	held = new(int)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/review", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"waiting":%d}`, waiting)
	})
	mux.HandleFunc("POST /api/review/draw", func(w http.ResponseWriter, _ *http.Request) {
		answer := drawnFile{}
		if draws {
			*held++
			if err := json.Unmarshal([]byte(`{"drawn":{"id":"one"}}`), &answer); err != nil {
				t.Error(err)
			}
		}
		if err := json.NewEncoder(w).Encode(answer); err != nil {
			t.Error(err)
		}
	})
	mux.HandleFunc("POST /api/review/one/put-back", func(w http.ResponseWriter, _ *http.Request) {
		*held--
		fmt.Fprint(w, `{}`)
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return &browser{url: s.URL, http: s.Client()}, held
}

func TestAReviewerLooksAtTheQueueAndPutsEachFileBack(t *testing.T) {
	b, held := desk(t, 7, true)
	lists, draws, err := looksAt(t.Context(), b, 7)
	if err != nil || len(lists) != looks || len(draws) != looks || *held != 0 {
		t.Errorf("%d lists, %d draws, %d not put back, %v", len(lists), len(draws), *held, err)
	}
	if _, _, err := looksAt(t.Context(), b, 8); err == nil || !strings.Contains(err.Error(), "want 8") {
		t.Errorf("a wrong number is %v", err)
	}
	empty, _ := desk(t, 7, false)
	if _, _, err := looksAt(t.Context(), empty, 7); err == nil || !strings.Contains(err.Error(), "no file") {
		t.Errorf("nothing to draw is %v", err)
	}
	if err := b.call(t.Context(), http.MethodGet, "/api/nothing", nil, nil); err == nil ||
		!strings.Contains(err.Error(), "status 404") {
		t.Errorf("a refusal is %v", err)
	}
}

func TestEachPersonHasANetworkOfTheirOwn(t *testing.T) {
	seen := map[string]bool{}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	for _, n := range []int{0, 1, 255, 256} {
		conn, err := network(n)(t.Context(), "tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		host, _, err := net.SplitHostPort(conn.LocalAddr().String())
		if err != nil {
			t.Fatal(err)
		}
		seen[host[:strings.LastIndexByte(host, '.')]] = true
		_ = conn.Close()
	}
	if len(seen) != 4 {
		t.Errorf("four people come from %v", seen)
	}
}

func TestMemoryIsReadByItsName(t *testing.T) {
	now, err := memoryOf(os.Getpid(), "VmRSS:")
	most, err2 := memoryOf(os.Getpid(), "VmHWM:")
	if err != nil || err2 != nil || now < 1<<20 || most < 1<<20 {
		t.Errorf("%v and at most %v, %v, %v", now, most, err, err2)
	}
	if _, err := memoryOf(os.Getpid(), "VmNothing:"); err == nil {
		t.Error("a size that is not there is no error")
	}
}
