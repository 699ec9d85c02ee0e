package main

import "golang.org/x/sys/unix"

// synchronised asks the kernel whether its clock is kept by NTP or the like.
func synchronised() (bool, error) {
	var t unix.Timex
	state, err := unix.Adjtimex(&t)
	return state != unix.TIME_ERROR && t.Status&unix.STA_UNSYNC == 0, err
}
