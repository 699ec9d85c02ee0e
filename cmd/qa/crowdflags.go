package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net/netip"
	"net/url"
	"time"
)

// loadFlags are the settings of "qa load".
type loadFlags struct {
	runFlags
	phones, sessions int
	first            int
	rate             float64
	duration, ramp   time.Duration
	condition, allow string
	show             string
}

func (l *loadFlags) parse(args []string, stderr io.Writer) error {
	f := flag.NewFlagSet("qa load", flag.ContinueOnError)
	f.StringVar(&l.server, "server", "https://localhost:8443", "address of the server: a loopback one, or that of -allow")
	f.StringVar(&l.allow, "allow", "",
		"host that may be loaded though it is not this machine: it is yours, and its people know")
	f.BoolVar(&l.insecure, "insecure", false, "trust any certificate")
	f.StringVar(&l.ca, "ca", "", "PEM or DER file of the root to trust")
	f.BoolVar(&l.tagged, "tagged", false, "pictures say what they show and are not drawn: for a server of qa serve")
	f.IntVar(&l.phones, "phones", 4, fmt.Sprintf("phones that show pictures, up to %d", mostPhones))
	f.IntVar(&l.sessions, "sessions", 0,
		fmt.Sprintf("further pairs of desktop and phone that do nothing, up to %d", mostSessions))
	f.IntVar(&l.first, "first", 0, fmt.Sprintf("number of the first, up to %d: each has an address of this machine, "+
		"and %d are a network, which has limits of ten minutes", mostFirst, perNetwork))
	f.Float64Var(&l.rate, "rate", 5,
		fmt.Sprintf("previews a second and phone, up to %d; each waits for its answer", mostRate))
	f.DurationVar(&l.duration, "duration", 20*time.Second, "how long pictures are shown, up to "+longestLoad.String())
	f.DurationVar(&l.ramp, "ramp", 0, "how long it takes until all have come; by default 20 ms for each")
	f.StringVar(&l.show, "show", "", "folder of what the phones show, one subfolder of JPEGs a sequence, its name begins with "+
		"the document that is chosen; by default some are drawn: hands that bring a document before the camera")
	f.StringVar(&l.condition, "condition", "",
		"show a passport in one condition in place of those: none that is good, or each phone would be asked for its still")
	f.StringVar(&l.jsonOut, "json", "", "write the figures into this file")
	assetFlags(f, &l.paths)
	if err := parseFlags(f, args, stderr); err != nil {
		return err
	}
	if err := l.check(f.NArg()); err != nil {
		fmt.Fprintf(stderr, "qa load: %v\n", err)
		return errUsage
	}
	if l.ramp == 0 {
		l.ramp = time.Duration(l.phones+l.sessions) * 20 * time.Millisecond
	}
	return nil
}

func (l *loadFlags) check(rest int) error {
	switch {
	case rest > 0:
		return errors.New("want flags alone")
	case l.first < 0 || l.first > mostFirst:
		return fmt.Errorf("-first %d: want 0 to %d", l.first, mostFirst)
	case l.phones < 0 || l.phones > mostPhones || l.sessions < 0 || l.sessions > mostSessions || l.phones+l.sessions == 0:
		return fmt.Errorf("-phones %d, -sessions %d: want up to %d and %d, and one at least", l.phones, l.sessions,
			mostPhones, mostSessions)
	case !(l.rate > 0 && l.rate <= mostRate): // NaN too
		return fmt.Errorf("-rate %v: want above 0, up to %d", l.rate, mostRate)
	case l.duration <= 0 || l.duration > longestLoad || l.ramp < 0 || l.ramp > longestLoad:
		return fmt.Errorf("-duration %s, -ramp %s: want up to %s", l.duration, l.ramp, longestLoad)
	}
	if l.condition != "" {
		if _, err := parseTimeline(l.condition); err != nil {
			return fmt.Errorf("-condition: %w", err)
		}
	}
	if l.show != "" && (l.condition != "" || l.tagged) {
		return errors.New("-show: want it without -condition and -tagged, which say what else is shown")
	}
	return l.checkHost()
}

// checkHost refuses to load a machine that is not one's own.
func (l *loadFlags) checkHost() error {
	u, err := url.Parse(l.server)
	if err != nil || u.Host == "" {
		return fmt.Errorf("-server %q: want https://host[:port]", l.server)
	}
	host := u.Hostname()
	if ip, err := netip.ParseAddr(host); err == nil && ip.IsLoopback() || host == "localhost" || host == l.allow {
		return nil
	}
	return fmt.Errorf("-server %s is not this machine: load is put on one's own servers alone; "+
		"if it is yours, say so with -allow %s", l.server, host)
}
