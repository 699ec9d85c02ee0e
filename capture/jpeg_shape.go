package capture

import "fmt"

// shapeSide is the number of cells along each side of a shape's map.
const shapeSide = 16

// shapeNear is the mean difference, in grey levels a cell, up to which two maps count as
// equal.
const shapeNear = 4

// PictureShape is a fingerprint of a JPEG's structure and rough content. It recognises a
// picture whose bytes were changed: metadata, tables, a few coefficients.
type PictureShape struct {
	// Structure names the coding, sampling and scans, and for a plain picture also its
	// size.
	Structure string
	// Plain reports that the structure is that of most phones' pictures, so that only the
	// content tells them apart.
	Plain bool
	// Map is a plain picture's luma in cells, row by row.
	Map [shapeSide * shapeSide]int
}

// StructureOf returns the shape of a JPEG without its map. It reads only the markers. The
// error is a *FrameError.
func StructureOf(data []byte) (PictureShape, error) {
	s, err := readStructure(data, checkAnySize)
	if err != nil {
		return PictureShape{}, err
	}
	return shapeOf(s), nil
}

// PictureShapeOf returns the shape of a JPEG. It reads the picture data, of a damaged
// picture up to the damage. The error is a *FrameError.
func PictureShapeOf(data []byte) (PictureShape, error) {
	shape, err := StructureOf(data)
	if err != nil || !shape.Plain {
		return shape, err
	}
	var sums, counts [shapeSide * shapeSide]int
	_, _ = picturePass(data, func(s *jpegStructure, x, y, value int) {
		c := s.components[0]
		if x >= c.wide || y >= c.high {
			return
		}
		cell := y*shapeSide/c.high*shapeSide + x*shapeSide/c.wide
		sums[cell] += value * s.dcStep[c.quantizer] / 8
		counts[cell]++
	})
	for i, n := range counts {
		if n > 0 {
			shape.Map[i] = sums[i] / n
		}
	}
	return shape, nil
}

func shapeOf(s *jpegStructure) PictureShape {
	plain := !s.progressive() && len(s.scans) == 1 && len(s.components) <= 3
	text := fmt.Sprintf("%X", s.process)
	for _, c := range s.components {
		text += fmt.Sprintf(" %d×%d", c.h, c.v)
		plain = plain && c.h <= 2 && c.v <= 2
	}
	if plain {
		return PictureShape{Structure: fmt.Sprintf("%s %d×%d", text, s.width, s.height), Plain: true}
	}
	for _, scan := range s.scans {
		text += fmt.Sprintf(" %v:%d-%d/%d-%d", scan.components, scan.from, scan.to, scan.high, scan.low)
	}
	return PictureShape{Structure: text}
}

// Like reports whether two shapes are of the same picture, or of the same unusual
// structure.
func (s PictureShape) Like(other PictureShape) bool {
	if s.Structure != other.Structure || s.Plain != other.Plain {
		return false
	}
	difference := 0
	for i, v := range s.Map {
		difference += max(v-other.Map[i], other.Map[i]-v)
	}
	return difference <= shapeNear*len(s.Map)
}
