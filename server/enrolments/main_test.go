package enrolments_test

import (
	"os"
	"testing"
	"time"

	"visavis/enrolment/store/storetest"
)

var postgres = storetest.Server{Durable: os.Getenv("VISAVIS_FIGURES") != ""}

func TestMain(m *testing.M) {
	os.Exit(postgres.Run(m))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func waitFor(t *testing.T, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !done(); {
		if time.Now().After(deadline) {
			t.Fatal("waited for a minute in vain")
		}
		<-time.After(20 * time.Millisecond)
	}
}
