package identity_test

import (
	"fmt"

	"visavis/identity"
)

func ExampleParse() {
	m, err := identity.Parse([]string{"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
		"L898902C36UTO7408122F1204159ZE184226B<<<<<10"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(m.Format, m.Surname, m.GivenNames, m.Number, m.BirthDate, m.Valid())
	// Output: TD3 ERIKSSON ANNA MARIA L898902C3 740812 true
}

func ExampleRead() {
	// A recogniser took a zero of the birth date for a letter, and fillers for K.
	r := identity.Read([]string{"P<UTOERIKSSON<<ANNA<MARIAKKKKKKKKKKKKKKKKKKK",
		"L898902C36UTO74O8122F1204159ZE184226B<<<<<10"})
	fmt.Println(r.Status, r.Doubts, r.MRZ.BirthDate)
	// Output: ambiguous [name-filler] 740812
}

func ExampleFold() {
	for _, name := range []string{"Toʻrayev", "Œuvrard", "Raju s/o Kumar"} {
		folded, err := identity.Fold(name)
		fmt.Println(folded, err)
	}
	// Output:
	// TORAYEV <nil>
	// OEUVRARD <nil>
	// RAJU<S<O<KUMAR <nil>
}

func ExampleCheckName() {
	fmt.Println(identity.CheckName("Lefèvre-Dubois"))
	fmt.Println(identity.CheckName("Specimen,O=Exemple"))
	// Output:
	// <nil>
	// name: symbol: "=" U+003D at 11
}

func ExampleMatchSurname() {
	for _, zone := range []string{"MUELLER", "MULLER", "MOLLER"} {
		class, err := identity.MatchSurname("Müller", identity.NameField{Text: zone})
		fmt.Println(zone, class, err)
	}
	// Output:
	// MUELLER exact <nil>
	// MULLER exact <nil>
	// MOLLER no <nil>
}

func ExampleSplitUsage() {
	birth, usage := identity.SplitUsage("PETIT NÉE DURAND")
	fmt.Println(birth, usage)
	// Output: DURAND PETIT
}

func ExamplePrintedDate() {
	day, err := identity.PrintedDate("13 JUIL/JUL 1990")
	fmt.Println(day.Format("2006-01-02"), err)
	// Output: 1990-07-13 <nil>
}
