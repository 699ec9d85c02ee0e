package main

import (
	"context"
	"flag"
	"fmt"
	"runtime"
	"runtime/debug"
)

// release is the last release's number, or the next one's with "-dev". CHANGELOG.md
// begins with it.
const release = "0.3.0-dev"

// versionCommand prints the release, the commit it was built from and the compiler.
func versionCommand(_ context.Context, args []string, env environment) error {
	f := flag.NewFlagSet("version", flag.ContinueOnError)
	f.SetOutput(env.stderr)
	if err := f.Parse(args); err != nil {
		return err
	}
	if f.NArg() > 0 {
		return fmt.Errorf("version: unexpected argument %q", f.Arg(0))
	}
	commit, changed := "unknown", ""
	if info, have := debug.ReadBuildInfo(); have {
		for _, s := range info.Settings {
			switch {
			case s.Key == "vcs.revision" && s.Value != "":
				commit = s.Value
			case s.Key == "vcs.modified" && s.Value == "true":
				changed = ", with changes"
			}
		}
	}
	_, err := fmt.Fprintf(env.stdout, "visavis %s (commit %s%s; %s %s/%s)\n", release, commit, changed, runtime.Version(),
		runtime.GOOS, runtime.GOARCH)
	return err
}
