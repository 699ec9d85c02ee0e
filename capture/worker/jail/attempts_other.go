//go:build !linux

package jail

// Attempts are none where there is no jail.
func (Stage) Attempts() []Attempt { return nil }
