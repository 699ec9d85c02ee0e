// Package static holds the pages: plain HTML, CSS and ES modules, served as they
// are but for the lines <!-- include NAME.html -->, where the file of parts/
// comes that every page has. The tests beside them are not embedded.
package static

import "embed"

// Files are the pages and what they load, by their path in this folder
// ("phone.html", "js/phone.js").
//
//go:embed *.html css js img parts
var Files embed.FS
