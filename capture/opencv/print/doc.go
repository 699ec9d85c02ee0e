// Package print reads what is printed beside the labels of a document, with tesseract.
package print
