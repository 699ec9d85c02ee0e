package limits

import (
	"fmt"
	"strconv"
	"time"
)

// Limit names one row of the table.
type Limit int

// The limits.
const (
	Messages Limit = iota
	Bytes
	Connections
	ConnectionsTotal
	Sockets
	SocketsTotal
	SocketsStrangers
	SocketsDesktops
	SocketsSession
	Logins
	Sessions
	SessionsHeld
	SessionsTotal
	PicturesHeld
	PicturesTotal
	Invites
	Claims
	Typed
	TypedMisses
	TypedPaused
	Codes
	SecondPhones
	Attempts
	LettersTemplate
	LettersEnrolment
	LettersAccount
	LettersAddress
	ConfirmationsAccount
	ConfirmationsAddress
	ConfirmationTries
	SMSAccount
	SMSNumber
	SMSNetwork
	SMSTotal
	Signings
	SigningsOpen
	Calls
	CallsStrangers
	end // how many there are
)

// Scope says who shares a limit.
type Scope string

// The scopes.
const (
	Network   Scope = "network" // see Tiers
	Session   Scope = "session"
	Account   Scope = "account"
	Enrolment Scope = "enrolment"
	Address   Scope = "e-mail address"
	Mobile    Scope = "mobile number"
	Key       Scope = "API key"
	Total     Scope = "total"
)

// Counter says who counts.
type Counter string

// The counters.
const (
	EachInstance Counter = "each instance" // a Meter of each process
	AllInstances Counter = "all instances" // together, in their store
)

// Row is one limit.
type Row struct {
	Limit  Limit
	Name   string        // in metrics and logs
	Number int64         // of Unit, within Per, or at once where Per is zero
	Unit   string        // plural
	Per    time.Duration // zero: at once
	Scope  Scope
	Reason string // why this number
	Told   string // code of the answer, or what happens
	By     Counter
}

const (
	tenMinutes = 10 * time.Minute
	day        = 24 * time.Hour
	mega       = 1 << 20
)

