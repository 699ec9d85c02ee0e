// Package limits is the one table of what is bounded: how much a network, a person, a session or everybody together may
// use, why, and what the refused one is told. A Meter counts what happens inside this process; what must count for all
// instances is counted by the stores, with the numbers of this table. Pure but for the counters of refusals.
package limits
