package main

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"visavis/certificate"
	"visavis/certificate/keys"
	"visavis/certificate/keys/pkcs11"
	"visavis/certificate/provider"
	"visavis/certificate/testca"
	"visavis/certificate/trustlist"
	"visavis/enrolment/journey"
	"visavis/enrolment/store"
)

// issuerSettings say who issues certificates.
type issuerSettings struct {
	// Issuer is "test" (the built-in test authority, refused in production),
	// "provider" (a trust service provider over HTTPS), "step" (an authority that runs
	// step-ca) or "none" (the journey ends with the request). Default test, in production
	// provider.
	Issuer string
	// ReminderDays is how long before its end a certificate's owner is reminded.
	ReminderDays int
	// Country is the context of the names, two letters.
	Country string

	// ProviderName and ProviderURL are the provider; see docs/provider.md. Requests
	// are authenticated by a client certificate (PEM files), by a signature (KeyID and
	// Secret), or both.
	ProviderName, ProviderURL     string
	ProviderCert, ProviderKey     string
	ProviderCA                    string // PEM of who signs its server; default the system's
	ProviderKeyID, ProviderSecret string
	ProviderWebhookSecret         string // whsec_…
	ProviderAuthorities           string // PEM: one of them is at the end of every chain
	ProviderPolicies              string // dotted, separated by commas
	StepProvisioner, StepKeyFile  string // a JWK provisioner of step-ca and its private key, JSON
	Profile                       string // profile.yaml; empty: the built-in one
	TrustList, TrustListSigners   string // XML file, PEM of who may have signed it
	// Scope is which further data a provider gets, by commas: "document" (number and
	// expiry), "nationality", "officer" (who of the staff accepted). Default none.
	Scope string
	scope []certificate.Scope
	// Level and LevelInPerson are what the operator claims of the identity proofing (ETSI
	// TS 119 461): "baseline" or "extended". Default nothing.
	Level, LevelInPerson string
	// HandOver is who gets the file of an issued certificate: "provider" (it is sent until
	// the provider acknowledges it), "operator" (visavis export; it stays until somebody
	// notes who has it) or "none" (it is deleted AcceptedDays after the issuing). Default
	// operator, with ProviderFileCertificate provider, with the test authority none.
	HandOver string
	// ProviderFileCertificate is a PEM file: files are encrypted to its key.
	ProviderFileCertificate string
	// SealKey and SealCertificate seal the proofs of certificates: a private key (PKCS #8,
	// PEM) and its certificate with those above it. Default a key of ours, whose
	// certificate it signed itself.
	SealKey, SealCertificate  string
	PKCS11Module, PKCS11Token string
	// PINFile holds the PIN of the token's user; else it is in the environment. It is
	// never a flag: everybody on the machine sees those.
	PINFile string
	pin     string
}

