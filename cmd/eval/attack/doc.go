// Package attack is a bench of attacks on a capture: what is shown to the camera instead
// of a document or a face, and what is sent instead of a camera's pictures. It measures
// which signals notice each kind of attack, and which honest captures they mark.
//
// Pictures are composed of documents and portraits; they go through the worker processes
// like a person's. Cameras are described: their reports are made up from what browsers
// document, and none was recorded.
//
// A Sample is one capture of a document, of a face, or one camera. Folds part samples by
// document, person and model of camera. Limits are set on the other folds.
package attack
