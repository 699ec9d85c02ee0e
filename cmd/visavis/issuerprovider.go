package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"visavis/certificate"
	"visavis/certificate/provider"
	"visavis/certificate/stepca"
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

// authority is what certificates from elsewhere must look like, and who signs the
// certificate of the server that hands them out; nil: the system's roots.
func (s *issuerSettings) authority() (profile certificate.Profile, roots *x509.CertPool, err error) {
	profile.Policies = list(s.ProviderPolicies)
	if profile.Pinned, err = readCertificates(s.ProviderAuthorities); err != nil {
		return profile, nil, fmt.Errorf("--provider-authorities: %w", err)
	}
	if s.ProviderCA == "" {
		return profile, nil, nil
	}
	all, err := readCertificates(s.ProviderCA)
	if err != nil {
		return profile, nil, fmt.Errorf("--provider-ca: %w", err)
	}
	roots = x509.NewCertPool()
	for _, root := range all {
		roots.AddCert(root)
	}
	return profile, roots, nil
}

// step is an authority that runs step-ca, and what its certificates must look like.
func (s *issuerSettings) step(kept stepca.Store) (*stepca.Client, certificate.Profile, error) {
	profile, roots, err := s.authority()
	if err != nil {
		return nil, profile, err
	}
	body, err := os.ReadFile(s.StepKeyFile)
	if err != nil {
		return nil, profile, fmt.Errorf("--step-key-file: %w", err)
	}
	cfg := stepca.Config{Name: s.ProviderName, URL: s.ProviderURL, Roots: roots, Provisioner: s.StepProvisioner,
		Authorities: profile.Pinned, Store: kept}
	if err := json.Unmarshal(body, &cfg.Key); err != nil {
		return nil, profile, errors.New("--step-key-file: want a private key as JWK, not encrypted")
	}
	client, err := stepca.New(cfg)
	if wrong, ok := errors.AsType[*stepca.SettingError](err); ok {
		return nil, profile, fmt.Errorf("%s: %w", stepFlags[wrong.Field], err)
	}
	return client, profile, err
}

// stepFlags are the settings behind the fields of an authority that runs step-ca.
var stepFlags = map[string]string{
	"URL": "--provider-url", "Name": "--provider-name", "Provisioner": "--step-provisioner", "Key": "--step-key-file",
}

// provider is the connector, and what its certificates must look like.
func (s *issuerSettings) provider() (*provider.Client, certificate.Profile, error) {
	profile, roots, err := s.authority()
	if err != nil {
		return nil, profile, err
	}
	cfg := provider.Config{Name: s.ProviderName, URL: s.ProviderURL, Roots: roots, KeyID: s.ProviderKeyID,
		Secret: []byte(s.ProviderSecret)}
	if s.ProviderCert != "" {
		pair, err := tls.LoadX509KeyPair(s.ProviderCert, s.ProviderKey)
		if err != nil {
			return nil, profile, fmt.Errorf("--provider-cert, --provider-key: %w", err)
		}
		cfg.Certificate = &pair
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