func (s *issuerSettings) flags(f *flag.FlagSet) {
	f.StringVar(&s.Issuer, "issuer", "",
		"who issues certificates: test, provider, step or none (default test, in production provider)")
	f.IntVar(&s.ReminderDays, "reminder-days", 30, "days before the end of a certificate that its owner is reminded")
	f.StringVar(&s.Country, "country", "FR", "country of the names in certificates, two letters")
	f.StringVar(&s.ProviderName, "provider-name", "", "provider, step: its name, for people")
	f.StringVar(&s.ProviderURL, "provider-url", "", "provider, step: https address where its paths begin")
	f.StringVar(&s.ProviderCert, "provider-cert", "", "provider: our client certificate, PEM file")
	f.StringVar(&s.ProviderKey, "provider-key", "", "provider: its private key, PEM file")
	f.StringVar(&s.ProviderCA, "provider-ca", "",
		"provider, step: who signs its server's certificate, PEM file (default the system's)")
	f.StringVar(&s.ProviderKeyID, "provider-key-id", "", "provider: name of the secret that signs requests")
	f.StringVar(&s.ProviderSecret, "provider-secret", "", "provider: that secret; prefer VISAVIS_PROVIDER_SECRET")
	f.StringVar(&s.ProviderWebhookSecret, "provider-webhook-secret", "",
		"provider: secret of its webhook, whsec_…; prefer VISAVIS_PROVIDER_WEBHOOK_SECRET")
	f.StringVar(&s.ProviderAuthorities, "provider-authorities", "", "provider, step: its authorities, PEM file")
	f.StringVar(&s.StepProvisioner, "step-provisioner", "", "step: name of a JWK provisioner")
	f.StringVar(&s.StepKeyFile, "step-key-file", "", "step: the provisioner's private key, JWK file")
	f.StringVar(&s.ProviderPolicies, "provider-policies", "",
		"provider, step: its own policies of qualified certificates, dotted, separated by commas")
	f.StringVar(&s.Scope, "provider-scope", "",
		"provider: further data that it gets, by commas: document, nationality, officer (default none)")
	f.StringVar(&s.Level, "proofing-level", "",
		"level that you claim of remote identity proofing, told to the provider: baseline or extended (default none)")
	f.StringVar(&s.LevelInPerson, "proofing-level-in-person", "", "the same of a check in person")
	f.StringVar(&s.HandOver, "hand-over", "",
		"who gets the file of an issued certificate: provider, operator or none (default operator, with "+
			"--provider-file-certificate provider, with the test authority none)")
	f.StringVar(&s.ProviderFileCertificate, "provider-file-certificate", "",
		"provider: files are encrypted to this certificate's RSA key, PEM file (default: no file is sent)")
	f.StringVar(&s.Profile, "certificate-profile", "",
		"what certificates have to look like, YAML file (default: the built-in one)")
	f.StringVar(&s.TrustList, "trust-list", "",
		"trusted list of the EU, XML file or a folder of visavis trust-list; without one nothing is called qualified")
	f.StringVar(&s.TrustListSigners, "trust-list-signers", "", "who may have signed the trusted list, or in a folder the list of lists, PEM file")
	f.StringVar(&s.SealKey, "seal-key", "",
		"private key that seals proofs, PEM file (default: one in --keys with a certificate of its own)")
	f.StringVar(&s.SealCertificate, "seal-certificate", "", "its certificate and those above it, PEM file")
	f.StringVar(&s.PKCS11Module, "pkcs11-module", "",
		"library of the module that holds keys (default: encrypted files in --keys)")
	f.StringVar(&s.PKCS11Token, "pkcs11-token", "visavis", "label of the module's token")
	f.StringVar(&s.PINFile, "pkcs11-pin-file", "",
		"file with the PIN of the token's user, a systemd credential for example (default: VISAVIS_PKCS11_PIN)")
}

