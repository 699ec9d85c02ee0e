package capture

// Bounds of an acceptable frame.
const (
	MaxPreviewBytes = 512 << 10 // four times a 1280 px preview at quality 80
	// MaxStillBytes is the largest still accepted by the wire, the live store and the
	// evidence. AskedStillBytes is the size a phone is asked for, so that a whole capture
	// with some refused stills stays within 12 MB.
	MaxStillBytes   = 3 << 20
	AskedStillBytes = 1 << 20

	MinPreviewSide  = 160  // long side, pixels: below it nothing can be found
	MaxPreviewSide  = 1600 // long side, pixels: previews grow to 1280
	MinPreviewShort = 90   // short side, pixels: 160 px at 16:9
	MinStillShort   = 480  // short side, pixels: below it no print can be read
	MaxSide         = 8000 // pixels, any frame
	MaxPixels       = 25_000_000
	MinPictureSide  = 8 // pixels, of a picture that is read only: a cut-out line
)
