package words

import "net/http"

// Cookie is the name of the cookie with the language chosen in a page: a tag of the list.
const Cookie = "visavis-language"

// Wishes returns the languages that a request asks for, for [Choose]: the language in its
// address (lang), else the person's choice, else the browser's.
func Wishes(r *http.Request) []string {
	wishes := []string{r.URL.Query().Get("lang")}
	if c, err := r.Cookie(Cookie); err == nil {
		wishes = append(wishes, c.Value)
	}
	return append(wishes, r.Header.Get("Accept-Language"))
}

// Of returns the language of the list for a request's sender.
func Of(r *http.Request) Language { return Find(Wishes(r)...) }
