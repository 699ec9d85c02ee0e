package pairing

import (
	"errors"
	"fmt"
	"time"

	"visavis/limits"
)

// minSecret is the minimum length of Config.Secret in bytes: the size of the hash it
// keys.
const minSecret = 32

// Config of a [Service]. A zero field has its default. All instances over one store need
// the same Config.
type Config struct {
	// Secret keys the HMACs of typed codes, comparison codes and addresses. All instances
	// share it. At least 32 bytes. Required.
	Secret []byte

	// TokenLife is the lifetime of a QR that nobody scanned. Default 2 min: long enough
	// to fetch the phone, short enough that a photo of the screen is worth little.
	TokenLife time.Duration
	// TypedLife is the lifetime of a typed code. Default 10 min, the maximum of NIST
	// 800-63B and ASVS 6.5.5 for an out-of-band secret.
	TypedLife time.Duration
	// CodesLife is how long codes renew automatically. Default 10 min: after that nobody
	// is likely to be in front of the screen.
	CodesLife time.Duration
	// ScannedLife is how long a scanned code can be claimed. Default 5 min: time to read
	// who asks, or to move from an in-app browser to a real one.
	ScannedLife time.Duration
	// Grace is how long the previous code still works. Default 15 s: the time between
	// pointing the camera and the page's hello.
	Grace time.Duration
	// WaitingLife is how long a session without codes waits for a press of the button.
	// Default 50 min, so that an unclaimed session lives for an hour at most.
	WaitingLife time.Duration
	// SameDeviceLife is the lifetime of the same-browser proof. Default 2 min: it is used
	// at once.
	SameDeviceLife time.Duration

	// IdleLife ends a claimed session after this long without activity. Default 15 min
	// (as Login.gov and Ubble do).
	IdleLife time.Duration
	// TotalLife ends a claimed session even if active. Default 60 min.
	TotalLife time.Duration
	// ExtendTotal is added to TotalLife by each extension, which also renews IdleLife.
	// Default 30 min.
	ExtendTotal time.Duration
	// MaxExtensions bounds the extensions of a session. Default 10, the minimum of WCAG
	// 2.2.1.
	MaxExtensions int
	// EndedLife is how long an ended session stays readable, so that a returning page
	// learns why it ended. Default 10 min.
	EndedLife time.Duration
	// IdleEvery is the minimum interval between two saves that change only IdleAt.
	// Default 30 s, since frames come five a second.
	IdleEvery time.Duration
	// BeatLife is how long a heartbeat counts. Default 9 s: two 4 s beats may be lost.
	BeatLife time.Duration
	// PartLife is how long the parts of an unfinished still are kept after the last one.
	// Default 5 min: a network that is lost longer rarely returns.
	PartLife time.Duration

	// SessionsPerHour bounds the sessions that one address opens in an hour. Default 60:
	// enough for an office behind one address, too few for a flood.
	SessionsPerHour int
	// ClaimsPer10Min bounds the claims of one address in 10 min. Default 30.
	ClaimsPer10Min int
	// InvitesPer10Min bounds the hellos with a token of one address in 10 min. Default
	// 120: each reload of a phone is one.
	InvitesPer10Min int
	// TypedPer10Min bounds the typed codes, right or wrong, of one address in 10 min.
	// Default 30. It bounds what concurrent guesses gain over TypedMissesPerHour.
	TypedPer10Min int
	// TypedMissesPerHour bounds the wrong typed codes of one address (IPv6: one /64) in
	// an hour. After that its typed codes are refused. Default 10.
	TypedMissesPerHour int
	// TypedMissesPer10Min bounds the wrong typed codes of all addresses together in 10
	// min. After that typed codes pause for everybody. Default 200: with a thousand live
	// codes that is one chance in 128,000.
	TypedMissesPer10Min int
	// CodesPer10Min bounds the codes that one session shows in 10 min. Default 60.
	CodesPer10Min int
	// SecondPhonesPerMin bounds how often one session's desktop is told of a second phone in a
	// minute. Default 1.
	SecondPhonesPerMin int
}

// withDefaults returns c with its zero fields filled, or an error that names the bad
// field.
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
		{&c.CodesPer10Min, limits.Codes.Number()}, {&c.SecondPhonesPerMin, limits.SecondPhones.Number()},
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

// claimedLife is the maximum lifetime of a session from its claim on.
func (c *Config) claimedLife() time.Duration {
	return c.TotalLife + time.Duration(c.MaxExtensions)*c.ExtendTotal + c.EndedLife
}

// desktopLife is the maximum lifetime of a session from its last shown code on.
func (c *Config) desktopLife() time.Duration {
	return c.CodesLife + c.ScannedLife + c.WaitingLife + c.claimedLife()
}
