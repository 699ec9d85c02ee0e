package identity

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Words says in a sentence for the person what to change, which character is in the
// way and where; language is "fr" or "en", anything else means French.
func (e *NameError) Words(language string) string {
	words, ok := nameWords[e.Problem]
	if !ok {
		words = nameWords[NameSymbol]
	}
	sentence, place := words[0], "caractère"
	if language == "en" {
		sentence, place = words[1], "character"
	}
	if !strings.Contains(sentence, "%s") {
		return sentence
	}
	what := e.Character
	if r, _ := utf8.DecodeRuneInString(what); e.Problem == NameControl {
		what = fmt.Sprintf("%U", r) // It shows nothing, or turns the sentence around.
	}
	return fmt.Sprintf(sentence, what, fmt.Sprintf("%s\u00a0%d", place, e.At))
}

// French, English: the character, then its place. U+202F stands before the closing
// quotation mark.
var nameWords = map[NameProblem][2]string{
	NameEmpty: {
		"Indiquez ce nom tel qu’il figure sur votre pièce d’identité.",
		"Enter this name as it stands on your identity document.",
	},
	NameTooLong: {
		"Ce nom est trop long\u202f: le premier prénom et le nom tiennent ensemble en 59\u00a0caractères au plus dans un certificat. " +
			"Indiquez-les tels qu’ils figurent sur votre pièce d’identité, ou faites vérifier votre identité en personne.",
		"This name is too long: first given name and surname together have at most 59 characters in a certificate. " +
			"Enter them as they stand on your identity document, or have your identity checked in person.",
	},
	NameDigits: {
		"Un nom ne contient pas de chiffre. Retirez «\u202f%s\u202f» (%s).",
		"A name has no digits. Remove “%s” (%s).",
	},
	NameControl: {
		"Ce nom contient un caractère invisible (%s, %s). Tapez-le à nouveau au clavier.",
		"This name holds an invisible character (%s, %s). Type it again on the keyboard.",
	},
	NameSymbol: {
		"Un nom ne contient que des lettres, des traits d’union, des apostrophes, des barres obliques et des espaces. Retirez «\u202f%s\u202f» (%s).",
		"A name has letters, hyphens, apostrophes, slashes and spaces only. Remove “%s” (%s).",
	},
	NameMixedScripts: {
		"Ce nom mélange deux alphabets\u202f: «\u202f%s\u202f» (%s). Écrivez-le avec les lettres de votre pièce d’identité.",
		"This name mixes two alphabets: “%s” (%s). Write it with the letters of your identity document.",
	},
	NameNotLatin: {
		"Écrivez ce nom en lettres latines, comme sur votre pièce d’identité. La lettre «\u202f%s\u202f» (%s) doit être vérifiée par une personne.",
		"Write this name in Latin letters, as on your identity document. A person has to look at the letter “%s” (%s).",
	},
}
