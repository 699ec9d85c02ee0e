package live

import (
	"testing"

	"visavis/testkit"
)

// TestMain fails the package when a goroutine is left behind.
func TestMain(m *testing.M) { testkit.Main(m) }
