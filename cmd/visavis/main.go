// Command visavis is the companion server for remote identity capture.
//
//	visavis [serve]      serve the pages and the sockets (the default)
//	visavis doctor       say what is missing on this machine and how to get it
//	visavis backup DIR   write records, evidence and keys into a folder, while the server runs
//	visavis restore DIR  put them back, and with --verify check every item
//	visavis evidence …   check and look after what is kept of enrolments
//	visavis export …     write an enrolment's file for who has to keep it
//	visavis site …       look after the sites that may ask for verifications, and their keys
//	visavis top          show live what an instance does
//	visavis trust-list … fetch the trusted list of a country and who may sign it
//	visavis healthcheck  exit 0 if the instance on this machine is ready
//	visavis version      say which release this is, from which commit
//	visavis worker       a worker process; started by serve
//
// Every setting of serve is a flag (--listen) and an environment variable
// (VISAVIS_LISTEN); visavis serve --help lists them.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The first signal asks for an ordered stop; the second ends the process at once.
	context.AfterFunc(ctx, stop)
	err := run(ctx, os.Args[1:], system())
	stop()
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
	default:
		fmt.Fprintln(os.Stderr, "visavis:", err)
		os.Exit(1)
	}
}
