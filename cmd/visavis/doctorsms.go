package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"os"
	"strings"

	"github.com/google/uuid"

	"visavis/enrolment/mail"
	"visavis/sms"
	"visavis/words"
)

// checkSMS connects to the gateway of text messages, sends none, and tells what one costs.
func checkSMS(ctx context.Context, cfg doctorConfig) finding {
	if f := cfg.SMS.AuthFile; f != "" {
		if info, err := os.Stat(f); err == nil && info.Mode().Perm()&0o007 != 0 {
			return advice("chmod 600 "+f, "others may read %s: it is worth money", f)
		}
	}
	address, encrypted := cfg.SMS.gateway.Address()
	ctx, cancel := within(ctx)
	defer cancel()
	dial := (&net.Dialer{}).DialContext
	if encrypted {
		dial = (&tls.Dialer{Config: &tls.Config{MinVersion: tls.VersionTLS12}}).DialContext
	}
	if proxy := cfg.SMS.gateway.Proxy(); proxy != "" {
		address, dial = proxy, (&net.Dialer{}).DialContext
	}
	conn, err := dial(ctx, "tcp", address)
	if err != nil {
		if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
			return missing("install the authority of its certificate on this machine", "%s: %v", address, err)
		}
		return missing("set --sms-url to the provider's gateway, or open the way to it", "%v", err)
	}
	_ = conn.Close()
	if cfg.PublicURL == "" {
		return ok("%s can be reached, no message sent", address)
	}
	var long []string
	for _, l := range words.Languages() {
		text := mail.LinkText(l.Tag, cfg.Site, strings.TrimSuffix(cfg.PublicURL, "/"), uuid.Nil.String())
		if n := sms.Segments(text); n > 1 {
			long = append(long, l.Tag)
		}
	}
	if len(long) == 0 {
		return ok("%s can be reached, no message sent; one is paid once in every language", address)
	}
	return ok("%s can be reached, no message sent; one is paid more than once in %s", address, strings.Join(long, ", "))
}
