package keyring

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// document is the JWKS as it is sent (RFC 7517 §5).
type document struct {
	body []byte
	etag string
}

func newDocument(keys [][]byte) document {
	body := fmt.Appendf(nil, `{"keys":[%s]}`, bytes.Join(keys, []byte(",")))
	sum := sha256.Sum256(body)
	return document{body, `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`}
}

// JWKS answers our public keys to everybody: those that sign, will sign, and did sign what may still live.
func (k *Keyring) JWKS() http.Handler {
	cache := "public, max-age=" + strconv.Itoa(int(CacheTime/time.Second))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			h.Set("Allow", "GET, HEAD")
			w.WriteHeader(http.StatusMethodNotAllowed)
			return
		}
		doc := k.view().jwks
		h.Set("Cache-Control", cache)
		h.Set("ETag", doc.etag)
		if matches(r.Header.Get("If-None-Match"), doc.etag) {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		h.Set("Content-Type", "application/jwk-set+json")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Content-Length", strconv.Itoa(len(doc.body)))
		// A caller who went away is nobody's problem.
		_, _ = w.Write(doc.body)
	})
}

// matches reads If-None-Match (RFC 9110 §13.1.2): a list of tags, compared weakly.
func matches(header, etag string) bool {
	for tag := range strings.SplitSeq(header, ",") {
		tag = strings.TrimPrefix(strings.TrimSpace(tag), "W/")
		if tag == etag || tag == "*" {
			return true
		}
	}
	return false
}
