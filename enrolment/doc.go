// Package enrolment models one person's request for one certificate, from the declared
// data to the issued certificate: a state machine, and its rules of review and retention.
// It is pure: it has no clock, random source or storage of its own.
//
// # Words
//
// An enrolment is a [Record]. The applicant requests; a reviewer decides on files; a
// registrar records checks in person; the system does the rest. An [Event] is an action
// of one of them. Applied to a record it gives the next record, with a [Transition] that
// says who, when and why. An attempt is one run of capture. A draw assigns a waiting file
// to a reviewer at random.
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
// # Guarantees
//
// [Rules.Apply] never changes its argument. An event that the state does not allow gives
// a *[StateError] with the allowed actions. A repeated event changes nothing and is no
// error, so double clicks, the back button and second tabs are harmless.
package enrolment
