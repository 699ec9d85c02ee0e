package main

import (
	"flag"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// with is an environment of variables.
func with(vars map[string]string) environment {
	return environment{getenv: func(name string) string { return vars[name] }, stdout: io.Discard, stderr: io.Discard}
}

func TestParseConfig(t *testing.T) {
	key := strings.Repeat("ab", 32)
	tests := []struct {
		name string
		args []string
		vars map[string]string
		want func(c Config) bool
		err  string
	}{
		{name: "no settings at all", want: func(c Config) bool {
			return c.Listen == ":8443" && c.TLS == "local" && c.HTTPListen == ":8080" && c.Companion.on &&
				c.Challenge.on && c.Site == "Visavis"
		}},
		{name: "the environment", vars: map[string]string{"VISAVIS_LISTEN": "127.0.0.1:1", "VISAVIS_TLS": "off"},
			want: func(c Config) bool {
				return c.Listen == "127.0.0.1:1" && c.TLS == "off" && c.HTTPListen == "off"
			}},
		{name: "a flag wins", args: []string{"--listen=:2"}, vars: map[string]string{"VISAVIS_LISTEN": ":1"}, want: func(c Config) bool { return c.Listen == ":2" }},
		{name: "certificate files", args: []string{"--tls-cert=a", "--tls-key=b"}, want: func(c Config) bool { return c.TLS == "files" && c.HTTPListen == "off" }},
		{name: "a certificate without its key", args: []string{"--tls-cert=a"}, err: "--tls-key"},
		{name: "production hides the bare page", args: []string{"--env=production", "--enrolments=off"}, want: func(c Config) bool { return !c.Companion.on }},
		{name: "production shows it where it is asked for", args: []string{"--env=production", "--companion=on", "--enrolments=off"}, want: func(c Config) bool { return c.Companion.on }},
		{name: "production with the QA page", args: []string{"--env=production", "--qa=on", "--enrolments=off"}, err: "shows every session with its pictures"},
		{name: "production that records", args: []string{"--env=production", "--record=/tmp/x", "--enrolments=off"}, err: "recordings keep the pictures of people"},
		{name: "blurred recordings without a folder", args: []string{"--record-blurred", "--enrolments=off"}, err: "want --record FOLDER too"},
		{name: "production without challenges", args: []string{"--env=production", "--challenge=off", "--enrolments=off"}, err: "refused with --env=production"},
		{name: "production without a provider", args: []string{"--env=production"}, err: "--provider-url is required"},
		{name: "production with the test authority", args: []string{"--env=production", "--issuer=test"}, err: "refused with --env=production"},
		{name: "production without review", args: []string{"--env=production", "--review=none"}, err: "refused with --env=production"},
		{name: "production with specimens", args: []string{"--env=production", "--specimens=on"}, err: "refused with --env=production"},
		{name: "no review before a provider", args: []string{"--review=none", "--issuer=provider", "--provider-url=https://tsp.example"}, err: "refused with any issuer but"},
		{name: "no review before the test authority", args: []string{"--review=none"}, want: func(c Config) bool { return c.Journey.rules().NoReview }},
		{name: "where records are", args: []string{"--data=/d", "--keys=/k"}, want: func(c Config) bool {
			return c.Storage.Database == "/d/visavis.db" && c.Storage.Evidence == "/d/evidence" && c.Storage.Keys == "/k"
		}},
		{name: "a database", vars: map[string]string{"VISAVIS_DATABASE_URL": "postgres://h/d"}, want: func(c Config) bool { return c.Storage.Database == "postgres://h/d" }},
		{name: "hours", args: []string{"--reviewer-hours=mon-fri 09:00-18:00 Europe/Paris"}, want: func(c Config) bool { return c.Journey.hours.Week() != nil }},
		{name: "hours that are none", args: []string{"--reviewer-hours=always"}, err: "--reviewer-hours"},
		{name: "slots", args: []string{"--in-person-place=1 place de l’Exemple", "--in-person-slots=mon 09:00-12:00 Europe/Paris"}, want: func(c Config) bool { return c.Journey.desk.Zone().String() == "Europe/Paris" }},
		{name: "slots of no place", args: []string{"--in-person-slots=mon 09:00-12:00 Europe/Paris"}, err: "--in-person-slots: needs --in-person-place"},
		{name: "slots that are none", args: []string{"--in-person-place=1 place de l’Exemple", "--in-person-slots=daily"}, err: "--in-person-slots"},
		{name: "days of a verification", args: []string{"--verification-days=30"}, want: func(c Config) bool { return c.Journey.rules().KeepVerifications == 30*24*time.Hour }},
		{name: "days of a verification, of themselves", want: func(c Config) bool { return c.Journey.rules().KeepVerifications == 400*24*time.Hour }},
		{name: "too few days of a verification", args: []string{"--verification-days=3"}, err: "--verification-days=3: want 7 or more"},
		{name: "a zone", args: []string{"--time-zone=Asia/Tokyo"}, want: func(c Config) bool { return c.Journey.zone.String() == "Asia/Tokyo" }},
		{name: "a zone that is none", args: []string{"--time-zone=Local"}, err: "--time-zone"},
		{name: "a place in person", args: []string{"--in-person-place=1 place de l’Exemple"}, want: func(c Config) bool { return !c.Journey.rules().RemoteOnly }},
		{name: "no place in person", want: func(c Config) bool { return c.Journey.rules().RemoteOnly }},
		{name: "hours of no place", args: []string{"--in-person-hours=lundi"}, err: "need --in-person-place"},
		{name: "no attempts", args: []string{"--attempts=0"}, err: "want 1 or more"},
		{name: "Redis without a secret", args: []string{"--redis-url=redis://localhost"}, err: "VISAVIS_SECRET is required"},
		{name: "Redis with one", args: []string{"--redis-url=redis://localhost", "--secret=" + key}, want: func(c Config) bool { return c.RedisURL != "" }},
		{name: "a short secret", vars: map[string]string{"VISAVIS_SECRET": "abcd"}, err: "32 bytes or more"},
		{name: "a public address with a path", args: []string{"--public-url=https://a.example/p"}, err: "--public-url"},
		{name: "a public address", args: []string{"--public-url=https://A.example:8443/"}, want: func(c Config) bool {
			o, err := originOf(c.PublicURL)
			return err == nil && o == "https://a.example:8443"
		}},
		{name: "proxies", args: []string{"--trusted-proxies=10.0.0.0/8, 192.0.2.1"}, want: func(c Config) bool {
			p, err := c.proxies()
			return err == nil && len(p) == 2 && p[1].Bits() == 32
		}},
		{name: "a proxy that is none", args: []string{"--trusted-proxies=front"}, err: "no address"},
		{name: "an unknown flag", args: []string{"--colour=red"}, err: "not defined"},
		{name: "an unknown value", args: []string{"--tls=maybe"}, err: "want one of"},
		{name: "an argument too much", args: []string{"please"}, err: "unexpected argument"},
		{name: "a bad number in the environment", vars: map[string]string{"VISAVIS_WORKERS": "many"},
			err: `VISAVIS_WORKERS="many": want a whole number`},
		{name: "a bad duration there", vars: map[string]string{"VISAVIS_LOGIN_IDLE": "1 hour"}, err: "want a duration, such as"},
		{name: "a bad share there", vars: map[string]string{"VISAVIS_BLIND_SHARE": "5%"}, err: "want a number, such as 0.05"},
		{name: "a database that is not known", args: []string{"--database-url=mysql://u:hunter2@h/d"},
			err: `--database-url: "mysql://…" is no database that is known here: want the path of a SQLite file, or postgres://`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := parseConfig(tt.args, with(tt.vars))
			switch {
			case tt.err == "" && err != nil:
				t.Fatalf("error %v", err)
			case tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)):
				t.Fatalf("error %v, want one with %q", err, tt.err)
			case tt.want != nil && !tt.want(c):
				t.Errorf("config: %+v", c)
			}
		})
	}
}

