package jail

import (
	"errors"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// Outside of the jail each attempt works: a refusal inside is the jail's. Attempts on the parent may be refused by the
// system itself, which does not let processes of one user trace each other everywhere.
func TestAttemptsWorkOutsideOfTheJail(t *testing.T) {
	stage, clear, err := NewStage()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := clear(); err != nil {
			t.Error(err)
		}
	})
	onOthers := map[string]bool{"trace the parent": true, "read the parent's memory": true,
		"read the parent's environment": true}
	for _, a := range stage.Attempts() {
		err := a.Do()
		if onOthers[a.Name] && (errors.Is(err, unix.EPERM) || errors.Is(err, os.ErrPermission)) {
			t.Logf("%s: this system refuses it by itself", a.Name)
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", a.Name, err)
		}
	}
}

// The filter knows the processor that the tests run on, with and without Landlock.
func TestTheFilterAssembles(t *testing.T) {
	for _, files := range []bool{true, false} {
		f, err := filter(os.Getpid(), files)
		if err != nil {
			t.Fatal(err)
		}
		instructions, err := f.Policy.Assemble()
		if err != nil || len(instructions) < len(allowed)/2 {
			t.Errorf("files %v: %d instructions, %v", files, len(instructions), err)
		}
	}
}
