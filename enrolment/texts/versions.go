package texts

import "visavis/enrolment"

// versions are those of each text, the same in all its languages: a version grows
// with every change of words.
var versions = map[enrolment.ConsentKind]string{
	enrolment.Processing: "2", enrolment.Terms: "2", enrolment.Privacy: "4", enrolment.Faces: "2",
	enrolment.Subscription: "1", enrolment.Archive: "1", enrolment.Publication: "1",
}

// Kinds returns the kinds of text in the order of the journey.
func Kinds() []enrolment.ConsentKind {
	return []enrolment.ConsentKind{
		enrolment.Processing, enrolment.Terms, enrolment.Privacy, enrolment.Faces,
		enrolment.Subscription, enrolment.Archive, enrolment.Publication,
	}
}
