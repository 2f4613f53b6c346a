// Command demo runs everything in one process: Prokura on SQLite, three sample resource servers behind its gateway, a
// third-party app that asks for access to one of them, and a world to try it on. It prints what to try next.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"prokura/examples/analytics"
	"prokura/examples/contactcenter"
	"prokura/examples/crm"
	"prokura/examples/thirdparty"
	"prokura/examples/world"
	"prokura/internal/config"
	"prokura/internal/server"
	"prokura/internal/v1client"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:8080", "address to listen on; loopback only")
	data := flag.String("data", "", "directory for everything that is kept; a temporary one without it")
	credentials := flag.String("credentials", "", "file to write the world's credentials to, once everything answers")
	flag.Parse()
	// A second Ctrl-C ends the demo at once: stop restores what signals do by default.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	defer stop()
	if err := run(ctx, os.Stdout, *listen, *data, *credentials); err != nil {
		fmt.Fprintln(os.Stderr, "demo: error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer, listen, data, credentials string) (err error) {
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	if data == "" {
		if data, err = os.MkdirTemp("", "prokura-demo-"); err != nil {
			return err
		}
		defer os.RemoveAll(data)
	} else if err = os.MkdirAll(data, 0o700); err != nil {
		return err
	}
	if credentials == "" {
		credentials = filepath.Join(data, "credentials.json")
	}

	// The file says that everything answers, so one of an earlier start must not.
	if err := os.Remove(credentials); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(credentials), 0o700); err != nil {
		return err
	}
	var at [4]net.Listener // of two APIs, the third-party app, and a third API
	for i := range at {
		if at[i], err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			return err
		}
		defer at[i].Close()
	}
	upstream := func(l net.Listener) string { return "http://" + l.Addr().String() }
	cfg := config.Default()
	cfg.Listen = []string{listen}
	cfg.Data = filepath.Join(data, "prokura")
	cfg.Routes = []config.Route{
		{Prefix: "/api", Catalog: "analytics", Dialect: "tableau", Upstream: upstream(at[0]), Audience: "analytics"},
		{Prefix: "/crm", Catalog: "crm", Dialect: "hubspot", Upstream: upstream(at[1]), Audience: "crm"},
		{Prefix: "/api/v2", Catalog: "contactcenter", Dialect: "genesys", Upstream: upstream(at[3]), Audience: "contactcenter"},
		{Prefix: "/automation", Catalog: "crm", Dialect: "hubspot", Upstream: upstream(at[1]), Audience: "crm"},
	}
	cfg.Limits.FailuresPerMinute = 1_000_000 // a demo is there to be tried, also with what fails
	prokura, err := server.New(ctx, cfg, server.Deps{Log: log})
	if err != nil {
		return err
	}
	token, err := os.ReadFile(cfg.OperatorTokenFile())
	if err != nil {
		return err
	}
	adminToken := strings.TrimSpace(string(token))
	content, err := analytics.New(analytics.Config{Issuer: prokura.Issuer(), Audience: "analytics", Data: filepath.Join(data, "analytics"),
		AdminURL: prokura.Issuer(), AdminToken: adminToken, Log: log})
	if err != nil {
		return err
	}
	defer content.Close()
	records, err := crm.New(crm.Config{Issuer: prokura.Issuer(), Audience: "crm", Data: filepath.Join(data, "crm"), Log: log})
	if err != nil {
		return err
	}
	defer records.Close()

	center, err := contactcenter.New(contactcenter.Config{Issuer: prokura.Issuer(), Audience: "contactcenter", Data: filepath.Join(data, "contactcenter"), Log: log})
	if err != nil {
		return err
	}
	defer center.Close()

	var party atomic.Pointer[thirdparty.Server] // it needs what is furnished first
	others := []*http.Server{serve(content), serve(records), serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s := party.Load(); s != nil {
			s.ServeHTTP(w, r)
			return
		}
		http.Error(w, "not ready", http.StatusServiceUnavailable)
	})), serve(center)}
	served := make(chan error, len(others)+1)
	background, cancel := context.WithCancel(ctx)
	defer cancel()
	for i, s := range others {
		go func() { served <- s.Serve(at[i]) }()
	}
	go func() { served <- prokura.Run(background) }()

	c, err := people(ctx, prokura.Issuer(), adminToken, filepath.Join(data, "world.json"), upstream(at[2])+"/callback")
	if err == nil {
		err = errors.Join(fill(ctx, content, c), fillCRM(records, c), fillCenter(center, c))
	}
	if err == nil {
		var s *thirdparty.Server
		if s, err = thirdparty.New(prokura.Issuer(), played(c, upstream(at[2])+"/callback"), nil); err == nil {
			party.Store(s)
			err = tryOut(ctx, c, upstream(at[2]), adminToken, filepath.Join(data, "world.json"))
		}
		if err == nil {
			err = c.Write(credentials)
		}
	}
	if err == nil {
		err = errors.Join(hints(out, c, credentials, prokura.OperatorTokenFile), centerHints(out, c), appHints(out, c, upstream(at[2])), governedHints(out, c, upstream(at[2])), carefulHints(out, c))
	}
	if err == nil {
		select {
		case <-ctx.Done():
		case err = <-served:
			served <- nil
		}
	}
	cancel()
	for _, s := range others {
		if closing := s.Shutdown(context.WithoutCancel(ctx)); closing != nil {
			err = errors.Join(err, closing)
		}
	}
	for range cap(served) {
		if e := <-served; e != nil && !errors.Is(e, http.ErrServerClosed) {
			err = errors.Join(err, e)
		}
	}
	return err
}

func serve(h http.Handler) *http.Server {
	return &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
}

// people makes the world and the apps, or finds them as they were left.
func people(ctx context.Context, issuer, adminToken, remembered, redirect string) (*world.Credentials, error) {
	api, err := v1client.New(issuer, adminToken, "en")
	if err != nil {
		return nil, err
	}
	c, err := furnish(ctx, api, issuer, adminToken, remembered)
	if err != nil {
		return nil, err
	}
	if err := furnishApps(ctx, api, c, redirect, remembered); err != nil {
		return nil, err
	}
	return c, furnishGoverned(ctx, api, c, redirect, remembered)
}
