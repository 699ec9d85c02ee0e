// Package live is the live plane of one instance, without a transport: the conversations
// with desktops and phones, and their captures. Here alone pairing and capture meet;
// package server hands their parts on.
//
// A [Plane] makes the conversations. A [DesktopTalk] shows codes and progress. An
// [EnrolmentTalk] reports one enrolment to a page. A [PhoneTalk] identifies a phone and
// its session, and passes its messages to previews, stills and steering. These share an
// exchange: the capture, and the [Outbox] for answers. A capture (capturing) outlives the
// phone's connection for a minute. Its state (captureState) is stored in
// pairing.Session.Flow.
//
// Every conversation has an Outbox that never blocks. [AnswerTo] alone turns errors into
// answers.
package live
