package localca

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"
)

// lan returns an address list that a test can change.
type lan struct {
	mu    sync.Mutex
	addrs []netip.Addr
	err   error
}

func (l *lan) set(addrs ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.addrs = nil
	for _, a := range addrs {
		l.addrs = append(l.addrs, netip.MustParseAddr(a))
	}
}

func (l *lan) list() ([]netip.Addr, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.addrs), l.err
}

func openCA(t *testing.T, dir string, addrs ...string) (*CA, *lan) {
	t.Helper()
	l := &lan{}
	l.set(addrs...)
	c, err := Open(Config{Dir: dir, Addresses: l.list})
	if err != nil {
		t.Fatal(err)
	}
	return c, l
}

func leafOf(t *testing.T, c *CA) *x509.Certificate {
	t.Helper()
	cert, err := c.GetCertificate(nil)
	if err != nil {
		t.Fatal(err)
	}
	return cert.Leaf
}

func verify(c *CA, cert *x509.Certificate, host string) error {
	roots := x509.NewCertPool()
	roots.AddCert(c.Root())
	_, err := cert.Verify(x509.VerifyOptions{Roots: roots, DNSName: host})
	return err
}

func TestLeafIsAcceptedForItsNames(t *testing.T) {
	c, _ := openCA(t, t.TempDir(), "192.168.1.20", "10.1.2.3", "fd00::5", "203.0.113.9")
	leaf := leafOf(t, c)
	for _, host := range []string{"localhost", "127.0.0.1", "[::1]", "192.168.1.20", "10.1.2.3", "[fd00::5]"} {
		if err := verify(c, leaf, host); err != nil {
			t.Errorf("%s: %v", host, err)
		}
	}
	for _, host := range []string{"192.168.1.21", "203.0.113.9", "example.com"} {
		if err := verify(c, leaf, host); err == nil {
			t.Errorf("%s is accepted, want it refused", host)
		}
	}
}

func TestRootSignsForThisNetworkAlone(t *testing.T) {
	c, _ := openCA(t, t.TempDir())
	for host, ok := range map[string]bool{
		"localhost": true, "mybox.local": true, "192.168.7.7": true, "10.0.0.1": true, "172.16.0.1": true, "172.31.255.255": true,
		"127.0.0.1": true, "169.254.3.4": true, "::1": true, "fd12::1": true,
		"example.com": false, "localhost.example.com": false, "notlocal": false, "my.localx": false,
		"8.8.8.8": false, "172.32.0.1": false, "192.169.0.1": false, "2001:db8::1": false, "fe80::1": false,
	} {
		pair, err := newLeaf(c.root, []string{host}, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		name := host
		if strings.Contains(host, ":") {
			name = "[" + host + "]"
		}
		err = verify(c, pair.cert, name)
		if (err == nil) != ok {
			t.Errorf("leaf for %s: %v, want accepted %t", host, err, ok)
		}
		if invalid, is := errors.AsType[x509.CertificateInvalidError](err); !ok &&
			(!is || invalid.Reason != x509.CANotAuthorizedForThisName) {
			t.Errorf("leaf for %s: refused by %v, want by the name constraints", host, err)
		}
		if got := Permitted(host); got != ok {
			t.Errorf("Permitted(%s) = %t, want %t", host, got, ok)
		}
	}
}

func TestRootIsConstrainedCritically(t *testing.T) {
	c, _ := openCA(t, t.TempDir())
	root := c.Root()
	critical := false
	for _, e := range root.Extensions {
		if e.Id.String() == "2.5.29.30" {
			critical = e.Critical
		}
	}
	if !critical || !root.IsCA || !root.MaxPathLenZero || root.KeyUsage != x509.KeyUsageCertSign|x509.KeyUsageCRLSign {
		t.Errorf("name constraints critical %t, CA %t, path length zero %t, usage %b", critical, root.IsCA,
			root.MaxPathLenZero, root.KeyUsage)
	}
	if parsed, err := x509.ParseCertificate(c.RootDER()); err != nil || !parsed.Equal(root) {
		t.Errorf("root as DER: %v", err)
	}
}

func TestLeafLives397DaysAtMost(t *testing.T) {
	c, _ := openCA(t, t.TempDir())
	leaf := leafOf(t, c)
	if life := leaf.NotAfter.Sub(leaf.NotBefore); life > 397*24*time.Hour || life < 390*24*time.Hour {
		t.Errorf("leaf lives %s", life)
	}
	if leaf.IsCA || len(leaf.ExtKeyUsage) != 1 || leaf.ExtKeyUsage[0] != x509.ExtKeyUsageServerAuth ||
		leaf.SerialNumber.Sign() <= 0 {
		t.Errorf("leaf: CA %t, usage %v, serial %s", leaf.IsCA, leaf.ExtKeyUsage, leaf.SerialNumber)
	}
}

func TestLeafIsRenewedAtTwoThirdsOfItsLife(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		c, _ := openCA(t, dir, "192.168.1.20")
		first := leafOf(t, c)
		life := first.NotAfter.Sub(first.NotBefore)
		<-time.After(time.Until(first.NotBefore.Add(life*2/3)) - time.Minute)
		if again := leafOf(t, c); !again.Equal(first) {
			t.Error("renewed before two thirds of its life")
		}
		<-time.After(time.Minute)
		next := leafOf(t, c)
		if next.Equal(first) || !next.NotAfter.After(first.NotAfter) {
			t.Errorf("not renewed at two thirds: ends %s, as before %s", next.NotAfter, first.NotAfter)
		}
		if err := verify(c, next, "192.168.1.20"); err != nil {
			t.Error(err)
		}
	})
}

