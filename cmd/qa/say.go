package main

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"visavis/protocol"
)

// saying plays a say step.
func (p *player) saying(ctx context.Context, s *SayStep) error {
	for range s.Times {
		if s.Message != "" {
			with, _ := p.filled(s.With).(map[string]any)
			m, err := (&SayStep{Message: s.Message, With: with}).message()
			if err != nil {
				return err
			}
			if choose, ok := m.(protocol.ChooseDocument); ok {
				p.choseDocument(choose.Document)
			}
			if err := p.say(ctx, s.Who, m); err != nil {
				return err
			}
			continue
		}
		data, binary := []byte(fmt.Sprint(p.filled(s.Text))), s.Binary != ""
		if binary {
			var err error
			if data, err = hex.DecodeString(s.Binary); err != nil {
				return err
			}
		}
		if err := p.with(Who(s.Who), func(who *party) error { return who.raw(ctx, binary, data) }); err != nil {
			return err
		}
	}
	return nil
}

// filled puts the variables of loops and answers into a value.
func (p *player) filled(v any) any {
	p.mu.Lock()
	defer p.mu.Unlock()
	return fill(v, p.vars)
}

func fill(v any, vars map[string]any) any {
	switch v := v.(type) {
	case string:
		if found := variable.FindStringSubmatch(v); found != nil && found[0] == v {
			if known, ok := vars[found[1]]; ok {
				return known
			}
		}
		for name, value := range vars {
			v = strings.ReplaceAll(v, "${"+name+"}", fmt.Sprint(value))
		}
		return v
	case map[string]any:
		out := map[string]any{}
		for key, value := range v {
			out[key] = fill(value, vars)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = fill(v[i], vars)
		}
		return out
	}
	return v
}

// message builds the message of a say step.
func (s *SayStep) message() (protocol.Message, error) {
	all := map[string]any{}
	maps.Copy(all, s.With)
	all["type"] = s.Message
	data, err := json.Marshal(all)
	if err != nil {
		return nil, fmt.Errorf("with: %w", err)
	}
	return protocol.Decode(data)
}
