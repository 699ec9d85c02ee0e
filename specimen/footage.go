package specimen

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"runtime"
	"sync"
)

// Segment is a part of footage that shows one thing.
type Segment struct {
	View      View
	Condition Condition // "" means Good
	Seconds   float64   // 0 means 6
}

// Footage is what a camera saw: segments one after another, as often as Loops
// says.
type Footage struct {
	Kind       Kind
	Details    Details
	Seed       uint64
	Background Background // "" means Wood
	Segments   []Segment
	Width      int     // pixels; 0 means 1280
	Height     int     // pixels; 0 means 720
	FPS        int     // pictures a second, 1 to 30; 0 means 10
	Quality    int     // of the JPEGs, 1 to 100; 0 means 72
	Loops      int     // 0 means 1
	Steady     float64 // as in ShotRequest
	Fill       float64 // as in ShotRequest
}

// MJPEGRate is the number of pictures a second at which Chromium plays an MJPEG
// file as a camera; WriteMJPEG repeats pictures to make up for it.
const MJPEGRate = 30

// Picture is one moment of footage.
type Picture struct {
	Number int     // from 0
	Time   float64 // seconds from the start
	View   View
	Image  *image.RGBA
}

func (f Footage) withDefaults() Footage {
	if f.FPS == 0 {
		f.FPS = 10
	}
	if f.Quality == 0 {
		f.Quality = 72
	}
	if f.Loops == 0 {
		f.Loops = 1
	}
	if f.Width == 0 {
		f.Width = 1280
	}
	if f.Height == 0 {
		f.Height = 720
	}
	return f
}

func (f Footage) check() error {
	if f.FPS < 1 || f.FPS > MJPEGRate {
		return fmt.Errorf("footage of %d pictures a second: want 1 to %d", f.FPS, MJPEGRate)
	}
	if f.Quality < 1 || f.Quality > 100 {
		return fmt.Errorf("footage of JPEG quality %d: want 1 to 100", f.Quality)
	}
	if len(f.Segments) == 0 {
		return errors.New("footage without segments")
	}
	if f.Loops < 1 || f.Loops > 100 {
		return fmt.Errorf("footage of %d loops: want 1 to 100", f.Loops)
	}
	return nil
}

// moment is a picture that is not rendered yet.
type moment struct {
	shot *Shot
	view View
	t    float64
}

// moments prepares the shots. Each segment is taken from a seed of its own, so
// that two segments of one view differ as two tries do.
func (f Footage) moments(d *Document, a *Assets) ([]moment, error) {
	var all []moment
	for i, segment := range f.Segments {
		shot, err := NewShot(ShotRequest{
			View: segment.View, Condition: segment.Condition, Background: f.Background,
			Seed: f.Seed + uint64(i)*1000003, Width: f.Width, Height: f.Height, Steady: f.Steady,
			Fill: f.Fill,
		}, d, a)
		if err != nil {
			return nil, fmt.Errorf("segment %d: %w", i+1, err)
		}
		seconds := segment.Seconds
		if seconds == 0 {
			seconds = 6
		}
		if seconds < 0 || seconds > 600 {
			return nil, fmt.Errorf("segment %d: %.1f seconds, want up to 600", i+1, seconds)
		}
		for n := range max(1, int(seconds*float64(f.FPS)+0.5)) {
			all = append(all, moment{shot, segment.View, float64(n) / float64(f.FPS)})
		}
	}
	return all, nil
}

