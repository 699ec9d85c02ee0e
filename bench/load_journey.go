package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"visavis/enrolment/bucket"
	"visavis/enrolment/evidence"
	"visavis/enrolment/store"
	"visavis/enrolment/store/storetest"
	"visavis/specimen"
)

const (
	// journeyCrowd people enrol at once, in each round.
	journeyCrowd = 6
	// journeyReviewers decide at once.
	journeyReviewers = 2
)

// loadJourney measures, on SQLite and on PostgreSQL, enrolments from the captured file to the
// issued certificate, the export of a large file, and the reviewers' queue.
func loadJourney(ctx context.Context, l *loadFlags, figures map[string]float64) error {
	pictures, err := drawPassport(l.models)
	if err != nil {
		return err
	}
	postgres := storetest.Server{Durable: true}
	defer postgres.Close()
	for _, name := range []string{"sqlite", "postgres"} {
		url, drop := "", func() error { return nil }
		if name == "postgres" {
			if url, drop, err = postgres.New(ctx); err != nil {
				return fmt.Errorf("PostgreSQL: %w", err)
			}
		}
		if err := errors.Join(loadJourneyOn(ctx, l, name, url, pictures, figures), drop()); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// journeys is the program with enrolments, and what is beside it.
type journeys struct {
	*program
	debug    string
	key      string // of the demonstration's site
	keeper   *evidence.Keeper
	pictures map[string][]byte
	declared map[string]string // of a person; all but the address

	people int // that began
}

// loadJourneyOn is loadJourney with the records in one database; an empty url is SQLite's.
func loadJourneyOn(ctx context.Context, l *loadFlags, name, url string, p passport, figures map[string]float64) error {
	j, stop, err := startJourneys(ctx, l, url, p)
	if err != nil {
		return err
	}
	defer stop()
	var took time.Duration
	var memory []float64
	var last *applicant
	for round := range l.rounds {
		var spent time.Duration
		if last, spent, err = j.round(ctx, journeyCrowd); err != nil {
			return fmt.Errorf("round %d: %w", round+1, err)
		}
		took += spent
		held, err := j.soaked(ctx, j.debug)
		if err != nil {
			return err
		}
		memory = append(memory, held.server+held.workers)
		fmt.Fprintf(os.Stderr, "    %s: %d enrolments in %.1f s; server %.0f MB (%.0f MB of Go's heap live), workers %.0f MB\n",
			name, journeyCrowd, spent.Seconds(), held.server/1e6, held.heap/1e6, held.workers/1e6)
	}
	figures["enrolments_a_minute_"+name] = float64(l.rounds*journeyCrowd) / took.Minutes()
	figures["journey_memory_"+name+"_ratio"] = memory[len(memory)-1] / memory[0]
	if url == "" { // which database it is matters little to an export
		if err := j.exports(ctx, last, figures); err != nil {
			return fmt.Errorf("export: %w", err)
		}
	}
	return j.queues(ctx, name, figures)
}

// startJourneys starts the program with enrolments of a demonstration: its letters lie in its
// outbox, its test authority issues.
func startJourneys(ctx context.Context, l *loadFlags, url string, p passport) (j *journeys, stop func(), err error) {
	debug, err := freeAddress(ctx)
	if err != nil {
		return nil, nil, err
	}
	more := []string{"--enrolments", "on", "--debug-listen", debug, "--challenge", "off", "--blind-share", "0",
		"--api-rate", "1000000", "--attempts", "1000"}
	if url != "" {
		more = append(more, "--database-url", url)
	}
	j = &journeys{debug: debug, pictures: p.pictures, declared: p.declared}
	if j.program, err = startProgram(ctx, l, more...); err != nil {
		return nil, nil, err
	}
	if err := j.open(ctx, cmp.Or(url, filepath.Join(j.dir, "visavis.db"))); err != nil {
		j.stop()
		return nil, nil, err
	}
	return j, func() {
		_ = j.keeper.Store.Close()
		j.stop()
	}, nil
}

// open reads the key of the demonstration's site, and opens the records beside the program.
func (j *journeys) open(ctx context.Context, url string) error {
	key, err := os.ReadFile(filepath.Join(j.dir, "test-site.key"))
	if err != nil {
		return err
	}
	j.key = strings.TrimSpace(string(key))
	j.keeper = &evidence.Keeper{}
	if j.keeper.Master, err = evidence.OpenMaster(filepath.Join(j.dir, "keys", "master.key")); err != nil {
		return err
	}
	if j.keeper.Signer, err = evidence.OpenSigner(filepath.Join(j.dir, "keys", "signing.key")); err != nil {
		return err
	}
	if j.keeper.Bucket, err = bucket.Open(filepath.Join(j.dir, "evidence")); err != nil {
		return err
	}
	j.keeper.Store, err = store.Open(ctx, store.Config{URL: url})
	return err
}

// round has people enrol. All of them have captured all but the last picture before the time
// begins; it ends when the last one has a certificate. One of them is returned.
func (j *journeys) round(ctx context.Context, people int) (one *applicant, took time.Duration, err error) {
	crowd := make([]*applicant, people)
	defer func() {
		for _, a := range crowd {
			a.leave()
		}
	}()
	for i := range crowd {
		if crowd[i], err = j.captured(ctx); err != nil {
			return nil, 0, fmt.Errorf("before the last picture: %w", err)
		}
	}
	began := time.Now()
	work, working := errgroup.WithContext(ctx)
	reviewing, closing := context.WithCancel(working)
	defer closing()
	var walks sync.WaitGroup
	for _, a := range crowd {
		walks.Add(1)
		work.Go(func() error {
			defer walks.Done()
			return a.finish(working, "issued")
		})
	}
	for n := range journeyReviewers {
		work.Go(func() error { return j.review(reviewing, n) })
	}
	work.Go(func() error {
		walks.Wait()
		took = time.Since(began)
		closing()
		return nil
	})
	err = work.Wait()
	return crowd[people-1], took, err
}

// passport is what people show, and what they declare.
type passport struct {
	pictures map[string][]byte // JPEGs by step
	declared map[string]string
}

// drawPassport draws a specimen passport and its holder, as a phone takes them.
func drawPassport(models string) (passport, error) {
	portrait := filepath.Join(models, "astronaut.png")
	if _, err := os.Stat(portrait); err != nil {
		portrait = ""
	}
	assets, err := specimen.LoadAssets(specimen.Paths{Portrait: portrait})
	if err != nil {
		return passport{}, err
	}
	person := specimen.NewPerson(specimen.Passport, 7)
	person.Issuer, person.Nationality = "UTO", "UTO" // whose documents alone a test key accepts
	drawn, err := specimen.DrawPerson(specimen.Passport, person, 7, 0, assets)
	if err != nil {
		return passport{}, err
	}
	p := passport{pictures: map[string][]byte{}, declared: map[string]string{
		"surname":     person.Surname,
		"given_names": strings.Join(person.GivenNames, " "),
		"birth_date":  person.Birth.Format(time.DateOnly),
	}}
	for step, view := range map[string]specimen.View{"document-front": specimen.Front, "selfie": specimen.Face} {
		shot, err := specimen.NewShot(specimen.ShotRequest{View: view, Seed: 7, Width: 1920, Height: 1080}, drawn, assets)
		if err != nil {
			return passport{}, err
		}
		if p.pictures[step], err = specimen.EncodeJPEG(shot.At(0), 88); err != nil {
			return passport{}, err
		}
	}
	return p, nil
}

// network dials from an address of the loopback network that is the n-th person's own: people
// of one network share its limits.
func network(n int) func(ctx context.Context, network, address string) (net.Conn, error) {
	from := &net.TCPAddr{IP: net.IPv4(127, byte(1+n>>8), byte(n), 1)}
	return (&net.Dialer{LocalAddr: from}).DialContext
}