func TestLeafFollowsTheAddresses(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		c, l := openCA(t, dir, "192.168.1.20")
		first := leafOf(t, c)
		l.set("192.168.43.7")
		<-time.After(lookEvery)
		next := leafOf(t, c)
		if err := verify(c, next, "192.168.43.7"); err != nil {
			t.Errorf("the new address: %v", err)
		}
		if err := verify(c, next, "192.168.1.20"); err == nil {
			t.Error("the old address is still in the leaf")
		}
		if next.Equal(first) {
			t.Error("the leaf is the same")
		}
		l.mu.Lock()
		l.err = errors.New("no interfaces")
		l.mu.Unlock()
		<-time.After(lookEvery)
		if again := leafOf(t, c); !again.Equal(next) {
			t.Error("addresses that cannot be listed changed the leaf")
		}
	})
}

func TestRestartKeepsRootAndLeaf(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "folder")
	a, _ := openCA(t, dir, "192.168.1.20")
	b, _ := openCA(t, dir, "192.168.1.20")
	if !a.Root().Equal(b.Root()) || !leafOf(t, a).Equal(leafOf(t, b)) {
		t.Error("a restart made another root or leaf: phones and browsers would ask again")
	}
	other, _ := openCA(t, dir, "192.168.1.30")
	if !other.Root().Equal(a.Root()) || leafOf(t, other).Equal(leafOf(t, a)) {
		t.Error("another address wants another leaf of the same root")
	}
}

