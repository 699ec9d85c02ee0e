// Package chaos breaks what a server rests on while people use it, and says what was lost:
// instances, Redis, PostgreSQL, disks, worker processes, connections. Its tests start the
// program as people do and are built with the tag chaos:
//
//	make chaos                                  # all of it, about half an hour
//	go test -tags chaos ./qa/chaos -run Redis   # one fault
//
// A journey killed at random moments goes on for VISAVIS_CHAOS_FOR (default 5 minutes) on
// each database. Times are those that people were promised; VISAVIS_CHAOS_SLACK multiplies
// them on a machine that does other work. Filling a disk mounts one of its own, as root or in
// a user namespace.
package chaos
