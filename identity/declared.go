package identity

import (
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// CheckDeclared tells whether a name as somebody typed it can be compared with a
// document. The error is a *NameError, whose Words are for that person.
func CheckDeclared(name string) error {
	text := norm.NFC.String(strings.TrimSpace(name))
	script := ""
	for _, r := range text {
		switch kind := kindOf(r); {
		case r == '<': // the zone's filler is no letter of anybody's name
			return &NameError{NameSymbol, string(r)}
		case kind == runeDigit || kind == runeControl || kind == runeOther:
			return &NameError{kind.problem(), string(r)}
		case kind == runeLetter:
			s := scriptOf(r)
			if script != "" && s != script {
				return &NameError{NameMixedScripts, string(r)}
			}
			script = s
		}
	}
	if script == "" {
		return &NameError{Problem: NameEmpty}
	}
	_, err := Spellings(text)
	return err
}

// scriptOf names the alphabet of a letter.
func scriptOf(r rune) string {
	for _, name := range []string{"Latin", "Cyrillic", "Greek", "Arabic", "Hebrew", "Han"} {
		if unicode.Is(unicode.Scripts[name], r) {
			return name
		}
	}
	for name, table := range unicode.Scripts {
		if unicode.Is(table, r) {
			return name
		}
	}
	return "unknown"
}

// Words says in a sentence for the person what to change; language is "fr" or
// "en", anything else means French.
func (e *NameError) Words(language string) string {
	words, ok := nameWords[e.Problem]
	if !ok {
		words = nameWords[NameSymbol]
	}
	sentence := words[0]
	if language == "en" {
		sentence = words[1]
	}
	if strings.Contains(sentence, "%s") {
		return fmt.Sprintf(sentence, e.Character)
	}
	return sentence
}

// French, English. U+202F stands before the closing quotation mark.
var nameWords = map[NameProblem][2]string{
	NameEmpty: {
		"Indiquez ce nom tel qu’il figure sur votre pièce d’identité.",
		"Enter this name as it stands on your identity document.",
	},
	NameTooLong: {
		"Ce nom est trop long. Indiquez-le tel qu’il figure sur votre pièce d’identité.",
		"This name is too long. Enter it as it stands on your identity document.",
	},
	NameDigits: {
		"Un nom ne contient pas de chiffre. Retirez «\u202f%s\u202f».",
		"A name has no digits. Remove “%s”.",
	},
	NameControl: {
		"Ce nom contient un caractère invisible. Tapez-le à nouveau au clavier.",
		"This name holds an invisible character. Type it again on the keyboard.",
	},
	NameSymbol: {
		"Un nom ne contient que des lettres, des traits d’union, des apostrophes et des espaces. Retirez «\u202f%s\u202f».",
		"A name has letters, hyphens, apostrophes and spaces only. Remove “%s”.",
	},
	NameMixedScripts: {
		"Ce nom mélange deux alphabets. Écrivez-le avec les lettres de votre pièce d’identité.",
		"This name mixes two alphabets. Write it with the letters of your identity document.",
	},
	NameNotLatin: {
		"Écrivez ce nom en lettres latines, comme sur votre pièce d’identité. La lettre «\u202f%s\u202f» doit être vérifiée par une personne.",
		"Write this name in Latin letters, as on your identity document. A person has to look at the letter “%s”.",
	},
	NameTooMany: {
		"Ce nom peut s’écrire de trop de façons\u202f: une personne doit le vérifier.",
		"This name can be spelt in too many ways: a person has to look at it.",
	},
}