func TestProcessesThatStartAtOnceShareOneRoot(t *testing.T) {
	dir := t.TempDir()
	roots := make(chan *x509.Certificate, 8)
	var wait sync.WaitGroup
	for range cap(roots) {
		wait.Go(func() {
			c, err := Open(Config{Dir: dir, Addresses: (&lan{}).list})
			if err != nil {
				t.Error(err)
				return
			}
			roots <- c.Root()
		})
	}
	wait.Wait()
	close(roots)
	first := <-roots
	for r := range roots {
		if !r.Equal(first) {
			t.Errorf("root %s, want %s", r.SerialNumber, first.SerialNumber)
		}
	}
	if left, err := filepath.Glob(filepath.Join(dir, ".new-*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestKeysAreTheirOwnersAlone(t *testing.T) {
	dir := t.TempDir()
	openCA(t, dir)
	for _, name := range []string{rootFile, leafFile} {
		path := filepath.Join(dir, name)
		if err := os.Chmod(path, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	openCA(t, dir)
	for _, name := range []string{rootFile, leafFile} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v, %v; want 0600", name, info.Mode().Perm(), err)
		}
	}
}

func TestDamagedFiles(t *testing.T) {
	dir := t.TempDir()
	c, _ := openCA(t, dir)
	if err := os.WriteFile(filepath.Join(dir, leafFile), []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	again, _ := openCA(t, dir) // a leaf is made anew
	if err := verify(c, leafOf(t, again), "localhost"); err != nil {
		t.Error(err)
	}
	if err := os.WriteFile(filepath.Join(dir, rootFile), []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	// A root is not: phones trust it.
	if _, err := Open(Config{Dir: dir}); err == nil || !strings.Contains(err.Error(), "root.pem") {
		t.Errorf("damaged root: %v, want an error that names the file", err)
	}
}

func TestFurtherHosts(t *testing.T) {
	c, err := Open(Config{Dir: t.TempDir(), Hosts: []string{"192.168.9.9", "companion.local"}, Addresses: (&lan{}).list})
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range []string{"192.168.9.9", "companion.local"} {
		if err := verify(c, leafOf(t, c), host); err != nil {
			t.Errorf("%s: %v", host, err)
		}
	}
	if _, err := Open(Config{Dir: t.TempDir(), Hosts: []string{"example.com"}}); err == nil {
		t.Error("example.com was taken, want an error at start")
	}
}

func TestHandshake(t *testing.T) {
	c, _ := openCA(t, t.TempDir(), "192.168.1.20")
	roots := x509.NewCertPool()
	roots.AddCert(c.Root())
	client, server := net.Pipe()
	var wait sync.WaitGroup
	defer wait.Wait()
	wait.Go(func() {
		s := tls.Server(server, c.TLSConfig())
		if err := s.HandshakeContext(t.Context()); err != nil {
			t.Errorf("server: %v", err)
		}
		_ = server.Close()
	})
	conn := tls.Client(client, &tls.Config{RootCAs: roots, ServerName: "192.168.1.20"})
	if err := conn.HandshakeContext(t.Context()); err != nil {
		t.Errorf("client: %v", err)
	}
	_ = client.Close()
}

func TestAddressesOrder(t *testing.T) {
	found := []address{
		{netip.MustParseAddr("172.17.0.1"), "docker0"},
		{netip.MustParseAddr("127.0.0.1"), "lo"},
		{netip.MustParseAddr("fd00::5"), "eth0"},
		{netip.MustParseAddr("169.254.8.8"), "eth1"},
		{netip.MustParseAddr("10.0.0.4"), "tun0"},
		{netip.MustParseAddr("192.168.1.20"), "wlan0"},
		{netip.MustParseAddr("203.0.113.9"), "eth2"},
		{netip.MustParseAddr("fe80::1"), "wlan0"},
		{netip.MustParseAddr("192.168.1.20"), "wlan0:1"},
	}
	var got []string
	for _, a := range order(found, netip.MustParseAddr("192.168.1.20"), netip.MustParseAddr("2001:db8::9")) {
		got = append(got, a.String())
	}
	want := []string{"192.168.1.20", "10.0.0.4", "fd00::5", "169.254.8.8", "172.17.0.1"}
	if !slices.Equal(got, want) {
		t.Errorf("order %q, want %q", got, want)
	}
}

func TestAddressesOfThisMachine(t *testing.T) {
	addrs, err := Addresses()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range addrs {
		if a.IsLoopback() || !Permitted(a.String()) {
			t.Errorf("address %s, want none of the loopback and none that the root may not sign for", a)
		}
	}
	if route := defaultRoute("udp4", "192.0.2.1:9"); route.IsValid() && Permitted(route.String()) && !route.IsLoopback() &&
		addrs[0] != route {
		t.Errorf("first of %v is not %s, the address of the default route", addrs, route)
	}
}

func TestInContainer(t *testing.T) {
	for name, test := range map[string]struct {
		root fs.FS
		want bool
	}{
		"bare machine":      {fstest.MapFS{"proc/1/cgroup": {Data: []byte("0::/init.scope\n")}}, false},
		"nothing to see":    {fstest.MapFS{}, false},
		"docker's marker":   {fstest.MapFS{".dockerenv": {}}, true},
		"podman's marker":   {fstest.MapFS{"run/.containerenv": {}}, true},
		"cgroup of docker":  {fstest.MapFS{"proc/1/cgroup": {Data: []byte("4:cpu:/docker/1f2e\n")}}, true},
		"cgroup of kubelet": {fstest.MapFS{"proc/1/cgroup": {Data: []byte("4:cpu:/kubepods/besteffort\n")}}, true},
	} {
		if got := inContainer(test.root); got != test.want {
			t.Errorf("%s: %t, want %t", name, got, test.want)
		}
	}
}
