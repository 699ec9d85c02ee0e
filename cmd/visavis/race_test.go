//go:build race

package main

// raceEnabled: the race detector's memory does not fit into a worker's limits.
const raceEnabled = true
