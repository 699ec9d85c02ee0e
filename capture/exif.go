package capture

import "encoding/binary"

const (
	exifOrientation = 0x0112
	exifShort       = 3
)

// orientationOf reads the orientation, 1..8, from a TIFF block (EXIF 2.32, 4.6.4).
// Malformed metadata gives 1, the picture as stored: it is no reason to refuse a picture.
func orientationOf(tiff []byte) int {
	if len(tiff) < 8 {
		return 1
	}
	var order binary.ByteOrder
	switch string(tiff[:4]) {
	case "II*\x00":
		order = binary.LittleEndian
	case "MM\x00*":
		order = binary.BigEndian
	default:
		return 1
	}
	offset := uint64(order.Uint32(tiff[4:]))
	if offset < 8 || offset+2 > uint64(len(tiff)) {
		return 1
	}
	count := int(order.Uint16(tiff[offset:]))
	entries := tiff[offset+2:]
	for range count {
		if len(entries) < 12 {
			return 1
		}
		if order.Uint16(entries) == exifOrientation {
			value := int(order.Uint16(entries[8:]))
			if order.Uint16(entries[2:]) != exifShort || order.Uint32(entries[4:]) != 1 || value < 1 || value > 8 {
				return 1
			}
			return value
		}
		entries = entries[12:]
	}
	return 1
}
