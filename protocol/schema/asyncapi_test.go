package schema

import (
	"maps"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"visavis/protocol"
)

// channel is one address of the description.
type channel struct {
	name, address, about string
	sends, receives      string // keys of sentBy
}

var channels = []channel{
	{"desktop", "/ws/desktop", "The desktop's socket: of a session, by its cookie, or of an enrolment, by a login's.", "desktop", "server to desktop"},
	{"phone", "/ws/phone", "The phone's socket. Cookies are ignored. Binary messages are previews and parts of stills, see docs/protocol.md.", "phone", "server to phone"},
}

// asyncAPI describes the two sockets. Operations are seen from a client.
func asyncAPI(t *testing.T) []byte {
	t.Helper()
	parts := map[string]any{}
	chans, operations := map[string]any{}, map[string]any{}
	for _, c := range channels {
		messages := map[string]any{}
		both := slices.Concat(sentBy[c.sends], sentBy[c.receives])
		for _, kind := range both {
			name := reflect.TypeOf(messageOf(t, kind)).Name()
			messages[name] = map[string]any{"$ref": "#/components/messages/" + name}
			parts[name] = map[string]any{
				"name": string(kind), "title": name, "contentType": "application/json",
				"payload": map[string]any{
					"schemaFormat": "application/schema+json;version=draft-2020-12",
					"schema":       map[string]any{"$ref": "./" + Messages + "#/$defs/" + name},
				},
			}
		}
		if c.name == "phone" {
			messages["Frame"] = map[string]any{"$ref": "#/components/messages/Frame"}
			parts["Frame"] = map[string]any{
				"name": "frame", "title": "Frame", "contentType": "application/octet-stream",
				"summary": "A preview or a part of a still: a header of 20 bytes, a nonce of 16 where bit 1 of the flags is set, JPEG.",
			}
		}
		chans[c.name] = map[string]any{
			"address": c.address, "description": c.about, "messages": messages,
			"bindings": map[string]any{"ws": map[string]any{"bindingVersion": "0.1.0", "method": "GET"}},
		}
		operations[c.name+"Sends"] = operation(t, c, "send", c.sends)
		operations[c.name+"Receives"] = operation(t, c, "receive", c.receives)
	}
	return indented(t, map[string]any{
		"asyncapi": "3.0.0", "id": "urn:visavis:protocol:v1",
		"info": map[string]any{
			"title": "Visavis, the live plane", "version": "1.0.0", "license": map[string]any{"name": "MIT"},
			"description": "A desktop and a phone share one session. The subprotocol is " + protocol.Subprotocol +
				". docs/protocol.md tells the order of messages, their limits and what a client must do.",
			"contact": map[string]any{"name": "the authors"},
		},
		"defaultContentType": "application/json",
		"servers": map[string]any{"here": map[string]any{
			"host": "{host}", "protocol": "wss", "description": "The server that serves this file.",
			"variables": map[string]any{"host": map[string]any{"default": "localhost:8443"}},
		}},
		"channels": chans, "operations": operations,
		"components":    map[string]any{"messages": parts},
		"x-close-codes": closeCodes(t),
	})
}

func operation(t *testing.T, c channel, action, sender string) map[string]any {
	t.Helper()
	var refs []any
	for _, kind := range sentBy[sender] {
		refs = append(refs, map[string]any{
			"$ref": "#/channels/" + c.name + "/messages/" + reflect.TypeOf(messageOf(t, kind)).Name()})
	}
	if c.name == "phone" && action == "send" {
		refs = append(refs, map[string]any{"$ref": "#/channels/phone/messages/Frame"})
	}
	return map[string]any{"action": action, "channel": map[string]any{"$ref": "#/channels/" + c.name}, "messages": refs}
}

// closeCodes are the codes with what a client does.
func closeCodes(t *testing.T) []any {
	t.Helper()
	codes := constants(t, "close.go", "Close")
	slices.Sort(codes)
	var out []any
	for _, text := range codes {
		code, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, map[string]any{"code": code, "retry": protocol.CloseCode(code).Retry()})
	}
	return out
}

// names are the groups of constants that the pages have too.
func names(t *testing.T) map[string][]string {
	t.Helper()
	group := func(senders ...string) []string {
		set := map[string]bool{}
		for _, s := range senders {
			for _, kind := range sentBy[s] {
				set[string(kind)] = true
			}
		}
		return slices.Sorted(maps.Keys(set))
	}
	return map[string][]string{
		"OUTGOING": group("desktop", "phone"), "INCOMING": group("server to desktop", "server to phone"),
		"CLOSE": constants(t, "close.go", "Close"), "CODE": constants(t, "close.go", "Code"), "STATE": constants(t, "answer.go", "State"),
		"REASON": constants(t, "answer.go", "Reason"), "NOTICE": constants(t, "answer.go", "Notice"),
	}
}

var entry = regexp.MustCompile(`: '?([a-z0-9-]+)'?,`)

// The pages know exactly the names that Go knows: no fewer, and none that is gone.
func TestThePagesKnowTheSameNames(t *testing.T) {
	source := pagesWire(t)
	for group, want := range names(t) {
		_, rest, found := strings.Cut(source, "export const "+group+" = Object.freeze({")
		if !found {
			t.Errorf("the pages have no %s", group)
			continue
		}
		body, _, _ := strings.Cut(rest, "});")
		var have []string
		for _, m := range entry.FindAllStringSubmatch(body, -1) {
			have = append(have, m[1])
		}
		slices.Sort(have)
		slices.Sort(want)
		if !slices.Equal(have, want) {
			t.Errorf("%s of the pages: %v, Go: %v", group, have, want)
		}
	}
}

// pagesWire is the source of the pages' side of the wire.
func pagesWire(t *testing.T) string {
	t.Helper()
	for _, path := range []string{"../../static/js/wire/protocol.js", "../../static/js/protocol.js"} {
		if b, err := os.ReadFile(path); err == nil {
			return string(b)
		}
	}
	t.Fatal("static/js has no protocol.js")
	return ""
}
