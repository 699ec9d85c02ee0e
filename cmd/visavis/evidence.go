package main

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode"

	"visavis/certificate/proof"
	"visavis/certificate/proof/xades"
	"visavis/enrolment"
	"visavis/enrolment/evidence"
	"visavis/enrolment/store"
)

const evidenceUsage = `usage: visavis evidence verify ID          check an enrolment's file (id or reference)
       visavis evidence verify             check every file and the log of all; --since HEAD
       visavis evidence head               print the log's signed head, to be kept elsewhere
       visavis evidence verify FILE        check a proof file, offline; --public-key PEM elsewhere
       visavis evidence receipt FILE       check receipts of deletion; --public-key PEM elsewhere
       visavis evidence public-key         print the key that checks receipts
       visavis evidence rotate-key         make a new master key and wrap every key with it`

// errProblems is a file that does not verify: what is wrong stands above it.
var errProblems = errors.New("the file is not what was stored")

// evidenceCommand looks after what is kept of enrolments.
func evidenceCommand(ctx context.Context, args []string, env environment) error {
	if len(args) == 0 {
		return errors.New(evidenceUsage)
	}
	var r storage
	f := flag.NewFlagSet("evidence "+args[0], flag.ContinueOnError)
	f.SetOutput(env.stderr)
	r.flags(f, env)
	public := f.String("public-key", "", "receipt, proof file: file of the server's public key, PEM")
	seals := f.String("seal-ca", "", "proof file: who may issue the certificate of its seal, PEM file (default anybody)")
	since := f.String("since", "", "verify: a head that was printed before, which the log has to go on from")
	if err := f.Parse(args[1:]); err != nil {
		return err
	}
	if err := r.complete(env); err != nil {
		return err
	}
	switch {
	case args[0] == "verify" && f.NArg() == 1 && isProof(f.Arg(0)):
		return verifyProof(&r, f.Arg(0), *public, *seals, env)
	case args[0] == "verify" && f.NArg() == 0:
		return verifyAll(ctx, &r, *since, env)
	case args[0] == "head" && f.NArg() == 0:
		return printHead(ctx, &r, env)
	case args[0] == "verify" && f.NArg() == 1:
		return verifyEvidence(ctx, &r, f.Arg(0), env)
	case args[0] == "receipt" && f.NArg() == 1:
		return verifyReceipt(&r, f.Arg(0), *public, env)
	case args[0] == "public-key" && f.NArg() == 0:
		return printPublicKey(&r, env)
	case args[0] == "rotate-key" && f.NArg() == 0:
		return rotateMaster(ctx, &r, env)
	}
	return errors.New(evidenceUsage)
}

// verifyEvidence checks a file while the server may be running.
func verifyEvidence(ctx context.Context, r *storage, id string, env environment) error {
	k, done, err := r.open(ctx, true)
	if err != nil {
		return err
	}
	defer done()
	err = k.Store.InTx(ctx, func(tx *store.Tx) error {
		found, err := tx.LoadReference(ctx, id)
		if err == nil {
			id = found.ID
		} else if errors.Is(err, store.ErrNotFound) {
			return nil // then it is an id
		}
		return err
	})
	if err != nil {
		return err
	}
	v, err := k.Verify(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("no enrolment %q", id)
	}
	if err != nil {
		return err
	}
	return printVerification(v, env)
}

func printVerification(v evidence.Verification, env environment) error {
	fmt.Fprintf(env.stdout, "%s (%s): %d entries, %d items, %d transitions\n", printable(v.Reference),
		printable(v.Enrolment), v.Entries, v.Items, v.Transitions)
	if v.KeyGone {
		fmt.Fprintln(env.stdout, "the key is gone: items were checked by their hashes, not decrypted")
	}
	for _, name := range v.Unlisted {
		fmt.Fprintf(env.stdout, "not listed: %s\n", printable(name))
	}
	for _, p := range v.Findings {
		where := "file"
		if p.Entry > 0 {
			where = fmt.Sprintf("entry %d", p.Entry)
		}
		fmt.Fprintf(env.stdout, "WRONG %s: %s\n", where, printable(p.What))
	}
	if !v.OK() {
		return errProblems
	}
	printExtent(v, env)
	return nil
}

// printExtent says up to which entry and when the file is whole, and what nothing
// speaks for.
func printExtent(v evidence.Verification, env environment) {
	for _, what := range v.NotCovered {
		fmt.Fprintf(env.stdout, "not covered: %s\n", printable(what))
	}
	if v.Anchored > 0 {
		fmt.Fprintf(env.stdout, "in the log outside of the database up to entry %d of %d, of %s\n", v.Anchored, v.Entries,
			v.AnchoredAt.UTC().Format(time.RFC3339))
	}
	if !v.StampedAt.IsZero() {
		fmt.Fprintf(env.stdout, "the log was stamped at %s by %s\n", v.StampedAt.UTC().Format(time.RFC3339),
			printable(v.StampedBy))
	}
	fmt.Fprintf(env.stdout, "ok: nothing was changed, removed or put in another order up to entry %d\n", v.Entries)
}

// printable leaves out of a text what a terminal would obey.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp) {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}

