package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"net/smtp"
	"strconv"
	"strings"
	"time"

	"prokura/internal/clock"
	"prokura/internal/entropy"
	"prokura/internal/id"
)

// Encryption says when the connection to the mail server is encrypted.
type Encryption string

// The ways to encrypt.
const (
	StartTLS Encryption = "starttls" // after a greeting in the clear; a server that does not offer it gets nothing
	Implicit Encryption = "implicit" // from the first byte (RFC 8314 §3)
	Plain    Encryption = "none"     // never: for a server on this machine
)

// How long a connection may take to come about, and a letter to be handed over.
const (
	dialTimeout = 10 * time.Second
	sendTimeout = 30 * time.Second
)

// Config is what is known of the operator's mail server.
type Config struct {
	Host       string
	Port       int
	Encryption Encryption
	From       string // an address, or a name and an address
	User       string // empty: none is asked for
	Password   string
	Roots      *x509.CertPool // nil: those of the machine
	Clock      clock.Clock
}

// SMTP hands letters to a mail server.
type SMTP struct {
	c    Config
	from netmail.Address
}

// NewSMTP makes a sender. It does not connect.
func NewSMTP(c Config) (*SMTP, error) {
	from, err := netmail.ParseAddress(c.From)
	if err != nil {
		return nil, fmt.Errorf("reading the sender of mails %q: %w", c.From, err)
	}
	return &SMTP{c, *from}, nil
}

// Send hands one letter over. It has arrived at the mail server when Send returns without an error, and nowhere else yet.
func (s *SMTP) Send(ctx context.Context, l Letter) (err error) {
	if Address(l.To) == "" {
		return fmt.Errorf("sending a letter: %q is no mail address", l.To)
	}
	e := envelope{from: s.from, date: s.c.Clock.Now(), id: entropy.ID[id.Reference]().String()}
	text, err := compose(e, l)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	c, err := s.connect(ctx)
	if err != nil {
		return fmt.Errorf("connecting to the mail server %s: %w", s.address(), err)
	}
	// A server that stops answering is left when the time is over.
	stop := context.AfterFunc(ctx, func() { c.Close() })
	defer stop()
	defer c.Close()
	if err := s.hand(c, l.To, text); err != nil {
		return fmt.Errorf("handing a letter to %s: %w", s.address(), errors.Join(err, ctx.Err()))
	}
	return nil
}

func (s *SMTP) address() string { return net.JoinHostPort(s.c.Host, strconv.Itoa(s.c.Port)) }

func (s *SMTP) connect(ctx context.Context) (*smtp.Client, error) {
	dialer := net.Dialer{Timeout: dialTimeout}
	conn, err := dialer.DialContext(ctx, "tcp", s.address())
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	if s.c.Encryption == Implicit {
		conn = tls.Client(conn, s.tls())
	}
	c, err := smtp.NewClient(conn, s.c.Host)
	if err == nil {
		err = s.greet(c)
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	return c, nil
}

// greet says who we are, and makes sure that the rest is said as the configuration wants it.
func (s *SMTP) greet(c *smtp.Client) error {
	_, domain, _ := strings.Cut(s.from.Address, "@")
	if err := c.Hello(domain); err != nil {
		return err
	}
	if s.c.Encryption == StartTLS || s.c.Encryption == "" {
		if ok, _ := c.Extension("STARTTLS"); !ok {
			return errors.New("it does not offer STARTTLS, without which nothing is sent")
		}
		if err := c.StartTLS(s.tls()); err != nil {
			return err
		}
	}
	if s.c.User == "" {
		return nil
	}
	if ok, _ := c.Extension("AUTH"); !ok {
		return errors.New("it does not ask for user and password, but the configuration has them")
	}
	return c.Auth(smtp.PlainAuth("", s.c.User, s.c.Password, s.c.Host))
}

func (s *SMTP) tls() *tls.Config {
	return &tls.Config{ServerName: s.c.Host, MinVersion: tls.VersionTLS12, RootCAs: s.c.Roots}
}

func (s *SMTP) hand(c *smtp.Client, to string, text []byte) error {
	if err := c.Mail(s.from.Address); err != nil {
		return err
	}
	if err := c.Rcpt(to); err != nil {
		return err
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write(text); err != nil {
		return err
	}
	if err := w.Close(); err != nil { // the server has taken it with this answer
		return err
	}
	_ = c.Quit() // what it says to that changes nothing
	return nil
}
