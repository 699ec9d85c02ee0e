package enrolments_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"visavis/certificate/proof"
	"visavis/certificate/proof/xades"
	"visavis/certificate/proof/xades/xadestest"
	"visavis/enrolment/evidence"
	"visavis/enrolment/jobs"
	"visavis/enrolment/store"
)

// A certificate is issued while the time stamping authority is out of order; its proof
// gets what it lacks as soon as it can be had, and the next stamp in good time.
func TestAProofGetsItsTimeStampsWhenTheyCanBeHad(t *testing.T) {
	p := sqlitePlace(t)
	in := p.start(t, "one")
	p.seals.Down.Store(true)
	maeva := in.browser(t, "maeva")
	v, c := maeva.certified(true)
	level := func(want string, stamps int) {
		t.Helper()
		_, header, file := maeva.do("GET", "/api/certificates/"+c.ID+"/proof", nil)
		r, err := proof.Verify(file, evidence.CheckProof(in.keeper.Signer.Public()), xades.Roots{})
		must(t, err)
		if !r.OK() || r.Seal.Level != want || len(r.Seal.Stamps) != stamps {
			t.Errorf("%q %+v, want level %s with %d stamps", r.Problems, r.Seal, want, stamps)
		}
		if kind := header.Get("Content-Type"); kind != proof.MediaType {
			t.Errorf("its type is %s, want %s", kind, proof.MediaType)
		}
	}
	whole := func() {
		t.Helper()
		found, err := in.keeper.Verify(t.Context(), v.ID)
		must(t, err)
		if !found.OK() {
			t.Errorf("the file: %+v", found)
		}
	}
	level("B", 0)
	now := time.Now()
	if err := in.service.ExtendProofs(t.Context(), now.Add(2*time.Hour)); !errors.Is(err, xadestest.ErrDown) {
		t.Errorf("%v, want %v", err, xadestest.ErrDown)
	}
	p.seals.Down.Store(false)
	must(t, in.service.ExtendProofs(t.Context(), now)) // put off for an hour
	level("B", 0)
	must(t, in.service.ExtendProofs(t.Context(), now.Add(4*time.Hour)))
	level("LTA", 2)
	whole()
	must(t, in.service.ExtendProofs(t.Context(), now.AddDate(0, 3, 0)))
	level("LTA", 2)
	later := now.AddDate(0, 9, 0)
	p.seals.Now = func() time.Time { return later }
	must(t, p.seals.RenewStamps(later))
	must(t, in.service.ExtendProofs(t.Context(), later))
	level("LTA", 3)
	whole()
}

// A proof that cannot be extended is put off alone: the others of the sweep get their stamps.
func TestAProofThatFailsHoldsNoOtherUp(t *testing.T) {
	p := sqlitePlace(t)
	var fails atomic.Bool
	p.sources = func(from xades.Sources) xades.Sources {
		stamp := from.Stamp
		from.Stamp = func(ctx context.Context, sum []byte) ([]byte, error) {
			if fails.CompareAndSwap(true, false) { // the first of the sweep
				return nil, xadestest.ErrDown
			}
			return stamp(ctx, sum)
		}
		return from
	}
	in := p.start(t, "one")
	p.seals.Down.Store(true)
	var files []func() string
	for _, who := range []string{"maeva", "elouan"} {
		person := in.browser(t, who)
		_, c := person.certified(true)
		files = append(files, func() string {
			_, _, file := person.do("GET", "/api/certificates/"+c.ID+"/proof", nil)
			r, err := proof.Verify(file, evidence.CheckProof(in.keeper.Signer.Public()), xades.Roots{})
			must(t, err)
			return r.Seal.Level
		})
	}
	p.seals.Down.Store(false)
	fails.Store(true)
	if err := in.service.ExtendProofs(t.Context(), time.Now().Add(2*time.Hour)); !errors.Is(err, xadestest.ErrDown) {
		t.Errorf("%v, want %v", err, xadestest.ErrDown)
	}
	levels := []string{files[0](), files[1]()}
	slices.Sort(levels)
	if !slices.Equal(levels, []string{"B", "LTA"}) {
		t.Errorf("levels %q, want one B and one LTA", levels)
	}
}

// Where lists and time stamps hang, as behind a firewall, the job that asks for them goes on in time to store the
// certificate.
func TestWhatAProofNeedsHoldsNoCertificateUp(t *testing.T) {
	p := sqlitePlace(t)
	var asked, long atomic.Int32
	look := func(ctx context.Context) {
		asked.Add(1)
		if end, ok := ctx.Deadline(); !ok || time.Until(end) > jobs.JobTimeout/2 {
			long.Add(1)
		}
	}
	p.sources = func(from xades.Sources) xades.Sources {
		hang := from
		hang.Stamp = func(ctx context.Context, _ []byte) ([]byte, error) {
			look(ctx)
			return nil, context.DeadlineExceeded
		}
		hang.Status = func(ctx context.Context, _, _ *x509.Certificate) (xades.Status, error) {
			look(ctx)
			return xades.Status{}, context.DeadlineExceeded
		}
		return hang
	}
	in := p.start(t, "one")
	in.browser(t, "maeva").certified(true)
	if asked.Load() < 2 || long.Load() > 0 {
		t.Errorf("%d of %d questions may take most of a job's time", long.Load(), asked.Load())
	}
	asked.Store(0)
	err := in.service.ExtendProofs(t.Context(), time.Now().Add(2*time.Hour))
	if !errors.Is(err, context.DeadlineExceeded) || asked.Load() == 0 || long.Load() > 0 {
		t.Errorf("%v; %d of %d questions of the sweep may take most of a job's time", err, long.Load(), asked.Load())
	}
}

// A proof that an earlier build made is a zip without a container's seal: no program for signatures opens it.
func TestAProofOfAnEarlierBuildIsSavedAsAZip(t *testing.T) {
	in := sqlitePlace(t).start(t, "one")
	maeva := in.browser(t, "maeva")
	_, c := maeva.certified(true)
	saved := func(kind, name string) (body []byte) {
		t.Helper()
		_, header, body := maeva.do("GET", "/api/certificates/"+c.ID+"/proof", nil)
		if got := header.Get("Content-Type"); got != kind {
			t.Errorf("its type is %s, want %s", got, kind)
		}
		if got := header.Get("Content-Disposition"); !strings.HasSuffix(got, `-proof`+name+`"`) {
			t.Errorf("it is saved as %s, want …-proof%s", got, name)
		}
		return body
	}
	sealed := saved(proof.MediaType, ".asice")
	z, err := zip.NewReader(bytes.NewReader(sealed), int64(len(sealed)))
	must(t, err)
	var earlier bytes.Buffer
	w := zip.NewWriter(&earlier)
	for _, f := range z.File {
		if f.Name != "mimetype" && !strings.HasPrefix(f.Name, "META-INF/") {
			must(t, w.Copy(f))
		}
	}
	must(t, w.Close())
	must(t, in.keeper.Store.InTx(t.Context(), func(tx *store.Tx) error {
		return tx.PutProof(t.Context(), c.ID, earlier.Bytes(), time.Unix(0, 0))
	}))
	if body := saved("application/zip", ".zip"); !bytes.Equal(body, earlier.Bytes()) {
		t.Error("another file is saved")
	}
}
