package analytics

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"path"
	"slices"
	"strings"
	"unicode"
)

// maxDrain is how much of a refused publishing is read on for the client's sake.
const maxDrain = 64 << 20

// publication is a publishing in one request: the payload and the file, already on disk.
type publication struct {
	in   *element
	file storedFile
}

// kindOfFile describes what may be published as what.
type kindOfFile struct {
	element string   // of the payload
	part    string   // name of the file's part
	query   string   // parameter that names the type
	types   []string // extensions
	wrong   int      // code of a wrong type
}

// receive reads the parts of a publishing, in any order, and streams the file to disk. What comes back must be put
// into a record, or its file discarded.
func (s *Server) receive(c *call, kind kindOfFile) (p publication, err error) {
	if _, sent := c.query["uploadSessionId"]; sent {
		return p, refuse(codeLacking, "This content server does not have uploads in several parts yet: publish in one request.")
	}
	mediaType, params, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if err != nil || !strings.HasPrefix(mediaType, "multipart/") || params["boundary"] == "" {
		return p, refuse(codeMediaType, "Publishing needs a multipart/mixed body, not '%s'.", c.r.Header.Get("Content-Type"))
	}
	defer func() {
		if err != nil {
			c.space.discard(p.file)
			// A client that is still sending does not read, and would find the connection reset instead of the reason.
			io.Copy(io.Discard, io.LimitReader(c.r.Body, maxDrain))
		}
	}()
	var payload []byte
	parts := multipart.NewReader(c.r.Body, params["boundary"])
	for {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return p, unreadableParts(err)
		}
		name, filename := disposition(part.Header.Get("Content-Disposition"))
		switch name {
		case "request_payload":
			if payload != nil {
				return p, malformed("there are two request_payload parts.")
			}
			if payload, err = readAll(part); err != nil {
				return p, err
			}
		case kind.part:
			if p.file.ID != "" {
				return p, refuse(codeBadRequest, "There is more than one file.")
			}
			t, err := kind.typeOf(filename, c.query[kind.query])
			if err != nil {
				return p, err
			}
			f, err := c.space.keep(part, s.cfg.MaxFile)
			if err != nil {
				if _, isFault := errors.AsType[*fault](err); isFault {
					return p, err
				}
				return p, unreadableParts(err)
			}
			p.file, p.file.Type = f, t
		default:
			return p, refuse(codeBadRequest, "There is an unknown part '%s'.", name)
		}
	}
	if payload == nil {
		return p, malformed("there is no request_payload part.")
	}
	if p.file.ID == "" {
		return p, refuse(codeBadRequest, "There is no file: a part '%s' is needed.", kind.part)
	}
	root, err := parseRequest("text/xml", payload)
	if err != nil {
		return p, err
	}
	p.in, err = root.only(kind.element)
	return p, err
}

// unreadableParts is the answer to a body that ends early or is not multipart.
func unreadableParts(cause error) *fault {
	f := malformed("the parts of the body cannot be read to their end.")
	f.cause = fmt.Errorf("reading the parts: %w", cause)
	return f
}

// typeOf takes the type from the file's name, or from the query where the name has none.
func (k kindOfFile) typeOf(filename, param string) (string, error) {
	for _, t := range []string{strings.TrimPrefix(path.Ext(filename), "."), param} {
		if t = strings.ToLower(t); slices.Contains(k.types, t) {
			return t, nil
		}
	}
	return "", refuse(k.wrong, "The file '%s' is not of the type %s.", filename, strings.Join(k.types, ", "))
}

// disposition reads name and filename from a Content-Disposition in its three forms: with form-data before the
// parameters, with nothing before them, and with an empty filename. The filename is used for its extension only.
func disposition(v string) (name, filename string) {
	_, params, err := mime.ParseMediaType(v)
	if err != nil {
		// Without a type, mime takes the first parameter for one.
		_, params, err = mime.ParseMediaType("form-data; " + strings.TrimLeft(v, "; "))
	}
	if err != nil {
		return "", ""
	}
	return params["name"], params["filename"]
}

// plainName makes the part of a content URL that stands for a name: its letters, digits, _ and -.
func plainName(name, otherwise string) string {
	plain := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' || r == '-' {
			return r
		}
		return -1
	}, name)
	if plain == "" {
		return otherwise
	}
	return plain
}

// unused appends _0, _1, … until the name is not taken.
func unused(name string, taken func(string) bool) string {
	for n, candidate := 0, name; ; n++ {
		if !taken(candidate) {
			return candidate
		}
		candidate = fmt.Sprintf("%s_%d", name, n)
	}
}

// job answers a publishing that was asked to go on behind the request. It is done already; there is no list of jobs
// where a client could ask again, so the answer says so.
func (s *Server) job(kind string) *reply {
	now := s.now()
	return &reply{202, []*node{el("job", at("id", newID()), at("mode", "Asynchronous"), at("type", kind),
		at("progress", 100), when("createdAt", now), when("completedAt", now), at("finishCode", 0))}}
}

// megabytes is the size that answers show, rounded up.
func megabytes(n int64) int64 { return (n + 1<<20 - 1) >> 20 }
