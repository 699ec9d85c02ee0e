package main

import (
	"fmt"
	"net/url"
	"strings"

	"visavis/email"
)

// securityContacts reads where weaknesses are reported: addresses separated by commas, the preferred one
// first. Each is an e-mail address, or a URI with https, mailto or tel (RFC 9116, 2.5.3). They are returned as URIs.
func securityContacts(text string) ([]string, error) {
	var contacts []string
	for one := range strings.SplitSeq(text, ",") {
		if one = strings.TrimSpace(one); one == "" {
			continue
		}
		contact, ok := contactURI(one)
		if !ok {
			return nil, fmt.Errorf("%q: want an e-mail address, or a URI such as https://example.org/security, "+
				"mailto:security@example.org or tel:+33-1-23-45-67-89", one)
		}
		contacts = append(contacts, contact)
	}
	return contacts, nil
}

// contactURI returns a contact as a URI of ASCII.
func contactURI(text string) (string, bool) {
	if a, err := email.Parse(text); err == nil {
		return (&url.URL{Scheme: "mailto", Opaque: url.PathEscape(a.Wire())}).String(), true
	}
	u, err := url.Parse(text)
	if err != nil || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", false
	}
	switch u.Scheme {
	case "https":
		return u.String(), u.Hostname() != "" && u.User == nil
	case "mailto":
		address, err := url.PathUnescape(u.Opaque)
		if err == nil {
			_, err = email.Parse(address)
		}
		return u.String(), err == nil
	case "tel":
		digits := strings.Trim(u.Opaque, "+0123456789-.()")
		return u.String(), digits == "" && strings.ContainsAny(u.Opaque, "0123456789")
	}
	return "", false
}
