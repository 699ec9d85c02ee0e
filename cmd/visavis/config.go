package main

import (
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"visavis/pairing"
)

// Config is every setting of serve. Each is a flag (--public-url) and an
// environment variable (VISAVIS_PUBLIC_URL); the flag wins. None is needed.
type Config struct {
	// Env is "development" or "production". Production refuses settings that are
	// for tests and demos. Default development.
	Env string
	// Listen is the address of the pages. Default ":8443".
	Listen string
	// HTTPListen is a plain listener that serves only the local root, its help page, the
	// test authority's lists and OCSP, and a redirect. "off": none. Default ":8080" with
	// --tls=local, else off.
	HTTPListen string
	// TLS is "local" (an own CA, made at the first start), "files" (TLSCert and
	// TLSKey) or "off" (a proxy in front speaks TLS). Default files when they are
	// given, else local.
	TLS     string
	TLSCert string // PEM file
	TLSKey  string // PEM file
	// PublicURL is the address in links: scheme, host and port. Default: the
	// address of the default route with the port of Listen.
	PublicURL string
	// Origins are further addresses, separated by commas, that may connect.
	Origins string
	// TrustedProxies are addresses or networks, separated by commas, whose
	// X-Forwarded-For counts. Default none.
	TrustedProxies string

	// Places is a table in MaxMind's format that tells roughly where addresses are.
	// Default none.
	Places string
	// Site is who asks, as the phone shows it. Default "Visavis".
	Site string
	// Challenge is "on" or "off": tilts and gestures. Off is refused in production.
	Challenge onOff
	// Companion is "on" or "off": the bare pairing page at /companion. Default on,
	// in production off.
	Companion onOff
	// StaticDir serves the pages from this folder, read at each request. Default:
	// the pages in the program.
	StaticDir string

	// Data is the folder of the local CA, of the generated secret, and of the records where
	// Storage says no other place. Default $XDG_DATA_HOME/visavis or ~/.local/share/visavis.
	Data string
	// Models is the folder of the models. Default var/models.
	Models string
	// Workers is the number of worker processes. Default 0: one for each core.
	Workers int

	// RedisURL holds the sessions in Redis, so that instances work as one: one URL,
	// or several separated by commas (Cluster seeds, Sentinels). Default: in memory.
	RedisURL string
	// Secret is the key that all instances share, 32 bytes or more in hex. Default
	// without Redis: made at the first start and kept in Data. Required with Redis.
	Secret string

	misspelt []misspelt // found in the environment

	// Enrolments is "on" or "off": the pages and records of enrolments. Off leaves
	// the bare pairing page. Default on.
	Enrolments onOff
	// Storage says where enrolments are kept, Journey how they go, Login who knows
	// people, Issuing who issues certificates, SMS who sends text messages.
	Storage storage
	Journey journeySettings
	SMS     smsSettings
	Login   loginSettings
	Issuing issuerSettings

	// DebugListen serves /metrics and net/http/pprof in plain HTTP to whoever reaches
	// it. Default none.
	DebugListen string
	// MetricsToken lets its holder read /metrics on the pages' port. Default none.
	MetricsToken string
	// SecurityContact is where weaknesses are reported, for /.well-known/security.txt: e-mail
	// addresses or URIs, separated by commas. Default none.
	SecurityContact string
	// Traces says where traces go. Default none.
	Traces traceSettings

	// LogLevel is "debug", "info", "warn" or "error". Default info.
	LogLevel string
	// LogFormat is "text" or "json". Default text on a terminal, else json.
	LogFormat string
	// QA is "on" or "off": the /qa page of test sites, with every live session, its
	// pictures and faults on demand, and the scripted camera. Refused in production.
	// Default off.
	QA onOff
	// Record is a folder that gets a recording of each session, pictures too; refused in
	// production. RecordBlurred makes large squares of the pictures. Default none.
	Record        string
	RecordBlurred bool

	// SessionsPerHour is how many sessions one address may open in an hour. Default 0: 60.
	SessionsPerHour int
}

