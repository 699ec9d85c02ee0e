// Package quality measures a document's picture: light, sharpness of print, glare,
// colour, and the patterns of screens.
package quality
