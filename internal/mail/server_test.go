package mail

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"fmt"
	"math/big"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// mailServer speaks as much SMTP as a client needs, and keeps what it was told.
type mailServer struct {
	t     *testing.T
	l     net.Listener
	tls   *tls.Config
	roots *x509.CertPool

	implicit, noStartTLS, noAuth bool
	silent                       bool              // accepts and says nothing
	answers                      map[string]string // verb → another answer than usual

	mu       sync.Mutex
	said     []string // every line of clients, with "TLS " before it where it came encrypted
	messages []string
}

func newMailServer(t *testing.T, change func(*mailServer)) *mailServer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &mailServer{t: t, l: l, answers: map[string]string{}}
	s.tls, s.roots = certificate(t)
	if change != nil {
		change(s)
	}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { s.serve(conn) })
		}
	})
	t.Cleanup(func() { l.Close(); all.Wait() })
	return s
}

func certificate(t *testing.T) (*tls.Config, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mail"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, roots
}

func (s *mailServer) port() int {
	_, port, _ := net.SplitHostPort(s.l.Addr().String())
	n, _ := strconv.Atoi(port)
	return n
}

func (s *mailServer) serve(conn net.Conn) {
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	if s.silent {
		buf := make([]byte, 1)
		_, _ = conn.Read(buf)
		return
	}
	encrypted := ""
	if s.implicit {
		conn, encrypted = tls.Server(conn, s.tls), "TLS "
	}
	in := bufio.NewReader(conn)
	fmt.Fprint(conn, "220 mail ready\r\n")
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		s.note(encrypted + line)
		verb, _, _ := strings.Cut(strings.ToUpper(line), " ")
		if a, ok := s.answers[verb]; ok {
			fmt.Fprintf(conn, "%s\r\n", a)
			continue
		}
		switch verb {
		case "EHLO":
			offers := []string{"mail"}
			if encrypted == "" && !s.noStartTLS {
				offers = append(offers, "STARTTLS")
			}
			if !s.noAuth {
				offers = append(offers, "AUTH PLAIN")
			}
			for i, o := range offers {
				sep := "-"
				if i == len(offers)-1 {
					sep = " "
				}
				fmt.Fprintf(conn, "250%s%s\r\n", sep, o)
			}
		case "STARTTLS":
			fmt.Fprint(conn, "220 go\r\n")
			conn, encrypted = tls.Server(conn, s.tls), "TLS "
			in = bufio.NewReader(conn)
		case "AUTH":
			_, sent, _ := strings.Cut(line, "PLAIN ")
			b, _ := base64.StdEncoding.DecodeString(sent)
			if string(b) != "\x00prokura\x00secret" {
				fmt.Fprint(conn, "535 no\r\n")
				continue
			}
			fmt.Fprint(conn, "235 yes\r\n")
		case "DATA":
			fmt.Fprint(conn, "354 go on\r\n")
			var message strings.Builder
			for {
				line, err := in.ReadString('\n')
				if err != nil {
					return
				}
				if line == ".\r\n" {
					break
				}
				message.WriteString(strings.TrimPrefix(line, "."))
			}
			s.mu.Lock()
			s.messages = append(s.messages, message.String())
			s.mu.Unlock()
			fmt.Fprint(conn, "250 taken\r\n")
		case "QUIT":
			fmt.Fprint(conn, "221 bye\r\n")
			return
		default:
			fmt.Fprint(conn, "250 ok\r\n")
		}
	}
}

func (s *mailServer) note(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.said = append(s.said, line)
}

func (s *mailServer) heard() (said []string, messages []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.said...), append([]string(nil), s.messages...)
}