// flags declares every setting.
func (c *Config) flags(env environment) *flag.FlagSet {
	f := flag.NewFlagSet("serve", flag.ContinueOnError)
	f.SetOutput(env.stderr)
	f.StringVar(&c.Env, "env", "development", "development or production")
	f.StringVar(&c.Listen, "listen", ":8443", "address of the pages")
	f.StringVar(&c.HTTPListen, "http-listen", "",
		"plain listener for the local root, its help page and a redirect; off: none (default :8080 with --tls=local)")
	f.StringVar(&c.TLS, "tls", "", "local, files or off (default local, files with --tls-cert)")
	f.StringVar(&c.TLSCert, "tls-cert", "", "certificate, PEM file")
	f.StringVar(&c.TLSKey, "tls-key", "", "private key, PEM file")
	f.StringVar(&c.PublicURL, "public-url", "", "address in links (default: the address of the default route)")
	f.StringVar(&c.Places, "places", "", "offline table of cities or countries (.mmdb): the phone shows roughly where "+
		"the request was opened (default: it does not)")
	f.StringVar(&c.Origins, "origins", "", "further addresses that may connect, separated by commas")
	f.StringVar(&c.TrustedProxies, "trusted-proxies", "",
		"addresses or networks whose X-Forwarded-For counts, separated by commas")
	f.StringVar(&c.Site, "site", "Visavis", "who asks, as the phone shows it")
	onOffVar(f, &c.Challenge, "challenge", "on", "on or off: tilts and gestures; off is refused in production")
	onOffVar(f, &c.Companion, "companion", "", "on or off: the bare pairing page (default on, in production off)")
	onOffVar(f, &c.QA, "qa", "off",
		"on or off: the /qa page of test sites shows every session with its pictures; refused in production")
	f.StringVar(&c.Record, "record", "",
		"write a recording of each session, pictures too, into this folder, for qa replay; refused in production")
	f.BoolVar(&c.RecordBlurred, "record-blurred", false, "with --record: make large squares of every picture")
	f.StringVar(&c.StaticDir, "static-dir", "", "serve the pages from this folder, read at each request")
	f.StringVar(&c.Data, "data", "", "folder of the local CA and the generated secret (default ~/.local/share/visavis)")
	f.StringVar(&c.Models, "models", "var/models", "folder of the models")
	f.IntVar(&c.Workers, "workers", 0, "worker processes; 0: one for each core")
	f.StringVar(&c.RedisURL, "redis-url", "",
		"hold the sessions in Redis, e.g. redis://localhost:6379; several separated by commas")
	f.StringVar(&c.Secret, "secret", "", "key that all instances share, 32 bytes or more in hex; prefer VISAVIS_SECRET")
	c.Storage.placeFlags(f, environment{getenv: func(string) string { return "" }}) // parseConfig reads the environment
	onOffVar(f, &c.Enrolments, "enrolments", "on", "on or off: the pages and records of enrolments")
	c.Journey.flags(f)
	c.SMS.flags(f)
	c.Login.flags(f)
	c.Issuing.flags(f)
	f.StringVar(&c.DebugListen, "debug-listen", "",
		"plain listener for /metrics and /debug/pprof/, for nobody but operators, e.g. 127.0.0.1:6060 (default none)")
	f.StringVar(&c.MetricsToken, "metrics-token", "", "whoever sends it as a bearer reads /metrics on the pages' port; "+
		"prefer VISAVIS_METRICS_TOKEN (default: no /metrics there)")
	f.StringVar(&c.SecurityContact, "security-contact", "", "where weaknesses are reported, for "+
		"/.well-known/security.txt: e-mail addresses or URIs, separated by commas (default: no such file)")
	c.Traces.flags(f)
	f.StringVar(&c.LogLevel, "log-level", "info", "debug, info, warn or error")
	f.StringVar(&c.LogFormat, "log-format", "", "text or json (default text on a terminal)")
	f.IntVar(&c.SessionsPerHour, "sessions-per-hour", 0, "sessions an hour and address; 0: 60")
	return f
}

// variable is the environment variable of a flag.
func variable(name string) string {
	return "VISAVIS_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
}

// parseConfig reads flags and environment, fills in defaults and checks them.
func parseConfig(args []string, env environment) (Config, error) {
	var c Config
	f := c.flags(env)
	var bad error
	f.VisitAll(func(fl *flag.Flag) {
		if v := env.getenv(variable(fl.Name)); v != "" && bad == nil {
			if err := f.Set(fl.Name, v); err != nil {
				bad = fmt.Errorf("%s=%q: %w", variable(fl.Name), v, wanted(fl, err))
			}
		}
	})
	if bad != nil {
		return c, bad
	}
	if err := f.Parse(args); err != nil {
		return c, err
	}
	for _, name := range env.names() {
		if near, ok := nearly(f, name); ok {
			c.misspelt = append(c.misspelt, misspelt{name, near})
		}
	}
	if f.NArg() > 0 {
		return c, fmt.Errorf("unexpected argument %q", f.Arg(0))
	}
	return c, errors.Join(c.Issuing.readPIN(env), c.complete(env))
}

// wanted is the error of a value that a flag does not take, with what it takes: the package's own says "parse error".
func wanted(fl *flag.Flag, err error) error {
	if err.Error() != "parse error" {
		return err
	}
	switch kind, _ := flag.UnquoteUsage(fl); kind {
	case "int", "uint":
		return errors.New("want a whole number, such as 3")
	case "float":
		return errors.New("want a number, such as 0.05")
	case "duration":
		return errors.New("want a duration, such as 90s or 1h30m")
	}
	return errors.New("want true or false")
}

