package client_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"slices"
	"time"

	"visavis/client"
	"visavis/protocol"
	"visavis/qa/mock"
)

// here starts a server that needs no OpenCV, and says how to reach it.
func here(noChallenge bool) (client.Config, func()) {
	pair, roots, err := mock.SelfSigned()
	if err != nil {
		panic(err)
	}
	s, err := mock.Start(mock.Config{TLS: pair, NoChallenge: noChallenge})
	if err != nil {
		panic(err)
	}
	return client.Config{Server: s.URL, TLS: &tls.Config{RootCAs: roots}, Language: "en"}, func() { s.Close() }
}

// await returns the first message of a type.
func await[M protocol.Message](ctx context.Context, next func(context.Context) (client.Event, error)) M {
	for {
		e, err := next(ctx)
		if err != nil {
			panic(err)
		}
		if m, ok := e.Message.(M); ok {
			return m
		}
	}
}

// A desktop shows a code, a phone follows its link, and both compare.
func Example() {
	cfg, stop := here(true)
	defer stop()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	desktop, err := client.OpenDesktop(ctx, cfg)
	if err != nil {
		panic(err)
	}
	defer desktop.Close()
	link := await[protocol.Pairing](ctx, desktop.Next).URL

	phone, err := client.NewPhone(cfg, link)
	if err != nil {
		panic(err)
	}
	defer phone.Close()
	if err := phone.Open(ctx); err != nil {
		panic(err)
	}
	fmt.Println("asked by", await[protocol.Invitation](ctx, phone.Next).Site)
	if err := phone.Send(ctx, protocol.Claim{Device: "example"}); err != nil {
		panic(err)
	}
	for {
		p := await[protocol.Progress](ctx, desktop.Next)
		if p.State == protocol.StateComparing {
			fmt.Println("the phone's name:", p.Phone.Name)
			if err := phone.Send(ctx, protocol.ChooseCode{Code: p.Code}); err != nil {
				panic(err)
			}
		}
		if p.State == protocol.StatePaired {
			fmt.Println(p.State)
			break
		}
	}
	// Output:
	// asked by QA
	// the phone's name: example
	// paired
}

// A phone shows pictures until everything is accepted: previews one at a time, a
// still when it is asked for, the movements that are asked for.
func ExamplePhone_Events() {
	cfg, stop := here(false)
	defer stop()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	phone, done := paired(ctx, cfg)
	defer done()
	// What is shown: by the step that is open and the movement that is asked for.
	var seq uint32
	step, asked := "document-front", protocol.Challenge{Done: true}
	show := func(width, height int) []byte {
		seq++
		picture, err := mock.JPEG(answering(step, asked, int64(seq)), width, height)
		if err != nil {
			panic(err)
		}
		return picture
	}
	preview := func() { _ = phone.SendPreview(ctx, step, seq+1, show(640, 360)) }
	phone.Send(ctx, protocol.ChooseDocument{Document: "identity-card"})
	phone.Send(ctx, protocol.Start{CameraWidth: 1920, CameraHeight: 1080})
	preview()
	var accepted []string
	for e := range phone.Events(ctx) {
		switch m := e.Message.(type) {
		case protocol.Challenge:
			asked = m
		case protocol.FrameResult:
			preview()
		case protocol.CaptureStill:
			whole := protocol.Frame{Step: m.Step, Seq: m.Seq, CapturedAt: time.Now(), Data: show(1920, 1080)}
			_ = phone.SendStill(ctx, whole, m.PartSize, nil)
		case protocol.Progress:
			for _, s := range m.Steps {
				if s.State == "active" {
					step = s.Step
				}
				if s.State == "accepted" && !slices.Contains(accepted, s.Step) {
					accepted = append(accepted, s.Step)
				}
			}
		}
	}
	fmt.Println(accepted)
	// Output: [document-front document-back selfie]
}

// answering is what a person shows who does what is asked.
func answering(step string, asked protocol.Challenge, moment int64) mock.Shown {
	s := mock.Shown{View: map[string]string{"document-front": "front", "document-back": "back", "selfie": "face"}[step],
		Moment: moment}
	far := float64(moment % 3)
	switch {
	case asked.Done:
	case asked.Kind == "tilt" && (asked.Gesture == "left" || asked.Gesture == "right"):
		s.TiltX = 8 * far
	case asked.Kind == "tilt":
		s.TiltY = 8 * far
	case asked.Gesture == "turn-left":
		s.Yaw = 25
	case asked.Gesture == "turn-right":
		s.Yaw = -25
	case asked.Gesture == "come-closer":
		s.Closer = 1.4
	}
	return s
}

// paired is a phone that was found to be the right one.
func paired(ctx context.Context, cfg client.Config) (*client.Phone, func()) {
	desktop, err := client.OpenDesktop(ctx, cfg)
	if err != nil {
		panic(err)
	}
	phone, err := client.NewPhone(cfg, await[protocol.Pairing](ctx, desktop.Next).URL)
	if err != nil {
		panic(err)
	}
	if err := phone.Open(ctx); err != nil {
		panic(err)
	}
	await[protocol.Invitation](ctx, phone.Next)
	phone.Send(ctx, protocol.Claim{})
	for {
		if p := await[protocol.Progress](ctx, desktop.Next); p.Code != "" {
			phone.Send(ctx, protocol.ChooseCode{Code: p.Code})
			break
		}
	}
	for await[protocol.Progress](ctx, phone.Next).State != protocol.StatePaired {
	}
	return phone, func() { phone.Close(); desktop.Close() }
}
