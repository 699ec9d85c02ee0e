package enrolments

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"unicode/utf8"

	"visavis/enrolment/store"
)

// withoutNUL refuses JSON with a NUL in any string.
func withoutNUL(body []byte) error {
	tokens := json.NewDecoder(bytes.NewReader(body))
	for {
		token, err := tokens.Token()
		if err != nil {
			return nil //nolint:nilerr // the end of a body that was decoded without an error before
		}
		if text, ok := token.(string); ok && strings.ContainsRune(text, 0) {
			return store.ErrText
		}
	}
}

// clean refuses a query or path with invalid text.
func clean(r *http.Request) error {
	texts := []string{r.URL.Path}
	for name, values := range r.URL.Query() {
		texts = append(append(texts, name), values...)
	}
	for _, text := range texts {
		if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
			return store.ErrText
		}
	}
	return nil
}
