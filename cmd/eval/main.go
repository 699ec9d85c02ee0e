// Command eval measures judging and reading on labelled images, through the same
// worker processes as the server.
//
//	eval DIR            measure on the labelled images of a folder
//	eval measure DIR    compose pictures of its documents and write what is measured of them
//	eval fit            set the limits of judging from such measurements
//	eval attack [DIR]   play attacks on captures, and tell which signals notice them
//	eval selfies DIR    compose selfies of its portraits and count by group which are refused
//	eval noise DIR      measure what JPEGs leave of the noise of sensors
//
// eval -help lists the flags, and so does each command.
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

// environment is what a run sees of the machine around it.
type environment struct {
	getenv         func(string) string
	stdout, stderr io.Writer
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], environment{os.Getenv, os.Stdout, os.Stderr})
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "eval:", err)
		os.Exit(1)
	}
}

// run carries out one command.
func run(ctx context.Context, args []string, env environment) error {
	if len(args) > 0 {
		switch args[0] {
		case "measure":
			return measure(ctx, args[1:], env)
		case "fit":
			return fitLimits(args[1:], env)
		case "attack":
			return measureAttacks(ctx, args[1:], env)
		case "selfies":
			return measureSelfies(ctx, args[1:], env)
		case "noise":
			return measureNoise(args[1:], env)
		}
	}
	return evaluate(ctx, args, env)
}
