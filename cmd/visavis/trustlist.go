package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"time"

	"visavis/certificate/trustlist"
	"visavis/outgoing"
)

const trustListUsage = `usage: visavis trust-list --territory FR --signers FILE.pem FOLDER
       fetches the list of lists, its pivots and the territory's list, checks them, and puts them into FOLDER for --trust-list`

// The bounds of one list. The longest national ones have 10 MB.
const (
	listWithin = 2 * time.Minute
	listMost   = 64 << 20
)

// trustListCommand is run by a timer: the server itself fetches nothing.
func trustListCommand(ctx context.Context, args []string, env environment) error {
	f := flag.NewFlagSet("trust-list", flag.ContinueOnError)
	f.SetOutput(env.stderr)
	territory := f.String("territory", "", "whose list, as the list of lists calls it: FR, DE, EL, …")
	pinned := f.String("signers", env.getenv(variable("trust-list-signers")),
		"who may sign the list of lists: the certificates of the Official Journal, PEM file")
	address := f.String("url", trustlist.Lists, "where the list of lists is")
	if err := f.Parse(args); err != nil {
		return err
	}
	if f.NArg() != 1 || *territory == "" {
		return errors.New(trustListUsage)
	}
	signers, err := readCertificates(*pinned)
	if err != nil {
		return fmt.Errorf("--signers: %w", err)
	}
	get := func(ctx context.Context, address string) ([]byte, error) {
		return outgoing.Question{URL: address, Within: listWithin, Most: listMost}.Ask(ctx)
	}
	b, err := trustlist.Fetch(ctx, get, *address, *territory, signers)
	if err != nil {
		return err
	}
	if last, err := trustlist.ReadBundle(f.Arg(0)); err == nil {
		if err := b.Succeeds(last, signers); err != nil {
			return err
		}
	}
	if err := b.Write(f.Arg(0)); err != nil {
		return err
	}
	list, err := b.Parse(signers)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(env.stdout, "%s: list %d of %s, in force until %s\n", f.Arg(0), list.Sequence, list.Territory,
		list.NextUpdate.Format(time.DateOnly))
	return err
}