// complete fills in what depends on other settings and refuses what contradicts.
func (c *Config) complete(env environment) error {
	if c.TLS == "" {
		c.TLS = "local"
		if c.TLSCert != "" {
			c.TLS = "files"
		}
	}
	if c.HTTPListen == "" {
		c.HTTPListen = "off"
		if c.TLS == "local" {
			c.HTTPListen = ":8080"
		}
	}
	c.Companion.otherwise(c.Env != "production")
	if c.Data == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return fmt.Errorf("--data: no home folder: %w", err)
		}
		c.Data = filepath.Join(home, ".local", "share", "visavis")
		if base := env.getenv("XDG_DATA_HOME"); base != "" {
			c.Data = filepath.Join(base, "visavis")
		}
	}
	c.Storage.Data = c.Data
	if err := c.Storage.complete(env); err != nil {
		return err
	}
	if err := c.Journey.complete(c); err != nil {
		return err
	}
	if err := c.Login.complete(c); err != nil {
		return err
	}
	if err := c.SMS.complete(c); err != nil {
		return err
	}
	if err := c.Issuing.complete(c); err != nil {
		return err
	}
	if err := c.Traces.complete(env); err != nil {
		return err
	}
	return c.validate()
}

func (c *Config) validate() error {
	choices := []struct {
		name, value string
		of          []string
	}{
		{"--env", c.Env, []string{"development", "production"}},
		{"--tls", c.TLS, []string{"local", "files", "off"}},
		{"--challenge", c.Challenge.text, []string{"on", "off"}},
		{"--companion", c.Companion.text, []string{"on", "off"}},
		{"--qa", c.QA.text, []string{"on", "off"}},
		{"--enrolments", c.Enrolments.text, []string{"on", "off"}},
		{"--log-level", c.LogLevel, []string{"debug", "info", "warn", "error"}},
		{"--log-format", c.LogFormat, []string{"", "text", "json"}},
	}
	for _, ch := range choices {
		ok := false
		for _, v := range ch.of {
			ok = ok || v == ch.value
		}
		if !ok {
			return fmt.Errorf("%s=%q: want one of %q", ch.name, ch.value, ch.of)
		}
	}
	if c.TLS == "files" && (c.TLSCert == "" || c.TLSKey == "") {
		return errors.New("--tls=files: --tls-cert and --tls-key are required")
	}
	if c.Env == "production" && !c.Challenge.on {
		return errors.New("--challenge=off: refused with --env=production")
	}
	if err := c.validateLab(); err != nil {
		return err
	}
	if c.PublicURL != "" {
		if _, err := originOf(c.PublicURL); err != nil {
			return fmt.Errorf("--public-url=%q: %w", c.PublicURL, err)
		}
	}
	if c.RedisURL != "" && c.Secret == "" {
		return errors.New("--redis-url: VISAVIS_SECRET is required, the same for all instances (openssl rand -hex 32)")
	}
	if c.MetricsToken != "" && len(c.MetricsToken) < 16 {
		return fmt.Errorf("--metrics-token: %d characters, want 16 or more (openssl rand -hex 16)", len(c.MetricsToken))
	}
	if _, err := securityContacts(c.SecurityContact); err != nil {
		return fmt.Errorf("--security-contact: %w", err)
	}
	if c.Workers < 0 || c.SessionsPerHour < 0 {
		return errors.New("--workers, --sessions-per-hour: want 0 or more")
	}
	if _, err := c.proxies(); err != nil {
		return err
	}
	_, err := c.key()
	return err
}

// originOf reads an address of scheme, host and port, without a path.
func originOf(text string) (string, error) {
	u, err := url.Parse(strings.TrimRight(text, "/"))
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || u.Path != "" || u.RawQuery != "" ||
		u.User != nil {
		return "", errors.New("want an address like https://companion.example:8443")
	}
	return strings.ToLower(u.Scheme + "://" + u.Host), nil
}

// key is the secret in bytes; nil when none is set.
func (c *Config) key() ([]byte, error) {
	b, err := hex.DecodeString(strings.TrimSpace(c.Secret))
	if err != nil || (c.Secret != "" && len(b) < 32) {
		return nil, errors.New("VISAVIS_SECRET: want 32 bytes or more in hex")
	}
	return b, nil
}

// proxies are the networks of --trusted-proxies.
func (c *Config) proxies() ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, text := range list(c.TrustedProxies) {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			a, addrErr := netip.ParseAddr(text)
			if addrErr != nil {
				return nil, fmt.Errorf("--trusted-proxies: %q is no address or network", text)
			}
			p = netip.PrefixFrom(a, a.BitLen())
		}
		out = append(out, p)
	}
	return out, nil
}

// list splits a setting at its commas.
func list(text string) []string {
	var out []string
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

// pairingConfig is what the settings say about sessions.
func (c *Config) pairingConfig(key []byte) pairing.Config {
	return pairing.Config{Secret: key, SessionsPerHour: c.SessionsPerHour}
}
