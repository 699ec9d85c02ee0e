package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"visavis/qa/lab"
)

// listenFlags are the settings of "qa listen".
type listenFlags struct {
	runFlags
	forward, secret, types string
	trigger                string
	count                  int
}

func (l *listenFlags) parse(args []string, stderr io.Writer) error {
	f := flag.NewFlagSet("qa listen", flag.ContinueOnError)
	f.StringVar(&l.server, "server", "https://localhost:8443", "a test site: visavis serve --qa=on, or qa serve -qa")
	f.BoolVar(&l.insecure, "insecure", false, "trust any certificate")
	f.StringVar(&l.ca, "ca", "", "PEM or DER file of the root to trust")
	f.StringVar(&l.forward, "forward", "",
		"hand each event on to this address by POST, signed as Standard Webhooks has it")
	f.StringVar(&l.secret, "secret", "",
		`secret of the signatures, "whsec_" and base64; without one it is made and printed`)
	f.StringVar(&l.types, "events", "", "only these types, comma separated: "+strings.Join(lab.EventTypes(), ", "))
	f.StringVar(&l.trigger, "trigger", "", "make this event happen as soon as it listens, as qa trigger does")
	f.BoolVar(&l.tagged, "tagged", false, "with -trigger: pictures say what they show, for a server of qa serve")
	assetFlags(f, &l.paths)
	f.IntVar(&l.count, "count", 0, "end after so many events; 0: with Ctrl-C")
	if err := parseFlags(f, args, stderr); err != nil {
		return err
	}
	if f.NArg() > 0 || l.count < 0 {
		fmt.Fprintln(stderr, "qa listen: want flags alone, and -count 0 or more")
		return errUsage
	}
	to, err := url.Parse(l.forward)
	if l.forward != "" && (err != nil || to.Host == "" || !strings.HasPrefix(to.Scheme, "http")) {
		fmt.Fprintf(stderr, "qa listen: -forward %q: want an address such as http://127.0.0.1:3000/hook\n", l.forward)
		return errUsage
	}
	if l.trigger != "" {
		if _, err := triggering(l.trigger); err != nil {
			fmt.Fprintf(stderr, "qa listen: %v\n", err)
			return errUsage
		}
	}
	for _, one := range l.wanted() {
		if !slices.Contains(lab.EventTypes(), one) {
			fmt.Fprintf(stderr, "qa listen: -events %q: want %s%s\n", one, listed(lab.EventTypes()),
				meant(one, lab.EventTypes()))
			return errUsage
		}
	}
	return nil
}

func (l *listenFlags) wanted() []string {
	if l.types == "" {
		return nil
	}
	return strings.Split(l.types, ",")
}

// secretPrefix begins a secret, as Standard Webhooks has it.
const secretPrefix = "whsec_"

// key is the secret in bytes, made where none was given.
func (l *listenFlags) key(stdout io.Writer) ([]byte, error) {
	if l.secret == "" {
		made := make([]byte, 24)
		rand.Read(made)
		l.secret = secretPrefix + base64.StdEncoding.EncodeToString(made)
		fmt.Fprintf(stdout, "# signed with %s\n", l.secret)
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(l.secret, secretPrefix))
	if err != nil || len(key) < 16 {
		return nil, errors.New(`-secret: want "whsec_" and 16 bytes or more in base64`)
	}
	return key, nil
}

// runListen carries out "qa listen".
func runListen(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	l := listenFlags{runFlags: runFlags{language: "fr"}}
	if err := l.parse(args, stderr); err != nil {
		return err
	}
	var key []byte
	if l.forward != "" {
		var err error
		if key, err = l.key(stdout); err != nil {
			return err
		}
	}
	config, err := l.tls()
	if err != nil {
		return err
	}
	transport := &http.Transport{TLSClientConfig: config}
	defer transport.CloseIdleConnections()
	listening, stop := context.WithCancel(ctx)
	defer stop()
	r, err := http.NewRequestWithContext(listening, http.MethodGet, strings.TrimSuffix(l.server, "/")+"/qa/events", nil)
	if err != nil {
		return err
	}
	answer, err := transport.RoundTrip(r)
	if err != nil {
		return unreachable(l.server, err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s/qa/events answers %d: want a test site, visavis serve --qa=on or qa serve -qa", l.server,
			answer.StatusCode)
	}
	fmt.Fprintf(stdout, "# listening to %s; ends with Ctrl-C\n", l.server)
	made := make(chan error, 1)
	go func() { // read below
		err := l.makeHappen(ctx)
		if err != nil {
			stop() // the expected message does not come
		}
		made <- err
	}()
	heard, failed := l.follow(listening, answer.Body, key, stdout), <-made
	switch {
	case ctx.Err() != nil:
		return nil // Ctrl-C is how it ends
	case failed != nil:
		return fmt.Errorf("-trigger %s: %w", l.trigger, failed)
	}
	return heard
}

