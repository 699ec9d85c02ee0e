package worker

import (
	"os/exec"
	"slices"

	"visavis/capture/worker/jail"
)

// isolated starts a process in its own namespaces, or without them if the system refuses;
// lacks says so.
func isolated(start func(isolation) (*exec.Cmd, error)) (cmd *exec.Cmd, lacks []string, err error) {
	for _, how := range isolations() {
		err = shown(how, func() (err error) {
			cmd, err = start(how)
			return err
		})
		if err == nil {
			if how == plain && !slices.Equal(isolations(), []isolation{plain}) {
				lacks = []string{jail.PartNetwork}
			}
			return cmd, lacks, nil
		}
	}
	return nil, nil, err
}
