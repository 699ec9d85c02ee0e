package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"

	"visavis/enrolment"
	"visavis/enrolment/retention"
	"visavis/enrolment/store"
)

const exportUsage = `usage: visavis export ID FILE.zip        write all that is kept of an enrolment (id or reference)
       visavis export --acknowledged-by NAME ID    note that NAME has the file; deletion is due after --accepted-days`

// exportCommand is for operators whose provider takes no files by itself: the file
// stays until it is noted who has it.
func exportCommand(ctx context.Context, args []string, env environment) error {
	var r storage
	f := flag.NewFlagSet("export", flag.ContinueOnError)
	f.SetOutput(env.stderr)
	r.flags(f, env)
	by := f.String("acknowledged-by", "", "who acknowledged that they have the file")
	if err := f.Parse(args); err != nil {
		return err
	}
	if err := r.complete(env); err != nil {
		return err
	}
	switch {
	case *by != "" && f.NArg() == 1:
		return acknowledge(ctx, &r, f.Arg(0), *by, env)
	case *by == "" && f.NArg() == 2:
		return exportFile(ctx, &r, f.Arg(0), f.Arg(1), env)
	}
	return errors.New(exportUsage)
}

// openKept opens what is kept, and finds an enrolment by its id or reference.
func openKept(
	ctx context.Context, r *storage, id string, readOnly bool,
) (kept *retention.Retention, found string, done func(), err error) {
	k, done, err := r.open(ctx, readOnly)
	if err != nil {
		return nil, "", nil, err
	}
	err = k.Store.InTx(ctx, func(tx *store.Tx) error {
		record, err := tx.LoadReference(ctx, id)
		if errors.Is(err, store.ErrNotFound) {
			record, err = tx.Load(ctx, id)
		}
		found = record.ID
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		err = fmt.Errorf("no enrolment %q", id)
	}
	if err == nil {
		settings := journeySettings{Attempts: 1, OpenDays: 1, RefusedDays: 1, AcceptedDays: 1} // no clock is asked here
		kept, err = retention.New(retention.Config{Keeper: k, Rules: settings.rules()})
	}
	if err != nil {
		done()
		return nil, "", nil, err
	}
	return kept, found, done, nil
}

// exportFile writes the archive whole or not at all.
func exportFile(ctx context.Context, r *storage, id, path string, env environment) (err error) {
	kept, id, done, err := openKept(ctx, r, id, true)
	if err != nil {
		return err
	}
	defer done()
	part := path + ".part"
	out, err := os.OpenFile(part, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(part) }() // already renamed
	err = kept.Export(ctx, id, out)
	if err = errors.Join(err, out.Sync(), out.Close()); err != nil {
		return err
	}
	if err := os.Rename(part, path); err != nil {
		return err
	}
	fmt.Fprintf(env.stdout, "ok: %s; note who has it with --acknowledged-by\n", path)
	return nil
}

func acknowledge(ctx context.Context, r *storage, id, by string, env environment) error {
	kept, id, done, err := openKept(ctx, r, id, false)
	if err != nil {
		return err
	}
	defer done()
	if err := kept.HandedOver(ctx, id, enrolment.HandOver{To: by}); err != nil {
		return err
	}
	fmt.Fprintf(env.stdout, "ok: noted that %s has the file\n", printable(by))
	return nil
}
