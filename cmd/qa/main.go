// Command qa plays people against a running server: it draws specimen documents
// and camera footage of them, and follows scenarios as a desktop and a phone.
//
//	qa specimen -kind identity-card -seed 7 -out footage.mjpeg
//	qa run qa/scenarios/happy.yaml -server https://localhost:8443 -insecure
//
// It exits with 0 when everything was made or seen, with 1 when not, and with 2
// when it was called wrongly.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// errUsage marks a wrong call; what is wrong has been printed.
var errUsage = errors.New("wrong call")

const usage = `usage:
  qa specimen [flags] -out FILE.mjpeg|FILE.y4m|FOLDER   draw documents, pictures or footage
  qa run [flags] SCENARIO.yaml|FOLDER [more ...]        play scenarios against a server
  qa lint SCENARIO.yaml|FOLDER [more ...]               read scenarios and say what is wrong with them
  qa conformance -server URL | -client [flags]          a table with one row a rule, of a server or of a client
  qa record -server URL -out FILE [flags]               stand before a server and write what passes
  qa replay -server URL -out FILE RECORDING             say again what a recorded phone said
  qa diff RECORDING RECORDING                           compare two recordings verdict by verdict
  qa shrink -server URL -verdict TEXT -out FILE FILE    cut a recording to what is needed for a verdict
  qa schema                                             print the JSON Schema of scenarios, for editors
  qa load -server URL [flags]                           phones in number; how quick verdicts are, what fails
  qa listen -server URL [-forward URL]                  print what happens on a test site, hand it on signed
  qa trigger -server URL EVENT                          make an event happen on a test site
  qa serve [flags]                                      a server without eyes, to develop clients against
"qa COMMAND -h" lists the flags.
`

// run carries out one command and returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		fmt.Fprint(stderr, usage)
		return 2
	}
	var err error
	switch args[0] {
	case "specimen":
		err = runSpecimen(ctx, args[1:], stdout, stderr)
	case "run":
		err = runScenarios(ctx, args[1:], stdout, stderr)
	case "lint":
		err = runLint(ctx, args[1:], stdout, stderr)
	case "conformance":
		err = runConformance(ctx, args[1:], stdout, stderr)
	case "schema":
		err = runSchema(ctx, args[1:], stdout, stderr)
	case "record":
		err = runRecord(ctx, args[1:], stdout, stderr)
	case "replay":
		err = runReplay(ctx, args[1:], stdout, stderr)
	case "shrink":
		err = runShrink(ctx, args[1:], stdout, stderr)
	case "diff":
		err = runDiff(ctx, args[1:], stdout, stderr)
	case "load":
		err = runLoad(ctx, args[1:], stdout, stderr)
	case "listen":
		err = runListen(ctx, args[1:], stdout, stderr)
	case "trigger":
		err = runTrigger(ctx, args[1:], stdout, stderr)
	case "serve":
		err = runServe(ctx, args[1:], stdout, stderr)
	case "help", "-h", "-help", "--help":
		fmt.Fprint(stdout, usage)
	default:
		fmt.Fprintf(stderr, "qa: unknown command %q\n%s", args[0], usage)
		return 2
	}
	switch {
	case err == nil || errors.Is(err, flag.ErrHelp):
		return 0
	case errors.Is(err, errUsage):
		return 2
	}
	fmt.Fprintf(stderr, "qa: %v\n", err)
	return 1
}
