// Package testpg runs a PostgreSQL of its own for tests: one server for a test binary, one schema for a test.
//
// The server lives in a temporary directory, listens on a Unix socket only, and never runs as root. It does not sync,
// which loses nothing when a process is killed; it is not for benchmarks and not for pulling the plug.
package testpg

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"prokura/internal/entropy"
)

// Server is a running PostgreSQL.
type Server struct {
	bin    string
	dir    string
	cred   *syscall.Credential
	cmd    *exec.Cmd
	output bytes.Buffer
	exited chan struct{}
}

// Main runs the tests of a package with a server: func TestMain(m *testing.M) { testpg.Main(m, &server) }. It ends the
// process.
func Main(m *testing.M, server **Server) {
	// The kernel kills the server when the thread that started it ends.
	runtime.LockOSThread()
	s, err := Start()
	if err != nil {
		fmt.Fprintln(os.Stderr, "testpg:", err)
		os.Exit(1)
	}
	*server = s
	code := m.Run()
	if err := s.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, "testpg:", err)
		code = 1
	}
	os.Exit(code)
}

// Start makes a database cluster and starts its server.
func Start() (*Server, error) {
	s := &Server{}
	var err error
	if s.bin, err = programs(); err != nil {
		return nil, err
	}
	if s.cred, err = credential(); err != nil {
		return nil, err
	}
	// Not under a test's own directory, whose parents are closed to other users, and short, since a socket's path
	// must fit into 107 bytes.
	if s.dir, err = os.MkdirTemp("", "testpg"); err != nil {
		return nil, fmt.Errorf("making a directory: %w", err)
	}
	if s.cred != nil {
		if err := os.Chown(s.dir, int(s.cred.Uid), int(s.cred.Gid)); err != nil {
			return nil, errors.Join(fmt.Errorf("making a directory: %w", err), os.RemoveAll(s.dir))
		}
	}
	// An ICU collation, so that tests notice where a byte by byte one is forgotten.
	initdb := s.command("initdb", "-D", s.data(), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync",
		"--no-instructions", "--locale-provider=icu", "--icu-locale=en-US", "--locale=C.UTF-8")
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, errors.Join(fmt.Errorf("running initdb: %w\n%s", err, out), os.RemoveAll(s.dir))
	}
	if err := s.Restart(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(s.dir))
	}
	return s, nil
}

// Restart starts the server, ending the one that runs as a crash would.
func (s *Server) Restart() error {
	if err := s.Kill(); err != nil {
		return err
	}
	s.output.Reset()
	s.cmd = s.command("postgres", "-D", s.data(), "-k", s.dir, "-c", "listen_addresses=", "-c", "fsync=off",
		"-c", "synchronous_commit=on", "-c", "max_connections=200", "-c", "shared_buffers=32MB")
	s.cmd.Stdout, s.cmd.Stderr = &s.output, &s.output
	if err := s.cmd.Start(); err != nil {
		return fmt.Errorf("starting postgres: %w", err)
	}
	exited := make(chan struct{})
	s.exited = exited
	go func() {
		s.cmd.Wait() // how it ended does not matter
		close(exited)
	}()
	return s.ready()
}

// Kill ends the server at once, without a checkpoint.
func (s *Server) Kill() error {
	if s.cmd == nil {
		return nil
	}
	if err := s.cmd.Process.Signal(syscall.SIGQUIT); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stopping postgres: %w", err)
	}
	<-s.exited
	s.cmd = nil
	return nil
}

// Stop ends the server and deletes its files.
func (s *Server) Stop() error { return errors.Join(s.Kill(), os.RemoveAll(s.dir)) }

// Schema makes an empty schema, and answers the URL that leads to it. It goes with the test.
func (s *Server) Schema(t testing.TB) string {
	t.Helper()
	name := "t" + hex.EncodeToString(entropy.Bytes(8))
	s.exec(t, "CREATE SCHEMA "+name)
	t.Cleanup(func() { s.exec(t, "DROP SCHEMA "+name+" CASCADE") })
	return s.url() + "&search_path=" + name
}

func (s *Server) url() string {
	return "postgres:///postgres?user=postgres&host=" + url.QueryEscape(s.dir)
}

func (s *Server) exec(t testing.TB, statement string) {
	t.Helper()
	ctx := context.Background()
	c, err := pgx.Connect(ctx, s.url())
	if err != nil {
		t.Fatalf("testpg: %v", err)
	}
	defer c.Close(ctx)
	if _, err := c.Exec(ctx, statement); err != nil {
		t.Fatalf("testpg: %s: %v", statement, err)
	}
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

func (s *Server) command(program string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(s.bin, program), args...)
	cmd.Dir = s.dir
	cmd.Env = []string{"PATH=/usr/bin:/bin", "HOME=" + s.dir, "TZ=UTC"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.cred, Setpgid: true, Pdeathsig: syscall.SIGQUIT}
	return cmd
}

// ready waits until the server answers.
func (s *Server) ready() error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	retry := time.NewTicker(20 * time.Millisecond)
	defer retry.Stop()
	for {
		c, err := pgx.Connect(ctx, s.url())
		if err == nil {
			return c.Close(ctx)
		}
		select {
		case <-retry.C:
		case <-s.exited:
			return fmt.Errorf("postgres ended at once:\n%s", s.output.Bytes())
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("postgres does not answer: %w", err), s.Kill())
		}
	}
}

// programs finds the directory of Debian's newest PostgreSQL.
func programs() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil {
		return "", fmt.Errorf("looking for PostgreSQL: %w", err)
	}
	if len(found) == 0 {
		return "", errors.New("PostgreSQL is not installed, and these tests need it: apt-get install postgresql")
	}
	version := func(file string) int {
		n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(file)))) // 0 for what is no version
		return n
	}
	return filepath.Dir(slices.MaxFunc(found, func(a, b string) int { return version(a) - version(b) })), nil
}

// credential is whom the server runs as: the user postgres, or nobody, where we are root; PostgreSQL refuses root.
func credential() (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err1 == nil && err2 == nil {
			return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
		}
	}
	return nil, errors.New("PostgreSQL does not run as root, and there is neither a user postgres nor nobody")
}
