package mail_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"

	"visavis/email"
	"visavis/enrolment"
	"visavis/enrolment/jobs"
	"visavis/enrolment/mail"
	"visavis/enrolment/store"
)

func TestAddressesOnTheWire(t *testing.T) {
	for typed, want := range map[string]struct {
		rcpt string
		utf8 bool
	}{
		`"a..b"@example.org`:    {`"a..b"@example.org`, false},
		`"taro."@example.org`:   {`"taro."@example.org`, false},
		`"a b"@example.org`:     {`"a b"@example.org`, false},
		`"a@b"@example.org`:     {`"a@b"@example.org`, false},
		"maeva@müller.example":  {"maeva@xn--mller-kva.example", false},
		"maeva@почта.example":   {"maeva@xn--80a1acny.example", false},
		"möhlmann@example.org":  {"möhlmann@example.org", true},
		"möhlmann@müll.example": {"möhlmann@xn--mll-hoa.example", true},
	} {
		s := newServerWith(t, mail.StartTLS, true)
		d := newDesk(t, s, "fr", func(_ *mail.Config, r *enrolment.Record) { r.Declared.Email = typed })
		if err := d.Mail(t.Context(), 1, jobs.Email{Enrolment: d.record.ID, Template: "received"}); err != nil {
			t.Errorf("%s: %v", typed, err)
			continue
		}
		got := s.messages()
		if len(got) != 1 || got[0].to != unquoted(want.rcpt) && got[0].to != want.rcpt || got[0].utf8 != want.utf8 ||
			!bytes.Contains(got[0].data, []byte("To: <"+want.rcpt+">\r\n")) {
			t.Errorf("%s: %d messages, %+v, want %+v\n%s", typed, len(got), got[0].to, want, got[0].data)
		}
		if _, err := d.undelivered(t); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: noted as undelivered: %v", typed, err)
		}
	}
}

// unquoted is how the server of these tests tells the address that it was given.
func unquoted(address string) string {
	var out []byte
	for i := range len(address) {
		if address[i] != '"' {
			out = append(out, address[i])
		}
	}
	return string(out)
}

// undelivered is what is noted with the enrolment.
func (d *desk) undelivered(t *testing.T) (u store.Undelivered, err error) {
	t.Helper()
	err = d.store.InTx(t.Context(), func(tx *store.Tx) (err error) {
		u, err = tx.UndeliveredOf(t.Context(), d.record.ID)
		return err
	})
	return u, err
}

func TestNoLetterIsLostSilently(t *testing.T) {
	for name, tt := range map[string]struct {
		address string
		change  func(*server)
		want    string
		retry   bool
	}{
		"no SMTPUTF8":         {"möhlmann@example.org", func(*server) {}, "utf8", false},
		"not one address":     {"a..b@example.org", func(*server) {}, "address", false},
		"of this machine":     {"root@localhost", func(*server) {}, "address", false},
		"no such mailbox":     {address, func(s *server) { s.rcpt = refusal(550) }, "refused", false},
		"full for now":        {address, func(s *server) { s.rcpt = refusal(452) }, "unavailable", true},
		"nobody to send with": {address, func(s *server) { s.smtp.Port = 1 }, "unavailable", true},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, mail.StartTLS)
			port := s.smtp.Port
			tt.change(s)
			counted := map[mail.Result]int{}
			d := newDesk(t, s, "fr", func(c *mail.Config, r *enrolment.Record) {
				r.Declared.Email = tt.address
				c.Count = func(r mail.Result) { counted[r]++ }
			})
			letter := jobs.Email{Enrolment: d.record.ID, Template: "received"}
			if err := d.Mail(t.Context(), 1, letter); (err != nil) != tt.retry {
				t.Errorf("error %v, want to be tried again: %v", err, tt.retry)
			}
			u, err := d.undelivered(t)
			if err != nil || u.Letter != "received" || u.Reason != tt.want || u.At.IsZero() ||
				counted[mail.Result(tt.want)] != 1 {
				t.Errorf("noted %+v, %v, counted %v, want %s", u, err, counted, tt.want)
			}
			noSecrets(t, "the log", d.log.String())
			if !tt.retry {
				return
			}
			s.rcpt, s.smtp.Port = nil, port
			if err := d.Mail(t.Context(), 1, letter); err != nil {
				t.Fatal(err)
			}
			if u, err := d.undelivered(t); !errors.Is(err, store.ErrNotFound) || counted[mail.Sent] != 1 {
				t.Errorf("after it was sent: %+v, %v, counted %v", u, err, counted)
			}
		})
	}
}

// A server that says nothing until the job's time is over leaves a note, too.
func TestALetterWhoseTimeIsOverIsNoted(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, over := context.WithCancel(t.Context())
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		over()
		_, _ = io.Copy(io.Discard, conn) // until the client is gone
		_ = conn.Close()
	}()
	d := newDesk(t, nil, "fr", func(c *mail.Config, _ *enrolment.Record) {
		c.SMTP = &mail.SMTP{Host: "127.0.0.1", Port: listener.Addr().(*net.TCPAddr).Port, Security: mail.Plain}
	})
	if err := d.Mail(ctx, 1, jobs.Email{Enrolment: d.record.ID, Template: "received"}); err == nil {
		t.Error("want to be tried again")
	}
	_ = listener.Close() // where nobody came
	<-answered
	if u, err := d.undelivered(t); err != nil || u.Reason != "unavailable" {
		t.Errorf("noted %+v, %v", u, err)
	}
}

func TestAnAddressThatTheServerCannotWriteToIsRefusedAtOnce(t *testing.T) {
	parse := func(text string) email.Address {
		a, err := email.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	without, with := newServer(t, mail.StartTLS), newServerWith(t, mail.StartTLS, true)
	away := newServer(t, mail.StartTLS)
	away.smtp.Port = 1
	for name, tt := range map[string]struct {
		server  *server
		address string
		taken   bool
	}{
		"accents, not offered":    {without, "möhlmann@example.org", false},
		"another script":          {without, "дуня@example.org", false},
		"accents in the domain":   {without, "maeva@müller.example", true},
		"ASCII":                   {without, address, true},
		"accents, offered":        {with, "möhlmann@example.org", true},
		"accents, nobody to ask":  {away, "möhlmann@example.org", true},
		"accents, no mail server": {nil, "möhlmann@example.org", true},
	} {
		d := newDesk(t, tt.server, "fr", nil)
		for range 2 { // what was learnt counts as what was asked
			err := d.Reaches(parse(tt.address))
			bad, ok := errors.AsType[*email.Error](err)
			if (err == nil) != tt.taken || !tt.taken && (!ok || bad.Code != email.Accented) {
				t.Errorf("%s: %v, want taken: %v", name, err, tt.taken)
			}
		}
		noSecrets(t, "the log", fmt.Sprint(d.log))
	}
}
