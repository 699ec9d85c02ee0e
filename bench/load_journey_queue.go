package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/google/uuid"

	"visavis/enrolment"
	"visavis/enrolment/evidence"
	"visavis/enrolment/store"
)

const (
	// fewWaiting, then moreWaiting, then manyWaiting files are in the queue.
	fewWaiting  = 100
	moreWaiting = 1000
	manyWaiting = 10_000
	// whole are how many of them, the oldest, have evidence. The draw chooses among them.
	whole = 500
	// looks is how often the list and the next file are asked for.
	looks = 60
	// exportPictures of exportPicture bytes each are in the file that is exported, then twice as many.
	exportPictures = 20
	exportPicture  = 2_000_000
)

// exports measures how long the downloads of a large file take, by its person and by the site that
// asked for it, and by how much the server's memory grows meanwhile over the quiet server, as a share
// of the file; then the same of a file of twice the size: what is held in memory grows with it.
func (j *journeys) exports(ctx context.Context, a *applicant, figures map[string]float64) error {
	site := &browser{url: a.url, http: a.http, key: j.key}
	if _, err := j.collect(ctx, j.debug); err != nil {
		return err
	}
	quiet, err := residentOf(j.cmd.Process.Pid)
	if err != nil {
		return err
	}
	ways := []struct {
		name, path string
		as         *browser
		grown      []float64
	}{
		{name: "export", path: "/api/enrolments/" + a.id + "/export", as: a.browser},
		{name: "site_export", path: "/v1/verifications/" + a.verification + "/evidence", as: site},
	}
	for twice := range 2 {
		if err := j.pictured(ctx, a.id, twice*exportPictures); err != nil {
			return err
		}
		for i := range ways {
			way := &ways[i]
			size, took, peak, err := j.download(ctx, way.as, way.path)
			if err != nil {
				return err
			}
			grown := max(0, peak-quiet)
			way.grown = append(way.grown, grown)
			fmt.Fprintf(os.Stderr, "    %s of %.1f MB in %.2f s: the server grows by %.1f MB\n", way.name, size/1e6,
				took.Seconds(), grown/1e6)
			if twice == 0 {
				figures[way.name+"_40mb_seconds"] = took.Seconds()
				figures[way.name+"_40mb_memory_share"] = grown / size
			}
		}
	}
	for _, way := range ways {
		figures[way.name+"_80mb_memory_ratio"] = way.grown[1] / way.grown[0]
	}
	return nil
}

// pictured adds pictures to a file, the first of them with this number.
func (j *journeys) pictured(ctx context.Context, id string, first int) error {
	for i := range exportPictures {
		body := make([]byte, exportPicture)
		_, _ = rand.Read(body) // never fails: crypto/rand ends the process instead
		item := evidence.Item{ID: fmt.Sprintf("still-bench-%d", first+i), Kind: evidence.Still, Step: "front",
			MediaType: "image/jpeg"}
		if err := j.keeper.Add(ctx, id, item, body, time.Now()); err != nil {
			return err
		}
	}
	return nil
}

// download fetches a file and returns its size, and the server's largest resident memory meanwhile, in bytes.
func (j *journeys) download(
	ctx context.Context, as *browser, path string,
) (size float64, took time.Duration, peak float64, err error) {
	if _, err := j.collect(ctx, j.debug); err != nil {
		return 0, 0, 0, err
	}
	pid := j.cmd.Process.Pid
	if err := forgetPeak(pid); err != nil {
		return 0, 0, 0, err
	}
	began := time.Now()
	res, err := as.send(ctx, http.MethodGet, path, nil)
	if err != nil {
		return 0, 0, 0, err
	}
	n, err := io.Copy(io.Discard, res.Body)
	if err := errors.Join(err, res.Body.Close()); err != nil {
		return 0, 0, 0, err
	}
	took = time.Since(began)
	if n < exportPictures*exportPicture {
		return 0, 0, 0, fmt.Errorf("%s has %d bytes, less than its pictures", path, n)
	}
	peak, err = memoryOf(pid, "VmHWM:")
	return float64(n), took, peak, err
}

// forgetPeak has the kernel begin anew with a process's largest resident size.
func forgetPeak(pid int) error {
	return os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", pid), []byte("5"), 0)
}

