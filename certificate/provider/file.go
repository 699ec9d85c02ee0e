package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"
	"unicode/utf8"

	"visavis/certificate"
)

// maxReference is the longest name that a provider gives a file, in characters.
const maxReference = 64

// fileStatus is what the provider says about a file.
type fileStatus struct {
	Enrolment  string                 `json:"enrolment"`
	Size       int64                  `json:"size"`
	SHA256     string                 `json:"sha256"`
	Status     certificate.FileStatus `json:"status"`
	Received   int64                  `json:"received"`
	Reference  string                 `json:"reference"`
	Refusal    certificate.Refusal    `json:"refusal"`
	RetryAfter int                    `json:"retryAfter"` // seconds
}

// offer is what is said of a file before it is sent.
type offer struct {
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
	Type   string `json:"type"`
}

// fileType is the media type of a file: CMS AuthEnvelopedData around a sealed container.
const fileType = "application/pkcs7-mime"

var _ certificate.FileTaker = (*Client)(nil)

// Offer implements [certificate.FileTaker].
func (c *Client) Offer(ctx context.Context, enrolment string, f certificate.File) (certificate.FileAnswer, error) {
	body, err := json.Marshal(offer{f.Size, f.SHA256, fileType})
	if err != nil {
		return certificate.FileAnswer{}, fmt.Errorf("provider: %w", err)
	}
	got, err := c.send(ctx, call{method: http.MethodPut, path: []string{"requests", enrolment, "file"}, body: body})
	if is(err, http.StatusNotFound) {
		return certificate.FileAnswer{}, certificate.ErrUnknown
	}
	if err != nil {
		return certificate.FileAnswer{}, err
	}
	return readFileStatus(got, enrolment)
}

// Send implements [certificate.FileTaker].
func (c *Client) Send(
	ctx context.Context, enrolment string, at int64, piece []byte,
) (certificate.FileAnswer, error) {
	got, err := c.send(ctx, call{method: http.MethodPut, body: piece, octets: true,
		path: []string{"requests", enrolment, "file", strconv.FormatInt(at, 10)}})
	switch {
	case is(err, http.StatusNotFound):
		return certificate.FileAnswer{}, certificate.ErrUnknown
	case is(err, http.StatusConflict):
		return certificate.FileAnswer{}, certificate.ErrPiece
	case err != nil:
		return certificate.FileAnswer{}, err
	}
	return readFileStatus(got, enrolment)
}

func readFileStatus(body []byte, enrolment string) (certificate.FileAnswer, error) {
	var s fileStatus
	if err := json.Unmarshal(body, &s); err != nil {
		return certificate.FileAnswer{}, &AnswerError{"it is no JSON of a file's status"}
	}
	answer := certificate.FileAnswer{File: certificate.File{Size: s.Size, SHA256: s.SHA256}, Status: s.Status,
		Received: s.Received, Reference: forPeople(s.Reference),
		Refusal:    certificate.Refusal{Code: s.Refusal.Code, Words: forPeople(s.Refusal.Words)},
		RetryAfter: time.Duration(min(max(s.RetryAfter, 0), 86400)) * time.Second}
	switch {
	case s.Enrolment != enrolment:
		return answer, &AnswerError{"it is about another enrolment"}
	case s.Received < 0 || s.Received > s.Size:
		return answer, &AnswerError{fmt.Sprintf("%d bytes received of a file of %d", s.Received, s.Size)}
	case utf8.RuneCountInString(s.Reference) > maxReference:
		return answer, &AnswerError{fmt.Sprintf("a file's reference of more than %d characters", maxReference)}
	}
	switch s.Status {
	case certificate.FileReceiving, certificate.FileChecking:
	case certificate.FileAcknowledged:
		if s.Received != s.Size {
			return answer, &AnswerError{fmt.Sprintf("a file is acknowledged with %d of %d bytes", s.Received, s.Size)}
		}
	case certificate.FileRefused:
		if n := utf8.RuneCountInString(s.Refusal.Code); n == 0 || n > maxCode {
			return answer, &AnswerError{fmt.Sprintf("a file refused with a code of %d characters, want 1 to %d", n, maxCode)}
		}
	default:
		return answer, &AnswerError{fmt.Sprintf("a file's status %.40q", s.Status)}
	}
	return answer, nil
}
