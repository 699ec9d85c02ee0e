package main

import (
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"time"

	"visavis/enrolment"
	"visavis/enrolment/journey"
	"visavis/identity"
	"visavis/limits"
)

// journeySettings are the settings of enrolments.
type journeySettings struct {
	// Operator runs the server, in the role OperatorRole; shown on the pages.
	// Default none: a demonstration, and the pages say so.
	Operator     string
	OperatorRole string
	// Contact answers questions about data: an e-mail or postal address.
	Contact string
	// InPersonPlace and InPersonHours are where and when a registrar checks,
	// InPersonDirections how to get there, InPersonBring what to bring beside the
	// document. Default none: without a place nobody is sent to one.
	InPersonPlace      string
	InPersonHours      string
	InPersonDirections string
	InPersonBring      string
	// Slots are the weekly hours of appointments there, "mon-fri 09:00-12:00 Europe/Paris;
	// wed 14:00-17:00 Europe/Paris". Default none: people come without one. SlotMinutes is
	// their length, SlotCapacity how many people one takes, SlotsClosed the days without.
	Slots        string
	SlotsClosed  string
	SlotMinutes  int
	SlotCapacity int
	// TimeZone is that of times in letters to people whose browser named none. Default the
	// machine's.
	TimeZone string
	// Review is "required" or "none". None is for tests and demonstrations, turns
	// every doubt into a refusal, and is refused in production.
	Review string
	// ReviewerHours like "mon-fri 09:00-18:00 Europe/Paris". Default always.
	ReviewerHours string
	// Price of a certificate in words. Default free.
	Price string
	// MobileNeeded is "on" or "off": whether the mobile number is asked for.
	MobileNeeded onOff
	// Specimens is "on" or "off": whether documents of the state UTO are accepted.
	// Default on, in production off, where on is refused.
	Specimens onOff
	// States are the states whose cards pass that are accepted only where they are
	// listed: three letters of ISO 3166-1, by commas. Default none.
	States string

	// PrivateEndpoints is "on" or "off": whether sites may be told of events at
	// addresses of this machine and its networks. Default on in a demonstration.
	PrivateEndpoints onOff

	// APIRate is how many calls a key may make in a minute.
	APIRate int

	// Attempts a day; the days after which what is abandoned, refused or handed over
	// is deleted; the share of accepted files that get a blind second look.
	Attempts     int
	OpenDays     int
	RefusedDays  int
	AcceptedDays int
	BlindShare   float64

	// VerificationDays are those after its end for which a site's verification is kept.
	VerificationDays int

	// SMTP is the mail server, smtp://user:password@host:587; From the sender. Default
	// none: letters lie in the outbox of the demonstration. Required in production.
	SMTP string
	From string

	// Instance is this instance's own name among those that share a PostgreSQL, the
	// same after a restart. Default the host's name and the port.
	Instance string

	hours  journey.Hours
	zone   *time.Location
	desk   *journey.Desk // nil: no appointments
	owed   bool          // files of issued certificates are owed to a provider
	states []string      // as in machine readable zones
}

func (j *journeySettings) flags(f *flag.FlagSet) {
	f.StringVar(&j.Operator, "operator", "", "who runs this server, as the pages show it (default: a demonstration)")
	f.StringVar(&j.OperatorRole, "operator-role", "", "in which role, e.g. autorité d’enregistrement")
	f.StringVar(&j.Contact, "contact", "", "who answers questions about data: an e-mail or postal address")
	f.StringVar(&j.InPersonPlace, "in-person-place", "",
		"where a registrar checks in person: an address (default: that way is not offered)")
	f.StringVar(&j.InPersonHours, "in-person-hours", "", "when a registrar checks in person, in words")
	f.StringVar(&j.InPersonDirections, "in-person-directions", "", "how to get to where a registrar checks, in words")
	f.StringVar(&j.InPersonBring, "in-person-bring", "", "what to bring there beside the document, in words")
	f.StringVar(&j.Slots, "in-person-slots", "", "weekly hours of appointments there, e.g. mon-fri 09:00-12:00 "+
		"Europe/Paris; wed 14:00-17:00 Europe/Paris (default: no appointments)")
	f.StringVar(&j.SlotsClosed, "in-person-closed", "", "days without appointments: 2026-12-25,2027-01-01")
	f.IntVar(&j.SlotMinutes, "in-person-slot-minutes", 20, "length of an appointment in minutes, 5 to 240")
	f.IntVar(&j.SlotCapacity, "in-person-slot-capacity", 1, "people that one appointment takes")
	f.StringVar(&j.TimeZone, "time-zone", "", "time zone of letters to people whose browser named none, e.g. Europe/Paris "+
		"(default: this machine's)")
	f.StringVar(&j.Review, "review", "required",
		"required or none: none turns every doubt into a refusal, and is refused in production")
	f.StringVar(&j.ReviewerHours, "reviewer-hours", "",
		"when reviewers work, e.g. mon-fri 09:00-18:00 Europe/Paris (default always)")
	f.StringVar(&j.Price, "price", "", "price of a certificate in words (default free)")
	onOffVar(f, &j.MobileNeeded, "mobile-needed", "on", "on or off: ask for the mobile number")
	onOffVar(f, &j.Specimens, "specimens", "", "on or off: accept specimen documents (default on, in production off)")
	onOffVar(f, &j.PrivateEndpoints, "private-endpoints", "", "on or off: tell sites of events at addresses of this "+
		"machine and its networks too (default on in a demonstration, else off)")
	f.IntVar(&j.APIRate, "api-rate", limits.Calls.Number(), "calls of the API that one key may make in a minute")
	f.StringVar(&j.States, "states", "", "states whose identity cards are accepted beside the French one and those "+
		"without a row in docs/documents.md: BEL,DEU,ESP (default none)")
	f.IntVar(&j.Attempts, "attempts", 3, "whole captures a person may begin in 24 hours")
	f.IntVar(&j.OpenDays, "open-days", 7, "days from the last action after which an enrolment is abandoned and deleted")
	f.IntVar(&j.RefusedDays, "refused-days", 30, "days that a refused enrolment is kept")
	f.IntVar(&j.AcceptedDays, "accepted-days", 7, "days that a file is kept after it was handed over")
	f.IntVar(&j.VerificationDays, "verification-days", 400, "days after its end that a site's verification is kept, with "+
		"its reference, metadata and events")
	f.Float64Var(&j.BlindShare, "blind-share", 0.05, "share of the accepted files that get a blind second look, 0..1")
	f.StringVar(&j.SMTP, "smtp-url", "",
		"mail server, e.g. smtp://user:password@host:587 (default: the demonstration's outbox); prefer VISAVIS_SMTP_URL")
	f.StringVar(&j.From, "mail-from", "", "sender of letters, e.g. Visavis <signature@example.org>")
	f.StringVar(&j.Instance, "instance", "",
		"this instance's own name among those that share a PostgreSQL (default host and port)")
}

