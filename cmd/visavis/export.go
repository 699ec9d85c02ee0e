package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"time"

	"visavis/enrolment"
	"visavis/enrolment/evidence"
	"visavis/enrolment/handover"
	"visavis/enrolment/retention"
	"visavis/enrolment/store"
)

const exportUsage = `usage: visavis export ID FILE.zip        write all that is kept of an enrolment (id or reference)
       visavis export --encrypt-to CERT.pem ID FILE.p7m    the same with who decided, sealed and encrypted
       visavis export --acknowledged-by NAME [--sha256 HEX] ID    note that NAME has the file; deletion is due after
                                                                  --accepted-days
       visavis export --owed                 list the issued files that nobody acknowledged`

// exportCommand is for operators whose provider takes no files by itself: the file
// stays until it is noted who has it.
func exportCommand(ctx context.Context, args []string, env environment) error {
	var r storage
	var seal issuerSettings
	f := flag.NewFlagSet("export", flag.ContinueOnError)
	f.SetOutput(env.stderr)
	r.flags(f, env)
	by := f.String("acknowledged-by", "", "who acknowledged that they have the file")
	sum := f.String("sha256", "", "with --acknowledged-by: of the file that they have, hex")
	to := f.String("encrypt-to", "", "certificate of the RSA key that the file is encrypted to, PEM file")
	owed := f.Bool("owed", false, "list the issued files that nobody acknowledged")
	f.StringVar(&seal.SealKey, "seal-key", env.getenv(variable("seal-key")), "as of serve, with --encrypt-to")
	f.StringVar(&seal.SealCertificate, "seal-certificate", env.getenv(variable("seal-certificate")), "as of serve")
	if err := f.Parse(args); err != nil {
		return err
	}
	if err := r.complete(env); err != nil {
		return err
	}
	switch {
	case *owed && f.NArg() == 0 && *by+*to == "":
		return listOwed(ctx, &r, env)
	case *by != "" && f.NArg() == 1 && *to == "":
		return acknowledge(ctx, &r, f.Arg(0), enrolment.HandOver{To: *by, SHA256: *sum}, env)
	case *by+*sum == "" && f.NArg() == 2 && !*owed:
		write := func(o opened, w io.Writer) error { return o.kept.Export(ctx, o.id, w) }
		if *to != "" {
			write = func(o opened, w io.Writer) error { return writePackage(ctx, r.Keys, seal, *to, o, w) }
		}
		return exportFile(ctx, &r, f.Arg(0), f.Arg(1), write, env)
	}
	return errors.New(exportUsage)
}

// opened is what is kept of one enrolment.
type opened struct {
	keeper *evidence.Keeper
	kept   *retention.Retention
	id     string
	done   func()
}

// openKept opens what is kept, and finds an enrolment by its id or reference.
func openKept(ctx context.Context, r *storage, id string, readOnly bool) (o opened, err error) {
	if o.keeper, o.done, err = r.open(ctx, readOnly); err != nil {
		return o, err
	}
	err = o.keeper.Store.InTx(ctx, func(tx *store.Tx) error {
		record, err := tx.LoadReference(ctx, id)
		if errors.Is(err, store.ErrNotFound) {
			record, err = tx.Load(ctx, id)
		}
		o.id = record.ID
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		err = fmt.Errorf("no enrolment %q", id)
	}
	if err == nil {
		settings := journeySettings{Attempts: 1, OpenDays: 1, RefusedDays: 1, AcceptedDays: 1} // no clock is asked here
		o.kept, err = retention.New(retention.Config{Keeper: o.keeper, Rules: settings.rules()})
	}
	if err != nil {
		o.done()
	}
	return o, err
}

// exportFile writes a file whole or not at all, and says its SHA-256.
func exportFile(
	ctx context.Context, r *storage, id, path string, write func(opened, io.Writer) error, env environment,
) (err error) {
	o, err := openKept(ctx, r, id, true)
	if err != nil {
		return err
	}
	defer o.done()
	part := path + ".part"
	out, err := os.OpenFile(part, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(part) }() // already renamed
	sum := sha256.New()
	err = write(o, io.MultiWriter(out, sum))
	if err = errors.Join(err, out.Sync(), out.Close()); err != nil {
		return err
	}
	if err := os.Rename(part, path); err != nil {
		return err
	}
	fmt.Fprintf(env.stdout, "ok: %s\nSHA-256 %x; note who has it with --acknowledged-by\n", path, sum.Sum(nil))
	return nil
}

// writePackage writes what a provider would be sent, encrypted to a certificate's key.
func writePackage(ctx context.Context, folder string, s issuerSettings, to string, o opened, w io.Writer) error {
	recipient, err := readCertificates(to)
	if err != nil {
		return fmt.Errorf("--encrypt-to: %w", err)
	}
	if err := handover.CheckRecipient(recipient[0], time.Now()); err != nil {
		return fmt.Errorf("--encrypt-to: %w", err)
	}
	seal, err := s.seal()
	if err == nil && seal.Chain == nil {
		seal, err = storedSeal(ctx, folder)
	}
	if err != nil {
		return err
	}
	packer := handover.Packer{Keeper: o.keeper, Retention: o.kept, Seal: seal, Recipient: recipient[0]}
	body, err := packer.Pack(ctx, o.id, time.Now())
	if err == nil {
		_, err = w.Write(body)
	}
	return err
}

var hexSHA256 = regexp.MustCompile(`^([0-9a-f]{64})?$`)

func acknowledge(ctx context.Context, r *storage, id string, e enrolment.HandOver, env environment) error {
	if !hexSHA256.MatchString(e.SHA256) {
		return fmt.Errorf("--sha256=%q: want 64 characters of lower-case hex, or none", e.SHA256)
	}
	o, err := openKept(ctx, r, id, false)
	if err != nil {
		return err
	}
	defer o.done()
	if err := o.kept.HandedOver(ctx, o.id, e); err != nil {
		return err
	}
	fmt.Fprintf(env.stdout, "ok: noted that %s has the file\n", printable(e.To))
	return nil
}

// mostOwed bounds the list of files that nobody acknowledged.
const mostOwed = 10_000

// listOwed prints a line for each issued file that nobody acknowledged.
func listOwed(ctx context.Context, r *storage, env environment) error {
	k, done, err := r.open(ctx, true)
	if err != nil {
		return err
	}
	defer done()
	var owed []enrolment.Record
	var all int
	err = k.Store.InTx(ctx, func(tx *store.Tx) (err error) {
		if all, _, err = tx.CountUnacknowledged(ctx); err == nil {
			owed, err = tx.Unacknowledged(ctx, mostOwed)
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, one := range owed {
		fmt.Fprintf(env.stdout, "%s  issued %s  %s\n", one.Reference, one.LastAction.Format(time.DateOnly), one.ID)
	}
	cut := ""
	if all > len(owed) {
		cut = fmt.Sprintf("; the %d issued first are listed", len(owed))
	}
	fmt.Fprintf(env.stdout, "ok: %d issued files that nobody acknowledged%s\n", all, cut)
	return nil
}
