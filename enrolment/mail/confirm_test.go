package mail_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"visavis/enrolment"
	"visavis/enrolment/jobs"
	"visavis/enrolment/mail"
	"visavis/enrolment/store"
	"visavis/words"
)

// unconfirmed is a desk whose enrolment has an address that nobody confirmed.
func unconfirmed(t *testing.T, language string, secret func() string) *desk {
	t.Helper()
	return newDesk(t, nil, language, func(c *mail.Config, r *enrolment.Record) {
		r.Address = &enrolment.ConfirmedAddress{Email: "another@example.org", Way: enrolment.ByDigits, At: t0}
		c.AddressSecret = func(context.Context, *store.Tx, enrolment.Record) (digits, link string, err error) {
			if d := secret(); d != "" {
				return d, strings.Repeat("A", 43), nil
			}
			return "", "", nil
		}
	})
}

// An address that was corrected between the asking and the sending of a letter, too,
// gets nothing but the question whose it is.
func TestAnUnconfirmedAddressGetsItsQuestionAlone(t *testing.T) {
	digits := "012345"
	for _, language := range []string{"fr", "en"} {
		d := unconfirmed(t, language, func() string { return digits })
		var want []string
		for i, name := range mail.Letters() {
			if name != "confirm-address" {
				want = append(want, name)
			}
			if err := d.Mail(t.Context(), int64(i+1), jobs.Email{Enrolment: d.record.ID, Template: name}); err != nil {
				t.Fatal(err)
			}
		}
		if err := d.Deleted(t.Context(), d.record, enrolment.RuleRequest, []byte("{}")); err != nil {
			t.Fatal(err)
		}
		all := d.Outbox()
		if len(all) != 1 {
			t.Fatalf("%d letters, want the question alone", len(all))
		}
		link := "https://visavis.example/address#" + d.record.ID + "." + strings.Repeat("A", 43)
		for kind, body := range map[string]string{"text": all[0].Text, "HTML": all[0].HTML} {
			if !strings.Contains(body, digits) || strings.Count(body, link) != 1 {
				t.Errorf("%s without digits or link:\n%s", kind, body)
			}
			noSecrets(t, kind, body) // it may be a stranger who reads it
		}
		if strings.Contains(all[0].Subject, digits) {
			t.Errorf("the digits stand in the subject, which locked screens show: %q", all[0].Subject)
		}
		if strings.Contains(d.log.String(), digits) || strings.Contains(d.log.String(), strings.Repeat("A", 43)) {
			t.Errorf("the log holds what confirms:\n%s", d.log)
		}
		var held []string
		if err := d.store.InTx(t.Context(), func(tx *store.Tx) error {
			c, err := tx.AddressCode(t.Context(), d.record.ID)
			held = c.Held
			return err
		}); err != nil || strings.Join(held, " ") != strings.Join(want, " ") {
			t.Errorf("held %v (%v), want %v", held, err, want)
		}
	}
}

// How long digits and link are valid is said by the rules' numbers, in every language.
func TestTheQuestionSaysHowLongItsSecretsLast(t *testing.T) {
	rules := enrolment.DefaultRules(0.4).Address
	for _, tag := range words.Tags() {
		said := words.In(tag).Text("letters.confirm-address.until")
		for _, number := range []float64{rules.DigitsFor.Minutes(), rules.LinkFor.Hours()} {
			if !strings.Contains(said, fmt.Sprintf("%g\u00a0", number)) {
				t.Errorf("%s: %q, want it to say %g", tag, said, number)
			}
		}
	}
}

func TestAQuestionThatIsOverIsNotSent(t *testing.T) {
	d := unconfirmed(t, "fr", func() string { return "" })
	if err := d.Mail(t.Context(), 1, jobs.Email{Enrolment: d.record.ID, Template: "confirm-address"}); err != nil {
		t.Fatal(err)
	}
	if n := len(d.Outbox()); n != 0 {
		t.Errorf("%d letters", n)
	}
}