// table has the rows in the order of the constants.
var table = [end]Row{
	{Messages, "messages", 1000, "messages", 10 * time.Second, Network,
		"a phone sends ten a second, and an office has ten of them; frames of a socket count one by one, pings, pongs and " +
			"fragments too", "close 4002, HTTP 429", EachInstance},
	{Bytes, "bytes", 64 * mega, "bytes", 8 * time.Second, Network,
		"the pictures of twenty phones at once", "close 4002, HTTP 429", EachInstance},
	{Connections, "connections", 1024, "connections", 0, Network,
		"an office behind one address works, and nobody takes all descriptors", "the connection is closed", EachInstance},
	{ConnectionsTotal, "connections-total", 30_000, "connections", 0, Total,
		"below the descriptors of the process; the machine itself has 64 more, for health checks", "the connection is closed",
		EachInstance},
	{Sockets, "sockets", 200, "sockets and event streams", 0, Network,
		"an office of thirty people uses a hundred", "HTTP 429", EachInstance},
	{SocketsTotal, "sockets-total", 24_000, "sockets and event streams", 0, Total,
		"9,000 sessions of two sockets and a third more, for tabs and those that come back; 45 kB of memory each", "HTTP 429", EachInstance},
	{SocketsStrangers, "sockets-strangers", 3000, "sockets", 0, Total,
		"those that have not said who they are, for 10 s at most: they leave the rest to open sessions", "HTTP 429",
		EachInstance},
	{SocketsDesktops, "sockets-desktops", 18_000, "sockets and event streams", 0, Total,
		"the rest is a reserve for phones, whose sessions are open already", "HTTP 429", EachInstance},
	{SocketsSession, "sockets-session", 24, "sockets and event streams", 0, Session,
		"tabs of one desktop, and a phone that changes networks", "close 4002, HTTP 429", EachInstance},
	{Logins, "logins", 60, "beginnings of a login", tenMinutes, Network,
		"an office in the morning; a provider is asked for each", "HTTP 429", EachInstance},
	{Sessions, "sessions", 60, "sessions opened", time.Hour, Network,
		"an office behind one address works, a flood does not", "`rate-limited`, HTTP 429", AllInstances},
	{SessionsHeld, "sessions-held", 500, "sessions", 0, Network,
		"no network holds all of them, with one phone for each or without", "`rate-limited`, HTTP 429", AllInstances},
	{SessionsTotal, "sessions-total", 20_000, "sessions", 0, Total,
		"3 kB of memory each; when they are reached the unclaimed and idle ones go, first of the network that has " +
			"most of them", "`unavailable`, HTTP 503", AllInstances},
	{PicturesHeld, "pictures-held", 128 * mega, "bytes of pictures", 0, Network,
		"forty captures at once of 3 MB; half of all at most, however wide the network is", "`unavailable`, HTTP 503",
		AllInstances},
	{PicturesTotal, "pictures-total", 512 * mega, "bytes of pictures", 0, Total,
		"memory of a process or of Redis; when they are reached the sessions that keep most go first",
		"`unavailable`, HTTP 503", AllInstances},
	{Invites, "invites", 120, "hellos with a code", tenMinutes, Network,
		"each reload of a phone is one", "`rate-limited`, HTTP 429", AllInstances},
	{Claims, "claims", 30, "claims", tenMinutes, Network,
		"thirty people of one office pair within ten minutes", "`rate-limited`, HTTP 429", AllInstances},
	{Typed, "typed", 30, "typed codes", tenMinutes, Network,
		"bounds what guesses at the same moment gain over typed-misses", "`rate-limited`, HTTP 429", AllInstances},
	{TypedMisses, "typed-misses", 10, "wrong typed codes", time.Hour, Network,
		"a person mistypes three times", "`rate-limited`, HTTP 429", AllInstances},
	{TypedPaused, "typed-paused", 200, "wrong typed codes", tenMinutes, Total,
		"with a thousand codes alive one chance in 128,000", "`rate-limited`, HTTP 429", AllInstances},
	{Codes, "codes", 60, "codes shown", tenMinutes, Session,
		"a page that is reloaded again and again", "`rate-limited`, HTTP 429", AllInstances},
	{SecondPhones, "second-phones", 1, "notice `second-phone`", time.Minute, Session,
		"who has a used code or a stolen secret tries again and again; the desktop has been told", "not sent", AllInstances},
	{Attempts, "attempts", 3, "attempts", day, Account,
		"enough for a bad light, too few for trying faces; counted by declared identity too", "`limit` with `next`",
		AllInstances},
	{LettersTemplate, "letters-template", 6, "letters of one kind", day, Enrolment,
		"the same letter again and again says nothing new", "not sent, in the log", AllInstances},
	{LettersEnrolment, "letters-enrolment", 25, "letters", day, Enrolment,
		"a whole journey writes ten", "not sent, in the log", AllInstances},
	{LettersAccount, "letters-account", 40, "letters", day, Account,
		"two journeys in a day", "not sent, in the log", AllInstances},
	{LettersAddress, "letters-address", 60, "letters", day, Address,
		"a family with one address", "not sent, in the log", AllInstances},
	{ConfirmationsAccount, "confirmations-account", 10, "letters that ask for a confirmation", day, Account,
		"with confirmation-tries what one account may guess: 50 of a million", "`limit`, HTTP 429", AllInstances},
	{ConfirmationsAddress, "confirmations-address", 6, "letters of one kind to an unconfirmed address", day, Address,
		"somebody else's address gets few of them, from however many accounts and sites",
		"`limit`, HTTP 429; of a site's link `too_many_letters`, HTTP 409", AllInstances},
	{ConfirmationTries, "confirmation-tries", 5, "digits typed for one letter", 30 * time.Minute, Enrolment,
		"a person mistypes twice", "`address` with `used-up`, HTTP 422", AllInstances},
	{SMSAccount, "sms-account", 5, "text messages", day, Account,
		"one for each phone that a person tries; each is paid for", "`limit`, HTTP 429", AllInstances},
	{SMSNumber, "sms-number", 5, "text messages", day, Mobile,
		"somebody else's number gets few of them, from however many accounts", "`limit`, HTTP 429", AllInstances},
	{SMSNetwork, "sms-network", 20, "text messages", time.Hour, Network,
		"an office behind one address works, and an account farm there earns little", "`limit`, HTTP 429", EachInstance},
	{SMSTotal, "sms-total", 300, "text messages", time.Hour, Total,
		"what they cost in an hour is bounded, whoever asks for them", "`limit`, HTTP 429", EachInstance},
	{Signings, "signings", 30, "requests to sign a file", time.Hour, Account,
		"a pile of contracts in an afternoon; each request leaves entries in the audit, also one that is cancelled at once",
		"`limit` with `next`, HTTP 429", AllInstances},
	{SigningsOpen, "signings-open", 5, "requests to sign a file", 0, Account,
		"one is confirmed after the other, and each ends after five minutes", "`limit` with `next`, HTTP 429", AllInstances},
	{Calls, "calls", 600, "calls of the API", time.Minute, Key,
		"a site reads a verification after each event; `--api-rate` sets another number. They cost their network no " +
			"messages", "`rate_limited`, HTTP 429", EachInstance},
	{CallsStrangers, "calls-strangers", 60, "calls of the API without a valid key", time.Minute, Network,
		"a script with a mistyped key is told so; trying keys is hopeless", "`rate_limited`, HTTP 429", EachInstance},
}

// All returns the limits in the order of the constants.
func All() []Row { return table[:] }

// Of returns the row of a limit.
func (l Limit) Of() Row { return table[l] }

// Number returns the limit's number.
func (l Limit) Number() int { return int(table[l].Number) }

// Per returns the limit's period; zero means at once.
func (l Limit) Per() time.Duration { return table[l].Per }

func (l Limit) String() string { return table[l].Name }

// Amount is the number with unit and period, for people: "60 sessions opened in 1 h".
func (r Row) Amount() string {
	number := strconv.FormatInt(r.Number, 10)
	unit := r.Unit
	if r.Number >= mega && r.Number%mega == 0 {
		number, unit = strconv.FormatInt(r.Number/mega, 10), "Mi"+r.Unit
	}
	switch {
	case r.Per == 0:
		return fmt.Sprintf("%s %s at once", number, unit)
	case r.Per%time.Hour == 0:
		return fmt.Sprintf("%s %s in %d h", number, unit, r.Per/time.Hour)
	case r.Per%time.Minute == 0:
		return fmt.Sprintf("%s %s in %d min", number, unit, r.Per/time.Minute)
	}
	return fmt.Sprintf("%s %s in %d s", number, unit, r.Per/time.Second)
}
