// Package enrolment is one person's request for one certificate, from the data
// they declare to the certificate they get: a state machine, its rules of review
// and of retention. It is pure: no clock, no chance and no storage of its own.
//
// # Words
//
// An enrolment is a [Record]. The applicant is who asks; a reviewer decides on
// files; a registrar notes checks made in person; the system does the rest. An
// [Event] is what one of them does; applied to a record it makes the next record
// with a [Transition] that says who, when and why. An attempt is one run of
// capture; a draw gives a waiting file to a reviewer by chance.
//
// # Life of an enrolment
//
//	declared -> consented -> capturing -> verifying -> review -> to-confirm -> confirmed -> requested -> issued
//	               ^            | ^            |          | |        |  |
//	               +-- failed --+ +------------|-- again -+ |        |  +-- not right: capturing or review
//	                  attempt                  |            v        |
//	                                           +------> refused -> contested -> to-confirm, refused, capturing
//
//	declared, consented, capturing <-> in-person -> to-confirm, refused     (a registrar's check)
//	any before requested -> cancelled          waiting for the applicant too long -> expired
//
// # What is promised
//
// [Rules.Apply] never changes what it was given. An event out of its order is a
// *[StateError] that says what is allowed; the same event again is no error and
// changes nothing, so double clicks, the back button and second tabs do no harm.
package enrolment
