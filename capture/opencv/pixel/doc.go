// Package pixel decodes pictures and gives them as plain bytes: the channels of a JPEG,
// small colour pictures in Lab, parts flattened by their four corners, grey levels. It
// holds the geometry of lines and quadrilaterals too.
package pixel
