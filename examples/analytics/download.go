package analytics

import (
	"archive/zip"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path"
	"strings"
	"time"
	"unicode"
)

// sendFile answers with the published file that find names, under the lock.
func (c *call) sendFile(kind kindOfFile, find func() (name string, file storedFile, updated time.Time, err error)) (*reply, error) {
	c.space.mu.RLock()
	name, file, updated, err := find()
	var content *os.File
	if err == nil {
		content, err = c.space.bytes(file) // opened under the lock: after it, a publishing may remove the name
	}
	c.space.mu.RUnlock()
	if err != nil {
		return nil, err
	}
	defer content.Close()
	return nil, c.download(kind.part, name, file, updated, content)
}

// download sends the very bytes that were published; with includeExtract=false, a packaged file without its extracts.
func (c *call) download(part, name string, file storedFile, updated time.Time, content *os.File) error {
	extracts, err := c.query.flag("includeExtract", true)
	if err != nil {
		return err
	}
	h := c.w.Header()
	h.Set("Content-Type", "application/octet-stream")
	if file.Type == "twb" || file.Type == "tds" {
		h.Set("Content-Type", "application/xml")
	}
	h.Set("Content-Disposition", attachment(part, name+"."+file.Type))
	h.Set("X-Content-Type-Options", "nosniff")
	if !extracts {
		if packed, err := openPackage(content, file.Bytes); err == nil {
			return withoutExtracts(c.w, packed)
		}
	}
	http.ServeContent(c.w, c.r, "", updated, content)
	return nil
}

// attachment makes a Content-Disposition in the form that clients of this dialect read: no type, and both names in
// quotes. A name that is not ASCII stands there once more, in the encoding of RFC 8187.
func attachment(part, filename string) string {
	safe := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || strings.ContainsRune(`/\"<>:|?*`, r) {
			return '_'
		}
		return r
	}, filename)
	ascii := strings.Map(func(r rune) rune {
		if r > unicode.MaxASCII {
			return '_'
		}
		return r
	}, safe)
	v := fmt.Sprintf(`name="%s"; filename="%s"`, part, ascii)
	if ascii != safe {
		v += "; filename*=UTF-8''" + strings.ReplaceAll(url.QueryEscape(safe), "+", "%20")
	}
	return v
}

// withoutExtracts copies a package entry by entry, still compressed, and leaves out the extracts.
func withoutExtracts(w io.Writer, packed *zip.Reader) error {
	out := zip.NewWriter(w)
	for _, f := range packed.File {
		if isExtract(f.Name) {
			continue
		}
		if err := out.Copy(f); err != nil {
			// Part of the answer is sent: only breaking the connection tells the client that the rest is missing.
			panic(http.ErrAbortHandler)
		}
	}
	if err := out.Close(); err != nil {
		panic(http.ErrAbortHandler)
	}
	return nil
}

// isExtract says whether an entry of a package holds extracted data.
func isExtract(name string) bool {
	ext := strings.ToLower(path.Ext(name))
	return ext == ".hyper" || ext == ".tde"
}
