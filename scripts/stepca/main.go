// Command stepca writes the folder of an authority for step-ca, for tests:
//
//	stepca FOLDER HOST:PORT TEMPLATE
package main

import (
	"fmt"
	"os"

	"visavis/certificate/stepca/stepcatest"
)

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: stepca FOLDER HOST:PORT TEMPLATE")
		os.Exit(2)
	}
	if _, err := stepcatest.Write(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
