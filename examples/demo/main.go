// Command demo runs everything in one process: Prokura on SQLite, the sample resource server behind its gateway, and a
// world to try it on. It prints what to try next.
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
	"syscall"
	"time"

	"prokura/examples/analytics"
	"prokura/internal/config"
	"prokura/internal/server"
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
	upstream, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	cfg := config.Default()
	cfg.Listen = []string{listen}
	cfg.Data = filepath.Join(data, "prokura")
	cfg.Routes = []config.Route{{Prefix: "/api", Catalog: "analytics", Dialect: "tableau",
		Upstream: "http://" + upstream.Addr().String(), Audience: "analytics"}}
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

	api := &http.Server{Handler: content, ReadHeaderTimeout: 10 * time.Second}
	served := make(chan error, 2)
	background, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() { served <- api.Serve(upstream) }()
	go func() { served <- prokura.Run(background) }()

	c, err := furnish(ctx, prokura.Issuer(), adminToken, filepath.Join(data, "world.json"))
	if err == nil {
		err = fill(ctx, content, c)
	}
	if err == nil {
		err = c.Write(credentials)
	}
	if err == nil {
		err = hints(out, c, credentials, prokura.OperatorTokenFile)
	}
	if err == nil {
		select {
		case <-ctx.Done():
		case err = <-served:
			served <- nil
		}
	}
	cancel()
	if closing := api.Shutdown(context.WithoutCancel(ctx)); closing != nil {
		err = errors.Join(err, closing)
	}
	for range 2 {
		if e := <-served; e != nil && !errors.Is(e, http.ErrServerClosed) {
			err = errors.Join(err, e)
		}
	}
	return err
}
