package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/mdp/qrterminal/v3"

	"visavis/certificate/testca"
	"visavis/limits"
	"visavis/localca"
	"visavis/server/assets"
	"visavis/static"
)

// listeners are the open ports and the addresses by which they are reached.
type listeners struct {
	main, plain net.Listener // plain is nil when there is none
	debug       net.Listener // nil when there is none
	scheme      string
	port        uint16
	public      string        // origin from --public-url; empty: the default route
	extra       []string      // origins from --origins
	root        func() []byte // the local root, DER; nil without one
	container   bool          // a phone may not reach this machine's addresses
	// assets reads the pages once, for every listener.
	assets    func() (*assets.Set, error)
	authority http.Handler // of the test authority; nil without it
	strict    hsts

	mu       sync.Mutex // guards what follows
	machine  []netip.Addr
	lookedAt time.Time
}

// listen opens the ports, so that a bad address fails at the start.
func listen(ctx context.Context, c Config) (*listeners, error) {
	l := &listeners{scheme: "https", container: localca.InContainer()}
	l.assets = sync.OnceValues(func() (*assets.Set, error) {
		if c.StaticDir != "" {
			return assets.New(os.DirFS(c.StaticDir), true)
		}
		return assets.New(static.Files, false)
	})
	config, err := l.tlsConfig(c)
	if err != nil {
		return nil, err
	}
	var lc net.ListenConfig
	tcp, err := lc.Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return nil, cannotListen("--listen", err)
	}
	proxies, err := c.proxies()
	if err != nil {
		return nil, err
	}
	meter := limits.NewMeter(connectionRows()...)
	l.main = shareConnections(tcp, meter, proxies)
	l.port = portOf(tcp)
	if config != nil {
		l.main = tls.NewListener(l.main, config)
	} else {
		l.scheme = "http"
	}
	if c.HTTPListen != "off" {
		plain, err := lc.Listen(ctx, "tcp", c.HTTPListen)
		if err != nil {
			l.close()
			return nil, cannotListen("--http-listen", err)
		}
		l.plain = shareConnections(plain, meter, proxies)
	}
	if c.DebugListen != "" {
		if l.debug, err = lc.Listen(ctx, "tcp", c.DebugListen); err != nil {
			l.close()
			return nil, cannotListen("--debug-listen", err)
		}
	}
	if c.PublicURL != "" {
		if l.public, err = originOf(c.PublicURL); err != nil {
			return nil, err // validate lets nothing else through
		}
	}
	l.extra = list(c.Origins)
	return l, nil
}

// tlsConfig is how the main listener speaks TLS; nil: it does not.
func (l *listeners) tlsConfig(c Config) (*tls.Config, error) {
	switch c.TLS {
	case "off":
		return nil, nil //nolint:nilnil // no TLS is a setting
	case "files":
		if _, err := tls.LoadX509KeyPair(c.TLSCert, c.TLSKey); err != nil {
			return nil, fmt.Errorf("--tls-cert, --tls-key: %w", err)
		}
		return &tls.Config{
			MinVersion: tls.VersionTLS12, CipherSuites: localca.Suites(),
			NextProtos: []string{"http/1.1"},
			GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { // read anew: a renewal needs no restart
				pair, err := tls.LoadX509KeyPair(c.TLSCert, c.TLSKey)
				l.strict.sees(&pair)
				return &pair, err
			},
		}, nil
	}
	hosts := []string{}
	for _, o := range append(list(c.Origins), c.PublicURL) {
		if u, err := url.Parse(o); err == nil && localca.Permitted(u.Hostname()) {
			hosts = append(hosts, u.Hostname())
		}
	}
	ca, err := localca.Open(localca.Config{Dir: filepath.Join(c.Data, "ca"), Hosts: hosts})
	if err != nil {
		return nil, fmt.Errorf("local CA: %w", err)
	}
	l.root = ca.RootDER
	config := ca.TLSConfig()
	config.NextProtos = []string{"http/1.1"} // WebSockets and 5-a-second frames gain nothing from HTTP/2
	return config, nil
}

func portOf(l net.Listener) uint16 {
	a, err := netip.ParseAddrPort(l.Addr().String())
	if err != nil {
		return 0
	}
	return a.Port()
}

// originAt is the origin of a host of this machine.
func (l *listeners) originAt(host string) string {
	if (l.scheme == "https" && l.port == 443) || (l.scheme == "http" && l.port == 80) {
		if strings.Contains(host, ":") {
			host = "[" + host + "]"
		}
		return l.scheme + "://" + host
	}
	return l.scheme + "://" + net.JoinHostPort(host, strconv.Itoa(int(l.port)))
}

// origin is the address that links carry.
func (l *listeners) origin() string {
	if l.public != "" {
		return l.public
	}
	if found := l.addresses(); len(found) > 0 {
		return l.originAt(found[0].String())
	}
	return l.originAt("localhost")
}

// origins are the addresses one may choose among.
func (l *listeners) origins() []string {
	var out []string
	if l.public != "" {
		out = append(out, l.public)
	}
	for _, a := range l.addresses() {
		if o := l.originAt(a.String()); o != l.public {
			out = append(out, o)
		}
	}
	if len(out) == 0 {
		out = append(out, l.originAt("localhost"))
	}
	return out
}

