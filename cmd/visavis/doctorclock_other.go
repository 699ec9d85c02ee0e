//go:build !linux

package main

import "errors"

// synchronised cannot be asked here.
func synchronised() (bool, error) { return false, errors.New("only Linux can be asked") }
