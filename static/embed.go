// Package static holds the pages: plain HTML, CSS and ES modules. The server puts
// the shared parts into a page and names the modules that it loads; the rest is
// served as it is.
package static

import "embed"

// Files are the pages and what they load, by their path in this folder
// ("phone.html", "js/phone/main.js"), without the tests that stand beside them:
// the patterns of js leave out every name that ends in "est.js".
//
//go:embed *.html parts/*.html css/*/*.css img
//go:embed js/*/*[^t].js js/*/*[^s]t.js js/*/*[^e]st.js js/words/languages.json js/words/*/*.json
var Files embed.FS
