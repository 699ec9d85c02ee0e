package main

import (
	"errors"
	"log/slog"
	"net/http"

	"visavis/qa/lab"
	"visavis/specimen"
)

// validateLab refuses what shows or keeps people's pictures where people are real.
func (c *Config) validateLab() error {
	production := c.Env == "production"
	switch {
	case production && c.QA.on:
		return errors.New("--qa=on: refused with --env=production: the page shows every session with its pictures to " +
			"whoever opens it; " +
			"test with a server of its own, with --env=development")
	case production && c.Record != "":
		return errors.New("--record: refused with --env=production: recordings keep the pictures of people; " +
			"reproduce it on a server of its own, with --env=development")
	case c.RecordBlurred && c.Record == "":
		return errors.New("--record-blurred: want --record FOLDER too")
	}
	return nil
}

// openLab makes what watches the sessions of a test site; nil: nobody does.
func openLab(c Config, where *listeners, log *slog.Logger) *lab.Lab {
	if !c.QA.on && c.Record == "" {
		return nil
	}
	log = log.With("component", "qa")
	if c.QA.on {
		log.Warn("a test site: /qa shows every session with its pictures to whoever opens it")
	}
	if c.Record != "" {
		log.Warn("a test site: every session is recorded, pictures too", "folder", c.Record, "blurred", c.RecordBlurred)
	}
	return lab.New(lab.Config{Folder: c.Record, Blur: c.RecordBlurred, Server: where.origin,
		Draw: lab.Drawing(specimen.Paths{}), Logger: log})
}

// served is what a server answers with, and what else hears of its life.
type served struct {
	handler http.Handler
	ready   func() // once the pages are there
	drain   func() // ends what lasts, when the server stops
}

// withLab puts the pages of a test site before the others.
func withLab(c Config, qa *lab.Lab, next http.Handler) served {
	nothing := func() {}
	switch {
	case qa == nil:
		return served{next, nothing, nothing}
	case !c.QA.on:
		return served{next, nothing, qa.Drain}
	}
	return served{qa.Handler(next), nothing, qa.Drain}
}
