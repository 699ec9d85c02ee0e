package words

import "net/http"

// Cookie holds the language that a person chose in a page: a tag of the list.
const Cookie = "visavis-language"

// Wishes are what a request asks for, for [Choose]: the language that its address
// names (lang), else the person's own choice, else what the browser asks for.
func Wishes(r *http.Request) []string {
	wishes := []string{r.URL.Query().Get("lang")}
	if c, err := r.Cookie(Cookie); err == nil {
		wishes = append(wishes, c.Value)
	}
	return append(wishes, r.Header.Get("Accept-Language"))
}

// Of returns the language of the list for whoever sent a request.
func Of(r *http.Request) Language { return Find(Wishes(r)...) }
