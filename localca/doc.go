// Package localca is a certificate authority for one machine on its own network.
// Phones give a camera only to pages from https, and no public authority signs
// for 192.168.x.x: so the server makes a root of its own at first start, which a
// person installs on their phone.
//
// The root may sign for localhost, .local names and private addresses alone: that
// is written into it (critical name constraints), so who installs it trusts this
// machine with nothing else. Leaves live 397 days at most and are renewed while
// the server runs: at two thirds of their life, and when the machine's addresses
// change.
//
// All keys are ECDSA P-256 in files that only their owner reads. A [CA] may be used
// by any number of goroutines, and several processes may share its folder.
package localca
