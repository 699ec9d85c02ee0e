package main

import (
	"context"
	"errors"
	"strings"

	"visavis/certificate/trustlist"
	"visavis/enrolment/bucket"
	"visavis/enrolment/store"
)

// onNetwork tells whether a place is a URL of something that has to be reached, and
// not a file or a folder, which checkData sees.
func onNetwork(place string) bool {
	return strings.Contains(place, "://") && !strings.HasPrefix(place, "file:")
}

// checkDatabase asks PostgreSQL for an answer.
func checkDatabase(ctx context.Context, cfg doctorConfig) finding {
	ctx, cancel := within(ctx)
	defer cancel()
	s, err := store.Open(ctx, store.Config{URL: cfg.Database, ReadOnly: true})
	if err != nil {
		return missing("start PostgreSQL, or correct --database-url", "%v", err)
	}
	if err := s.Close(); err != nil {
		return missing("correct --database-url", "%v", err)
	}
	return ok("PostgreSQL answers")
}

// checkEvidence asks the store of the evidence whether its bucket is there.
func checkEvidence(ctx context.Context, cfg doctorConfig) finding {
	const todo = "start the S3 server and make the bucket, or correct --evidence-url and AWS_ACCESS_KEY_ID, " +
		"AWS_SECRET_ACCESS_KEY"
	ctx, cancel := within(ctx)
	defer cancel()
	b, err := bucket.Open(cfg.Evidence)
	if err != nil {
		return missing(todo, "%v", err)
	}
	_, err = b.List(ctx, "doctor/")
	if err = errors.Join(err, b.Close()); err != nil {
		return missing(todo, "%v", err)
	}
	return ok("the bucket answers")
}

// checkTrustList reads the trusted list as the issuer would.
func checkTrustList(_ context.Context, cfg doctorConfig) finding {
	const todo = "fetch the list again, or correct --trust-list and --trust-list-signers; until then nothing is " +
		"called qualified"
	signers, err := readCertificates(cfg.TrustListSigners)
	if err != nil {
		return missing(todo, "%v", err)
	}
	list, err := trustlist.OpenFile(cfg.TrustList, signers)
	if err == nil {
		err = list.Problem()
	}
	if err != nil {
		return missing(todo, "%v", err)
	}
	return ok("signed by one of the signers, in force until %s", list.List().NextUpdate.Format("2006-01-02"))
}
