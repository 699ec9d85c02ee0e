package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"visavis/enrolment/handover"

	"golang.org/x/sys/unix"
)

// What a production server is advised to have. A demonstration works without.
const (
	leastFree  = 1 << 30             // bytes on each disk that is written to
	leastFiles = 1 << 16             // open files
	leastLeft  = 14 * 24 * time.Hour // of a certificate
)

// localPlaces are the folders of this machine that the settings have written to.
func (c *Config) localPlaces() []string {
	places := []string{c.Data}
	for _, of := range []string{c.Storage.Evidence, c.Storage.Keys, c.Storage.Log} {
		if of != "" && of != "off" && !onNetwork(of) {
			places = append(places, strings.TrimPrefix(of, "file://"))
		}
	}
	if of := c.Storage.Database; of != "" && !onNetwork(of) {
		path, _, _ := strings.Cut(strings.TrimPrefix(of, "file:"), "?")
		places = append(places, filepath.Dir(path))
	}
	slices.Sort(places)
	return slices.Compact(places)
}

// nearest is the folder itself, or the nearest one above that exists.
func nearest(dir string) (string, error) {
	for {
		info, err := os.Stat(dir)
		switch {
		case err == nil && info.IsDir():
			return dir, nil
		case err == nil:
			return "", errors.New(dir + " is a file")
		case !errors.Is(err, fs.ErrNotExist) || filepath.Dir(dir) == dir:
			return "", err
		}
		dir = filepath.Dir(dir)
	}
}

// checkPlaces looks whether each folder can be written to, and for room on its disk.
func checkPlaces(_ context.Context, cfg doctorConfig) finding {
	least := uint64(1<<64 - 1)
	for _, place := range cfg.Places {
		dir, err := nearest(place)
		if err == nil {
			err = unix.Access(dir, unix.W_OK|unix.X_OK)
		}
		if err != nil {
			return missing("give this user the right to write there, or set another place",
				"%s cannot be written to: %v", place, err)
		}
		var disk unix.Statfs_t
		if err := unix.Statfs(dir, &disk); err != nil {
			return missing("set another place", "%s: %v", place, err)
		}
		free := uint64(disk.Bavail) * uint64(disk.Bsize) //nolint:gosec,unconvert // sizes of a disk; other types elsewhere
		if least = min(least, free); free < cfg.LeastFree {
			return advice("make room, and watch it: a full disk takes no pictures",
				"%.1f GB are free for %s, want %.1f", float64(free)/1e9, place, float64(cfg.LeastFree)/1e9)
		}
	}
	return ok("%s: %.1f GB free or more", strings.Join(cfg.Places, ", "), float64(least)/1e9)
}

// checkCertificate looks whether the certificate is for the address in links, and how long it lasts.
func checkCertificate(_ context.Context, cfg doctorConfig) finding {
	const todo = "renew it, or correct --tls-cert, --tls-key and --public-url; the files are read again when they change"
	pair, err := tls.LoadX509KeyPair(cfg.TLSCert, cfg.TLSKey)
	if err != nil {
		return missing(todo, "%v", err)
	}
	at, err := url.Parse(cfg.PublicURL)
	if err == nil && at.Hostname() != "" {
		err = pair.Leaf.VerifyHostname(at.Hostname())
	}
	left := time.Until(pair.Leaf.NotAfter)
	until := pair.Leaf.NotAfter.UTC().Format(time.DateOnly)
	switch {
	case err != nil:
		return missing(todo, "%v", err)
	case left <= 0:
		return missing(todo, "it ended on %s", until)
	case time.Until(pair.Leaf.NotBefore) > 0:
		return missing(todo, "it begins on %s", pair.Leaf.NotBefore.UTC().Format(time.DateOnly))
	case left < leastLeft:
		return advice(todo, "it ends on %s", until)
	}
	return ok("for %s until %s", cmp.Or(at.Hostname(), strings.Join(pair.Leaf.DNSNames, ", ")), until)
}

// checkFileCertificate looks whether files can be encrypted to the provider's key, and until when.
func checkFileCertificate(_ context.Context, cfg doctorConfig) finding {
	const todo = "ask the provider for its next one for --provider-file-certificate; until then files wait"
	to, err := readCertificates(cfg.FileCertificate)
	if err == nil {
		err = handover.CheckRecipient(to[0], time.Now())
	}
	if err != nil {
		return missing(todo, "%v", err)
	}
	until := to[0].NotAfter.UTC().Format(time.DateOnly)
	if time.Until(to[0].NotAfter) < leastLeft {
		return advice(todo, "the provider's certificate for files ends on %s", until)
	}
	return ok("files are encrypted to the provider's key until %s", until)
}

// checkKeys looks whether the keys of the records are protected.
func checkKeys(_ context.Context, cfg doctorConfig) finding {
	if !cfg.KeysProtected {
		return advice("set --keys-passphrase-file, or hold them in a PKCS #11 module",
			"whoever reads %s reads every picture", cfg.Keys)
	}
	return ok("with a passphrase, or in a module")
}

// checkFiles looks how many open files a process of this user may have. A service has a limit of its own.
func checkFiles(context.Context, doctorConfig) finding {
	var files unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &files); err != nil {
		return advice("LimitNOFILE=65536 in the unit, ulimit -n elsewhere", "%v", err)
	}
	if most := uint64(files.Max); most < leastFiles { //nolint:gosec,unconvert // another type on other systems
		return advice("LimitNOFILE=65536 in the unit, ulimit -n elsewhere",
			"%d open files at most, two for each socket: want %d", most, leastFiles)
	}
	return ok("%d open files or more, started from here", leastFiles)
}

// checkSynchronised asks the kernel whether something keeps its clock.
func checkSynchronised(_ context.Context, cfg doctorConfig) finding {
	const todo = "timedatectl set-ntp true, or chrony: codes, logins and time stamps use the clock"
	kept, err := cfg.Synchronised()
	switch {
	case err != nil:
		return advice(todo, "whether it is synchronised cannot be asked: %v", err)
	case !kept:
		return advice(todo, "the kernel says that it is not synchronised")
	}
	return ok("synchronised")
}
