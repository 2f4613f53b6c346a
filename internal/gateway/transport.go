package gateway

import (
	"context"
	"net"
	"net/http"
	"sync"
	"time"
)

const (
	// maxAnswerHeader bounds the header of an answer, all of its 1xx forerunners included (A148, A149).
	maxAnswerHeader = 64 << 10
	// bufferSize is what one direction of one exchange holds of a body.
	bufferSize = 32 << 10
)

// NewTransport makes the transport to one upstream. It is exported for the benchmark, whose other side uses the same.
//
// It dials only the upstreams that the operator configured, so that the rules for addresses that strangers choose do not
// apply; and it takes no proxy from the environment, since calls carry identities.
func NewTransport(t Timeouts) *http.Transport {
	t = t.withDefaults()
	dialer := &net.Dialer{Timeout: t.Dial, KeepAlive: 15 * time.Second}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			return dialer.DialContext(ctx, network, address)
		},
		Protocols:              protocols,
		TLSHandshakeTimeout:    t.Handshake,
		ResponseHeaderTimeout:  t.ResponseHeader,
		IdleConnTimeout:        t.Idle,
		MaxIdleConns:           0, // bounded for the host
		MaxIdleConnsPerHost:    512,
		MaxResponseHeaderBytes: maxAnswerHeader,
		DisableCompression:     true, // the client's Accept-Encoding decides, and the bytes pass unchanged
	}
}

// buffers lends the buffers that bodies stream through.
type buffers struct{ pool sync.Pool }

// NewBuffers makes the pool that a ReverseProxy copies answers with. It is exported for the benchmark.
func NewBuffers() interface {
	Get() []byte
	Put([]byte)
} {
	return &buffers{}
}

func (b *buffers) Get() []byte {
	if p, _ := b.pool.Get().(*[bufferSize]byte); p != nil {
		return p[:]
	}
	return make([]byte, bufferSize)
}

func (b *buffers) Put(p []byte) { b.pool.Put((*[bufferSize]byte)(p)) }
