package pairing

import (
	"bytes"
	"context"
	"fmt"
	"log"
)

// A desktop opens a session and shows a code; a phone claims it and chooses the
// code that the desktop shows.
func ExampleService() {
	ctx := context.Background()
	store := NewMemory(MemoryLimits{})
	defer store.Close()
	service, err := NewService(store, Config{Secret: bytes.Repeat([]byte("x"), 32)})
	if err != nil {
		log.Fatal(err)
	}
	session, cookie, err := service.Open(ctx, OpenRequest{Language: "fr"})
	if err != nil {
		log.Fatal(err)
	}
	_, code, err := service.ShowCode(ctx, session.ID, "tab", false)
	if err != nil {
		log.Fatal(err)
	}
	ticket := Ticket{Token: code.Token} // scanned from the QR
	if session, err = service.Invite(ctx, ticket); err != nil {
		log.Fatal(err)
	}
	fmt.Println(session.State)
	session, device, err := service.Claim(ctx, ticket, ClaimRequest{PhoneName: "iPhone, Safari"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(session.State, "with", session.PhoneName)
	if session, err = service.ChooseCode(ctx, session.ID, device, session.Comparison); err != nil {
		log.Fatal(err)
	}
	fmt.Println(session.State)
	fmt.Println("the cookie's secret prints as", cookie)
	// Output:
	// scanned
	// comparing with iPhone, Safari
	// paired
	// the cookie's secret prints as redacted
}