// queues measures what a reviewer waits for while few, more and many files wait.
func (j *journeys) queues(ctx context.Context, name string, figures map[string]float64) error {
	a, err := j.captured(ctx)
	if err != nil {
		return err
	}
	defer a.leave()
	if err := a.finish(ctx, "review"); err != nil {
		return err
	}
	reviewer, err := j.staff(ctx, "reviewer-3", 0)
	if err != nil {
		return err
	}
	made := 1 // the one that was captured
	var few [2]float64
	for _, waiting := range []int{fewWaiting, moreWaiting, manyWaiting} {
		began := time.Now()
		if err := j.wait(ctx, a.id, made, waiting); err != nil {
			return fmt.Errorf("filling the queue: %w", err)
		}
		made = waiting
		fmt.Fprintf(os.Stderr, "    %s: %d files wait, made in %.1f s\n", name, waiting, time.Since(began).Seconds())
		lists, draws, err := looksAt(ctx, reviewer, waiting)
		if err != nil {
			return err
		}
		for i, of := range []struct {
			what string
			took []time.Duration
		}{{"list", lists}, {"draw", draws}} {
			p50, p95 := quantile(of.took, 0.5), quantile(of.took, 0.95)
			fmt.Fprintf(os.Stderr, "    %s: %s of %d: p50 %.1f ms, p95 %.1f\n", name, of.what, waiting, p50, p95)
			key := "review_queue_" + of.what + "_" + name
			if waiting == fewWaiting {
				few[i] = p50
			}
			if waiting < manyWaiting {
				figures[fmt.Sprintf("%s_%d_p50_ms", key, waiting)] = p50
				continue
			}
			figures[key+"_p50_ms"], figures[key+"_p95_ms"] = p50, p95
			figures[key+"_ratio"] = p50 / few[i]
		}
	}
	return nil
}

// looksAt asks for the list and for the next file, in turns; each file is put back.
func looksAt(ctx context.Context, reviewer *browser, waiting int) (lists, draws []time.Duration, err error) {
	for range looks {
		var list struct {
			Waiting int `json:"waiting"`
		}
		began := time.Now()
		if err := reviewer.call(ctx, http.MethodGet, "/api/review", nil, &list); err != nil {
			return nil, nil, err
		}
		lists = append(lists, time.Since(began))
		if list.Waiting != waiting {
			return nil, nil, fmt.Errorf("the list says that %d files wait, want %d", list.Waiting, waiting)
		}
		var f drawnFile
		began = time.Now()
		if err := reviewer.call(ctx, http.MethodPost, "/api/review/draw", nil, &f); err != nil {
			return nil, nil, err
		}
		draws = append(draws, time.Since(began))
		if f.Drawn == nil {
			return nil, nil, fmt.Errorf("no file is drawn of %d", waiting)
		}
		if err := reviewer.call(ctx, http.MethodPost, "/api/review/"+f.Drawn.ID+"/put-back", nil, nil); err != nil {
			return nil, nil, err
		}
	}
	return lists, draws, nil
}

// wait adds files that are like one, until so many wait. They wait for less long than those that
// were there before. The oldest have its report; the others are rows alone.
func (j *journeys) wait(ctx context.Context, like string, from, to int) error {
	var original enrolment.Record
	err := j.keeper.Store.InTx(ctx, func(tx *store.Tx) (err error) {
		original, err = tx.Load(ctx, like)
		return err
	})
	if err != nil {
		return err
	}
	report, item, err := j.report(ctx, like)
	if err != nil {
		return err
	}
	const batch = 500
	for first := from; first < to; {
		next := min(to, first+batch)
		if first < whole {
			next = min(next, whole)
		}
		if first >= whole {
			report = nil
		}
		if err := j.copies(ctx, original, first, next, item, report); err != nil {
			return err
		}
		first = next
	}
	return j.analyze(ctx)
}

// analyze tells PostgreSQL's planner of the new rows, as its autovacuum does within minutes.
func (j *journeys) analyze(ctx context.Context) error {
	pool := j.keeper.Store.Postgres()
	if pool == nil {
		return nil
	}
	_, err := pool.Exec(ctx, "ANALYZE")
	return err
}

// report reads the report of a file's verification.
func (j *journeys) report(ctx context.Context, id string) ([]byte, evidence.Item, error) {
	items, err := j.keeper.Items(ctx, id)
	if err != nil {
		return nil, evidence.Item{}, err
	}
	for _, i := range items {
		if i.Kind == evidence.Report {
			return j.keeper.Read(ctx, id, i.ID)
		}
	}
	return nil, evidence.Item{}, errors.New("the file has no report")
}

// copies adds the n-th to the m-th copy of a file; without a report rows alone.
func (j *journeys) copies(ctx context.Context, original enrolment.Record, n, m int, item evidence.Item,
	report []byte) error {
	var ids []string
	err := j.keeper.Store.InTx(ctx, func(tx *store.Tx) error {
		for i := n; i < m; i++ {
			r := original.Clone()
			r.ID, r.Owner = uuid.NewString(), "bench:"+strconv.Itoa(i)
			r.Reference = fmt.Sprintf("B%05d", i) // digits: no other reference has them
			r.LastAction = original.LastAction.Add(time.Duration(i) * time.Microsecond)
			ids = append(ids, r.ID)
			create := tx.Create
			if report != nil {
				create = func(ctx context.Context, r enrolment.Record) error { return j.keeper.Create(ctx, tx, r) }
			}
			if err := create(ctx, r); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil || report == nil {
		return err
	}
	for _, id := range ids {
		if err := j.keeper.Add(ctx, id, item, report, time.Now()); err != nil {
			return err
		}
	}
	return nil
}
