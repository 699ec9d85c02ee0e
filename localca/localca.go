package localca

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	// rootLife is long, since a person installs the root by hand.
	rootLife = 10 * 365 * 24 * time.Hour
	// leafLife is the longest that every client takes (Apple's limit is 398 days).
	leafLife = 397 * 24 * time.Hour
	// backdate helps a phone whose clock is behind. It counts into leafLife.
	backdate = 24 * time.Hour
	// lookEvery is how often the machine's addresses are looked at: a new network
	// is served within this time.
	lookEvery = 5 * time.Second
)

// Config of a [CA].
type Config struct {
	// Dir holds root and leaf; it is made when it does not exist. Required.
	Dir string
	// Hosts are further names or addresses that the leaf shall be good for, such
	// as the host of the public URL. Each must be one that the root may sign for.
	Hosts []string
	// Addresses lists the machine's addresses. Default [Addresses].
	Addresses func() ([]netip.Addr, error)
}

// CA signs leaves for this machine and hands out the one to serve.
type CA struct {
	cfg  Config
	root *keyPair

	mu     sync.Mutex // guards what follows; held while a leaf is made, some 1 ms
	leaf   *tls.Certificate
	hosts  []string // of the leaf, sorted
	looked time.Time
}

// Open returns the CA of the folder, made now when there is none.
func Open(cfg Config) (*CA, error) {
	if cfg.Addresses == nil {
		cfg.Addresses = Addresses
	}
	for _, h := range cfg.Hosts {
		if !Permitted(h) {
			return nil, fmt.Errorf("local CA: %q is neither localhost, a .local name nor a private address: use a certificate "+
				"of a public authority", h)
		}
	}
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("local CA: %w", err)
	}
	root, err := openRoot(filepath.Join(cfg.Dir, rootFile))
	if err != nil {
		return nil, fmt.Errorf("local CA: %w", err)
	}
	c := &CA{cfg: cfg, root: root}
	if _, err := c.GetCertificate(nil); err != nil {
		return nil, err
	}
	return c, nil
}

// RootDER returns the root certificate in DER, as a phone installs it.
func (c *CA) RootDER() []byte { return slices.Clone(c.root.cert.Raw) }

// Root returns the root certificate, which must not be changed.
func (c *CA) Root() *x509.Certificate { return c.root.cert }

// GetCertificate is for [tls.Config]: it returns the leaf, renewed when it is due
// or the machine's addresses have changed. The hello may be nil.
func (c *CA) GetCertificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	if c.leaf != nil && now.Sub(c.looked) < lookEvery && !due(c.leaf.Leaf, now) {
		return c.leaf, nil
	}
	hosts, err := c.wanted()
	if err != nil && c.leaf == nil {
		return nil, fmt.Errorf("local CA: %w", err)
	}
	c.looked = now
	if c.leaf != nil && !due(c.leaf.Leaf, now) && (err != nil || slices.Equal(hosts, c.hosts)) {
		return c.leaf, nil
	}
	leaf, err := c.openLeaf(hosts, now)
	if err != nil {
		if c.leaf != nil && now.Before(c.leaf.Leaf.NotAfter) {
			return c.leaf, nil // a full disk must not stop a working server
		}
		return nil, fmt.Errorf("local CA: %w", err)
	}
	c.leaf, c.hosts = leaf, hosts
	return leaf, nil
}

// TLSConfig returns a server's configuration that serves the leaf.
func (c *CA) TLSConfig() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, CipherSuites: Suites(), GetCertificate: c.GetCertificate}
}

// Suites are those of TLS 1.2 with forward secrecy and authenticated encryption; the
// two with CBC that crypto/tls offers besides are left out.
func Suites() []uint16 {
	return []uint16{
		tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
		tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
		tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
	}
}

// wanted lists all names and addresses of the leaf, sorted.
func (c *CA) wanted() ([]string, error) {
	hosts := append([]string{"localhost", "127.0.0.1", "::1"}, c.cfg.Hosts...)
	if name, err := os.Hostname(); err == nil {
		if name, _, _ = strings.Cut(strings.ToLower(name), "."); Permitted(name + ".local") {
			hosts = append(hosts, name+".local")
		}
	}
	addresses, err := c.cfg.Addresses()
	if err != nil {
		return nil, err
	}
	for _, a := range addresses {
		if a = a.Unmap().WithZone(""); Permitted(a.String()) {
			hosts = append(hosts, a.String())
		}
	}
	slices.Sort(hosts)
	return slices.Compact(hosts), nil
}

// openLeaf returns the stored leaf if it is good for the hosts, else a new one.
func (c *CA) openLeaf(hosts []string, now time.Time) (*tls.Certificate, error) {
	path := filepath.Join(c.cfg.Dir, leafFile)
	if p, err := readPair(path); err == nil && !due(p.cert, now) && p.cert.CheckSignatureFrom(c.root.cert) == nil &&
		slices.Equal(hostsOf(p.cert), hosts) {
		return p.tls(), nil
	}
	p, err := newLeaf(c.root, hosts, now)
	if err != nil {
		return nil, err
	}
	// A certificate that cannot be stored is served all the same and made again at the next start.
	_ = writePair(path, p)
	return p.tls(), nil
}

// due tells whether a leaf should be renewed: at two thirds of its life, or when it
// is not valid yet because the clock went back.
func due(leaf *x509.Certificate, now time.Time) bool {
	life := leaf.NotAfter.Sub(leaf.NotBefore)
	return now.Before(leaf.NotBefore) || !now.Before(leaf.NotBefore.Add(life*2/3))
}

// hostsOf lists names and addresses of a certificate, sorted.
func hostsOf(cert *x509.Certificate) []string {
	hosts := slices.Clone(cert.DNSNames)
	for _, ip := range cert.IPAddresses {
		hosts = append(hosts, ip.String())
	}
	slices.Sort(hosts)
	return hosts
}

// permittedNames and permittedRanges are what the root may sign for.
var (
	permittedNames  = []string{"localhost", "local"}
	permittedRanges = []string{
		"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", // private, RFC 1918
		"127.0.0.0/8", "::1/128", // loopback
		"169.254.0.0/16", // link-local: two machines and a cable
		"fc00::/7",       // private, RFC 4193
	}
)

// Permitted tells whether the root may sign for this name or address.
func Permitted(host string) bool {
	if a, err := netip.ParseAddr(host); err == nil {
		return slices.ContainsFunc(permittedRanges, func(r string) bool {
			return netip.MustParsePrefix(r).Contains(a.Unmap())
		})
	}
	if host == "localhost" {
		return true
	}
	label, ok := strings.CutSuffix(host, ".local")
	return ok && label != "" && !strings.HasPrefix(label, ".") &&
		strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-.") == ""
}

func networks() []*net.IPNet {
	var out []*net.IPNet
	for _, r := range permittedRanges {
		if _, n, err := net.ParseCIDR(r); err == nil {
			out = append(out, n)
		}
	}
	return out
}
