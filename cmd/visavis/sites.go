package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"visavis/enrolment/store"
	"visavis/sites"
	"visavis/sites/registry"
)

const siteUsage = `usage: visavis site add --name NAME [--live] [--return-urls URL,…] [--origins ORIGIN,…] [--contact TEXT] [--logo FILE]
       visavis site list                                    every site
       visavis site set [--name …] [--return-urls …] … SITE change what is known of a site
       visavis site keys SITE                               its keys, without their secrets
       visavis site key [--scopes read,write,…] [--label TEXT] SITE   make a key; it is shown once
       visavis site rotate [--overlap 24h] SITE KEY         make a key like another, which ends after the overlap
       visavis site revoke SITE KEY                         end a key at once`

// siteFlags are what the calls of the command may say.
type siteFlags struct {
	set           *flag.FlagSet
	name, contact string
	returnURLs    string
	origins       string
	logo          string
	live          bool
	label, scopes string
	overlap       time.Duration
}

func (s *siteFlags) flags(f *flag.FlagSet) {
	s.set = f
	f.StringVar(&s.name, "name", "", "add, set: the name that people are shown")
	f.StringVar(&s.contact, "contact", "", "add, set: who answers questions of this server's operator; "+
		"an e-mail address is told of endpoints that fail")
	f.StringVar(&s.returnURLs, "return-urls", "", "add, set: addresses below which people may be sent back")
	f.StringVar(&s.origins, "origins", "", "add, set: origins whose pages may embed the frame")
	f.StringVar(&s.logo, "logo", "", "add, set: a PNG or WebP file that is shown beside the name; empty: none")
	f.BoolVar(&s.live, "live", false, "add: the site asks about real people; without it it sees specimen documents alone")
	f.StringVar(&s.label, "label", "", "key: what it is for")
	f.StringVar(&s.scopes, "scopes", "read,write", "key: some of read, write, personal, redact, sign")
	f.DurationVar(&s.overlap, "overlap", 24*time.Hour, "rotate: how long the old key goes on")
}

// siteCommand looks after the sites that may ask for verifications.
func siteCommand(ctx context.Context, args []string, env environment) error {
	if len(args) == 0 {
		return errors.New(siteUsage)
	}
	var r storage
	var s siteFlags
	f := flag.NewFlagSet("site "+args[0], flag.ContinueOnError)
	f.SetOutput(env.stderr)
	r.flags(f, env)
	s.flags(f)
	if err := f.Parse(args[1:]); err != nil {
		return err
	}
	if err := r.complete(env); err != nil {
		return err
	}
	want := map[string]int{"add": 0, "list": 0, "set": 1, "keys": 1, "key": 1, "rotate": 2, "revoke": 2}
	n, ok := want[args[0]]
	if !ok {
		return errors.New(siteUsage)
	}
	if n != f.NArg() {
		return fmt.Errorf("site %s: %d names are given (%s), want %d; flags stand before the names\n%s", args[0], f.NArg(),
			strings.Join(f.Args(), " "), n, siteUsage)
	}
	if args[0] != "add" { // a wrong folder would be filled with keys of its own, and have no sites
		if _, err := os.Stat(filepath.Join(r.Keys, "master.key")); err != nil {
			return fmt.Errorf("nothing was kept here yet: %w: run this as the server's user, with the --data and --keys "+
				"of the server", err)
		}
	}
	k, done, err := r.open(ctx, false)
	if err != nil {
		return err
	}
	defer done()
	if err := k.Store.Migrate(ctx); err != nil {
		return err
	}
	known, err := registry.New(registry.Config{Store: k.Store})
	if err != nil {
		return err
	}
	err = s.run(ctx, known, args[0], env)
	if errors.Is(err, store.ErrNotFound) {
		err = errors.New("no such site or key; visavis site list and visavis site keys SITE name them")
	}
	return err
}

func (s *siteFlags) run(ctx context.Context, known *registry.Registry, call string, env environment) error {
	switch call {
	case "add":
		logo, err := logoOf(s.logo)
		if err != nil {
			return err
		}
		site, err := known.AddSite(ctx, sites.Site{
			Name: s.name, Live: s.live, Contact: s.contact, ReturnURLs: list(s.returnURLs), Origins: list(s.origins),
		})
		if err == nil && logo.Hash != "" {
			_, err = known.SetLogo(ctx, site.ID, logo)
		}
		if err == nil {
			fmt.Fprintln(env.stdout, site.ID)
		}
		return err
	case "list":
		return printSites(ctx, known, env)
	case "set":
		return s.change(ctx, known)
	case "keys":
		return printKeys(ctx, known, s.set.Arg(0), env)
	case "key":
		var scopes []sites.Scope
		for _, scope := range list(s.scopes) {
			scopes = append(scopes, sites.Scope(scope))
		}
		_, secret, err := known.AddKey(ctx, s.set.Arg(0), s.label, scopes)
		return showKey(secret, err, env)
	case "rotate":
		_, secret, err := known.RotateKey(ctx, s.set.Arg(0), s.set.Arg(1), s.overlap)
		return showKey(secret, err, env)
	}
	return known.RevokeKey(ctx, s.set.Arg(0), s.set.Arg(1))
}