// allowed are further origins that may connect: this machine's own browser, and
// its name on the local network.
func (l *listeners) allowed() []string {
	out := append([]string{l.originAt("localhost"), l.originAt("127.0.0.1"), l.originAt("::1")}, l.extra...)
	if name, err := os.Hostname(); err == nil && name != "" {
		name, _, _ = strings.Cut(strings.ToLower(name), ".")
		out = append(out, l.originAt(name+".local"))
	}
	return out
}

// pageOrigins are the addresses that pages may open sockets to: the public address
// and the listed ones, so that no visitor learns this machine's own; without a
// public address, all that it is known by.
func (l *listeners) pageOrigins() []string {
	if l.public != "" {
		return append([]string{l.public}, l.extra...)
	}
	return append(l.origins(), l.allowed()...)
}

// lookEvery is how old the list of addresses may be: a laptop changes networks.
const lookEvery = 10 * time.Second

// addresses are this machine's, that of the default route first.
func (l *listeners) addresses() []netip.Addr {
	l.mu.Lock()
	defer l.mu.Unlock()
	if time.Since(l.lookedAt) > lookEvery {
		l.lookedAt = time.Now()
		if found, err := localca.Addresses(); err == nil { // else those from before
			l.machine = found
		}
	}
	return l.machine
}

// trustURL leads a phone to the page that explains the local root. It is plain
// HTTP, since the phone does not trust the root yet.
func (l *listeners) trustURL() string {
	if l.root == nil {
		return ""
	}
	if l.plain == nil {
		return l.origin() + "/trust"
	}
	host := strings.TrimPrefix(l.origin(), l.scheme+"://")
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	return "http://" + net.JoinHostPort(host, strconv.Itoa(int(portOf(l.plain)))) + "/"
}

// authorityURL is the plain address of the test authority's lists, which relying
// programs ask over HTTP.
func (l *listeners) authorityURL() string {
	host := strings.TrimPrefix(l.origin(), l.scheme+"://")
	host = strings.TrimPrefix(host, "https://") // a proxy in front speaks TLS
	if l.plain != nil {
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		host = net.JoinHostPort(strings.Trim(host, "[]"), strconv.Itoa(int(portOf(l.plain))))
	}
	return "http://" + host
}

// serveAuthority answers what is the test authority's; false: it is not.
func (l *listeners) serveAuthority(w http.ResponseWriter, r *http.Request) bool {
	if l.authority == nil || !strings.HasPrefix(r.URL.Path, testca.Prefix) {
		return false
	}
	w.Header().Set("X-Content-Type-Options", "nosniff")
	l.authority.ServeHTTP(w, r)
	return true
}

// announce says where the pages are.
func (l *listeners) announce(env environment, log *slog.Logger) {
	log.Info("listening", "address", l.main.Addr().String(), "origin", l.origin())
	if u, err := url.Parse(l.origin()); err == nil && l.root != nil && !localca.Permitted(u.Hostname()) {
		log.Warn("the local root does not sign for the public address; give a certificate with --tls-cert",
			"origin", l.origin())
	}
	if !isTerminal(env.stderr) {
		return
	}
	l.guide(env.stderr)
}

// guide shows a person at a terminal where to go, with a QR code of the address that the
// phone needs first.
func (l *listeners) guide(w io.Writer) {
	fmt.Fprintf(w, "\n  On this computer, open   %s\n", l.originAt("localhost"))
	if l.root != nil {
		fmt.Fprintln(w, "                           (its browser does not know the certificate yet and warns: go on)")
	}
	fmt.Fprintf(w, "  Phones will be led to    %s\n", l.origin())
	first := l.origin()
	if url := l.trustURL(); url != "" {
		first = url
		fmt.Fprintf(w, "  First, on each phone     %s  (to trust this computer; the code below leads there)\n", url)
	}
	fmt.Fprintln(w)
	qrterminal.GenerateWithConfig(first, qrterminal.Config{
		Level: qrterminal.L, Writer: w, HalfBlocks: true, QuietZone: 2,
		BlackChar: qrterminal.BLACK_BLACK, BlackWhiteChar: qrterminal.BLACK_WHITE,
		WhiteChar: qrterminal.WHITE_WHITE, WhiteBlackChar: qrterminal.WHITE_BLACK,
	})
	fmt.Fprintln(w)
}

// plainServer serves the root, how to trust it, and the way to the pages.
func (l *listeners) plainServer(log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           http.HandlerFunc(l.servePlain),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       20 * time.Second,
		WriteTimeout:      20 * time.Second,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

// cannotListen is the error of a port that cannot be had, with what to do.
func cannotListen(setting string, err error) error {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("%s: %w: stop the program that has it (ss -ltnp names it), or set another port", setting, err)
	case errors.Is(err, syscall.EACCES):
		return fmt.Errorf("%s: %w: a port below 1024 takes CAP_NET_BIND_SERVICE (AmbientCapabilities of systemd); set one "+
			"above, or put a proxy in front", setting, err)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return fmt.Errorf("%s: %w: this machine has no such address; want one of its own, or only a port (:8443)", setting, err)
	}
	return fmt.Errorf("%s: %w: want a port of this machine, such as :8443 or 127.0.0.1:8443", setting, err)
}
