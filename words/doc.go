// Package words has the languages of the pages and what the server itself says to
// people: letters, plain pages, sentences of errors. It is the only package that
// knows which languages there are.
//
// The list of languages is js/words/languages.json, which the pages use too. The
// words of a language are the files of its folder here, words/TAG/CATALOGUE.json:
// one flat object from key to text, in the format of the pages' catalogues. A key
// begins with its catalogue's name ("letters.issued.subject"). {name} in a text is
// replaced by the value of that name. A text may be an object of the language's
// plural forms (CLDR: one, few, many, other …), chosen by the value n.
//
// A text that a language lacks is said in English, the fallback of the list; [Said]
// carries the language that a text really is in. Two catalogues are of French and
// English alone: staff (what reviewers and registrars read) and legal (parts of the
// texts that people agree to).
//
// docs/languages.md tells how to add a language.
package words