// render makes the pictures of one loop on every core, turns each into T with
// encode, and hands them to take in their order.
func render[T any](ctx context.Context, f Footage, a *Assets, encode func(Picture) (T, error),
	take func(Picture, T) error) error {
	if err := f.check(); err != nil {
		return err
	}
	width, _, err := f.Kind.Size()
	if err != nil {
		return err
	}
	// A little more than the frame can show of the document.
	d, err := DrawPerson(f.Kind, NewPerson(f.Kind, f.Seed).With(f.Details), f.Seed,
		min(DefaultScale, max(4, 1.3*float64(f.Width)/width)), a)
	if err != nil {
		return err
	}
	moments, err := f.moments(d, a)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	var workers sync.WaitGroup
	defer workers.Wait()
	defer cancel()
	type made struct {
		picture Picture
		value   T
		err     error
	}
	// Each picture has a place of its own, so they come out in order whichever
	// is ready first; ahead bounds how many wait there.
	places := make([]chan made, len(moments))
	for i := range places {
		places[i] = make(chan made, 1)
	}
	ahead := make(chan struct{}, 2*runtime.GOMAXPROCS(0))
	next := make(chan int)
	workers.Go(func() {
		defer close(next)
		for i := range moments {
			select {
			case ahead <- struct{}{}:
			case <-ctx.Done():
				return
			}
			select {
			case next <- i:
			case <-ctx.Done():
				return
			}
		}
	})
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := range next {
				m := moments[i]
				p := Picture{Number: i, Time: float64(i) / float64(f.FPS), View: m.view, Image: m.shot.At(m.t)}
				value, err := encode(p)
				p.Image = nil
				places[i] <- made{p, value, err}
			}
		})
	}
	for _, place := range places {
		select {
		case got := <-place:
			<-ahead
			if got.err != nil {
				return got.err
			}
			if err := take(got.picture, got.value); err != nil {
				return err
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// EncodeJPEG returns img as a JPEG of a quality from 1 to 100.
func EncodeJPEG(img image.Image, quality int) ([]byte, error) {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: quality}); err != nil {
		return nil, fmt.Errorf("encode picture: %w", err)
	}
	return b.Bytes(), nil
}

func (f Footage) jpegs(ctx context.Context, a *Assets, take func(Picture, []byte) error) error {
	return render(ctx, f, a, func(p Picture) ([]byte, error) { return EncodeJPEG(p.Image, f.Quality) }, take)
}

// JPEGs hands every picture of one loop to take, in order. The picture's Image is
// nil by then.
func (f Footage) JPEGs(ctx context.Context, a *Assets, take func(p Picture, jpeg []byte) error) error {
	return f.withDefaults().jpegs(ctx, a, take)
}

// WriteMJPEG writes the footage as one JPEG after another, for Chromium's
// --use-file-for-fake-video-capture (the file's name must end in .mjpeg).
// Chromium plays such a file at MJPEGRate, over and over; every picture is
// therefore written MJPEGRate/FPS times.
func (f Footage) WriteMJPEG(ctx context.Context, w io.Writer, a *Assets) error {
	f = f.withDefaults()
	var once [][]byte
	if err := f.jpegs(ctx, a, func(_ Picture, data []byte) error {
		once = append(once, data)
		return nil
	}); err != nil {
		return err
	}
	for range f.Loops {
		for i, data := range once {
			for range (i+1)*MJPEGRate/f.FPS - i*MJPEGRate/f.FPS {
				if _, err := w.Write(data); err != nil {
					return fmt.Errorf("write footage: %w", err)
				}
			}
		}
	}
	return nil
}

// WriteY4M writes the footage uncompressed (YUV 4:2:0), 1.4 MB for each picture
// of 1280 × 720, at its own FPS. Loops are ignored: a player repeats the file.
func (f Footage) WriteY4M(ctx context.Context, w io.Writer, a *Assets) error {
	f = f.withDefaults()
	if f.Width%2 != 0 || f.Height%2 != 0 {
		return fmt.Errorf("y4m of %d × %d pixels: want even sides", f.Width, f.Height)
	}
	if _, err := fmt.Fprintf(w, "YUV4MPEG2 W%d H%d F%d:1 Ip A1:1 C420jpeg\n", f.Width, f.Height, f.FPS); err != nil {
		return fmt.Errorf("write footage: %w", err)
	}
	return render(ctx, f, a, func(p Picture) ([]byte, error) {
		return planes(p.Image), nil
	}, func(_ Picture, data []byte) error {
		if _, err := io.WriteString(w, "FRAME\n"); err != nil {
			return fmt.Errorf("write footage: %w", err)
		}
		if _, err := w.Write(data); err != nil {
			return fmt.Errorf("write footage: %w", err)
		}
		return nil
	})
}
