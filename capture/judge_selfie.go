package capture

// selfie checks in the order of the hints' priority.
func (j *judgement) selfie(m Measurements, prev *Measurements, l SelfieLimits) {
	f := m.Face
	if f == nil || f.Count < 1 {
		j.add(Check{Name: "faces", Min: new(1.0), Max: new(1.0)}, 0, HintNoFace, "", 0)
		return
	}
	if !j.add(Check{Name: "faces", OK: f.Count == 1, Value: float64(f.Count), Min: new(1.0), Max: new(1.0)}, 0,
		HintSeveralFaces, "", 0) {
		return
	}
	if !j.atLeast("face", f.Confidence, l.ConfidenceMin, "", HintNoFace, 0) {
		return
	}
	j.atLeast("margin", faceMargin(m), l.MarginMin, "", HintCutOff, quality)
	if 2*f.Height >= l.HeightMin.of(j.info.Kind) {
		j.oval(f, l) // a distant person comes closer first
	}
	j.atMost("yaw", abs(f.Yaw), l.YawMax, "degrees", HintFaceCamera, quality)
	j.atMost("pitch", abs(f.Pitch), l.PitchMax, "degrees", HintFaceCamera, quality)
	j.atMost("roll", abs(f.Roll), l.RollMax, "degrees", HintFaceCamera, quality)
	j.within("height", f.Height, l.HeightMin, l.HeightMax, "", HintMoveCloser, HintMoveBack, quality)
	light := f.Brightness // of which BrightnessMax speaks, whatever light is around
	if light < l.BrightnessMin.of(j.info.Kind) {
		light = f.Light()
	}
	j.within("brightness", light, l.BrightnessMin, l.BrightnessMax, "grey level", HintTooDark,
		HintTooBright, quality)
	j.atMost("under", f.Under, l.UnderMax, "", HintTooDark, quality)
	j.atMost("over", f.Over, l.OverMax, "", HintTooBright, quality)
	j.atLeast("evenness", f.Evenness, l.EvennessMin, "", HintUnevenLight, quality)
	j.atMost("covered", f.Covered, l.CoveredMax, "", HintCovered, advised)
	if j.info.Kind == Still || f.Landmarks != nil {
		j.atLeast("eyes-open", f.EyesOpen, l.EyesOpenMin, "", HintEyesClosed, quality)
	}
	j.atLeast("sharpness", f.Sharpness, l.SharpnessMin, "", HintBlurred, quality)
	j.movement(faceMovement(m, prev), l.MovementMax, l.PrintMax)
}

// oval requires the face near the middle. Directions are the person's own: the frame's
// right is the person's left.
func (j *judgement) oval(f *FaceMeasurements, l SelfieLimits) {
	side, toward := abs(f.OffsetX), Left
	if f.OffsetX > 0 {
		toward = Right
	}
	height, upward := abs(f.OffsetY), Down
	if f.OffsetY > 0 {
		upward = Up
	}
	j.offset("offset", side, l.OffsetMax, toward)
	j.offset("offset-y", height, l.OffsetYMax, upward)
}

func (j *judgement) offset(name string, value float64, limit Pair, toward Direction) {
	maximum, near := limit.of(j.info.Kind), 0.0
	if value > 0 {
		near = maximum / value
	}
	j.add(Check{Name: name, OK: value <= maximum, Value: value, Max: &maximum}, near, HintMove, toward, quality)
}

// faceMargin is the smallest distance of the face's box from the frame's edge, relative
// to the frame's short side.
func faceMargin(m Measurements) float64 {
	w, h := float64(m.Width), float64(m.Height)
	if w <= 0 || h <= 0 {
		return 0
	}
	b := m.Face.Box
	return min(b[0], b[1], w-b[0]-b[2], h-b[1]-b[3]) / min(w, h)
}
