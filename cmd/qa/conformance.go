package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"visavis/qa/judge"
)

// conformanceFlags are the settings of "qa conformance".
type conformanceFlags struct {
	runFlags
	command, listen, folder string
	rows                    string
	clientSide              bool
	within                  time.Duration
}

func (c *conformanceFlags) parse(args []string, stderr io.Writer) error {
	f := flag.NewFlagSet("qa conformance", flag.ContinueOnError)
	f.StringVar(&c.server, "server", "", "try this server")
	f.StringVar(&c.ca, "ca", "", "PEM or DER file of the root to trust")
	f.BoolVar(&c.insecure, "insecure", false, "trust any certificate")
	f.BoolVar(&c.tagged, "tagged", false, "pictures say what they show and are not drawn: for a server of qa serve")
	f.StringVar(&c.folder, "scenarios", "qa/scenarios", "the rules of a server: scenarios of this folder with the tag "+
		"pairing, eyes or conformance, without limits of their own")
	f.BoolVar(&c.clientSide, "client", false, "try a client: listen and judge")
	f.StringVar(&c.command, "command", "",
		"the client's command, in which URL and ROOT stand for the address and the file of the root; "+
			"without it, what is played by hand until Ctrl-C is judged")
	f.StringVar(&c.listen, "listen", "127.0.0.1:0", "where to listen for a client")
	f.DurationVar(&c.within, "within", 2*time.Minute, "how long a client's command may take")
	f.StringVar(&c.rows, "rows", "",
		"of a server: only the rules whose names have one of these words in them, comma separated")
	f.IntVar(&c.parallel, "parallel", 1, "of a server: how many rules are tried at the same time")
	f.StringVar(&c.junit, "junit", "", "write the rows as JUnit XML into this file")
	if err := parseFlags(f, args, stderr); err != nil {
		return err
	}
	if c.clientSide == (c.server != "") || c.parallel < 1 || f.NArg() > 0 {
		fmt.Fprintln(stderr, "qa conformance: want -server URL or -client, -parallel above 0, and nothing after the flags")
		return errUsage
	}
	return nil
}

// row is one rule of the table.
type row struct {
	name, about, wrong string
	took               time.Duration
	untried            bool
}

// runConformance carries out "qa conformance".
func runConformance(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	c := conformanceFlags{runFlags: runFlags{language: "fr", repeat: 1, parallel: 1}}
	if err := c.parse(args, stderr); err != nil {
		return err
	}
	try := c.tryServer
	if c.clientSide {
		try = c.tryClient
	}
	rows, err := try(ctx, stdout)
	if err != nil {
		return err
	}
	broken := 0
	suite := junitSuite{Name: "visavis conformance", Tests: len(rows)}
	for _, r := range rows {
		word := "kept"
		line := junitCase{Name: r.name, Class: "conformance", Time: seconds(r.took)}
		switch {
		case r.untried:
			word = "UNTRIED"
		case r.wrong != "":
			word = "BROKEN"
		}
		if word != "kept" {
			broken++
			line.Failure = &junitFailure{Message: or2(r.wrong, "there was nothing to judge")}
		}
		suite.Cases = append(suite.Cases, line)
		fmt.Fprintf(stdout, "%-8s %-34s %s\n", word, r.name, r.about)
		if r.wrong != "" {
			fmt.Fprintf(stdout, "%9s%s\n", "", r.wrong)
		}
	}
	suite.Failures = broken
	if c.junit != "" {
		if err := writeSuite(c.junit, suite); err != nil {
			return err
		}
	}
	if broken > 0 {
		return fmt.Errorf("%d of %d rules are not kept", broken, len(rows))
	}
	return nil
}

// tryClient listens, and judges what a client does.
func (c *conformanceFlags) tryClient(ctx context.Context, stdout io.Writer) ([]row, error) {
	trial, err := judge.Begin(c.listen, nil)
	if err != nil {
		return nil, err
	}
	if c.command = strings.TrimSpace(c.command); c.command == "" {
		fmt.Fprintf(stdout, "%s: play one desktop and one phone to the end, then Ctrl-C\n", trial.URL)
		<-ctx.Done()
	} else {
		limited, cancel := context.WithTimeout(ctx, c.within)
		defer cancel()
		out, err := trial.Run(limited, strings.Fields(c.command))
		switch {
		case limited.Err() != nil && ctx.Err() == nil:
			fmt.Fprintf(stdout, "the client did not end within -within %s, and was stopped:\n%s\n", c.within, out)
		case errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist):
			return nil, errors.Join(fmt.Errorf("-command: %w", err), trial.Finish())
		case err != nil:
			fmt.Fprintf(stdout, "the client ended with %v:\n%s\n", err, out)
		}
	}
	if err := trial.Finish(); err != nil {
		return nil, err
	}
	var rows []row
	for _, rule := range trial.Rules() {
		rows = append(rows, row{name: rule.Name, about: rule.About, wrong: strings.Join(rule.Broken, "; "),
			untried: rule.Seen == 0})
	}
	return rows, nil
}

// serverTags mark the scenarios whose rules hold of every server. They are fewer than
// the sessions that one address may open in an hour.
var serverTags = []string{"pairing", "eyes", "conformance"}

// tryServer plays those that need no limits of their own.
func (c *conformanceFlags) tryServer(ctx context.Context, _ io.Writer) ([]row, error) {
	paths, err := filepath.Glob(filepath.Join(c.folder, "*.yaml"))
	if err != nil || len(paths) == 0 {
		return nil, fmt.Errorf("no scenarios in %s: -scenarios names their folder", c.folder)
	}
	options, err := c.options(ctx)
	if err != nil {
		return nil, err
	}
	var scenarios []*Scenario
	for _, path := range paths {
		s, err := LoadScenario(path, nil)
		if err != nil {
			return nil, err
		}
		if s.Server == nil && c.asked(s.Name) && slices.ContainsFunc(s.Tags, func(tag string) bool {
			return slices.Contains(serverTags, tag)
		}) {
			scenarios = append(scenarios, s)
		}
	}
	if len(scenarios) == 0 {
		return nil, fmt.Errorf("no rule has one of the words %q in its name", c.rows)
	}
	rows := make([]row, len(scenarios))
	turn := make(chan struct{}, c.parallel)
	var all sync.WaitGroup
	for i, s := range scenarios {
		turn <- struct{}{}
		all.Go(func() {
			defer func() { <-turn }()
			began := time.Now()
			rows[i] = row{name: s.Name, about: s.About}
			own := options
			own.Number = i + 1
			if err := play(ctx, s, own, &printer{out: io.Discard, start: began}); err != nil {
				rows[i].wrong = err.Error()
			}
			rows[i].took = time.Since(began)
		})
	}
	all.Wait()
	return rows, nil
}

// asked tells whether a rule is among those to be tried.
func (c *conformanceFlags) asked(name string) bool {
	return c.rows == "" || slices.ContainsFunc(strings.Split(c.rows, ","), func(word string) bool {
		return strings.Contains(name, strings.TrimSpace(word))
	})
}