// verifyReceipt checks a receipt of deletion, or all in an answer to a site's redaction.
func verifyReceipt(r *storage, path, public string, env environment) error {
	body, key, err := fileAndKey(r, path, public)
	if err != nil {
		return err
	}
	var answer struct {
		Receipts []json.RawMessage `json:"receipts"`
	}
	if json.Unmarshal(body, &answer) != nil || len(answer.Receipts) == 0 {
		answer.Receipts = []json.RawMessage{body}
	}
	for _, one := range answer.Receipts {
		receipt, err := evidence.VerifyReceipt(one, key)
		if err != nil {
			return err
		}
		fmt.Fprintf(env.stdout, "ok: %s, deleted %s under the rule %q: %s\n", receipt.Reference,
			receipt.DeletedAt.Format("2006-01-02 15:04:05 MST"), receipt.Rule, kinds(receipt.What))
		for _, s := range receipt.Stays {
			until := "without an end"
			if !s.Until.IsZero() {
				until = "until " + s.Until.Format(time.DateOnly)
			}
			fmt.Fprintf(env.stdout, "stays %s: %s\n", until, printable(string(s.What)))
		}
	}
	return nil
}

// fileAndKey reads a file and the key that it was signed with.
func fileAndKey(r *storage, path, public string) (body []byte, key ed25519.PublicKey, err error) {
	if body, err = os.ReadFile(path); err != nil {
		return nil, nil, err
	}
	key, err = checkingKey(r, public)
	return body, key, err
}

// checkingKey is the server's public key: the one of a file where it is named,
// else the one of the folder of keys.
func checkingKey(r *storage, path string) (ed25519.PublicKey, error) {
	read := func() ([]byte, error) { return publicKey(r) }
	if path != "" {
		read = func() ([]byte, error) { return os.ReadFile(path) }
	}
	pem, err := read()
	if err != nil {
		return nil, err
	}
	return evidence.ParsePublicPEM(pem)
}

// isProof tells a proof file from an enrolment's id or reference.
func isProof(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.Mode().IsRegular()
}

// verifyProof needs the file and the key alone: no database, no network.
func verifyProof(r *storage, path, public, seals string, env environment) error {
	body, key, err := fileAndKey(r, path, public)
	if err != nil {
		return err
	}
	var roots xades.Roots
	if roots.Seals, err = poolOf("--seal-ca", seals); err != nil {
		return err
	}
	if roots.Stamps, err = poolOf("--timestamp-ca", r.TimestampCA); err != nil {
		return err
	}
	result, err := proof.Verify(body, evidence.CheckProof(key), roots)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	m := result.Manifest
	fmt.Fprintf(env.stdout, "%s (%s): certificate %s, %d files, made %s\n", printable(m.Reference), printable(m.Enrolment),
		printable(m.Serial), len(m.Files),
		m.MadeAt.Format("2006-01-02 15:04:05 MST"))
	if m.Badge != "" {
		fmt.Fprintln(env.stdout, printable(m.Badge))
	}
	printSeal(result.Seal, env)
	for _, p := range result.Problems {
		fmt.Fprintf(env.stdout, "WRONG %s\n", printable(p))
	}
	if !result.OK() {
		return errProblems
	}
	fmt.Fprintln(env.stdout, "ok: it is as the server made it, and the certificate is the one of the manifest")
	return nil
}

// printSeal says who sealed a proof, and when who stamped it.
func printSeal(seal *xades.Report, env environment) {
	if seal == nil || seal.Signer == nil {
		return
	}
	fmt.Fprintf(env.stdout, "sealed (XAdES, level %s) by %s, whose certificate has the SHA-256 %x\n", seal.Level,
		printable(seal.Signer.Subject.String()), sha256.Sum256(seal.Signer.Raw))
	for _, s := range seal.Stamps {
		fmt.Fprintf(env.stdout, "stamped at %s by %s\n", s.At.UTC().Format(time.RFC3339), printable(s.By))
	}
}

// poolOf reads the certificates of a setting's file; nil where it is not set.
func poolOf(setting, path string) (*x509.CertPool, error) {
	if path == "" {
		return nil, nil //nolint:nilnil // anybody is a setting
	}
	list, err := readCertificates(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", setting, err)
	}
	pool := x509.NewCertPool()
	for _, c := range list {
		pool.AddCert(c)
	}
	return pool, nil
}

func kinds(what []enrolment.Kept) (text string) {
	for i, w := range what {
		if i > 0 {
			text += ", "
		}
		text += string(w)
	}
	return text
}

func publicKey(r *storage) ([]byte, error) {
	path := filepath.Join(r.Keys, "signing.key")
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	signer, err := r.keyFiles(true).Signer(path)
	if err != nil {
		return nil, err
	}
	return signer.PublicPEM()
}

func printPublicKey(r *storage, env environment) error {
	pem, err := publicKey(r)
	if err == nil {
		_, err = env.stdout.Write(pem)
	}
	return err
}

// rotateMaster refuses while an instance runs: one on another machine has its own
// copy of the old key set, and would wrap with a key that is gone.
func rotateMaster(ctx context.Context, r *storage, env environment) error {
	k, done, err := r.open(ctx, false)
	if err != nil {
		return err
	}
	defer done()
	release, err := r.use(ctx, k, true)
	if err != nil {
		return err
	}
	defer release()
	if err := k.Master.Rotate(); err != nil {
		return err
	}
	n, err := k.Rewrap(ctx)
	if err != nil {
		return err
	}
	if err := k.Master.Retire(); err != nil {
		return err
	}
	fmt.Fprintf(env.stdout, "ok: %d keys are wrapped with the new master key, the old one is gone\n", n)
	return nil
}
