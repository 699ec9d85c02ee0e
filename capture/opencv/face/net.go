package face

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	"os"
	"path/filepath"

	"gocv.io/x/gocv"
)

// ErrModels says that the face models are absent or changed. The text of the
// error that wraps it names the file and the command that brings it.
var ErrModels = errors.New("models are absent, run scripts/models.sh")

// model is one network: its file, the file's SHA-256 as in scripts/models.sum,
// what it takes and what it gives.
type model struct {
	file string
	sum  string
	side image.Point // width and height of its input, pixels
	outs []output
	cut  []string // the file's names of outs, if its network is cut there for pictures of that size
}

type output struct {
	name string
	size int // numbers
}

// The models of npm faceplugin-face-recognition-js 0.0.1 (MIT).
func detectModel() model {
	return model{"fr_detect.onnx", "6c0256ccd3164f844736a401faf936ec2930764a87ae39442180887d0c5c8854",
		image.Pt(320, 240), []output{{"boxes", 4 * anchors}, {"scores", 2 * anchors}}, nil}
}

// glanceModel is the detector for pictures of another size. Its results are those of its layers before their
// places are known: of a candidate the offsets of its box, and how much speaks for no face and for one.
func glanceModel(side image.Point) model {
	m, n := detectModel(), len(priorsOf(side))
	m.side, m.outs = side, []output{{"onnx_node!Concat_150", 4 * n}, {"onnx_node!Concat_149", 2 * n}}
	m.cut = []string{"462", "461"}
	return m
}

func landmarkModel() model {
	return model{"fr_landmark.onnx", "f10b0ba1d2a8a099adefede1ebf3733e44fe370715e7303dbeb7f59c02142258",
		image.Pt(64, 64), []output{{"", 2 * landmarks}}, nil}
}

func eyeModel() model {
	return model{"fr_eye.onnx", "1afcea006abc1ccac3c517022abde0aa092bed74ff3c9fe6878483ef9e6e38de",
		image.Pt(24, 24), []output{{"", 2}}, nil}
}

func poseModel() model {
	return model{"fr_pose.onnx", "72d032ec941b7153bf8d3f2c03a4c165453cc7e63d479041ec7c6ef087e5839d",
		image.Pt(224, 224), []output{{"output", 66}, {"617", 66}, {"618", 66}}, nil}
}

func featureModel() model {
	return model{"fr_feature.onnx", "87aacdfe57510db2af90c0251df680e8eec88f122ee94712121d09bcaaaf3581",
		image.Pt(112, 112), []output{{"", 512}}, nil}
}

// net is a loaded model. Not for concurrent use.
type net struct {
	model
	n      gocv.Net
	priors []prior // of a cut network
}

// openNet reads a model. The sum is checked first, and what was checked is what
// is loaded, because OpenCV ends the process over a file it cannot parse.
func openNet(dir string, m model) (*net, error) {
	data, err := os.ReadFile(filepath.Join(dir, m.file))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrModels, err)
	}
	sum := sha256.Sum256(data)
	if hex.EncodeToString(sum[:]) != m.sum {
		return nil, fmt.Errorf("%w: %s in %s has another sum than scripts/models.sum", ErrModels, m.file, dir)
	}
	var priors []prior
	if len(m.cut) > 0 {
		if data, err = cutTo(data, m.side, m.cut); err != nil {
			return nil, fmt.Errorf("reading %s: %w", m.file, err)
		}
		priors = priorsOf(m.side)
	}
	n, err := gocv.ReadNetFromONNXBytes(data)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", m.file, err)
	}
	return &net{m, n, priors}, nil
}

func (n *net) Close() error {
	if n == nil {
		return nil
	}
	return n.n.Close()
}

// run feeds a picture of exactly the network's size, 8 bits, one channel or
// three, each value as (v - mean) * scale, and returns the outputs in the order
// of the model.
func (n *net) run(img gocv.Mat, scale float64, mean gocv.Scalar, swapRB bool) ([][]float32, error) {
	if img.Empty() || img.Cols() != n.side.X || img.Rows() != n.side.Y {
		return nil, fmt.Errorf("%s: picture is %d×%d, want %d×%d", n.file, img.Cols(), img.Rows(), n.side.X, n.side.Y)
	}
	blob := gocv.BlobFromImage(img, scale, n.side, mean, swapRB, false)
	defer blob.Close()
	return n.forward(blob)
}

// forward runs the network on a prepared blob.
func (n *net) forward(blob gocv.Mat) ([][]float32, error) {
	n.n.SetInput(blob, "")
	var mats []gocv.Mat
	if len(n.outs) == 1 {
		mats = []gocv.Mat{n.n.Forward(n.outs[0].name)}
	} else {
		names := make([]string, len(n.outs))
		for i, o := range n.outs {
			names[i] = o.name
		}
		mats = n.n.ForwardLayers(names)
	}
	defer func() {
		for i := range mats {
			mats[i].Close()
		}
	}()
	values := make([][]float32, len(mats))
	for i := range mats {
		v, err := mats[i].DataPtrFloat32()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", n.file, err)
		}
		if len(v) < n.outs[i].size {
			return nil, fmt.Errorf("%s: output %d has %d numbers, want %d", n.file, i, len(v), n.outs[i].size)
		}
		values[i] = append([]float32(nil), v...)
	}
	return values, nil
}
