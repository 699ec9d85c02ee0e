// Package live is the live plane of one instance, without a transport: the
// conversations with desktops and phones, and the captures behind them. It is the
// place that knows pairing and capture and puts them together.
//
// A [Plane] makes the conversations. A [DesktopTalk] shows codes and tells what
// happens; an [EnrolmentTalk] tells one page of an enrolment. A [PhoneTalk] says who
// a phone is and which session it has; its pictures and wishes go to previews,
// stills and steering, which share one exchange: the capture, and the [Outbox] for
// answers. A capture (capturing) outlives the phone's connection for a minute; its
// state (captureState) is what pairing.Session.Flow holds.
//
// Every conversation has an Outbox that never waits and one place that turns errors
// into answers: [AnswerTo].
package live