// change sets what was given and leaves the rest.
func (s *siteFlags) change(ctx context.Context, known *registry.Registry) error {
	site, err := known.Site(ctx, s.set.Arg(0))
	if err != nil {
		return err
	}
	logo, err := logoOf(s.logo)
	if err != nil {
		return err
	}
	s.set.Visit(func(f *flag.Flag) {
		switch f.Name {
		case "name":
			site.Name = s.name
		case "contact":
			site.Contact = s.contact
		case "return-urls":
			site.ReturnURLs = list(s.returnURLs)
		case "origins":
			site.Origins = list(s.origins)
		case "logo":
			_, err = known.SetLogo(ctx, site.ID, logo)
		case "live":
			err = errors.New("--live: a site stays what it is; add another one")
		}
	})
	if err == nil {
		_, err = known.ChangeSite(ctx, site)
	}
	return err
}

// logoOf reads a picture; an empty path means none.
func logoOf(path string) (sites.Logo, error) {
	if path == "" {
		return sites.Logo{}, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return sites.Logo{}, fmt.Errorf("--logo: %w", err)
	}
	defer func() { _ = file.Close() }()
	raw, err := io.ReadAll(io.LimitReader(file, sites.LogoBytes+1))
	if err != nil {
		return sites.Logo{}, fmt.Errorf("--logo: %w", err)
	}
	return sites.NewLogo(raw)
}

func showKey(secret string, err error, env environment) error {
	if err != nil {
		return err
	}
	fmt.Fprintln(env.stdout, secret)
	fmt.Fprintln(env.stderr, "Keep it now: it is stored nowhere and cannot be shown again.")
	return nil
}

func printSites(ctx context.Context, known *registry.Registry, env environment) error {
	all, err := known.Sites(ctx)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(env.stdout, 0, 8, 2, ' ', 0)
	for _, s := range all {
		mode := "test"
		if s.Live {
			mode = "live"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", s.ID, mode, s.Name, strings.Join(s.ReturnURLs, " "),
			strings.Join(s.Origins, " "))
	}
	return w.Flush()
}

func printKeys(ctx context.Context, known *registry.Registry, site string, env environment) error {
	if _, err := known.Site(ctx, site); err != nil {
		return err
	}
	all, err := known.Keys(ctx, site)
	if err != nil {
		return err
	}
	moment := func(t time.Time, none string) string {
		if t.IsZero() {
			return none
		}
		return t.Format(time.RFC3339)
	}
	w := tabwriter.NewWriter(env.stdout, 0, 8, 2, ' ', 0)
	for _, k := range all {
		fmt.Fprintf(w, "%s\t…%s\t%v\tused %s\tends %s\t%s\n", k.ID, k.Hint, k.Scopes, moment(k.UsedAt, "never"),
			moment(k.EndsAt, "never"), k.Label)
	}
	return w.Flush()
}

// testKeyFile holds the key of the demonstration's test site, which sees specimens
// alone.
const testKeyFile = "test-site.key"

// testSite makes the demonstration's site and its key at the first start, and
// returns the key. It may send people back to this machine alone.
func testSite(ctx context.Context, known *registry.Registry, data, name string) (key string, err error) {
	path := filepath.Join(data, testKeyFile)
	body, err := os.ReadFile(path)
	if key = strings.TrimSpace(string(body)); err == nil {
		if _, _, err := known.Caller(ctx, key); err == nil {
			return key, nil
		} else if !errors.Is(err, registry.ErrKey) {
			return "", err
		}
	} else if !errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("test site: %w", err)
	}
	site, err := known.AddSite(ctx, sites.Site{
		Name: name, ReturnURLs: []string{"http://localhost:3000/", "http://127.0.0.1:3000/"}, Origins: []string{
			"http://localhost:3000", "http://127.0.0.1:3000"},
	})
	if err != nil {
		return "", err
	}
	if _, key, err = known.AddKey(ctx, site.ID, "demonstration", sites.Scopes()); err != nil {
		return "", err
	}
	if err := os.WriteFile(path, []byte(key+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("test site: %w", err)
	}
	return key, nil
}
