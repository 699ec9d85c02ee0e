package sites

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Site is a website that sends people here from its own pages.
type Site struct {
	ID string `json:"id"`
	// Name is shown to people on the desktop and on the phone.
	Name string `json:"name"`
	// Live sites verify real people. Others accept only specimen documents.
	Live bool `json:"live"`
	// ReturnURLs are where people may be sent back to. An address fits if it begins with
	// one of them up to a "/", a "?" or its end.
	ReturnURLs []string `json:"returnUrls"`
	// Origins that may embed the frame.
	Origins []string `json:"origins"`
	// Languages that its people may be addressed in, the usual one first; none: all that
	// this server has.
	Languages []string `json:"languages,omitempty"`
	// Contact is for the operator's questions. An e-mail address is also told of endpoints that fail.
	Contact string `json:"contact,omitempty"`
	// Logo is the Hash of the picture that is shown beside the name; empty: there is none.
	Logo      string    `json:"logo,omitempty"`
	CreatedAt time.Time `json:"createdAt"`
	// Ahead is how far a test site has moved its clock.
	Ahead time.Duration `json:"ahead,omitempty"`
}

const (
	// maxName bounds the name, in characters: one line on a phone.
	maxName = 80
	// maxContact bounds the contact, in characters.
	maxContact = 200
	// maxList bounds each list of a site: origins go into a header.
	maxList = 50
)

// Check returns an error for an invalid site. The error names the field.
func (s Site) Check() error {
	if err := checkLine("name", s.Name, 1, maxName); err != nil {
		return err
	}
	if err := checkLine("contact", s.Contact, 0, maxContact); err != nil {
		return err
	}
	lists := map[string][]string{"return_urls": s.ReturnURLs, "origins": s.Origins, "languages": s.Languages}
	for field, list := range lists {
		if len(list) > maxList {
			return &InvalidError{Field: field, Have: fmt.Sprintf("%d", len(list)), Want: fmt.Sprintf("%d or fewer", maxList)}
		}
	}
	for _, u := range s.ReturnURLs {
		if err := checkURL(u, s.Live); err != nil {
			return &InvalidError{Field: "return_urls", Have: u, Want: err.Error()}
		}
	}
	for _, o := range s.Origins {
		if err := checkOrigin(o, s.Live); err != nil {
			return &InvalidError{Field: "origins", Have: o, Want: err.Error()}
		}
	}
	return nil
}

// InvalidError reports an invalid value of a field.
type InvalidError struct{ Field, Have, Want string }

// Error implements error.
func (e *InvalidError) Error() string {
	return fmt.Sprintf("%s: %q, want %s", e.Field, e.Have, e.Want)
}

// checkLine requires one line of text of so many characters, which is shown as it is: no control or direction
// characters, nothing that nobody sees. An *InvalidError.
func checkLine(field, text string, least, most int) error {
	seen := 0
	for _, c := range text {
		switch {
		case unicode.Is(unicode.Zs, c), c == 0x200C, c == 0x200D, unicode.Is(unicode.Variation_Selector, c):
			continue // between letters, or a part of an emoji
		case !unicode.IsPrint(c), c == unicode.ReplacementChar, c == 0x2800, // an empty pattern of Braille
			unicode.Is(unicode.Other_Default_Ignorable_Code_Point, c):
			return &InvalidError{Field: field, Have: fmt.Sprintf("U+%04X", c), Want: "one line of characters that are seen"}
		}
		seen++
	}
	n := utf8.RuneCountInString(strings.TrimSpace(text))
	if n < least || n > most || seen < least {
		return &InvalidError{Field: field, Have: fmt.Sprintf("%d characters", min(n, seen)),
			Want: fmt.Sprintf("%d to %d characters", least, most)}
	}
	return nil
}

// checkOrigin requires an origin as browsers write it: another one is no page's.
func checkOrigin(text string, live bool) error {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return err
	case u.Path != "", u.RawQuery != "", u.ForceQuery, u.Fragment != "":
		return errors.New("an origin without a path, such as https://www.example.org")
	}
	if err := checkURL(text, live); err != nil {
		return err
	}
	if strings.ContainsFunc(u.Host, func(c rune) bool {
		return c >= unicode.MaxASCII || !unicode.IsLetter(c) && !unicode.IsDigit(c) && !strings.ContainsRune(".-_:[]", c)
	}) {
		return errors.New("an origin of one host in ASCII, such as https://www.example.org or https://xn--bcher-kva.example")
	}
	usual := map[string]string{"https": ":443", "http": ":80"}[u.Scheme]
	if as := u.Scheme + "://" + strings.TrimSuffix(strings.ToLower(u.Host), usual); as != text {
		return fmt.Errorf("%s, as browsers write it", as)
	}
	return nil
}

// checkURL requires https; for a test site also http on this machine.
func checkURL(text string, live bool) error {
	want := errors.New("an https address without user or fragment; a test site may name http://localhost too")
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" ||
		strings.ContainsFunc(text, func(c rune) bool { return c <= ' ' || c == 0x7f || c == '\\' }) {
		return want
	}
	local := slices.Contains([]string{"localhost", "127.0.0.1", "::1"}, u.Hostname())
	if u.Scheme != "https" && (live || !local || u.Scheme != "http") {
		return want
	}
	return nil
}

// MayReturn reports whether people may be sent to an address: one of ReturnURLs, or below
// it. Without ReturnURLs there is none.
func (s Site) MayReturn(to string) bool {
	if checkURL(to, s.Live) != nil {
		return false
	}
	wanted, err := url.Parse(to)
	if err != nil || strings.Contains(wanted.Path, "/../") || strings.HasSuffix(wanted.Path, "/..") {
		return false
	}
	return slices.ContainsFunc(s.ReturnURLs, func(from string) bool {
		u, err := url.Parse(from)
		if err != nil || u.Scheme != wanted.Scheme || !strings.EqualFold(u.Host, wanted.Host) {
			return false
		}
		base := strings.TrimSuffix(u.Path, "/")
		return wanted.Path == u.Path || wanted.Path == base || strings.HasPrefix(wanted.Path, base+"/")
	})
}

// ReturnTo returns the address with the verification's id added.
func ReturnTo(address, verification string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	q := u.Query()
	q.Set("verification", verification)
	u.RawQuery = q.Encode()
	return u.String()
}
