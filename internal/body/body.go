// Package body reads the bodies of requests, within bounds of size and time.
package body

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"prokura/internal/refusal"
)

// within is how long a body may take to arrive. What is read here is small; streams are the gateway's own.
const within = 10 * time.Second

// Read reads a body of at most so many bytes. What does not arrive whole or in time is refused with the code, which says why or
// how far it came; nothing is answered of a part. It does not read the clock: a timer moves the connection's deadline into the
// past.
func Read(w http.ResponseWriter, r *http.Request, limit int, code refusal.Code) ([]byte, error) {
	conn := http.NewResponseController(w)
	late := time.AfterFunc(within, func() {
		// A writer without deadlines is one of a test, or of a server that keeps its own.
		_ = conn.SetReadDeadline(time.Unix(1, 0))
	})
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, int64(limit)))
	inTime := late.Stop()
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return nil, refusal.New(refusal.Finding{Code: refusal.BodyTooLarge, Want: refusal.Size(int64(limit))})
	}
	f := refusal.Finding{Code: code, Got: strconv.Itoa(len(data))}
	switch {
	case !inTime:
		w.Header().Set("Connection", "close") // its deadline stays in the past
		f.Why = refusal.Why{Flaw: refusal.CameLate, In: refusal.Body, Want: strconv.Itoa(int(within / time.Second))}
	case err != nil:
		f.Why = refusal.Why{Flaw: refusal.EndedEarly, In: refusal.Body}
	default:
		return data, nil
	}
	return nil, &refusal.Error{Findings: []refusal.Finding{f}, Err: err}
}
