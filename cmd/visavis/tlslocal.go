package main

import (
	"crypto/tls"
	"errors"
)

func localTLS(string) (*tls.Config, func() []byte, error) {
	return nil, nil, errors.New("the local CA is not there yet: use --tls=off")
}
