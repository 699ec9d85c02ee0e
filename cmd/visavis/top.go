package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

const (
	// topTimeout bounds one reading.
	topTimeout = 5 * time.Second
	// mostMetrics bounds an answer, in bytes.
	mostMetrics = 8 << 20
)

// families are the metrics of one reading by name.
type families map[string]*dto.MetricFamily

// reading is what an instance counted until a moment.
type reading struct {
	at      time.Time
	metrics families
}

// top shows live what an instance does, until it is interrupted.
func top(ctx context.Context, args []string, env environment) error {
	f := flag.NewFlagSet("top", flag.ContinueOnError)
	f.SetOutput(env.stderr)
	target := f.String("url", topTarget(env), "address of the metrics")
	every := f.Duration("every", 2*time.Second, "time between two readings, 200ms at least")
	once := f.Bool("once", false, "show the figures between two readings once, and end")
	if err := f.Parse(args); err != nil {
		return err
	}
	u, err := url.Parse(*target)
	switch {
	case f.NArg() > 0:
		return fmt.Errorf("top: unexpected argument %q", f.Arg(0))
	case *every < 200*time.Millisecond:
		return fmt.Errorf("top: --every=%s: want 200ms or more", *every)
	case *target == "":
		return errors.New("top: give the server --debug-listen 127.0.0.1:6060 and name it here: " +
			"--url http://127.0.0.1:6060/metrics")
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return errors.New("top: --url: want an address like http://127.0.0.1:6060/metrics")
	}
	ask := asker{u, env.getenv(variable("metrics-token")), &http.Client{Transport: healthTransport(u.Hostname())}}
	defer ask.client.CloseIdleConnections()
	return ask.follow(ctx, *every, *once, env.stdout)
}

// topTarget is the debug listener that the environment gives the server on this machine.
func topTarget(env environment) string {
	if listen := env.getenv(variable("debug-listen")); listen != "" {
		return "http://" + listen + "/metrics"
	}
	return ""
}

// asker reads the metrics of one address.
type asker struct {
	url    *url.URL
	token  string // sent as a bearer, if not empty
	client *http.Client
}

// follow shows figures until the context ends. A server that does not answer is said and asked again; the first time
// it is an error.
func (a asker) follow(ctx context.Context, every time.Duration, once bool, out io.Writer) error {
	before, err := a.read(ctx)
	if err != nil {
		return err
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		now, err := a.read(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil && once:
			return err
		case err != nil:
			if _, err := fmt.Fprintf(out, "%s%v\n", clearScreen, err); err != nil {
				return fmt.Errorf("top: %w", err)
			}
			continue
		}
		page := figuresOf(before, now).page(a.url.Host, now.at)
		if !once {
			page = clearScreen + page
		}
		if _, err := io.WriteString(out, page); err != nil {
			return fmt.Errorf("top: %w", err)
		}
		if once {
			return nil
		}
		before = now
	}
}

func (a asker) read(ctx context.Context) (reading, error) {
	ctx, cancel := context.WithTimeout(ctx, topTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, a.url.String(), nil)
	if err != nil {
		return reading{}, fmt.Errorf("top: %w", err)
	}
	if a.token != "" {
		request.Header.Set("Authorization", "Bearer "+a.token)
	}
	answer, err := a.client.Do(request)
	if err != nil {
		return reading{}, fmt.Errorf("top: %w", err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return reading{}, fmt.Errorf("top: %s answers %s, want the metrics of --debug-listen or of VISAVIS_METRICS_TOKEN",
			a.url, answer.Status)
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	metrics, err := parser.TextToMetricFamilies(io.LimitReader(answer.Body, mostMetrics))
	if err != nil {
		return reading{}, fmt.Errorf("top: %s: no metrics: %w", a.url, err)
	}
	if metrics["visavis_connections_open"] == nil {
		return reading{}, fmt.Errorf("top: %s: these are not the metrics of a Visavis server", a.url)
	}
	return reading{time.Now(), metrics}, nil
}
