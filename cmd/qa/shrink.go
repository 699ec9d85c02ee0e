package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"visavis/protocol"
	"visavis/qa/recording"
)

// runShrink carries out "qa shrink": takes out of a recording what is not needed for a
// verdict to be seen again.
func runShrink(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	f := flag.NewFlagSet("qa shrink", flag.ContinueOnError)
	server := f.String("server", "https://localhost:8443",
		`play against this server, whose certificate is not looked at; "own" is a mock server`)
	want := f.String("verdict", "", `what must still be seen of some picture, such as "hint=blurred" or "accepted=false"`)
	out := f.String("out", "", "file to write")
	if err := parseFlags(f, args, stderr); err != nil {
		return err
	}
	if *want == "" || *out == "" || f.NArg() != 1 {
		fmt.Fprintln(stderr, "qa shrink: want -verdict TEXT, -out FILE and one recording")
		return errUsage
	}
	entries, err := recording.Read(f.Arg(0))
	if err != nil {
		return err
	}
	if same(f.Arg(0), *out) {
		return fmt.Errorf("-out %s: want another file than the recording", *out)
	}
	end, err := replayServer(ctx, server)
	if err != nil {
		return err
	}
	defer end()
	shows := func(these []recording.Entry) bool { return showsAgain(ctx, *server, these, *want) }
	small, ok := shrunkTo(phoneEntries(entries), shows)
	if !ok {
		return fmt.Errorf("%s: %q is not seen when it is played again; \"qa replay\" and \"qa diff\" show what is", f.Arg(0), *want)
	}
	if err := writeRecording(*out, entries[0], small); err != nil {
		return err
	}
	fmt.Fprintf(stdout, "%d of %d messages of the phone are needed: %s\n", len(small), len(phoneEntries(entries)), *out)
	return nil
}

// phoneEntries are what a replay says: messages and frames of the phone.
func phoneEntries(entries []recording.Entry) []recording.Entry {
	var all []recording.Entry
	for _, e := range entries {
		if e.Role != "phone" || !e.ToServer {
			continue
		}
		m, err := protocol.Decode(e.Text)
		if e.Kind == "binary" || e.Kind == "text" && err == nil && again[m.MessageType()] {
			all = append(all, e)
		}
	}
	return all
}

// shrunkTo takes out ever smaller runs of entries as long as what is left still shows
// it; false when all of them do not.
func shrunkTo(all []recording.Entry, shows func([]recording.Entry) bool) ([]recording.Entry, bool) {
	if !shows(all) {
		return nil, false
	}
	for size := (len(all) + 1) / 2; size >= 1; size /= 2 {
		for from := 0; from < len(all); {
			less := append(append([]recording.Entry{}, all[:from]...), all[min(from+size, len(all)):]...)
			if len(less) > 0 && shows(less) {
				all = less
				continue
			}
			from += size
		}
	}
	return all, true
}

// showsAgain plays entries and tells whether some verdict has the text.
func showsAgain(ctx context.Context, server string, entries []recording.Entry, want string) bool {
	var out bytes.Buffer
	w := recording.NewWriter(&out, server, time.Now(), false)
	url, end, err := front("127.0.0.1:0", server, recordWith(w))
	if err != nil {
		return false
	}
	// A part that fails at its end may have shown it before.
	if _, err := replay(ctx, url, entries, false); err != nil && ctx.Err() != nil {
		return false
	}
	if err := errors.Join(end(), w.Close()); err != nil {
		return false
	}
	var heard []recording.Entry
	for line := range bytes.Lines(out.Bytes()) {
		var e recording.Entry
		if json.Unmarshal(line, &e) == nil {
			heard = append(heard, e)
		}
	}
	for _, v := range verdicts(heard) {
		if strings.Contains(v.Value, want) {
			return true
		}
	}
	return false
}

// writeRecording writes entries with a chain of their own.
func writeRecording(path string, header recording.Entry, entries []recording.Entry) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	w := recording.NewWriter(file, header.Header.Server, header.Header.Started, header.Header.Blurred)
	for _, e := range entries {
		w.Write(e)
	}
	return errors.Join(w.Close(), file.Close())
}
