package certificate

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/goccy/go-yaml"
)

// Form is what a provider's certificates look like where the standards leave a
// choice: a file profile.yaml. What a file does not say is as in the built-in one.
type Form struct {
	// RSABits is the shortest modulus. Until LegacyUntil one of LegacyRSABits is
	// taken with a warning (TS 119 312).
	RSABits       int       `yaml:"rsaBits"`
	LegacyRSABits int       `yaml:"legacyRSABits"`
	LegacyUntil   time.Time `yaml:"legacyUntil"`
	// NameLength is the longest attribute of a subject, in characters.
	NameLength int `yaml:"nameLength"`
	// CommonNameText takes a common name that holds more than the name, such as a
	// number or a word in brackets.
	CommonNameText bool `yaml:"commonNameText"`
	// Attributes are what a subject may hold beside names, country, serial number
	// and e-mail address: names of X.520, or dotted.
	Attributes []string `yaml:"attributes"`
	// IssuerAttributes must stand in the issuer's name.
	IssuerAttributes []string `yaml:"issuerAttributes"`
	// Languages that disclosure statements must have, ISO 639-1.
	Languages []string `yaml:"languages"`
	// RefusedUsages are extended key usages that no person's certificate has, dotted.
	RefusedUsages []string `yaml:"refusedUsages"`
	// Policies are the provider's own of qualified certificates, dotted, beside QCP-n
	// and QCP-n-qscd.
	Policies []string `yaml:"policies"`
	// MaxDays is the longest validity; 0: no longer than the authority's.
	MaxDays int `yaml:"maxDays"`
	// Waive names rules that the provider is known to break, with the reason. Rules of
	// identity, key and chain cannot be waived.
	Waive map[string]string `yaml:"waive"`
}

//go:embed profile.yaml
var builtIn []byte

// DefaultForm is the built-in profile.yaml.
func DefaultForm() Form {
	var f Form
	if err := yaml.UnmarshalWithOptions(builtIn, &f, yaml.Strict()); err != nil {
		panic("certificate: the built-in profile.yaml: " + err.Error())
	}
	return f
}

// maxForm is ample for a profile, in bytes.
const maxForm = 64 << 10

// neverWaived are the rules without which a certificate is nobody's.
var neverWaived = []string{
	"parse", "chain", "names", "common-name", "name-characters", "public-key", "validity", "end-entity", "signature-algorithm", "unknown-critical",
	"test-statements", "test-policy", "test-name",
}

// ReadForm reads a profile.yaml. Errors name the field.
func ReadForm(r io.Reader) (Form, error) {
	body, err := io.ReadAll(io.LimitReader(r, maxForm+1))
	if err != nil {
		return Form{}, fmt.Errorf("profile: %w", err)
	}
	if len(body) > maxForm {
		return Form{}, fmt.Errorf("profile: more than %d bytes", maxForm)
	}
	f := DefaultForm()
	if len(bytes.TrimSpace(body)) == 0 {
		return f, nil // the library would empty what is there
	}
	if err := yaml.UnmarshalWithOptions(body, &f, yaml.Strict()); err != nil {
		return Form{}, fmt.Errorf("profile: %s", yaml.FormatError(err, false, false))
	}
	return f, f.check()
}

func (f Form) check() error {
	known := func(names []string) error {
		for _, n := range names {
			if _, err := attributeID(n); err != nil {
				return err
			}
		}
		return nil
	}
	switch {
	case f.RSABits < 2048 || f.LegacyRSABits < 1900:
		return fmt.Errorf("profile: rsaBits %d, legacyRSABits %d: want 2048 and 1900 or more", f.RSABits, f.LegacyRSABits)
	case f.LegacyUntil.IsZero():
		return errors.New("profile: legacyUntil: want a time such as 2026-12-31T23:59:59Z")
	case f.NameLength < 1:
		return fmt.Errorf("profile: nameLength %d: want 1 or more", f.NameLength)
	case f.MaxDays < 0:
		return fmt.Errorf("profile: maxDays %d: want 0 or more", f.MaxDays)
	}
	if err := errors.Join(known(f.Attributes), known(f.IssuerAttributes)); err != nil {
		return err
	}
	for _, dotted := range slices.Concat(f.Policies, f.RefusedUsages) {
		if _, err := parseOID(dotted); err != nil {
			return err
		}
	}
	for rule, reason := range f.Waive {
		if !slices.ContainsFunc(Rules(), func(r Rule) bool { return r.Name == rule }) {
			return fmt.Errorf("profile: waive: there is no rule %q", rule)
		}
		if slices.Contains(neverWaived, rule) || reason == "" {
			return fmt.Errorf("profile: waive: the rule %q cannot be waived, or has no reason", rule)
		}
	}
	return nil
}

// WithForm returns the profile with a form of certificates.
func (p Profile) WithForm(f Form) Profile {
	p.form = &f
	p.Policies = append(slices.Clip(p.Policies), f.Policies...)
	if f.MaxDays > 0 {
		p.MaxLife = time.Duration(f.MaxDays) * 24 * time.Hour
	}
	return p
}

// theDefault is read once.
var theDefault = DefaultForm()

// wanted is the form in force.
func (p Profile) wanted() *Form {
	if p.form == nil {
		return &theDefault
	}
	return p.form
}
