// Package registry keeps sites, their keys and what they asked for, in the database
// of the enrolments. A change of an enrolment and what its site is told of it are
// one transaction: see Registry.Changed.
package registry
