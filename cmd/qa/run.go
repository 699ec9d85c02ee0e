package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"visavis/client"
	"visavis/specimen"
	"visavis/words"
)

// runFlags are the settings of "qa run".
type runFlags struct {
	server, ca, language, images string
	account, tags                string
	front, back, selfie          string
	junit, jsonOut, html, record string
	insecure, noSocket, quiet    bool
	tagged                       bool
	seed                         uint64
	repeat, parallel             int
	vars                         map[string]any
	details                      specimen.Details
	paths                        specimen.Paths
	scenarios                    []string
}

func (r *runFlags) parse(args []string, stderr io.Writer) error {
	f := flag.NewFlagSet("qa run", flag.ContinueOnError)
	f.StringVar(&r.server, "server", "https://localhost:8443",
		`address of the server, or "own": each scenario gets a mock server of its own`)
	f.BoolVar(&r.insecure, "insecure", false, "trust any certificate")
	f.StringVar(&r.ca, "ca", "", "PEM or DER file of the root to trust, such as the local CA's")
	f.StringVar(&r.language, "language", "fr",
		"the language that both devices ask for: "+strings.Join(words.Tags(), ", "))
	f.BoolVar(&r.noSocket, "no-socket", false, "go by HTTP alone, as where WebSockets are blocked")
	f.BoolVar(&r.tagged, "tagged", false, "pictures say what they show and are not drawn: for a server of qa serve")
	f.StringVar(&r.tags, "tag", "", "play the scenarios that have one of these tags, comma separated")
	f.IntVar(&r.repeat, "repeat", 1, "how often each scenario is played; the seed grows by one each time")
	f.IntVar(&r.parallel, "parallel", 1, "how many scenarios are played at the same time")
	f.StringVar(&r.junit, "junit", "", "write the result as JUnit XML into this file")
	f.StringVar(&r.jsonOut, "json", "", "write all that happened as JSON into this file")
	f.StringVar(&r.html, "html", "", "write a report for a browser into this file")
	f.StringVar(&r.record, "record", "",
		"with -server own: write a recording of each scenario into this folder, for qa replay and qa diff")
	f.BoolVar(&r.quiet, "quiet", false, "print a line a scenario, and everything of one that fails")
	f.StringVar(&r.images, "images", "", "folder of -front, -back and -selfie")
	f.StringVar(&r.front, "front", "", "picture to show instead of the drawn front")
	f.StringVar(&r.back, "back", "", "picture to show instead of the drawn back")
	f.StringVar(&r.selfie, "selfie", "", "picture to show instead of the drawn face")
	f.Uint64Var(&r.seed, "seed", 0, "draw from this seed instead of the scenario's")
	f.StringVar(&r.account, "account", "", "demonstration account whose open request the pictures are taken for")
	r.vars = map[string]any{}
	f.Func("var", "NAME=VALUE, for ${NAME} in the scenarios; may be given again", func(text string) error {
		name, value, found := strings.Cut(text, "=")
		if !found {
			return errors.New("want NAME=VALUE")
		}
		r.vars[name] = value
		return nil
	})
	assetFlags(f, &r.paths)
	detailFlags(f, &r.details)
	// The flag package stops at the first scenario; flags may also stand after it.
	for rest := args; len(rest) > 0; {
		if err := parseFlags(f, rest, stderr); err != nil {
			return err
		}
		if rest = f.Args(); len(rest) > 0 {
			r.scenarios = append(r.scenarios, rest[0])
			rest = rest[1:]
		}
	}
	if len(r.scenarios) == 0 || r.repeat < 1 || r.parallel < 1 || r.record != "" && (r.server != "own" || r.repeat > 1) {
		fmt.Fprintln(stderr, "qa run: want one scenario file or folder or more, -repeat and -parallel above 0, and -record "+
			"with -server own and no repeats")
		return errUsage
	}
	return nil
}

// options turns the flags into what scenarios are played with.
func (r *runFlags) options(ctx context.Context) (Options, error) {
	o := Options{
		Client:  client.Config{Server: r.server, Language: r.language, NoSocket: r.noSocket},
		Details: r.details, Pictures: map[specimen.View]string{}, Own: r.server == "own",
	}
	if o.Own {
		return o, nil
	}
	var err error
	if o.Client.TLS, err = r.tls(); err != nil {
		return o, err
	}
	if err := reach(ctx, r.server, o.Client.TLS); err != nil {
		return o, err
	}
	if o.Tagged = r.tagged; o.Tagged {
		return o, nil
	}
	if r.account != "" {
		if err := logIn(ctx, &o.Client, r.account); err != nil {
			return o, fmt.Errorf("account %s: %w", r.account, err)
		}
	}
	for view, name := range map[specimen.View]string{specimen.Front: r.front, specimen.Back: r.back,
		specimen.Face: r.selfie} {
		if name != "" && !filepath.IsAbs(name) {
			name = filepath.Join(r.images, name)
		}
		o.Pictures[view] = name
	}
	o.Assets, err = specimen.LoadAssets(r.paths)
	return o, err
}

