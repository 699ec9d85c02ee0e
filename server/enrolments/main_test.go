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
	pause := 20 * time.Millisecond
	for deadline := time.Now().Add(3 * time.Minute); !done(); pause = min(pause*5/4, 200*time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("waited for three minutes in vain")
		}
		<-time.After(pause) // longer and longer: who asks the API keeps below what its key may
	}
}
