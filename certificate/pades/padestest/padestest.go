// Package padestest writes small PDF files for tests, in each way in which a file may say where
// its objects are.
package padestest

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"strings"
)

// Form is a way of saying where the objects are.
type Form string

// The forms.
const (
	Table  Form = "a table"
	Stream Form = "a stream, with objects in an object stream"
	Hybrid Form = "a table and a stream" // which is not signed
)

// Page is the content of the one page.
const Page = "BT /F1 18 Tf 72 760 Td (Contrat TEST) Tj 0 -28 Td /F1 11 Tf (Les deux parties conviennent de ceci.) Tj ET"

// Objects are those of a file of one page, from number 1 on: catalog, pages, page, content, font.
func Objects() []string {
	return []string{
		"<</Type/Catalog/Pages 2 0 R/Lang(fr)>>",
		"<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 595 842]>>",
		"<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
		fmt.Sprintf("<</Length %d>>\nstream\n%s\nendstream", len(Page), Page),
		"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
	}
}

// File writes objects, the catalog first. trailer is what the trailer has besides, such as
// "/Encrypt 6 0 R".
func File(form Form, trailer string, objects ...string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	at := make([]int, len(objects)+1)
	inside := make([]bool, len(objects)+1)
	for i, o := range objects {
		num := i + 1
		// A reader that knows no streams still finds the pages of a hybrid file.
		inside[num] = !strings.Contains(o, "stream") && (form == Stream && num > 1 || form == Hybrid && num > 4)
		if !inside[num] {
			at[num] = b.Len()
			fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", num, o)
		}
	}
	if form == Table {
		return table(&b, at, inside, len(at), trailer)
	}
	holder := len(objects) + 1
	var index, bodies strings.Builder
	n, within := 0, map[int]int{}
	for i, o := range objects {
		if inside[i+1] {
			fmt.Fprintf(&index, "%d %d ", i+1, bodies.Len())
			bodies.WriteString(o + "\n")
			within[i+1] = n
			n++
		}
	}
	holds := b.Len()
	fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", holder,
		Deflated(fmt.Sprintf("/Type/ObjStm/N %d/First %d", n, index.Len()), []byte(index.String()+bodies.String())))
	var rows []byte
	for num := range holder + 2 {
		switch {
		case num == 0:
			rows = append(rows, 0, 0, 0, 0, 255)
		case num == holder:
			rows = append(rows, 1, byte(holds>>16), byte(holds>>8), byte(holds), 0)
		case num == holder+1:
			rows = append(rows, 1, byte(b.Len()>>16), byte(b.Len()>>8), byte(b.Len()), 0)
		case inside[num]:
			rows = append(rows, 2, 0, 0, byte(holder), byte(within[num]))
		default:
			rows = append(rows, 1, byte(at[num]>>16), byte(at[num]>>8), byte(at[num]), 0)
		}
	}
	start := b.Len()
	fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", holder+1, Deflated(fmt.Sprintf("/Type/XRef/W[1 3 1]/Size %d/Root 1 0 R"+
		"/DecodeParms<</Predictor 12/Columns 5>>%s", holder+2, trailer), up(rows, 5)))
	if form == Hybrid {
		return table(&b, at, inside, holder+2, fmt.Sprintf("/XRefStm %d%s", start, trailer))
	}
	fmt.Fprintf(&b, "startxref\n%d\n%%%%EOF\n", start)
	return b.Bytes()
}

// up applies the PNG predictor Up.
func up(rows []byte, long int) (out []byte) {
	above := make([]byte, long)
	for ; len(rows) > 0; rows = rows[long:] {
		out = append(out, 2)
		for i, c := range rows[:long] {
			out = append(out, c-above[i])
		}
		above = rows[:long]
	}
	return out
}

func table(b *bytes.Buffer, at []int, inside []bool, size int, trailer string) []byte {
	start := b.Len()
	fmt.Fprintf(b, "xref\n0 %d\n0000000000 65535 f\r\n", len(at))
	for num := 1; num < len(at); num++ {
		if inside[num] {
			fmt.Fprintf(b, "0000000000 00000 f\r\n")
			continue
		}
		fmt.Fprintf(b, "%010d 00000 n\r\n", at[num])
	}
	fmt.Fprintf(b, "trailer\n<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n", size, trailer, start)
	return b.Bytes()
}

// Deflated writes a stream that Flate compresses.
func Deflated(entries string, data []byte) string {
	var z bytes.Buffer
	w := zlib.NewWriter(&z)
	_, _ = w.Write(data) // a buffer takes everything
	_ = w.Close()
	return fmt.Sprintf("<<%s/Filter/FlateDecode/Length %d>>\nstream\n%s\nendstream", entries, z.Len(), z.String())
}
