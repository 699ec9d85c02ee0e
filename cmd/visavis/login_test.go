package main

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
)

func TestSettingsOfLogin(t *testing.T) {
	provider := []string{"--oidc-issuer=https://provider.example", "--oidc-client-id=visavis",
		"--public-url=https://visavis.example"}
	tests := []struct {
		name string
		args []string
		oidc bool
		err  string
	}{
		{name: "none: the demonstration"},
		{name: "none in production", args: []string{"--env=production", "--enrolments=off"}, err: "--oidc-issuer: login: the demonstration"},
		{name: "a provider", args: provider, oidc: true},
		{name: "a provider in production", args: append([]string{"--env=production", "--enrolments=off"}, provider...), oidc: true},
		{name: "no client id", args: append([]string{"--oidc-client-id="}, provider[0], provider[2]), err: "--oidc-client-id"},
		{name: "no address to come back to", args: provider[:2], err: "--public-url"},
		{name: "roles", args: append([]string{"--oidc-roles=a=reviewer, b=registrar"}, provider...), oidc: true},
		{name: "roles that are none", args: append([]string{"--oidc-roles=reviewer"}, provider...), err: "want value=role"},
		{name: "a role that is none", args: append([]string{"--oidc-roles=a=king"}, provider...), oidc: true, err: "king"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := parseConfig(tt.args, with(map[string]string{"HOME": t.TempDir()}))
			if err == nil {
				l, made := newLogin(c, bytes.Repeat([]byte{1}, 32), func() string {
					return c.PublicURL
				}, nil, nil, slog.New(slog.DiscardHandler))
				if err = made; err == nil && l.Choices().OIDC != tt.oidc {
					t.Errorf("choices %+v", l.Choices())
				}
			}
			if (err != nil) != (tt.err != "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("error %v, want one with %q", err, tt.err)
			}
		})
	}
}
