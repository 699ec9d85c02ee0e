package rediscluster

import (
	"os/exec"
	"strings"
	"testing"

	"visavis/testkit"
)

// Servers that are not there make no Cluster, and the error names them. The tests of pairing make one of servers
// that are.
func TestServersThatAreNotThereMakeNoCluster(t *testing.T) {
	if _, err := exec.LookPath("redis-cli"); err != nil {
		testkit.Lacking(t, "VISAVIS_REQUIRE_REDIS", "redis-cli is missing: scripts/setup.sh installs it")
	}
	addresses := []string{testkit.FreeAddress(t), testkit.FreeAddress(t), testkit.FreeAddress(t)}
	if err := Join(t.Context(), addresses, 0); err == nil || !strings.Contains(err.Error(), addresses[0]) {
		t.Errorf("%v, want an error that names %s", err, addresses[0])
	}
}
