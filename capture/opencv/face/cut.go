package face

import (
	"errors"
	"fmt"
	"image"

	"google.golang.org/protobuf/encoding/protowire"
)

// errCut says that a network has no layer at which it is cut.
var errCut = errors.New("a layer is missing")

// Numbers of the fields that are read, of onnx.proto.
const (
	modelGraph                         = 7
	graphNode, graphInput, graphOutput = 1, 11, 12
	nodeOutput                         = 2
	inputNamed, inputTyped             = 1, 2
)

// cutTo is an ONNX file whose network takes pictures of another size and gives these layers'
// results, without the layers behind them: those of the detector turn its results into places
// by a table for pictures of one size. Its picture is called input and has three channels.
func cutTo(onnx []byte, side image.Point, outs []string) ([]byte, error) {
	var file []byte
	err := eachField(onnx, func(number protowire.Number, field, value []byte) error {
		if number != modelGraph {
			file = append(file, field...)
			return nil
		}
		graph, err := graphCutTo(value, side, outs)
		if err != nil {
			return err
		}
		file = appendField(file, modelGraph, graph)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("cutting a network: %w", err)
	}
	return file, nil
}

func graphCutTo(graph []byte, side image.Point, outs []string) ([]byte, error) {
	var cut []byte
	wanted := map[string]bool{}
	for _, o := range outs {
		wanted[o] = true
	}
	missing := len(outs)
	err := eachField(graph, func(number protowire.Number, field, value []byte) error {
		switch number {
		case graphInput:
			cut = appendField(cut, graphInput, pictureInput(side))
			return nil
		case graphOutput:
			return nil
		case graphNode:
			if missing == 0 {
				return nil
			}
			if err := eachField(value, func(number protowire.Number, _, name []byte) error {
				if number == nodeOutput && wanted[string(name)] {
					missing--
				}
				return nil
			}); err != nil {
				return err
			}
		}
		cut = append(cut, field...)
		return nil
	})
	if err == nil && missing > 0 {
		err = errCut
	}
	return cut, err
}

// pictureInput says that the input holds one picture of three channels, as floats.
func pictureInput(side image.Point) []byte {
	const tensorType, elementType, shape, dimension, value, float = 1, 1, 2, 1, 1, 1
	var dims []byte
	for _, n := range []int{1, 3, side.Y, side.X} {
		size := protowire.AppendTag(nil, value, protowire.VarintType)
		dims = appendField(dims, dimension, protowire.AppendVarint(size, uint64(n)))
	}
	tensor := protowire.AppendVarint(protowire.AppendTag(nil, elementType, protowire.VarintType), float)
	tensor = appendField(tensor, shape, dims)
	return appendField(appendField(nil, inputNamed, []byte("input")), inputTyped, appendField(nil, tensorType, tensor))
}

func appendField(to []byte, number protowire.Number, value []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(to, number, protowire.BytesType), value)
}

// eachField has do see the fields of a protobuf message: the whole of one and, of one with a
// length, its value.
func eachField(message []byte, do func(number protowire.Number, field, value []byte) error) error {
	for len(message) > 0 {
		number, kind, n := protowire.ConsumeField(message)
		if n < 0 {
			return protowire.ParseError(n)
		}
		field := message[:n]
		var value []byte
		if kind == protowire.BytesType {
			_, _, tag := protowire.ConsumeTag(field)
			value, _ = protowire.ConsumeBytes(field[tag:])
		}
		if err := do(number, field, value); err != nil {
			return err
		}
		message = message[n:]
	}
	return nil
}