// complete fills in what depends on other settings and refuses what contradicts.
func (s *issuerSettings) complete(c *Config) error {
	production := c.Env == "production"
	if s.Issuer == "" {
		s.Issuer = "test"
		if production {
			s.Issuer = "provider"
		}
	}
	if s.HandOver == "" {
		s.HandOver = s.handOverByDefault()
	}
	c.Journey.owed = s.HandOver != "none"
	s.scope = nil
	for _, one := range list(s.Scope) {
		s.scope = append(s.scope, certificate.Scope(one))
	}
	switch {
	case !c.Enrolments.on:
		return nil
	case !slices.Contains([]string{"test", "provider", "step", "none"}, s.Issuer):
		return fmt.Errorf("--issuer=%q: want test, provider, step or none", s.Issuer)
	case s.Issuer == "test" && production:
		return errors.New("--issuer=test: refused with --env=production")
	case (s.Issuer == "provider" || s.Issuer == "step") && s.ProviderURL == "":
		return fmt.Errorf("--issuer=%s: --provider-url is required", s.Issuer)
	case slices.ContainsFunc(s.scope, func(one certificate.Scope) bool {
		return !slices.Contains(certificate.Scopes(), one)
	}):
		return fmt.Errorf("--provider-scope=%q: want some of %q", s.Scope, certificate.Scopes())
	case !isLevel(s.Level):
		return fmt.Errorf("--proofing-level=%q: want %s or %s", s.Level, certificate.LevelBaseline, certificate.LevelExtended)
	case !isLevel(s.LevelInPerson):
		return fmt.Errorf("--proofing-level-in-person=%q: want %s or %s", s.LevelInPerson, certificate.LevelBaseline,
			certificate.LevelExtended)
	case s.HandOver != "provider" && s.HandOver != "operator" && s.HandOver != "none":
		return fmt.Errorf("--hand-over=%q: want provider, operator or none", s.HandOver)
	case s.HandOver == "provider" && s.Issuer != "provider":
		return fmt.Errorf("--hand-over=provider: wants --issuer=provider, not %s", s.Issuer)
	case (s.HandOver == "provider") != (s.ProviderFileCertificate != ""):
		return errors.New("--hand-over=provider, --provider-file-certificate: want both, or none")
	case s.Issuer != "test" && c.Journey.Review == "none":
		return errors.New("--review=none: refused with any issuer but the test authority")
	case (s.SealKey == "") != (s.SealCertificate == ""):
		return errors.New("--seal-key, --seal-certificate: want both, or none")
	case s.ReminderDays < 0:
		return errors.New("--reminder-days: want 0 or more")
	}
	return nil
}

// isLevel tells whether a level may be claimed; none is.
func isLevel(s string) bool {
	return s == "" || s == certificate.LevelBaseline || s == certificate.LevelExtended
}

// handOverByDefault is who gets a file where nobody is set.
func (s *issuerSettings) handOverByDefault() string {
	switch {
	case s.Issuer == "test":
		return "none" // its certificates are worth nothing, and nobody has to keep a file
	case s.ProviderFileCertificate != "":
		return "provider"
	}
	return "operator"
}

// issuing are the parts that certificates need.
type issuing struct {
	certificates *journey.Certificates // nil: none are asked for
	authority    http.Handler          // of the test authority; nil without it
	ca           *testca.CA            // that authority
	client       *provider.Client
	close        func() error
}

// openIssuing opens the issuer. base is the plain address of the test authority's
// lists.
func openIssuing(ctx context.Context, c Config, key []byte, records *store.Store, base string) (*issuing, error) {
	out := &issuing{close: func() error { return nil }}
	s := c.Issuing
	if s.Issuer == "none" {
		return out, nil
	}
	keeper, err := out.openKeys(c, key)
	if err != nil {
		return nil, err
	}
	trust, err := s.trust(c.Storage.Keys)
	if err != nil {
		return nil, errors.Join(err, out.close())
	}
	desk := &certificate.Desk{Trust: trust}
	switch s.Issuer {
	case "test":
		ca, err := testca.Open(ctx, testca.Config{
			Dir: filepath.Join(c.Storage.Keys, "test-ca"), Keys: keeper, Store: store.TestAuthority{Store: records},
			BaseURL:    base,
			Production: c.Env == "production",
		})
		if err != nil {
			return nil, errors.Join(err, out.close())
		}
		desk.Issuer, desk.Profile, out.authority, out.ca = ca, ca.Profile(), ca.Handler(), ca
	case "step":
		if desk.Issuer, desk.Profile, err = s.step(store.StepCA{Store: records}); err != nil {
			return nil, errors.Join(err, out.close())
		}
	default:
		if out.client, desk.Profile, err = s.provider(); err != nil {
			return nil, errors.Join(err, out.close())
		}
		desk.Issuer = out.client
	}
	form, err := s.form()
	if err != nil {
		return nil, errors.Join(err, out.close())
	}
	desk.Profile = desk.Profile.WithForm(form)
	out.certificates = &journey.Certificates{
		Desk: desk, Keys: keeper, Soon: time.Duration(s.ReminderDays) * 24 * time.Hour, Country: s.Country,
		Scope: s.scope, Level: map[string]string{"remote": s.Level, "in-person": s.LevelInPerson},
	}
	return out, nil
}

