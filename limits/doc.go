// Package limits is the one table of limits: how much a network, a person, a session or
// everybody together may use, why, and which error the client gets. A Meter counts inside
// this process. Counts over all instances are kept in the stores, with the numbers of
// this table. The package is pure except for the counters of refusals.
package limits
