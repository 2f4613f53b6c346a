package page

import (
	"bytes"
	"net/http"
	"time"
)

// streamPatience is how long one step of a streamed page may take to reach its reader.
const streamPatience = time.Minute

// Stream renders a page that shows long work while it is done. What the page ranges over does the work, and calls sent after each step:
// then the reader gets all that is rendered so far. It needs no script, and nothing is kept between requests: whoever closes the
// page stops the work at the next step by the request's context.
func (p *Renderer) Stream(w http.ResponseWriter, r *http.Request, name string, view func(sent func()) View) {
	out := &stream{to: w, control: http.NewResponseController(w), now: p.clock.Now}
	f := p.frame(w, r, name, view(out.flush))
	// Proxies that hold answers back until they are whole are asked not to; where they do all the same, the page comes at the end.
	w.Header().Set("X-Accel-Buffering", "no")
	head(w, f, http.StatusOK)
	if err := p.execute(out, f); err != nil {
		p.log.Error("rendering a page", "page", name, "err", err)
	}
	out.flush()
}

// stream gathers what is rendered until it is to be sent. A reader who is gone is no error of the template's, which would break
// off the work in its midst.
type stream struct {
	to      http.ResponseWriter
	control *http.ResponseController
	now     func() time.Time
	held    bytes.Buffer
}

// Write holds a part of the page.
func (s *stream) Write(b []byte) (int, error) { return s.held.Write(b) }

func (s *stream) flush() {
	// The server's own deadlines are for whole requests and answers. The one for reading counts, too: a request whose connection
	// cannot be read any more is canceled.
	until := s.now().Add(streamPatience)
	_, _ = s.control.SetWriteDeadline(until), s.control.SetReadDeadline(until)
	_, _ = s.to.Write(s.held.Bytes())
	s.held.Reset()
	_ = s.control.Flush()
}
