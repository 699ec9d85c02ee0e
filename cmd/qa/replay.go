package main

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"visavis/client"
	"visavis/protocol"
	"visavis/qa/mock"
	"visavis/qa/recording"
)

// replayFlags are the settings of "qa replay".
type replayFlags struct {
	server, out, file string
	realTime          bool
}

func (r *replayFlags) parse(args []string, stderr io.Writer) error {
	f := flag.NewFlagSet("qa replay", flag.ContinueOnError)
	f.StringVar(&r.server, "server", "https://localhost:8443",
		`play against this server, whose certificate is not looked at; "own" is a mock server`)
	f.StringVar(&r.out, "out", "", "write what happens as a recording of its own, for qa diff")
	f.BoolVar(&r.realTime, "real-time", false, "wait between pictures as it was; by default each follows its answer")
	if err := parseFlags(f, args, stderr); err != nil {
		return err
	}
	if f.NArg() != 1 || r.out == "" {
		fmt.Fprintln(stderr, "qa replay: want -out FILE and one recording")
		return errUsage
	}
	r.file = f.Arg(0)
	return nil
}

// runReplay carries out "qa replay".
func runReplay(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var r replayFlags
	if err := r.parse(args, stderr); err != nil {
		return err
	}
	entries, err := recording.Read(r.file)
	if err != nil {
		return err
	}
	if entries[0].Header.Blurred {
		return fmt.Errorf("%s was made with -blur: there is nothing to judge", r.file)
	}
	end, err := replayServer(ctx, &r.server)
	if err != nil {
		return err
	}
	defer end()
	if same(r.file, r.out) {
		return fmt.Errorf("-out %s: want another file than the recording", r.out)
	}
	file, err := os.OpenFile(r.out, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer file.Close()
	w := recording.NewWriter(file, r.server, time.Now(), false)
	url, endFront, err := front("127.0.0.1:0", r.server, recordWith(w))
	if err != nil {
		return err
	}
	n, err := replay(ctx, url, entries, r.realTime)
	if err := errors.Join(err, endFront(), w.Close()); err != nil {
		return err
	}
	fmt.Fprintf(stdout, "%s played; %s has what happened\n",
		plural(n, "message of the phone was", "messages of the phone were"), r.out)
	return nil
}

// replayServer starts a mock server in the place of "own", or looks whether the server is
// there. end stops what was started.
func replayServer(ctx context.Context, server *string) (end func(), err error) {
	if *server != "own" {
		//nolint:gosec // one's own server
		return func() {}, reach(ctx, *server, &tls.Config{InsecureSkipVerify: true})
	}
	pair, _, err := mock.SelfSigned()
	if err != nil {
		return nil, err
	}
	own, err := mock.Start(mock.Config{TLS: pair, NoChallenge: true})
	if err != nil {
		return nil, err
	}
	*server = own.URL
	return func() { _ = own.Close() }, nil // the mock server ends with the program
}

// same tells whether two names are of one file.
func same(a, b string) bool {
	one, err := os.Stat(a)
	if err != nil {
		return false
	}
	other, err := os.Stat(b)
	return err == nil && os.SameFile(one, other)
}

// replay pairs anew and says what the phone said after its pairing.
func replay(ctx context.Context, url string, entries []recording.Entry, realTime bool) (played int, err error) {
	p := &player{
		scenario: &Scenario{Seed: 1}, print: &printer{out: io.Discard, start: time.Now()}, run: &Run{},
		parties: map[string]*party{},
		options: Options{Client: client.Config{
			Server: url, TLS: &tls.Config{InsecureSkipVerify: true}, //nolint:gosec // our own proxy
		}},
	}
	p.run.begin(p.scenario)
	defer func() {
		for _, who := range p.parties {
			who.close()
		}
	}()
	if err := p.pairThrough(ctx, url); err != nil {
		return 0, fmt.Errorf("pair: %w", err)
	}
	phone := p.party(phoneDefault)
	var last int64
	for _, e := range entries {
		if e.Role != "phone" || !e.ToServer || e.Kind != "text" && e.Kind != "binary" {
			continue
		}
		if realTime && last > 0 {
			if err := pause(ctx, time.Duration(e.At-last)*time.Millisecond); err != nil {
				return played, err
			}
		}
		last = e.At
		said, over, err := p.playEntry(ctx, phone, e)
		if err != nil || over {
			return played, err
		}
		if said {
			played++
		}
	}
	return played, nil
}

// refusedError is an error message that a phone was sent while it paired.
type refusedError struct{ answer protocol.Error }

func (e *refusedError) Error() string { return "refused with " + e.answer.Code + ": " + e.answer.Text }

// pairThrough opens a desktop and a phone, both by way of url. A *refusedError if the phone's claim
// was answered with an error.
func (p *player) pairThrough(ctx context.Context, url string) error {
	if err := p.open(ctx, &OpenStep{As: desktopName}); err != nil {
		return err
	}
	desktop := p.party(desktopName)
	e, err := seenBy(ctx, desktop, 0, "no code", func(e client.Event) bool {
		return kind(e) == string(protocol.TypePairing)
	})
	if err != nil {
		return err
	}
	shown, _ := e.Message.(protocol.Pairing)
	link := url + "/p#" + strings.SplitN(shown.URL, "#", 2)[1]
	if err := p.claim(ctx, &ClaimStep{Phone: phoneDefault, From: desktopName, Code: link}); err != nil {
		return err
	}
	phone := p.party(phoneDefault)
	e, err = seenBy(ctx, phone, 0, "neither welcome nor refusal", func(e client.Event) bool {
		return slices.Contains([]string{string(protocol.TypeWelcome), string(protocol.TypeError), closedName}, kind(e))
	})
	if err != nil {
		return err
	}
	if m, ok := e.Message.(protocol.Error); ok {
		return &refusedError{m}
	}
	if err := p.choose(ctx, &ChooseStep{Phone: phoneDefault, Code: "right"}); err != nil {
		return err
	}
	_, err = seenBy(ctx, phone, 0, "not paired", func(e client.Event) bool {
		m, ok := e.Message.(protocol.Progress)
		return ok && m.State == protocol.StatePaired
	})
	return err
}

// again are the messages that a replay says: the others belong to the connection.
var again = map[protocol.Type]bool{
	protocol.TypeChooseDocument: true, protocol.TypeStart: true, protocol.TypeRetake: true, protocol.TypeUseAnyway: true,
	protocol.TypeSkip: true,
}

// playEntry says one recorded thing; over is true when the session has ended.
func (p *player) playEntry(ctx context.Context, phone *party, e recording.Entry) (said, over bool, err error) {
	if e.Kind == "text" {
		m, err := protocol.Decode(e.Text)
		if err != nil || !again[m.MessageType()] {
			return false, false, nil //nolint:nilerr // what the phone said wrong is not said again
		}
		return true, false, phone.phone.Send(ctx, m)
	}
	f, err := protocol.UnpackFrame(e.Data)
	if err != nil {
		return false, false, nil //nolint:nilerr // as above
	}
	if f.Kind == protocol.Preview {
		from := phone.count()
		if err := phone.phone.SendPreview(ctx, f.Step, f.Seq, f.Data); err != nil {
			return false, true, nil //nolint:nilerr // the session is over
		}
		return true, phone.awaitAnswer(ctx, from, f.Seq), nil
	}
	return true, false, p.playPart(ctx, phone, f)
}

// awaitAnswer waits for a preview's answer, as a phone does; true at the end.
func (p *party) awaitAnswer(ctx context.Context, from int, seq uint32) (over bool) {
	limited, cancel := context.WithTimeout(ctx, answerWait)
	defer cancel()
	_, _, err := p.find(limited, from, func(e client.Event) bool {
		switch m := e.Message.(type) {
		case protocol.FrameResult:
			return m.Seq == seq
		case nil:
			over = true
			return true
		}
		return false
	})
	return over || ctx.Err() != nil && err != nil
}

// playPart sends one part of a still: under the seq that this server has asked for.
func (p *player) playPart(ctx context.Context, phone *party, f protocol.Frame) error {
	if !f.Manual {
		asked, err := seenBy(ctx, phone, phone.handled, fmt.Sprintf("this server asks for no still of %s", f.Step),
			func(e client.Event) bool {
				m, ok := e.Message.(protocol.CaptureStill)
				return ok && m.Step == f.Step
			})
		if err != nil {
			return err
		}
		if m, ok := asked.Message.(protocol.CaptureStill); ok {
			f.Seq = m.Seq
		}
	}
	packed, err := protocol.PackFrame(f)
	if err != nil {
		return err
	}
	from := phone.count()
	if err := phone.phone.SendRaw(ctx, true, packed); err != nil {
		return nil //nolint:nilerr // the session is over
	}
	if f.Part == f.Parts-1 {
		_, err = seenBy(ctx, phone, from, "no answer to the still", func(e client.Event) bool {
			return e.Ended || kind(e) == string(protocol.TypeStillResult)
		})
		phone.handled = phone.count()
	}
	return err
}
