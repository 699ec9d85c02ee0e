package mail_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"visavis/enrolment"
	"visavis/enrolment/mail"
	"visavis/sms"
	"visavis/words"
)

// provider takes every text message, or none.
type provider struct {
	to   []sms.Number
	text []string
	err  error
}

func (p *provider) Send(_ context.Context, to sms.Number, text string) error {
	p.to, p.text = append(p.to, to), append(p.text, text)
	return p.err
}

// ofOne are the languages whose letters are in the alphabet of text messages.
var ofOne = []string{"de", "en", "es", "fr", "it", "nl", "pt"}

func TestTheLinkIsOneTextMessage(t *testing.T) {
	for _, language := range words.Languages() {
		p := &provider{}
		d := newDesk(t, nil, language.Tag, func(c *mail.Config, r *enrolment.Record) {
			c.SMS, c.Site = p, "Visavis"
			c.PublicURL = func() string { return "https://signature.example.org" }
			r.Declared.Mobile = "+33639980012"
		})
		if err := d.TextLink(t.Context(), d.record); err != nil || len(p.to) != 1 || p.to[0] != "+33639980012" {
			t.Fatalf("%s: %v, to %v", language.Tag, err, p.to)
		}
		text, link := p.text[0], "https://signature.example.org/request?id="
		if !strings.HasPrefix(text, "Visavis\n") || !strings.HasSuffix(text, "\n"+link+d.record.ID) ||
			len(strings.Split(text, "\n")) != 3 || strings.Contains(text, d.record.Declared.Surname) {
			t.Errorf("%s: %q", language.Tag, text)
		}
		// An id of the program's has 36 characters.
		text = mail.LinkText(language.Tag, "Visavis", "https://signature.example.org", strings.Repeat("0", 36))
		want := 2
		if slices.Contains(ofOne, language.Tag) {
			want = 1
		}
		if n := sms.Segments(text); n != want {
			t.Errorf("%s: %d messages, want %d: %q", language.Tag, n, want, text)
		}
		if len(d.Outbox()) != 0 {
			t.Errorf("%s: in the outbox too", language.Tag)
		}
		noSecrets(t, "the log", d.log.String())
	}
}

func TestTextMessagesOfTheDemonstrationLieInTheOutbox(t *testing.T) {
	d := newDesk(t, nil, "fr", func(_ *mail.Config, r *enrolment.Record) { r.Declared.Mobile = "+33639980012" })
	for range 2 {
		if err := d.TextLink(t.Context(), d.record); err != nil {
			t.Fatal(err)
		}
	}
	got := d.Outbox()
	if len(got) != 2 || got[0].To != "+33639980012" || got[0].HTML != "" || got[0].Subject != "SMS" ||
		!strings.Contains(got[0].Text, "/request?id="+d.record.ID) {
		t.Errorf("%+v", got)
	}
}

func TestATextMessageThatIsNotTaken(t *testing.T) {
	p := &provider{err: &sms.Error{Status: 401, Final: true, Reason: "answered 401"}}
	d := newDesk(t, nil, "fr", func(c *mail.Config, r *enrolment.Record) { c.SMS, r.Declared.Mobile = p, "+33639980012" })
	err := d.TextLink(t.Context(), d.record)
	if bad, ok := errors.AsType[*sms.Error](err); !ok || bad.Status != 401 || strings.Contains(err.Error(), "+33") {
		t.Errorf("%v", err)
	}
	for _, mobile := range []string{"", "0639980012", "+33 6 39 98 00 12"} {
		d.record.Declared.Mobile = mobile
		if err := d.TextLink(t.Context(), d.record); err == nil || len(p.to) != 1 {
			t.Errorf("to %q: %v", mobile, err)
		}
	}
}