func TestOwnSecretIsKept(t *testing.T) {
	dir := t.TempDir()
	first, err := ownSecret(dir)
	if err != nil || len(first) != 32 {
		t.Fatalf("%d bytes, error %v", len(first), err)
	}
	second, err := ownSecret(dir)
	if err != nil || string(second) != string(first) {
		t.Errorf("the second start has another secret, error %v", err)
	}
}

// The settings that the Debian package comes with start no demonstration.
func TestThePackagesSettingsAreForProduction(t *testing.T) {
	file, err := os.ReadFile("../../scripts/deb/visavis.env")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	(&Config{}).flags(with(nil)).VisitAll(func(f *flag.Flag) { known[variable(f.Name)] = true })
	set := map[string]string{}
	for line := range strings.Lines(string(file)) {
		name, value, found := strings.Cut(strings.TrimSpace(line), "=")
		if !found || !strings.HasPrefix(strings.TrimPrefix(name, "#"), "VISAVIS_") {
			continue
		}
		if !known[strings.TrimPrefix(name, "#")] {
			t.Errorf("%s is no setting", name)
		}
		if !strings.HasPrefix(name, "#") {
			set[name] = value
		}
	}
	c, err := parseConfig(nil, with(set))
	if c.Env != "production" || c.demo() || err == nil || !strings.Contains(err.Error(), "--provider-url is required") {
		t.Errorf("%q, a demonstration: %v, %v; want it to ask for a provider", c.Env, c.demo(), err)
	}
}

// A misspelt variable would start a server with the default in place of what its operator set, in silence.
func TestMisspeltSettingsAreSaid(t *testing.T) {
	env := with(map[string]string{"VISAVIS_DATA": t.TempDir()})
	env.environ = func() []string {
		return []string{"HOME=/", "VISAVIS_DATA=d", "VISAVIS_LISTENN=:1", "VISAVIS_PUBLC_URL=https://a.example",
			"VISAVIS_PORT=tcp://10.0.0.1:8443", "VISAVIS_SERVICE_HOST=10.0.0.1", "VISAVIS_KEYS_PASSPHRASE=p", "visavis_listen=1"}
	}
	c, err := parseConfig(nil, env)
	if err != nil {
		t.Fatal(err)
	}
	want := []misspelt{{"VISAVIS_LISTENN", "VISAVIS_LISTEN"}, {"VISAVIS_PUBLC_URL", "VISAVIS_PUBLIC_URL"}}
	if !slices.Equal(c.misspelt, want) {
		t.Errorf("%v, want %v", c.misspelt, want)
	}
}

func TestAPortThatCannotBeHadSaysWhatToDo(t *testing.T) {
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	for address, want := range map[string]string{
		busy.Addr().String(): "--listen: listen tcp " + busy.Addr().String() + ": bind: address already in use: stop the program that has it",
		"192.0.2.1:8443":     "this machine has no such address",
		"8443":               "want a port of this machine, such as :8443",
	} {
		_, err := listen(t.Context(), Config{Listen: address, TLS: "off", HTTPListen: "off"})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", address, err, want)
		}
	}
}
