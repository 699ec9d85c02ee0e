package storetest

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// Bucket is an empty bucket of a real S3 server that lives until the test's end.
type Bucket struct {
	// URL opens it with bucket.Open. The test's environment holds the keys.
	URL string
	// Dir is the folder of the objects: for changing them behind everybody's back.
	Dir string
}

// NewBucket starts an S3 server (versitygw, which scripts/setup.sh builds) on a
// free loopback port. Without it the test is skipped, or fails where
// VISAVIS_REQUIRE_S3 is set.
func NewBucket(t *testing.T) Bucket {
	t.Helper()
	program, err := gateway()
	if err != nil {
		if os.Getenv("VISAVIS_REQUIRE_S3") != "" {
			t.Fatalf("VISAVIS_REQUIRE_S3 is set, but: %v", err)
		}
		t.Skipf("SKIPPED, nothing proved: %v", err)
	}
	port, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	address, root, secret := "127.0.0.1:"+port, t.TempDir(), rand.Text()
	b := Bucket{Dir: filepath.Join(root, "evidence")}
	if err := os.Mkdir(b.Dir, 0o700); err != nil {
		t.Fatal(err)
	}
	// Not every temporary folder has extended attributes: hence the sidecar.
	server := exec.CommandContext(context.Background(), program, "--port", address, "--quiet", "posix", "--sidecar",
		t.TempDir(), root)
	server.Env = append(os.Environ(), "ROOT_ACCESS_KEY_ID=visavis", "ROOT_SECRET_ACCESS_KEY="+secret)
	server.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	var log bytes.Buffer
	stop, err := keepRunning(server, &log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	if err := listens(t.Context(), address); err != nil {
		stop() // before its log is read
		t.Fatalf("the S3 server does not answer: %v: %s", err, log.String())
	}
	t.Setenv("AWS_ACCESS_KEY_ID", "visavis")
	t.Setenv("AWS_SECRET_ACCESS_KEY", secret)
	query := url.Values{"endpoint": {"http://" + address}, "region": {"us-east-1"}, "use_path_style": {"true"}}
	b.URL = "s3://evidence?" + query.Encode()
	return b
}

// gateway finds the S3 server's program: in var/bin of the module that the test
// runs in, or in the path. A test runs in its package's folder.
func gateway() (string, error) {
	dir, err := os.Getwd()
	for err == nil {
		if _, missing := os.Stat(filepath.Join(dir, "go.mod")); missing == nil {
			built := filepath.Join(dir, "var", "bin", "versitygw")
			if _, missing := os.Stat(built); missing == nil {
				return built, nil
			}
			break
		}
		up := filepath.Dir(dir)
		if up == dir {
			break
		}
		dir = up
	}
	path, err := exec.LookPath("versitygw")
	if err != nil {
		return "", errors.New("there is no S3 server: scripts/setup.sh test builds var/bin/versitygw")
	}
	return path, nil
}

// listens waits until somebody listens at an address.
func listens(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		c, err := new(net.Dialer).DialContext(ctx, "tcp", address)
		if err == nil {
			return c.Close()
		}
		select {
		case <-ctx.Done():
			return err
		case <-tick.C:
		}
	}
}
