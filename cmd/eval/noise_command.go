package main

import (
	"errors"
	"io"
	"path/filepath"

	"visavis/cmd/eval/attack"
	"visavis/cmd/eval/compose"
	"visavis/cmd/eval/noise"
	"visavis/specimen"
)

// measureNoise measures what JPEGs leave of the noise of sensors, of which no signal was made:
// eval noise DIR, a folder of labelled images. It writes the scores that docs/presence.md has
// its figures from.
func measureNoise(args []string, env environment) error {
	c, o := composing{}, noise.Options{}
	f := c.flags("eval noise", env)
	table := f.String("table", "cmd/eval/noise/testdata/scores.tsv", "file for the scores")
	f.StringVar(&o.Cameras, "cameras", "", "folder of photographs CAMERA_NUMBER.jpg by several cameras; empty: none")
	f.StringVar(&o.Flats, "flats", "", "folder of such photographs of an even light alone; empty: none")
	if err := f.Parse(args); err != nil {
		return err
	}
	if f.NArg() != 1 {
		return errors.New("noise: name a folder of labelled images")
	}
	dir, astronaut := f.Arg(0), filepath.Join(c.models, "astronaut.png")
	for _, of := range []string{"photos", "selfies", "blur"} {
		o.Photographs = append(o.Photographs, filepath.Join(dir, of))
	}
	o.Photographs = append(o.Photographs, o.Cameras)
	assets, err := specimen.LoadAssets(specimen.Paths{Portrait: astronaut})
	if err != nil {
		return err
	}
	if o.Documents, err = compose.Drawn(2, assets); err != nil {
		return err
	}
	scans, err := compose.Scans(dir)
	if err != nil {
		return err
	}
	o.Documents = append(o.Documents, scans...)
	people, err := attack.Portraits(astronaut, dir)
	if err != nil {
		return err
	}
	for _, p := range people {
		o.Portraits = append(o.Portraits, p.Image)
	}
	scores, err := noise.Run(o)
	if err != nil {
		return err
	}
	return errors.Join(noise.WriteTable(env.stdout, scores),
		writeFile(*table, func(w io.Writer) error { return noise.Write(w, scores) }))
}
