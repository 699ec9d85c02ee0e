package mail_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"visavis/enrolment"
	"visavis/enrolment/mail"
	"visavis/enrolment/store"
	"visavis/enrolment/store/storetest"
)

// server is a real SMTP server on the loopback interface.
type server struct {
	smtp mail.SMTP // how to reach it
	// rcpt is what RCPT TO is answered, if not nil.
	rcpt error

	mu       sync.Mutex
	received []received
}

type received struct {
	from, to string
	utf8     bool // SMTPUTF8 was asked for
	user     string
	tls      bool
	data     []byte
}

const (
	user     = "visavis"
	password = "a-secret-of-the-mail-server"
)

// newServer starts a server; security is what it offers.
func newServer(t *testing.T, security mail.Security) *server {
	t.Helper()
	return newServerWith(t, security, false)
}

// newServerWith starts one that offers SMTPUTF8, or not.
func newServerWith(t *testing.T, security mail.Security, utf8 bool) *server {
	t.Helper()
	certificate, roots := selfSigned(t)
	s := &server{smtp: mail.SMTP{Host: "localhost", Security: security, RootCAs: roots, Username: user,
		Password: password}}
	srv := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		return &session{server: s, conn: c}, nil
	}))
	srv.Domain, srv.ReadTimeout, srv.WriteTimeout = "localhost", 10*time.Second, 10*time.Second
	srv.EnableSMTPUTF8 = utf8
	srv.MaxMessageBytes = 1 << 20
	srv.ErrorLog = discard{}
	config := &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.smtp.Port = listener.Addr().(*net.TCPAddr).Port
	switch security {
	case mail.TLS:
		listener = tls.NewListener(listener, config)
	case mail.StartTLS:
		srv.TLSConfig = config
	default:
		s.smtp.Username, s.smtp.Password = "", ""
	}
	done := make(chan error, 1)
	go func() { done <- srv.Serve(listener) }()
	t.Cleanup(func() {
		_ = srv.Close()
		<-done
	})
	return s
}

type discard struct{}

func (discard) Printf(string, ...any) {}
func (discard) Println(...any)        {}

// messages returns what arrived.
func (s *server) messages() []received {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.received
}

type session struct {
	server *server
	conn   *smtp.Conn
	msg    received
}

func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, username, pass string) error {
		if username != user || pass != password {
			return &smtp.SMTPError{Code: 535, EnhancedCode: smtp.EnhancedCode{5, 7, 8}, Message: "no"}
		}
		s.msg.user = username
		return nil
	}), nil
}

func (s *session) Mail(from string, o *smtp.MailOptions) error {
	s.msg.utf8 = o.UTF8
	if s.server.smtp.Username != "" && s.msg.user == "" {
		return smtp.ErrAuthRequired
	}
	s.msg.from = from
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.msg.to = to
	return s.server.rcpt
}

func (s *session) Data(r io.Reader) error {
	var err error
	if s.msg.data, err = io.ReadAll(r); err != nil {
		return err
	}
	_, s.msg.tls = s.conn.TLSConnectionState()
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	s.server.received = append(s.server.received, s.msg)
	return nil
}

func (s *session) Reset() { s.msg = received{user: s.msg.user} }

func (s *session) Logout() error { return nil }

func selfSigned(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "TEST"}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
}

var t0 = time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)

// What must be in no log and no error, and but for the given names in no message.
const (
	address  = "maeva.specimen@example.org"
	given    = "Maéva Claire"
	surname  = "Specimen-Martin"
	mobile   = "+33639980012"
	birthday = "1990-07-13"
)

// desk is a mailer with an enrolment to write about.
type desk struct {
	*mail.Mailer
	store  *store.Store
	record enrolment.Record
	log    *bytes.Buffer
}

// newDesk makes a mailer; change, if not nil, is given its settings and the record.
func newDesk(t *testing.T, s *server, language string, change func(*mail.Config, *enrolment.Record)) *desk {
	t.Helper()
	d := &desk{store: storetest.Open(t, filepath.Join(t.TempDir(), "visavis.db")), log: &bytes.Buffer{}}
	d.record = enrolment.New("7f9c0ad4-0000-4000-8000-000000000001", "ABC234", "demo:maeva", language,
		enrolment.Declaration{Surname: surname, GivenNames: given, Email: address, Mobile: mobile, BirthDate: birthday}, t0)
	config := mail.Config{
		AddressSecret: func(context.Context, *store.Tx, enrolment.Record) (digits, link string, err error) {
			return "012345", strings.Repeat("A", 43), nil
		},
		Store: d.store, From: "Visavis <signature@example.com>", PublicURL: func() string {
			return "https://visavis.example"
		}, Site: "Visavis",
		Rules: enrolment.DefaultRules(0.4), Location: time.UTC, InPerson: mail.InPerson{
			Place: "1 place de l’Exemple"}, Test: true,
		Logger: slog.New(slog.NewTextHandler(d.log, nil)),
	}
	if s != nil {
		config.SMTP = &s.smtp
	}
	if change != nil {
		change(&config, &d.record)
	}
	if d.record.Address == nil {
		d.record.Address = &enrolment.ConfirmedAddress{Email: d.record.Declared.Email, Way: enrolment.ByLogin, At: t0}
	}
	var err error
	if d.Mailer, err = mail.New(config); err != nil {
		t.Fatal(err)
	}
	err = d.store.InTx(t.Context(), func(tx *store.Tx) error {
		return errors.Join(tx.Create(t.Context(), d.record))
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}
