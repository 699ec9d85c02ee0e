// Package noise measures what a JPEG as a phone's page sends it leaves of the noise of a
// camera's sensor: of its fixed pattern, and of its level. It decides nothing: docs/presence.md
// has what came of it, and why no signal was made of it.
package noise
