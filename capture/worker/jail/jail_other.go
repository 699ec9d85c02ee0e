//go:build !linux

package jail

// Apply does nothing where there is no Linux, and says so.
func Apply(Config) (lacks []string, err error) { return []string{PartAll}, nil }
