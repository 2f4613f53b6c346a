package floor

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// NewProxy is a bare reverse proxy to one upstream: no check, every header passes. Its transport is tuned as the
// product's is, so that what is compared is the work around it.
func NewProxy(upstream *url.URL) http.Handler {
	dialer := &net.Dialer{Timeout: 5 * time.Second, KeepAlive: 15 * time.Second}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &httputil.ReverseProxy{
		Rewrite: func(p *httputil.ProxyRequest) { p.SetURL(upstream) },
		Transport: &http.Transport{
			DialContext:            dialer.DialContext,
			Protocols:              protocols,
			TLSHandshakeTimeout:    5 * time.Second,
			ResponseHeaderTimeout:  time.Minute,
			IdleConnTimeout:        30 * time.Second,
			MaxIdleConnsPerHost:    512,
			MaxResponseHeaderBytes: 64 << 10,
			DisableCompression:     true,
		},
		BufferPool: &pool{},
	}
}

// pool lends buffers of 32 KiB.
type pool struct{ p sync.Pool }

// Get takes one.
func (p *pool) Get() []byte {
	if b, ok := p.p.Get().(*[32 << 10]byte); ok {
		return b[:]
	}
	return make([]byte, 32<<10)
}

// Put gives it back.
func (p *pool) Put(b []byte) { p.p.Put((*[32 << 10]byte)(b)) }

// ServeUpstream answers every request on the listener with 200 and 1 KiB, with as little work as it takes, until the
// listener is closed.
func ServeUpstream(l net.Listener) {
	answer := []byte("HTTP/1.1 200 OK\r\nContent-Type: application/xml;charset=UTF-8\r\nContent-Length: 1024\r\n" +
		"Cache-Control: private, no-store\r\nVary: Accept\r\nX-Content-Type-Options: nosniff\r\n" +
		"X-Request-Id: 4bf92f3577b34da6a3ce929d0e0e4736\r\nDate: Sun, 22 Nov 2026 10:00:00 GMT\r\n\r\n" + strings.Repeat("x", 1024))
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			r := bufio.NewReaderSize(c, 8<<10)
			for {
				length, _, err := readHead(r)
				if err != nil {
					return
				}
				if err := discard(r, length); err != nil {
					return
				}
				if _, err := c.Write(answer); err != nil {
					return
				}
			}
		}()
	}
}

// chunked stands for the length of a body that says its length piece by piece.
const chunked = -1

// readHead reads the head of a message and answers the length of its body and its first line's second word.
func readHead(r *bufio.Reader) (length int, second string, err error) {
	for first := true; ; first = false {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return 0, "", err
		}
		switch {
		case first:
			if i := strings.IndexByte(string(line), ' '); i >= 0 && len(line) > i+4 {
				second = string(line[i+1 : i+4])
			}
		case len(line) <= 2:
			return length, second, nil
		case named(line, "content-length:"):
			length, err = strconv.Atoi(strings.TrimSpace(string(line[len("content-length:"):])))
			if err != nil {
				return 0, "", err
			}
		case named(line, "transfer-encoding:"):
			length = chunked
		}
	}
}

func named(line []byte, name string) bool {
	return len(line) > len(name) && (line[0]|0x20) == name[0] && strings.EqualFold(string(line[:len(name)]), name)
}

func discard(r *bufio.Reader, length int) error {
	if length >= 0 {
		_, err := r.Discard(length)
		return err
	}
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return err
		}
		n, err := strconv.ParseUint(strings.TrimSpace(string(line)), 16, 31)
		if err != nil {
			return err
		}
		if _, err := r.Discard(int(n) + 2); err != nil || n == 0 {
			return err
		}
	}
}

// Conn is one keep-alive connection of a load generator.
type Conn struct {
	c net.Conn
	r *bufio.Reader
}

// Dial connects.
func Dial(address string) (*Conn, error) {
	c, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	return &Conn{c, bufio.NewReaderSize(c, 8<<10)}, nil
}

// Close closes the connection.
func (c *Conn) Close() error { return c.c.Close() }

// Do sends a request that is written out, and answers the status and, if wanted, the body.
func (c *Conn) Do(request []byte, body io.Writer) (status string, err error) {
	if _, err := c.c.Write(request); err != nil {
		return "", err
	}
	length, status, err := readHead(c.r)
	if err != nil {
		return "", err
	}
	if body == nil || length < 0 {
		return status, discard(c.r, length)
	}
	_, err = io.CopyN(body, c.r, int64(length))
	return status, err
}