// openKeys opens where private keys are kept.
func (i *issuing) openKeys(c Config, key []byte) (keys.Keeper, error) {
	if s := c.Issuing; s.PKCS11Module != "" {
		k, err := pkcs11.Open(pkcs11.Config{Module: s.PKCS11Module, Token: s.PKCS11Token, PIN: s.pin,
			LockDir: c.Storage.Keys})
		if err != nil {
			return nil, fmt.Errorf("--pkcs11-module: %w", err)
		}
		i.close = k.Close
		return k, nil
	}
	secret, err := subscriberSecret(c.Storage.Keys, key)
	if err != nil {
		return nil, err
	}
	return keys.OpenFiles(filepath.Join(c.Storage.Keys, "private"), secret)
}

// secretName is the file of subscriberSecret.
const secretName = "private.secret"

// subscriberSecret is what encrypts the private keys in files: a file of its own, so
// that another --secret logs people out and loses no key. The first time it is what
// versions before made of the secret.
func subscriberSecret(folder string, key []byte) ([]byte, error) {
	name := filepath.Join(folder, secretName)
	body, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		secret, err := hkdf.Key(sha256.New, key, nil, "visavis subscriber keys v1", 32)
		if err != nil {
			return nil, err
		}
		f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, fmt.Errorf("keys: %w", err)
		}
		if err == nil {
			_, err = f.WriteString(hex.EncodeToString(secret) + "\n")
			if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
				return nil, fmt.Errorf("keys: %w", err)
			}
			return secret, nil
		}
		body, err = os.ReadFile(name) // another instance wrote it first
		if err != nil {
			return nil, fmt.Errorf("keys: %w", err)
		}
	} else if err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	secret, err := hex.DecodeString(strings.TrimSpace(string(body)))
	if err != nil || len(secret) != 32 {
		return nil, fmt.Errorf("keys: %s: want 32 bytes in hex", name)
	}
	return secret, nil
}

// trust is the trusted list, whose last good state is kept in a folder; nil without
// one.
func (s *issuerSettings) trust(data string) (certificate.Trust, error) {
	if s.TrustList == "" {
		return nil, nil //nolint:nilnil // no list is a setting
	}
	signers, err := readCertificates(s.TrustListSigners)
	if err != nil {
		return nil, fmt.Errorf("--trust-list-signers: %w", err)
	}
	list, err := trustlist.OpenFile(s.TrustList, signers, trustlist.KeepIn(filepath.Join(data, "trust-list")))
	if err != nil {
		return nil, fmt.Errorf("--trust-list: %w", err)
	}
	return list, nil
}

// webhook receives the provider's word that something has changed; nil where no
// secret is set.
func (s *issuerSettings) webhook(notify func(ctx context.Context, enrolment string) error) (http.Handler, error) {
	if s.Issuer != "provider" || s.ProviderWebhookSecret == "" {
		return nil, nil //nolint:nilnil // no webhook is a setting
	}
	secret, err := provider.ParseWebhookSecret(s.ProviderWebhookSecret)
	if err != nil {
		return nil, fmt.Errorf("--provider-webhook-secret: %w", err)
	}
	return provider.NewWebhook([][]byte{secret}, notify)
}

// readCertificates reads every certificate of a PEM file.
func readCertificates(path string) ([]*x509.Certificate, error) {
	if path == "" {
		return nil, errors.New("a PEM file is required")
	}
	rest, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var out []*x509.Certificate
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		out = append(out, cert)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s: no certificate in it", path)
	}
	return out, nil
}
