// Package identity reads what identity documents say: the machine readable zone
// (MRZ) of ICAO Doc 9303 and of the French identity card before 2021.
//
// It is pure: text in, values out, no image and no clock of its own. A reading
// says how far it can be trusted ([Status]); check digits prove digits, never
// names (only the old French card covers its names).
package identity
