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

// Form describes a provider's certificates where the standards leave a choice. It is read
// from a file profile.yaml; omitted fields are as in the built-in one.
type Form struct {
	// RSABits is the minimum modulus. Until LegacyUntil one of LegacyRSABits is accepted
	// with a warning (TS 119 312).
	RSABits       int       `yaml:"rsaBits"`
	LegacyRSABits int       `yaml:"legacyRSABits"`
	LegacyUntil   time.Time `yaml:"legacyUntil"`
	// NameLength is the maximum length of a subject's attribute, in characters.
	NameLength int `yaml:"nameLength"`
	// CommonNameText allows a common name with more than the name, such as a number or a
	// word in brackets.
	CommonNameText bool `yaml:"commonNameText"`
	// Attributes are allowed in a subject besides names, country, serial number and
	// e-mail address: names of X.520, or dotted.
	Attributes []string `yaml:"attributes"`
	// IssuerAttributes are required in the issuer's name.
	IssuerAttributes []string `yaml:"issuerAttributes"`
	// Languages required of disclosure statements, ISO 639-1.
	Languages []string `yaml:"languages"`
	// RefusedUsages are extended key usages not allowed in a person's certificate,
	// dotted.
	RefusedUsages []string `yaml:"refusedUsages"`
	// Policies are the provider's own for qualified certificates, dotted, besides QCP-n
	// and QCP-n-qscd.
	Policies []string `yaml:"policies"`
	// MaxDays bounds the validity; 0 bounds it by the authority's.
	MaxDays int `yaml:"maxDays"`
	// Waive names rules that the provider is known to break, each with the reason. Rules
	// of identity, key and chain cannot be waived.
	Waive map[string]string `yaml:"waive"`
}

//go:embed profile.yaml
var builtIn []byte

// DefaultForm returns the built-in profile.yaml.
func DefaultForm() Form {
	var f Form
	if err := yaml.UnmarshalWithOptions(builtIn, &f, yaml.Strict()); err != nil {
		panic("certificate: the built-in profile.yaml: " + err.Error())
	}
	return f
}

// maxForm bounds a profile, in bytes.
const maxForm = 64 << 10

// neverWaived are the rules that tie a certificate to its person.
var neverWaived = []string{
	"parse", "chain", "names", "common-name", "name-characters", "public-key", "validity", "end-entity",
	"signature-algorithm", "unknown-critical",
	"test-statements", "test-policy", "test-name",
}

// ReadForm reads a profile.yaml. Its errors name the field.
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

// theDefault is the built-in form, parsed once.
var theDefault = DefaultForm()

// wanted returns the effective form.
func (p Profile) wanted() *Form {
	if p.form == nil {
		return &theDefault
	}
	return p.form
}
