package provider

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"visavis/certificate"
)

// maxAnswer is the longest answer that is read, in bytes: a status or a chain.
const maxAnswer = 256 << 10

const (
	// maxCode is the longest code of a refusal, in characters.
	maxCode = 64
	// maxWords are the most characters of a refusal's words.
	maxWords = 1000
	// maxLink is the longest address of a page, in bytes.
	maxLink = 2000
)

// status is what the provider says about a request.
type status struct {
	Enrolment  string                  `json:"enrolment"`
	Status     certificate.Progress    `json:"status"`
	RetryAfter int                     `json:"retryAfter"` // seconds
	Refusal    certificate.Refusal     `json:"refusal"`
	Revocation *certificate.Revocation `json:"revocation"`
	Links      certificate.Links       `json:"links"`
}

// AnswerError is an answer that breaks the protocol: an operator has to look at
// it.
type AnswerError struct{ What string }

// Error implements error.
func (e *AnswerError) Error() string { return "provider: the answer cannot be used: " + e.What }

// StatusError is an HTTP status that says that asking again does not help.
type StatusError struct {
	Status int
	Title  string // of the problem (RFC 9457), where there is one
}

// Error implements error.
func (e *StatusError) Error() string {
	return fmt.Sprintf("provider: status %d %s", e.Status, e.Title)
}

// is tells whether an error is of this status.
func is(err error, status int) bool {
	var s *StatusError
	return errors.As(err, &s) && s.Status == status
}

// forPeople returns a provider's text as a page may show it: one line without control
// characters and marks of direction, at most maxWords characters.
func forPeople(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			if r == '\u00a0' || r == '\u202f' { // before French punctuation
				return r
			}
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r), r == utf8.RuneError:
			return -1
		}
		return r
	}, s)
	if letters := []rune(s); len(letters) > maxWords {
		s = string(letters[:maxWords-1]) + "…"
	}
	return strings.TrimSpace(s)
}

// isLink tells whether a page may link to an address: https, without a login, or none.
func isLink(s string) bool {
	if s == "" {
		return true
	}
	u, err := url.Parse(s)
	return err == nil && len(s) <= maxLink && u.Scheme == "https" && u.Hostname() != "" && u.User == nil
}

func readStatus(body []byte, enrolment string) (certificate.Answer, error) {
	var s status
	if err := json.Unmarshal(body, &s); err != nil {
		return certificate.Answer{}, &AnswerError{"it is no JSON of a status"}
	}
	if s.Enrolment != enrolment {
		return certificate.Answer{}, &AnswerError{"it is about another enrolment"}
	}
	answer := certificate.Answer{Progress: s.Status,
		RetryAfter: time.Duration(min(max(s.RetryAfter, 0), 86400)) * time.Second}
	switch s.Status {
	case certificate.Pending:
	case certificate.ProgressIssued:
		if !isLink(s.Links.Activation) || !isLink(s.Links.Credential) {
			return answer, &AnswerError{fmt.Sprintf("a link that is no https address of %d bytes at most", maxLink)}
		}
		answer.Links = s.Links
	case certificate.ProgressRefused:
		if s.Refusal.Code == "" {
			return answer, &AnswerError{"refused without a reason"}
		}
		if n := utf8.RuneCountInString(s.Refusal.Code); n > maxCode {
			return answer, &AnswerError{fmt.Sprintf("a reason's code of %d characters, want %d at most", n, maxCode)}
		}
		answer.Refusal = certificate.Refusal{Code: s.Refusal.Code, Words: forPeople(s.Refusal.Words)}
	case certificate.ProgressRevoked:
		if s.Revocation == nil || s.Revocation.At.IsZero() {
			return answer, &AnswerError{"revoked without a time"}
		}
		answer.Revocation = *s.Revocation
		if _, ok := s.Revocation.Reason.Code(); !ok {
			answer.Revocation.Reason = certificate.ReasonUnspecified // one of the provider's own
		}
	default:
		return answer, &AnswerError{fmt.Sprintf("status %.40q", s.Status)}
	}
	return answer, nil
}
