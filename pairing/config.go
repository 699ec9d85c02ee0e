package pairing

import (
	"errors"
	"fmt"
	"time"

	"visavis/limits"
)

// minSecret is the least length of Config.Secret in bytes: that of the hash it keys.
const minSecret = 32

// Config of a [Service]. Every limit has a default that is used where the field
// is zero; all instances over one store need the same Config.
type Config struct {
	// Secret is the key of the HMACs of typed codes, comparison codes and
	// addresses, shared by all instances: 32 bytes or more. Required.
	Secret []byte

	// TokenLife is how long a QR that nobody scanned lives. Default 2 min: long
	// enough to fetch the phone, short enough that a photo of the screen is worth
	// little.
	TokenLife time.Duration
	// TypedLife is how long a typed code lives. Default 10 min, the most that NIST
	// 800-63B and ASVS 6.5.5 allow for an out-of-band secret.
	TypedLife time.Duration
	// CodesLife is how long codes are renewed without a tap. Default 10 min: after
	// that nobody sits in front of the screen.
	CodesLife time.Duration
	// ScannedLife is how long a scanned code can be claimed. Default 5 min: time to
	// read who asks, or to move from an in-app browser to a real one.
	ScannedLife time.Duration
	// Grace is how much longer the code before the shown one works. Default 15 s:
	// the time between pointing the camera and the page's hello.
	Grace time.Duration
	// WaitingLife is how long a session without codes waits for the button.
	// Default 50 min, so that a waiting session is gone an hour after its codes.
	WaitingLife time.Duration
	// SameDeviceLife is how long the proof of the same browser is good. Default
	// 2 min: it is used at once.
	SameDeviceLife time.Duration

	// IdleLife ends a claimed session in which nothing happens. Default 15 min
	// (field practice: Login.gov, Ubble).
	IdleLife time.Duration
	// TotalLife ends a claimed session whatever happens. Default 60 min.
	TotalLife time.Duration
	// ExtendTotal is what one extension adds to TotalLife; it renews IdleLife too.
	// Default 30 min.
	ExtendTotal time.Duration
	// MaxExtensions is how often a session is extended. Default 10 (WCAG 2.2.1
	// asks for ten at least).
	MaxExtensions int
	// EndedLife is how long an ended session can be read, so that a page that
	// comes back learns why it ended. Default 10 min.
	EndedLife time.Duration
	// IdleEvery is the least time between two records that change nothing but
	// IdleAt. Default 30 s: frames come five a second.
	IdleEvery time.Duration
	// BeatLife is how long a beat counts. Default 9 s: two beats of 4 s may be lost.
	BeatLife time.Duration
	// PartLife is how long the parts of an unfinished still are kept after the
	// last one. Default 5 min: a lost network comes back or does not.
	PartLife time.Duration

	// SessionsPerHour is how many sessions one address opens in an hour. Default
	// 60: an office behind one address works, a flood does not.
	SessionsPerHour int
	// ClaimsPer10Min is how often one address claims in 10 min. Default 30.
	ClaimsPer10Min int
	// InvitesPer10Min is how many hellos with a token one address says in 10 min.
	// Default 120: each reload of a phone is one.
	InvitesPer10Min int
	// TypedPer10Min is how often one address gives a typed code, right or wrong, in
	// 10 min. Default 30. It bounds what guesses at the same moment can gain over
	// TypedMissesPerHour.
	TypedPer10Min int
	// TypedMissesPerHour is how many wrong typed codes one address (IPv6: one /64)
	// gives in an hour before its typed codes are refused. Default 10.
	TypedMissesPerHour int
	// TypedMissesPer10Min is how many wrong typed codes all addresses together give
	// in 10 min before typed codes pause for everybody. Default 200: with a
	// thousand codes alive that is one chance in 128,000.
	TypedMissesPer10Min int
	// CodesPer10Min is how many codes one session shows in 10 min. Default 60.
	CodesPer10Min int
}

// withDefaults returns c with its zero fields filled, or says what is wrong with it.
func (c Config) withDefaults() (Config, error) {
	if len(c.Secret) < minSecret {
		return Config{}, fmt.Errorf("pairing secret: %d bytes, want %d or more", len(c.Secret), minSecret)
	}
	durations := []struct {
		field *time.Duration
		value time.Duration
	}{
		{&c.TokenLife, 2 * time.Minute}, {&c.TypedLife, 10 * time.Minute}, {&c.CodesLife, 10 * time.Minute},
		{&c.ScannedLife, 5 * time.Minute}, {&c.Grace, 15 * time.Second}, {&c.WaitingLife, 50 * time.Minute},
		{&c.SameDeviceLife, 2 * time.Minute}, {&c.IdleLife, 15 * time.Minute}, {&c.TotalLife, time.Hour},
		{&c.ExtendTotal, 30 * time.Minute}, {&c.EndedLife, 10 * time.Minute}, {&c.IdleEvery, 30 * time.Second},
		{&c.BeatLife, 9 * time.Second}, {&c.PartLife, 5 * time.Minute},
	}
	for _, d := range durations {
		if *d.field < 0 {
			return Config{}, errors.New("pairing config: negative duration")
		}
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	counts := []struct {
		field *int
		value int
	}{
		{&c.MaxExtensions, 10}, {&c.SessionsPerHour, limits.Sessions.Number()}, {&c.ClaimsPer10Min, limits.Claims.Number()},
		{&c.InvitesPer10Min, limits.Invites.Number()}, {&c.TypedPer10Min, limits.Typed.Number()},
		{&c.TypedMissesPerHour, limits.TypedMisses.Number()}, {&c.TypedMissesPer10Min, limits.TypedPaused.Number()},
		{&c.CodesPer10Min, limits.Codes.Number()},
	}
	for _, n := range counts {
		if *n.field < 0 {
			return Config{}, errors.New("pairing config: negative count")
		}
		if *n.field == 0 {
			*n.field = n.value
		}
	}
	return c, nil
}

// claimedLife is the longest that a session can live from its claim on.
func (c *Config) claimedLife() time.Duration {
	return c.TotalLife + time.Duration(c.MaxExtensions)*c.ExtendTotal + c.EndedLife
}

// desktopLife is the longest that a session can live from its last shown code on.
func (c *Config) desktopLife() time.Duration {
	return c.CodesLife + c.ScannedLife + c.WaitingLife + c.claimedLife()
}
