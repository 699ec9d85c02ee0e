package journey

import "strings"

// checkWords name the checks for reviewers: French, English.
var checkWords = map[string][2]string{
	"kind":        {"Type de document accepté", "Accepted kind of document"},
	"chosen-kind": {"Type de document annoncé", "Kind of document as announced"},
	"zone":        {"Zone de lecture automatique", "Machine readable zone"},
	"surname":     {"Nom de naissance", "Birth name"},
	"given-names": {"Prénoms", "Given names"},
	"names":       {"Nom et prénoms comparés à ce qui a été indiqué", "Names compared with what was declared"},
	"birth-date":  {"Date de naissance", "Date of birth"},
	"age":         {"Âge", "Age"},
	"validity":    {"Validité selon le modèle de document", "Validity by the document’s series"},
	"face":        {"Similitude du portrait et du selfie", "Likeness of portrait and selfie"},
}

// prefixWords name the checks of a family.
var prefixWords = map[string][2]string{
	"digit-":  {"Clé de contrôle\u202f: ", "Check digit: "},
	"reader-": {"Lecture automatique sans réponse\u202f: ", "Automatic reading without an answer: "},
}

// CheckWords names a check in French or English.
func CheckWords(name, language string) string {
	i := 0
	if language == "en" {
		i = 1
	}
	if w, ok := checkWords[name]; ok {
		return w[i]
	}
	for prefix, w := range prefixWords {
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			return w[i] + rest
		}
	}
	return name
}
