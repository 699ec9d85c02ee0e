package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strings"

	"visavis/certificate"
	"visavis/certificate/provider"
	"visavis/enrolment/handover"
	"visavis/enrolment/jobs"
	"visavis/enrolment/retention"
)

// form is what certificates have to look like.
func (s *issuerSettings) form() (certificate.Form, error) {
	if s.Profile == "" {
		return certificate.DefaultForm(), nil
	}
	f, err := os.Open(s.Profile)
	if err != nil {
		return certificate.Form{}, fmt.Errorf("--certificate-profile: %w", err)
	}
	defer func() { _ = f.Close() }()
	form, err := certificate.ReadForm(f)
	if err != nil {
		return form, fmt.Errorf("--certificate-profile: %w", err)
	}
	return form, nil
}

// provider is the connector, and what its certificates must look like.
func (s *issuerSettings) provider() (*provider.Client, certificate.Profile, error) {
	profile := certificate.Profile{Policies: list(s.ProviderPolicies)}
	var err error
	if profile.Pinned, err = readCertificates(s.ProviderAuthorities); err != nil {
		return nil, profile, fmt.Errorf("--provider-authorities: %w", err)
	}
	cfg := provider.Config{Name: s.ProviderName, URL: s.ProviderURL, KeyID: s.ProviderKeyID,
		Secret: []byte(s.ProviderSecret)}
	if s.ProviderCert != "" {
		pair, err := tls.LoadX509KeyPair(s.ProviderCert, s.ProviderKey)
		if err != nil {
			return nil, profile, fmt.Errorf("--provider-cert, --provider-key: %w", err)
		}
		cfg.Certificate = &pair
	}
	if s.ProviderCA != "" {
		roots, err := readCertificates(s.ProviderCA)
		if err != nil {
			return nil, profile, fmt.Errorf("--provider-ca: %w", err)
		}
		cfg.Roots = x509.NewCertPool()
		for _, root := range roots {
			cfg.Roots.AddCert(root)
		}
	}
	client, err := provider.New(cfg)
	if wrong, ok := errors.AsType[*provider.SettingError](err); ok {
		return nil, profile, fmt.Errorf("%s: %w", providerFlags[wrong.Field], err)
	}
	return client, profile, err
}

// providerFlags are the settings behind the connector's fields.
var providerFlags = map[string]string{
	"URL": "--provider-url", "Name": "--provider-name", "Secret": "--provider-cert or VISAVIS_PROVIDER_SECRET", "KeyID": "--provider-key-id",
}

// transferrer hands files over; nil where the provider gets none.
func (e *recordPlane) transferrer(c Config, kept *retention.Retention) (jobs.Transferrer, error) {
	s := c.Issuing
	if s.HandOver != "provider" {
		return nil, nil //nolint:nilnil // a setting
	}
	list, err := readCertificates(s.ProviderFileCertificate)
	if err != nil {
		return nil, fmt.Errorf("--provider-file-certificate: %w", err)
	}
	service, err := handover.New(handover.Config{
		Packer: handover.Packer{Keeper: e.keeper, Retention: kept, Seal: e.issuing.certificates.Proofs.Seal,
			Recipient: list[0]},
		Rules: c.Journey.rules(), Taker: e.issuing.client, Name: s.ProviderName, Logger: e.log,
	})
	if err != nil {
		return nil, fmt.Errorf("--provider-file-certificate: %w", err)
	}
	return service, nil
}

// maxPIN is longer than any PIN, in bytes.
const maxPIN = 256

// readPIN takes the PIN from its file or from the environment.
func (s *issuerSettings) readPIN(env environment) error {
	if s.PINFile == "" {
		s.pin = env.getenv(variable("pkcs11-pin"))
		return nil
	}
	body, err := os.ReadFile(s.PINFile)
	if err != nil {
		return fmt.Errorf("--pkcs11-pin-file: %w", err)
	}
	s.pin = strings.TrimRight(string(body), "\r\n")
	if s.pin == "" || len(s.pin) > maxPIN {
		return fmt.Errorf("--pkcs11-pin-file: %d bytes in %s, want 1 to %d", len(s.pin), s.PINFile, maxPIN)
	}
	return nil
}