// leastVerificationDays bounds --verification-days.
const leastVerificationDays = 7

// complete fills in what depends on other settings and refuses what contradicts.
func (j *journeySettings) complete(c *Config) (err error) {
	production := c.Env == "production"
	j.Specimens.otherwise(!production)
	j.PrivateEndpoints.otherwise(c.demo())
	for _, ch := range []struct {
		name, value string
		of          [2]string
	}{
		{"--review", j.Review, [2]string{"required", "none"}},
		{"--mobile-needed", j.MobileNeeded.text, [2]string{"on", "off"}},
		{"--specimens", j.Specimens.text, [2]string{"on", "off"}},
		{"--private-endpoints", j.PrivateEndpoints.text, [2]string{"on", "off"}},
	} {
		if ch.value != ch.of[0] && ch.value != ch.of[1] {
			return fmt.Errorf("%s=%q: want one of %q", ch.name, ch.value, ch.of)
		}
	}
	if j.InPersonPlace == "" && j.InPersonHours+j.InPersonDirections+j.InPersonBring != "" {
		return errors.New("--in-person-hours, --in-person-directions, --in-person-bring: need --in-person-place, without " +
			"which nobody is sent there")
	}
	if j.states, err = identity.ParseStates(j.States); err != nil {
		return fmt.Errorf("--states: %w", err)
	}
	switch {
	case j.APIRate < 1:
		return fmt.Errorf("--api-rate=%d: want 1 or more", j.APIRate)
	case production && j.Review == "none":
		return errors.New("--review=none: refused with --env=production")
	case production && j.Specimens.on:
		return errors.New("--specimens=on: refused with --env=production")
	case min(j.Attempts, j.OpenDays, j.RefusedDays, j.AcceptedDays) < 1:
		return errors.New("--attempts, --open-days, --refused-days, --accepted-days: want 1 or more")
	case j.VerificationDays < leastVerificationDays:
		return fmt.Errorf("--verification-days=%d: want %d or more: sites are told of its end for three days, and look",
			j.VerificationDays, leastVerificationDays)
	case j.BlindShare < 0 || j.BlindShare > 1:
		return errors.New("--blind-share: want 0 to 1")
	}
	if j.hours, err = journey.ParseHours(j.ReviewerHours); err != nil {
		return fmt.Errorf("--reviewer-hours: %w", err)
	}
	if j.Slots != "" && j.InPersonPlace == "" {
		return errors.New("--in-person-slots: needs --in-person-place, without which nobody is sent there")
	}
	if j.desk, err = journey.ParseDesk(j.Slots, j.SlotsClosed, j.SlotMinutes, j.SlotCapacity); err != nil {
		return fmt.Errorf("--in-person-slots: %w", err)
	}
	j.zone = time.Local
	if j.TimeZone != "" {
		if j.zone, err = enrolment.ParseZone(j.TimeZone); err != nil {
			return fmt.Errorf("--time-zone: %w", err)
		}
	}
	if j.Instance == "" {
		_, port, _ := net.SplitHostPort(c.Listen) // listen refuses what has none
		host, _ := os.Hostname()                  // without a name the port alone distinguishes instances
		j.Instance = host + ":" + port
	}
	return nil
}

// rules are the numbers that enrolments obey.
func (j *journeySettings) rules() enrolment.Rules {
	const day = 24 * time.Hour
	r := enrolment.DefaultRules(identity.DefaultFaceLimits().Same)
	r.Attempts = j.Attempts
	r.OpenFor = time.Duration(j.OpenDays) * day
	r.KeepRefused = time.Duration(j.RefusedDays) * day
	r.KeepAccepted = time.Duration(j.AcceptedDays) * day
	r.KeepVerifications = time.Duration(j.VerificationDays) * day
	r.NoReview = j.Review == "none"
	r.RemoteOnly = j.InPersonPlace == ""
	r.BlindShare = j.BlindShare
	r.Owed = j.owed
	return r
}
