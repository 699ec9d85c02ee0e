package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"visavis/client"
	"visavis/specimen"
)

// runFlags are the settings of "qa run".
type runFlags struct {
	server, ca, language, images string
	account                      string
	front, back, selfie          string
	insecure, noSocket           bool
	seed                         uint64
	details                      specimen.Details
	paths                        specimen.Paths
	scenarios                    []string
}

func (r *runFlags) parse(args []string, stderr io.Writer) error {
	f := flag.NewFlagSet("qa run", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.StringVar(&r.server, "server", "https://localhost:8443", "address of the server")
	f.BoolVar(&r.insecure, "insecure", false, "trust any certificate")
	f.StringVar(&r.ca, "ca", "", "PEM or DER file of the root to trust, such as the local CA's")
	f.StringVar(&r.language, "language", "fr", "fr or en")
	f.BoolVar(&r.noSocket, "no-socket", false, "go by HTTP alone, as where WebSockets are blocked")
	f.StringVar(&r.images, "images", "", "folder of -front, -back and -selfie")
	f.StringVar(&r.front, "front", "", "picture to show instead of the drawn front")
	f.StringVar(&r.back, "back", "", "picture to show instead of the drawn back")
	f.StringVar(&r.selfie, "selfie", "", "picture to show instead of the drawn face")
	f.Uint64Var(&r.seed, "seed", 0, "draw from this seed instead of the scenario's")
	f.StringVar(&r.account, "account", "", "demonstration account whose open request the pictures are taken for")
	assetFlags(f, &r.paths)
	detailFlags(f, &r.details)
	// The flag package stops at the first scenario; flags may also stand after it.
	for rest := args; len(rest) > 0; {
		if err := f.Parse(rest); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				return err
			}
			return errUsage
		}
		if rest = f.Args(); len(rest) > 0 {
			r.scenarios = append(r.scenarios, rest[0])
			rest = rest[1:]
		}
	}
	if len(r.scenarios) == 0 {
		fmt.Fprintln(stderr, "qa run: want one scenario file or more")
		return errUsage
	}
	return nil
}

// options turns the flags into what scenarios are played with.
func (r *runFlags) options(ctx context.Context) (Options, error) {
	o := Options{
		Client:  client.Config{Server: r.server, Language: r.language, NoSocket: r.noSocket},
		Details: r.details, Pictures: map[specimen.View]string{},
	}
	var err error
	if o.Client.TLS, err = r.tls(); err != nil {
		return o, err
	}
	if r.account != "" {
		if err := logIn(ctx, &o.Client, r.account); err != nil {
			return o, fmt.Errorf("account %s: %w", r.account, err)
		}
	}
	for view, name := range map[specimen.View]string{specimen.Front: r.front, specimen.Back: r.back, specimen.Face: r.selfie} {
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

// runScenarios carries out "qa run".
func runScenarios(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var r runFlags
	if err := r.parse(args, stderr); err != nil {
		return err
	}
	scenarios := make([]*Scenario, len(r.scenarios))
	for i, path := range r.scenarios {
		s, err := LoadScenario(path)
		if err != nil {
			return err
		}
		if r.seed != 0 {
			s.reseed(r.seed)
		}
		scenarios[i] = s
	}
	options, err := r.options(ctx)
	if err != nil {
		return err
	}
	if options.Assets.PortraitDrawn {
		fmt.Fprintln(stderr, "qa run: no portrait photo found (package python3-skimage), a drawn face stands in; face detectors may not take it for one")
	}
	failed := 0
	for _, s := range scenarios {
		start := time.Now()
		fmt.Fprintf(stdout, "%s: %s\n", s.Name, s.About)
		if err := play(ctx, s, options, &printer{out: stdout, start: start}); err != nil {
			failed++
			fmt.Fprintf(stdout, "FAIL %s after %.1f s: %v\n\n", s.Name, time.Since(start).Seconds(), err)
			continue
		}
		fmt.Fprintf(stdout, "ok   %s in %.1f s\n\n", s.Name, time.Since(start).Seconds())
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d scenarios failed", failed, len(scenarios))
	}
	return nil
}

// reseed draws everything from another seed.
func (s *Scenario) reseed(seed uint64) {
	for i := range s.Steps {
		if send := s.Steps[i].Send; send != nil && send.Seed == s.Seed {
			send.Seed = seed
		}
	}
	s.Seed = seed
}
