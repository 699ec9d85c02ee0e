// Package chaos breaks what a server rests on while people use it, and says what was lost:
// instances, Redis, PostgreSQL, disks, worker processes, connections. Its tests start the
// program as people do and are built with the tag chaos:
//
//	make chaos                                  # all of it, about half an hour
//	make kills                                  # 200 random moments of a journey, on each database
//	go test -tags chaos ./qa/chaos -run Redis   # one fault
//
// A server is killed in VISAVIS_KILLS journeys (default 20) on each database, once in each. The
// moment comes from a seed that is printed; VISAVIS_KILLS_SEED is the first one, so that
// VISAVIS_KILLS=1 VISAVIS_KILLS_SEED=17 is the moment of seed 17 again. Times are those that
// people were promised; VISAVIS_CHAOS_SLACK multiplies them on a machine that does other work.
// Filling a disk mounts one of its own, as root or in a user namespace.
package chaos
