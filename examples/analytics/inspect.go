package analytics

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"os"
	"path"
	"strings"
)

// inspected is what a published file says about itself.
type inspected struct {
	views       []sheet
	connections []connection
	extracts    bool
}

// sheet is a view in a workbook file.
type sheet struct{ name, kind string }

const (
	// A description larger or deeper than this is not read on; the file itself is kept whatever is in it.
	inspectBytes = 16 << 20
	inspectDepth = 64
	inspectMost  = 1000 // sheets, and connections
	// A package whose directory is larger is not looked into: archive/zip reads all of it into memory, some five times
	// as large, whatever number of entries it claims to have.
	directoryBytes = 4 << 20
)

// errDirectorySize: the directory of a package is larger than anybody needs.
var errDirectorySize = errors.New("the directory of the package is too large")

// openPackage reads the directory of a zip, within bounds.
func openPackage(f io.ReaderAt, size int64) (*zip.Reader, error) {
	r := &rationed{f, directoryBytes}
	packed, err := zip.NewReader(r, size)
	r.left = math.MaxInt64
	return packed, err
}

// rationed reads so many bytes and no more.
type rationed struct {
	io.ReaderAt
	left int64
}

// ReadAt reads while there is something left.
func (r *rationed) ReadAt(p []byte, off int64) (int, error) {
	if int64(len(p)) > r.left {
		return 0, errDirectorySize
	}
	if r.left != math.MaxInt64 {
		r.left -= int64(len(p))
	}
	return r.ReaderAt.ReadAt(p, off)
}

// inspect reads the XML description in a published file: the file itself, or the one at the top of a package. A file
// that cannot be read has no sheets and no connections; it is stored all the same, because its bytes are what count.
func inspect(f *os.File, file storedFile) inspected {
	var in inspected
	switch file.Type {
	case "twb", "tds":
		in.read(io.NewSectionReader(f, 0, file.Bytes))
	case "hyper", "tde", "parquet":
		in.extracts = true
	case "twbx", "tdsx":
		packed, err := openPackage(f, file.Bytes)
		if err != nil {
			return in
		}
		want := "." + strings.TrimSuffix(file.Type, "x")
		read := false
		for _, entry := range packed.File {
			in.extracts = in.extracts || isExtract(entry.Name)
			if !read && strings.EqualFold(path.Ext(entry.Name), want) {
				if r, err := entry.Open(); err == nil {
					in.read(r)
					r.Close()
					read = true
				}
			}
		}
	}
	return in
}

// read collects sheets and connections until the description ends, or cannot be understood any further.
func (in *inspected) read(r io.Reader) {
	d := xml.NewDecoder(io.LimitReader(r, inspectBytes))
	var open []string
	for {
		token, err := d.Token()
		if err != nil {
			return
		}
		switch t := token.(type) {
		case xml.StartElement:
			parent := ""
			if len(open) > 0 {
				parent = open[len(open)-1]
			}
			in.element(parent, t)
			if open = append(open, t.Name.Local); len(open) > inspectDepth {
				return
			}
		case xml.EndElement:
			open = open[:len(open)-1]
		}
	}
}

func (in *inspected) element(parent string, t xml.StartElement) {
	attrs := make(map[string]string, len(t.Attr))
	for _, a := range t.Attr {
		attrs[a.Name.Local] = a.Value
	}
	switch {
	case len(in.views) >= inspectMost || len(in.connections) >= inspectMost:
	case parent == "worksheets" && t.Name.Local == "worksheet" && attrs["name"] != "":
		in.views = append(in.views, sheet{attrs["name"], "worksheet"})
	case parent == "dashboards" && t.Name.Local == "dashboard" && attrs["name"] != "":
		kind := "dashboard"
		if attrs["type"] == "storyboard" {
			kind = "story"
		}
		in.views = append(in.views, sheet{attrs["name"], kind})
	case t.Name.Local == "connection" && attrs["class"] != "" && attrs["class"] != "federated":
		server := attrs["server"]
		if server == "" {
			server = attrs["filename"]
		}
		in.connections = append(in.connections, connection{Type: attrs["class"], Server: server, Port: attrs["port"],
			User: attrs["username"]})
	}
}
