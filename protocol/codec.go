package protocol

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
)

// DecodeError says why a text message could not be decoded. Code is CodeBadMessage or
// CodeUnknownType.
type DecodeError struct {
	Code     string
	Text     string
	Type     Type   // if it could be read
	Measured string // the value found, where that applies
	Wanted   string // the value allowed
}

func (e *DecodeError) Error() string {
	s := "message " + e.Code + ": " + e.Text
	if e.Measured != "" {
		s += ": have " + e.Measured
	}
	if e.Wanted != "" {
		s += ", want " + e.Wanted
	}
	return s
}

// Message returns the error message that answers the undecodable one.
func (e *DecodeError) Message() Error {
	return Error{Code: e.Code, Text: e.Text, Measured: e.Measured, Wanted: e.Wanted}
}

// maxQuoted bounds, in bytes, how much untrusted text an error quotes.
const maxQuoted = 40

// Encode marshals a message as one flat JSON object whose first field is its type,
// without white space or HTML escapes. It fails only on a value that JSON cannot
// represent (a NaN), which is the caller's bug.
func Encode(m Message) ([]byte, error) {
	var buf bytes.Buffer
	buf.WriteString(`{"type":"`)
	buf.WriteString(string(m.MessageType()))
	buf.WriteByte('"')
	start := buf.Len()
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false) // the QR is an SVG full of angle brackets
	if err := enc.Encode(withLists(m)); err != nil {
		return nil, fmt.Errorf("encode %s: %w", m.MessageType(), err)
	}
	b := bytes.TrimRight(buf.Bytes(), "\n")
	if len(b) == start+len("{}") {
		return append(b[:start], '}'), nil
	}
	b[start] = ',' // the struct's opening brace
	return b, nil
}

// withLists replaces nil by an empty list where the protocol promises a list.
func withLists(m Message) Message {
	switch v := m.(type) {
	case Pairing:
		if v.Origins == nil {
			v.Origins = []string{}
		}
		return v
	case Welcome:
		if v.Still != nil && v.Still.Received == nil {
			still := *v.Still
			still.Received = []int{}
			v.Still = &still
		}
		return v
	}
	return m
}

// Decode unmarshals a text message into its own struct and returns it as a value. Unknown
// fields are ignored, so an older side understands a newer one. A text that would be kept
// otherwise than it was written is refused (WholeText). The error is always a *DecodeError.
func Decode(b []byte) (Message, error) {
	if !WholeText(b) {
		return nil, notWhole()
	}
	var head struct {
		Type *Type `json:"type"`
	}
	if err := json.Unmarshal(b, &head); err != nil {
		return nil, badMessage("", err)
	}
	if head.Type == nil || *head.Type == "" {
		return nil, &DecodeError{Code: CodeBadMessage, Text: "no type", Wanted: `an object with a "type"`}
	}
	return decodeAs(*head.Type, b)
}

func decodeAs(t Type, b []byte) (Message, error) {
	if read, ok := readers[t]; ok {
		return read(t, b)
	}
	if len(t) > maxQuoted {
		t = t[:maxQuoted]
	}
	return nil, &DecodeError{Code: CodeUnknownType, Text: "unknown type", Type: t, Measured: fmt.Sprintf("%q", string(t)),
		Wanted: "a type of " + Subprotocol}
}

func read[M Message](t Type, b []byte) (Message, error) {
	var m M
	if err := json.Unmarshal(b, &m); err != nil {
		return nil, badMessage(t, err)
	}
	return m, nil
}

// notWhole refuses what WholeText does not hold of.
func notWhole() *DecodeError {
	return &DecodeError{Code: CodeBadMessage, Text: "a text that is not whole",
		Measured: "bytes that are not UTF-8, or half of a surrogate pair in an escape", Wanted: "one JSON object in UTF-8"}
}

func badMessage(t Type, err error) *DecodeError {
	d := &DecodeError{Code: CodeBadMessage, Text: "not JSON", Type: t, Wanted: "one JSON object"}
	if kind, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		d.Text, d.Measured, d.Wanted = "not an object", kind.Value, "one JSON object"
		if kind.Field != "" {
			d.Text, d.Measured, d.Wanted = "a field of the wrong kind", kind.Field+": "+kind.Value, wantedOf(kind.Type)
		}
	}
	return d
}

// wantedOf names what JSON has for a type of ours.
func wantedOf(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Pointer:
		return wantedOf(t.Elem())
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "a string"
	case reflect.Slice, reflect.Array:
		return "a list"
	case reflect.Struct, reflect.Map:
		return "an object"
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "a whole number, 0 or more"
	case reflect.Float32, reflect.Float64:
		return "a number"
	default:
		return "a whole number"
	}
}

// Types returns every message type of this version, in alphabetical order.
func Types() []Type { return slices.Sorted(maps.Keys(readers)) }
