// Package zone finds and reads machine readable zones, with a network of our own.
package zone
