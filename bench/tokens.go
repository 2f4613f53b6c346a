package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"prokura/bench/floor"
)

// formCallers are connections on which forms are sent and answers read.
type formCallers struct {
	address string
	conns   []*floor.Conn
	bodies  [connections]bytes.Buffer
}

func dialForms(address string) (*formCallers, error) {
	c := &formCallers{address: address}
	for range connections {
		conn, err := floor.Dial(address)
		if err != nil {
			return nil, err
		}
		c.conns = append(c.conns, conn)
	}
	return c, nil
}

// send sends one request and answers the body of its answer, which is good until the connection's next one.
func (c *formCallers) send(conn int, request []byte) ([]byte, error) {
	body := &c.bodies[conn]
	body.Reset()
	status, err := c.conns[conn].Do(request, body)
	if err == nil && status != "200" {
		err = fmt.Errorf("answered %s %s", status, body)
	}
	return body.Bytes(), err
}

// member is the text of a member of a JSON object, as it stands there.
func member(body []byte, name string) string {
	_, rest, _ := bytes.Cut(body, []byte(`"`+name+`":"`))
	text, _, _ := bytes.Cut(rest, []byte(`"`))
	return string(text)
}

// tokens compares client_credentials with a server that only parses, signs and answers.
func tokens(ctx context.Context, out io.Writer) error {
	rounds, err := numberFrom("BENCH_PAIRS", 100, 1)
	if err != nil {
		return err
	}
	child, d, err := startIssuers(ctx)
	if err != nil {
		return err
	}
	defer child.stop()
	seen, err := newInspector(ctx, d.Product)
	if err != nil {
		return err
	}
	list := []*side{{name: "Prokura"}, {name: "floor: parse, sign, answer"}, {name: "floor: parse, answer"}}
	for i, address := range []string{d.Product, d.Sign, d.Parse} {
		callers, err := dialForms(address)
		if err != nil {
			return err
		}
		requests := ownTokenRequests(address, "/oauth/token", d.World.Clients)
		var next atomic.Int64
		read := func([]byte) error { return nil }
		if i == 0 {
			read = seen.read
		}
		step := func(conn int) (bool, error) {
			body, err := callers.send(conn, requests[int(next.Add(1))%len(requests)])
			if err != nil {
				return false, err
			}
			return true, read(body)
		}
		// Every client asks once before anything counts, so that memory holds all of them.
		if _, err := drive(child, time.Hour, func(conn int) (bool, error) {
			if int(next.Load()) >= len(requests) {
				return false, nil
			}
			return step(conn)
		}); err != nil {
			return err
		}
		list[i].run = func() (sample, error) { return drive(child, issuerSlice, step) }
	}
	before, err := rowCounts(ctx, d.Database)
	if err != nil {
		return err
	}
	if err := alternate(rounds, list...); err != nil {
		return err
	}
	after, err := rowCounts(ctx, d.Database)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "\n## Tokens\n\n%d rounds of slices of %v, %d connections, %d clients, %d scopes. Medians; ratios with their 95 %% interval.\n\n",
		rounds, issuerSlice, connections, len(d.World.Clients), len(asked))
	table(out, "tokens", list...)
	fmt.Fprintf(out, "\nOf parsing, signing and answering that is %s. %d tokens, each with its own jti; %d signatures were verified. Rows written: %s.\n",
		share(list[0], list[1]), seen.count(), seen.verified.Load(), grown(before, after))
	return nil
}

// ownTokenRequests ask for a token for each client.
func ownTokenRequests(address, path string, clients []credentials) [][]byte {
	var out [][]byte
	more := "grant_type=client_credentials&scope=" + url.QueryEscape(strings.Join(asked, " "))
	for _, c := range clients {
		out = append(out, formRequest(address, path, c.form(more)))
	}
	return out
}

// inspector watches that no two tokens have one jti, and verifies some of them.
type inspector struct {
	keys     map[string]*ecdsa.PublicKey
	verified atomic.Int64

	mu  sync.Mutex
	ids map[string]bool // held: mu
}

// verifyEvery is of how many tokens one is verified.
const verifyEvery = 200

func newInspector(ctx context.Context, address string) (*inspector, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/.well-known/jwks.json", nil)
	if err != nil {
		return nil, err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	var set struct{ Keys []struct{ Kid, X, Y string } }
	if err := json.NewDecoder(answer.Body).Decode(&set); err != nil {
		return nil, fmt.Errorf("reading the published keys: %w", err)
	}
	keys := map[string]*ecdsa.PublicKey{}
	for _, k := range set.Keys {
		x, err1 := base64.RawURLEncoding.DecodeString(k.X)
		y, err2 := base64.RawURLEncoding.DecodeString(k.Y)
		key, err3 := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), slices.Concat([]byte{4}, x, y))
		if err := errors.Join(err1, err2, err3); err != nil {
			return nil, fmt.Errorf("reading the published key %s: %w", k.Kid, err)
		}
		keys[k.Kid] = key
	}
	return &inspector{keys: keys, ids: map[string]bool{}}, nil
}

func (s *inspector) read(body []byte) error {
	token := member(body, "access_token")
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return fmt.Errorf("no token in %s", body)
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return err
	}
	jti := member(payload, "jti")
	s.mu.Lock()
	again := s.ids[jti]
	s.ids[jti] = true
	n := len(s.ids)
	s.mu.Unlock()
	if again || jti == "" {
		return fmt.Errorf("two tokens have the jti %q", jti)
	}
	if n%verifyEvery != 0 {
		return nil
	}
	s.verified.Add(1)
	return s.verify(parts)
}

// verify verifies a token with the keys that the server publishes.
func (s *inspector) verify(parts []string) error {
	header, err := base64.RawURLEncoding.DecodeString(parts[0])
	if err != nil {
		return err
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil {
		return err
	}
	key := s.keys[member(header, "kid")]
	digest := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if key == nil || len(signature) != 64 ||
		!ecdsa.Verify(key, digest[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])) {
		return fmt.Errorf("the signature of a token with the header %s is not right", header)
	}
	return nil
}

func (s *inspector) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.ids)
}