func (r *runFlags) tls() (*tls.Config, error) {
	if r.insecure {
		return &tls.Config{InsecureSkipVerify: true}, nil //nolint:gosec // asked for by -insecure
	}
	if r.ca == "" {
		return nil, nil
	}
	data, err := os.ReadFile(r.ca)
	if err != nil {
		return nil, fmt.Errorf("root to trust: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(data) {
		root, err := x509.ParseCertificate(data)
		if err != nil {
			return nil, fmt.Errorf("root to trust %s: neither PEM nor DER: %w", r.ca, err)
		}
		roots.AddCert(root)
	}
	return &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, nil
}

// files are the scenarios that are named, and those of named folders.
func (r *runFlags) files() ([]string, error) {
	var all []string
	for _, name := range r.scenarios {
		info, err := os.Stat(name)
		if err != nil {
			return nil, fmt.Errorf("scenario: %w", err)
		}
		if !info.IsDir() {
			all = append(all, name)
			continue
		}
		found, err := filepath.Glob(filepath.Join(name, "*.yaml"))
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			return nil, fmt.Errorf("%s: no scenario, a file whose name ends in .yaml, is in this folder", name)
		}
		all = append(all, found...)
	}
	return all, nil
}

// load reads the scenarios that have one of the tags, as often as they are played.
func (r *runFlags) load() ([]*Scenario, error) {
	paths, err := r.files()
	if err != nil {
		return nil, err
	}
	var all []*Scenario
	for _, path := range paths {
		for i := range r.repeat {
			s, err := LoadScenario(path, r.vars)
			if err != nil {
				return nil, err
			}
			if r.tags != "" && !slices.ContainsFunc(strings.Split(r.tags, ","), func(tag string) bool {
				return slices.Contains(s.Tags, tag)
			}) {
				break
			}
			if seed := r.seed + uint64(i); seed != 0 {
				s.reseed(seed)
			}
			all = append(all, s)
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("-tag %s: no scenario has such a tag", r.tags)
	}
	return all, nil
}

// runScenarios carries out "qa run".
func runScenarios(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var r runFlags
	if err := r.parse(args, stderr); err != nil {
		return err
	}
	scenarios, err := r.load()
	if err != nil {
		return err
	}
	options, err := r.options(ctx)
	if err != nil {
		return err
	}
	if options.Assets != nil && options.Assets.PortraitDrawn {
		fmt.Fprintln(stderr, "qa run: no portrait photo found (package python3-skimage), a drawn face stands in; face "+
			"detectors may not take it for one")
	}
	runs := r.playAll(ctx, scenarios, options, stdout)
	if err := r.write(runs); err != nil {
		return err
	}
	failed := 0
	for _, run := range runs {
		if run.Failure != "" {
			failed++
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d scenarios failed", failed, len(runs))
	}
	return nil
}

// playAll plays the scenarios, some at the same time; each one's lines stay together.
func (r *runFlags) playAll(ctx context.Context, scenarios []*Scenario, options Options, stdout io.Writer) []*Run {
	runs := make([]*Run, len(scenarios))
	var printing sync.Mutex
	var all sync.WaitGroup
	turn := make(chan struct{}, r.parallel)
	for i, s := range scenarios {
		turn <- struct{}{}
		runs[i] = &Run{}
		all.Go(func() {
			defer func() { <-turn }()
			var lines bytes.Buffer
			out := io.Writer(&lines)
			if r.parallel == 1 && !r.quiet {
				out = stdout
			}
			fmt.Fprintf(out, "%s: %s\n", s.Name, s.About)
			own := options
			own.Number = i + 1
			err := recordedInto(r.record, s, own, func(o Options) error {
				return playInto(ctx, s, o, &printer{out: out, start: time.Now()}, runs[i])
			})
			printing.Lock()
			defer printing.Unlock()
			if err != nil || !r.quiet {
				_, _ = lines.WriteTo(stdout) // as every line
			}
			if err != nil {
				fmt.Fprintf(stdout, "FAIL %s after %.1f s: %v\n", s.Name, runs[i].Took.Seconds(), err)
			} else {
				fmt.Fprintf(stdout, "ok   %s in %.1f s\n", s.Name, runs[i].Took.Seconds())
			}
			if !r.quiet {
				fmt.Fprintln(stdout)
			}
		})
	}
	all.Wait()
	return runs
}

// reseed draws everything from another seed.
func (s *Scenario) reseed(seed uint64) {
	forEach(s.Steps, func(step *Step) {
		if send := step.Send; send != nil && send.Seed == s.Seed {
			send.Seed = seed
		}
	})
	s.Seed = seed
}
