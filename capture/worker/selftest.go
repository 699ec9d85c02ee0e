package worker

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"slices"

	"visavis/capture/worker/jail"
)

// Try is the result of one attack attempted inside a worker.
type Try struct {
	Name    string `json:"name"`
	Refused string `json:"refused,omitempty"` // why it failed; empty if it succeeded
	// Lacking reports that it succeeded because the kernel lacks the part of the jail
	// that refuses it.
	Lacking bool `json:"lacking,omitempty"`
}

// Tries are all attempts, and the parts of the jail that the kernel lacks.
type Tries struct {
	Tries []Try    `json:"tries"`
	Lacks []string `json:"lacks,omitempty"`
}

// Escaped returns the attempts that succeeded although the kernel has the part that
// refuses them.
func (t Tries) Escaped() []string {
	var names []string
	for _, try := range t.Tries {
		if try.Refused == "" && !try.Lacking {
			names = append(names, try.Name)
		}
	}
	return names
}

// TryJail starts the command as a worker and attempts attacks from inside its jail. The
// command must call Attempt on its standard input and output once it is jailed.
func TryJail(ctx context.Context, cfg Config) (Tries, error) {
	cfg = withDefaults(cfg)
	stage, clear, err := jail.NewStage()
	if err != nil {
		return Tries{}, err
	}
	defer func() { _ = clear() }()
	in, err := json.Marshal(stage)
	if err != nil {
		return Tries{}, fmt.Errorf("try jail: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, cfg.StartTimeout)
	defer cancel()
	var out, words bytes.Buffer
	start := func(attributes isolation) (*exec.Cmd, error) {
		cmd := exec.CommandContext(ctx, cfg.Command[0], cfg.Command[1:]...)
		cmd.Env = environment(cfg)
		cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(in), &out, &words
		cmd.SysProcAttr = attributes.process()
		return cmd, cmd.Start()
	}
	cmd, lacks, err := isolated(start)
	if err != nil {
		return Tries{}, fmt.Errorf("try jail: %w", err)
	}
	if err := cmd.Wait(); err != nil {
		return Tries{}, fmt.Errorf("try jail: %w: %s", err, bytes.TrimSpace(words.Bytes()))
	}
	var tries Tries
	if err := json.NewDecoder(&out).Decode(&tries); err != nil {
		return Tries{}, fmt.Errorf("try jail: %w: %s", err, bytes.TrimSpace(words.Bytes()))
	}
	tries.Lacks = append(tries.Lacks, lacks...)
	if len(tries.Tries) == 0 && !slices.Contains(tries.Lacks, jail.PartAll) {
		return tries, errors.New("try jail: nothing was attempted")
	}
	return tries, nil
}

// Attempt is the child's side of TryJail. in is its standard input; lacks is the result
// of jail.Apply.
func Attempt(in []byte, lacks []string) ([]byte, error) {
	var stage jail.Stage
	if err := json.Unmarshal(in, &stage); err != nil {
		return nil, fmt.Errorf("try jail: %w", err)
	}
	tries := Tries{Lacks: lacks}
	for _, a := range stage.Attempts() {
		t := Try{Name: a.Name}
		if err := a.Do(); err != nil && !errors.Is(err, fs.ErrNotExist) { // a missing file proves nothing
			t.Refused = err.Error()
		} else {
			t.Lacking = a.Landlock && slices.Contains(lacks, jail.PartLandlock) ||
				!a.Landlock && slices.Contains(lacks, jail.PartSeccomp)
		}
		tries.Tries = append(tries.Tries, t)
	}
	return json.Marshal(tries)
}
