package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
)

// parseFlags reads a command's flags. What is wrong is one line on stderr, and errUsage;
// -h lists the flags, and is flag.ErrHelp.
func parseFlags(f *flag.FlagSet, args []string, stderr io.Writer) error {
	f.SetOutput(io.Discard) // the package would print every flag below the one line that says what is wrong
	err := f.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprintf(stderr, "%s\n", f.Name())
		f.SetOutput(stderr)
		f.PrintDefaults()
		return err
	}
	if err != nil {
		fmt.Fprintf(stderr, "%s: %v; \"%s -h\" lists the flags\n", f.Name(), err, f.Name())
		return errUsage
	}
	return nil
}
