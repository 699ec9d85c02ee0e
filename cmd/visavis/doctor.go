package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// doctorConfig says what the machine is looked at for. Empty fields are not
// looked at.
type doctorConfig struct {
	Data       string   // folder of the local CA and the secret
	Models     string   // folder of the models
	Listen     string   // address of the pages, "off": none
	HTTPListen string   // address of the plain listener, "off": none
	PublicURL  string   // address in links; without it a LAN address is needed
	RedisURLs  []string // Redis, when sessions are to be held there
	Worker     []string // command of a worker process
	Fonts      string   // folder of the typefaces that specimens are drawn with
	Tesseract  string   // program that reads print
	Database   string   // of the records, when it has to be reached
	Evidence   string   // bucket of the evidence, when it has to be reached
	// TrustList is the trusted list's file, TrustListSigners the PEM of its signers.
	TrustList, TrustListSigners string
	// FileCertificate is the PEM of the provider's key that files are encrypted to.
	FileCertificate string
	SMS             smsSettings // of text messages
	Site            string
	// Places are folders of this machine that are written to, LeastFree the bytes that each
	// disk of them is to have.
	Places    []string
	LeastFree uint64
	// TLSCert and TLSKey are the files of the pages' certificate.
	TLSCert, TLSKey string
	// Production asks for what a demonstration can do without. Keys is the folder of the keys,
	// KeysProtected whether they are encrypted or elsewhere.
	Production    bool
	Keys          string
	KeysProtected bool
	// Synchronised tells whether the clock is kept by NTP; nil: it is not asked.
	Synchronised func() (bool, error)
}

// errDoctor says that a line above it says what to do.
var errDoctor = errors.New("doctor: something needed is missing")

// state is how a check came out.
type state string

const (
	stateOK      state = "ok"
	stateAdvice  state = "advice"  // it works without
	stateMissing state = "missing" // it does not
)

// finding is what a check found, in one line, and what to do about it.
type finding struct {
	state state
	found string
	todo  string // empty when nothing is to be done
}

func ok(format string, args ...any) finding {
	return finding{state: stateOK, found: fmt.Sprintf(format, args...)}
}

func advice(todo, format string, args ...any) finding {
	return finding{stateAdvice, fmt.Sprintf(format, args...), todo}
}

func missing(todo, format string, args ...any) finding {
	return finding{stateMissing, fmt.Sprintf(format, args...), todo}
}

// doctor looks at the machine with the settings that serve would have.
func doctor(ctx context.Context, args []string, env environment) error {
	c, err := parseConfig(args, env)
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("doctor: %w", err)
	}
	cfg := doctorConfig{
		Data:       c.Data,
		Models:     c.Models,
		Listen:     c.Listen,
		Site:       c.Site,
		HTTPListen: c.HTTPListen,
		PublicURL:  c.PublicURL,
		RedisURLs:  list(c.RedisURL),
		Worker:     []string{self, "worker"},
		Fonts:      "/usr/share/fonts/opentype/ocr-b",
		Tesseract:  "tesseract",
	}
	cfg.Production, cfg.TLSCert, cfg.TLSKey = c.Env == "production", c.TLSCert, c.TLSKey
	cfg.Synchronised = synchronised
	if c.Enrolments.on {
		cfg.Places, cfg.LeastFree = c.localPlaces(), leastFree
		cfg.Keys = c.Storage.Keys
		cfg.KeysProtected = c.Storage.passphrase != "" || c.Issuing.PKCS11Module != ""
		cfg.Database, cfg.Evidence = c.Storage.Database, c.Storage.Evidence
		cfg.SMS = c.SMS
		cfg.FileCertificate = c.Issuing.ProviderFileCertificate
		cfg.TrustList, cfg.TrustListSigners = c.Issuing.TrustList, c.Issuing.TrustListSigners
	}
	return runDoctor(ctx, env.stdout, cfg)
}

// check is one thing that the doctor looks at.
type check struct {
	name string
	skip bool
	run  func(ctx context.Context, cfg doctorConfig) finding
}

// checks are all of them, in the order of their lines.
func checks(cfg doctorConfig) []check {
	return []check{
		{"worker", len(cfg.Worker) == 0, checkWorker},
		{"jail", len(cfg.Worker) == 0, checkJail},
		{"models", cfg.Models == "", checkModels},
		{"tesseract", cfg.Tesseract == "", checkTesseract},
		{"fonts", cfg.Fonts == "", checkFonts},
		{"data folder", cfg.Data == "", checkData},
		{"pages", noListener(cfg.Listen), func(ctx context.Context, c doctorConfig) finding {
			return checkPort(ctx, c.Listen, "--listen", "https")
		}},
		{"plain pages", noListener(cfg.HTTPListen), func(ctx context.Context, c doctorConfig) finding {
			return checkPort(ctx, c.HTTPListen, "--http-listen", "http")
		}},
		{"address", false, checkAddress},
		{"redis", len(cfg.RedisURLs) == 0, checkRedis},
		{"database", !onNetwork(cfg.Database), checkDatabase},
		{"evidence", !onNetwork(cfg.Evidence), checkEvidence},
		{"disks", len(cfg.Places) == 0, checkPlaces},
		{"certificate", cfg.TLSCert == "", checkCertificate},
		{"keys", !cfg.Production || cfg.Keys == "", checkKeys},
		{"open files", !cfg.Production, checkFiles},
		{"trusted list", cfg.TrustList == "", checkTrustList},
		{"hand over", cfg.FileCertificate == "", checkFileCertificate},
		{"sms", cfg.SMS.gateway == nil, checkSMS},
		{"clock", false, checkClock},
		{"time", cfg.Synchronised == nil, checkSynchronised},
	}
}

// runDoctor writes a line for each thing that the server needs or can use on this
// machine: whether it is there, and if not, how to get it. It changes nothing. The
// error is errDoctor when something needed is missing, else of writing to w.
func runDoctor(ctx context.Context, w io.Writer, cfg doctorConfig) error {
	if cfg.Models != "" {
		abs, err := filepath.Abs(cfg.Models)
		if err != nil {
			return fmt.Errorf("doctor: %w", err)
		}
		cfg.Models = abs
	}
	failed := false
	for _, c := range checks(cfg) {
		if c.skip {
			continue
		}
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("doctor: %w", err)
		}
		f := c.run(ctx, cfg)
		failed = failed || f.state == stateMissing
		if _, err := fmt.Fprintf(w, "%-8s %-12s %s\n", f.state, c.name, oneLine(f.found)); err != nil {
			return fmt.Errorf("doctor: %w", err)
		}
		if f.todo == "" {
			continue
		}
		if _, err := fmt.Fprintf(w, "%-8s %-12s -> %s\n", "", "", f.todo); err != nil {
			return fmt.Errorf("doctor: %w", err)
		}
	}
	if failed {
		return errDoctor
	}
	return nil
}

func noListener(address string) bool { return address == "" || address == "off" }

// oneLine keeps a finding on its line.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// within bounds one check: a machine that is ill must not hang its doctor.
func within(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, 15*time.Second)
}
