package texts

import "visavis/enrolment"

// document is one text in both languages.
type document struct {
	version         string // of both languages; grows with every change of words
	french, english string // title
}

var documents = map[enrolment.ConsentKind]document{
	enrolment.Processing:   {"2", "Traitement des données de votre pièce d’identité", "Processing of the data of your identity document"},
	enrolment.Terms:        {"2", "Conditions générales", "General terms"},
	enrolment.Privacy:      {"2", "Politique de confidentialité", "Privacy policy"},
	enrolment.Faces:        {"2", "Comparaison des visages", "Comparison of faces"},
	enrolment.Subscription: {"1", "Contrat d’abonnement", "Subscription agreement"},
	enrolment.Archive:      {"1", "Conservation du dossier d’enregistrement", "Keeping of the registration file"},
	enrolment.Publication:  {"1", "Publication du certificat", "Publication of the certificate"},
}

// Kinds returns the kinds of text in the order of the journey.
func Kinds() []enrolment.ConsentKind {
	return []enrolment.ConsentKind{
		enrolment.Processing, enrolment.Terms, enrolment.Privacy, enrolment.Faces,
		enrolment.Subscription, enrolment.Archive, enrolment.Publication,
	}
}