// makeHappen plays what -trigger asks for.
func (l *listenFlags) makeHappen(ctx context.Context) error {
	if l.trigger == "" {
		return nil
	}
	options, err := l.options(ctx)
	if err != nil {
		return err
	}
	s, err := triggering(l.trigger)
	if err != nil {
		return err
	}
	return play(ctx, s, options, &printer{out: io.Discard, start: time.Now()})
}

// follow prints and hands on what comes.
func (l *listenFlags) follow(ctx context.Context, stream io.Reader, key []byte, stdout io.Writer) error {
	lines := bufio.NewScanner(stream)
	lines.Buffer(nil, 1<<20)
	wanted, isEvent := l.wanted(), false
	for seen := 0; lines.Scan(); {
		line := lines.Text()
		if kind, ok := strings.CutPrefix(line, "event: "); ok {
			isEvent = kind == "event"
		}
		data, ok := strings.CutPrefix(line, "data: ")
		if !ok || !isEvent {
			continue
		}
		var e lab.Event
		if err := json.Unmarshal([]byte(data), &e); err != nil {
			return fmt.Errorf("event: %w", err)
		}
		if wanted != nil && !slices.Contains(wanted, e.Type) {
			continue
		}
		fmt.Fprintln(stdout, data)
		if l.forward != "" {
			status, err := handOn(ctx, l.forward, key, e.ID, []byte(data), time.Now())
			if err != nil {
				status = err.Error()
			}
			fmt.Fprintf(stdout, "# %s %s -> %s\n", e.ID, l.forward, status)
		}
		if seen++; seen == l.count {
			return nil
		}
	}
	if err := lines.Err(); err != nil {
		return err
	}
	return errors.New("the server has ended the stream")
}

// handOn posts an event with the headers of Standard Webhooks.
func handOn(ctx context.Context, to string, key []byte, id string, body []byte,
	at time.Time) (status string, err error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	stamp := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.%s", id, stamp, body)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Webhook-Id", id)
	r.Header.Set("Webhook-Timestamp", stamp)
	r.Header.Set("Webhook-Signature", "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	return answer.Status, nil
}

// triggers are the steps that make each event happen, after those of the ones before.
var triggers = []struct{ event, steps string }{
	{lab.EventOpened, "  - open:\n  - expect: {on: desktop, message: pairing}\n"},
	{lab.EventJoined, "  - claim:\n  - choose: {code: right}\n  - expect: {message: progress, where: {state: paired}}\n"},
	{lab.EventTaken, "  - choose: {document: passport}\n  - start:\n  - send: {step: document-front}\n"},
	{lab.EventDone, "  - send: {step: selfie}\n  - expect: {on: desktop, message: progress, where: {state: done}}\n"},
}

// triggering is the scenario that makes an event happen.
func triggering(event string) (*Scenario, error) {
	text := "name: trigger\nsteps:\n"
	if event == lab.EventEnded {
		text += triggers[0].steps + "  - say: {who: desktop, message: cancel}\n  - expect: {on: desktop, message: closed}\n"
		return parseScenario([]byte(text), nil)
	}
	for _, t := range triggers {
		text += t.steps
		if t.event == event {
			return parseScenario([]byte(text), nil)
		}
	}
	return nil, fmt.Errorf("event %q: want %s%s", event, listed(lab.EventTypes()), meant(event, lab.EventTypes()))
}

// runTrigger carries out "qa trigger": plays what makes an event happen.
func runTrigger(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	r := runFlags{language: "fr"}
	f := flag.NewFlagSet("qa trigger", flag.ContinueOnError)
	f.StringVar(&r.server, "server", "https://localhost:8443", "a test site")
	f.BoolVar(&r.insecure, "insecure", false, "trust any certificate")
	f.StringVar(&r.ca, "ca", "", "PEM or DER file of the root to trust")
	f.BoolVar(&r.tagged, "tagged", false, "pictures say what they show and are not drawn: for a server of qa serve")
	assetFlags(f, &r.paths)
	if err := parseFlags(f, args, stderr); err != nil {
		return err
	}
	if f.NArg() != 1 {
		fmt.Fprintf(stderr, "qa trigger: want one event: %s\n", listed(lab.EventTypes()))
		return errUsage
	}
	s, err := triggering(f.Arg(0))
	if err != nil {
		fmt.Fprintf(stderr, "qa trigger: %v\n", err)
		return errUsage
	}
	options, err := r.options(ctx)
	if err != nil {
		return err
	}
	if err := play(ctx, s, options, &printer{out: io.Discard, start: time.Now()}); err != nil {
		return err
	}
	fmt.Fprintf(stdout, "%s has happened\n", f.Arg(0))
	return nil
}
