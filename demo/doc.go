// Package demo fills a demonstration with ten applicants, so that whoever plays the
// reviewer finds a queue. Nobody of them exists: package specimen draws their documents,
// and their requests go through the same journey as everybody's, machine reading
// included.
//
//	cast, err := demo.New(demo.Config{Journey: service, Delete: …, Fonts: specimen.Paths{}})
//	defer cast.Close()
//	cast.Fill() // returns at once; cast.State says how far it is
package demo
