// Package compose makes pictures of documents as phones take them, each from a seed:
// a flat document, a background and a camera are drawn, and so is what is wrong with
// the picture, if anything. The corners are known exactly.
//
// Documents are specimen scans of a folder of labelled images and drawn specimens, as
// they are and in the looks that judging must not mistake for faults: pale paper, weak
// print, dark pages. Backgrounds are photographs and drawn tables.
package compose
