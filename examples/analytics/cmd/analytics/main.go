// Command analytics runs the sample content server by itself.
//
//	analytics -issuer http://127.0.0.1:8080 -audience analytics -admin-url http://127.0.0.1:8080 \
//		-admin-token-file DATA/operator-token -data DIR
//
// It prints the address it listens on, and stops on SIGTERM after the requests in flight have ended.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"prokura/examples/analytics"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "analytics: error:", err)
		}
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var cfg analytics.Config
	flags := flag.NewFlagSet("analytics", flag.ContinueOnError)
	flags.SetOutput(stderr)
	listen := flags.String("listen", "127.0.0.1:8081", "address to listen on")
	flags.StringVar(&cfg.Issuer, "issuer", "", "issuer of the identity headers (required)")
	flags.StringVar(&cfg.JWKSURL, "jwks", "", "URL of the issuer's keys (default ISSUER/.well-known/jwks.json)")
	flags.StringVar(&cfg.Audience, "audience", "analytics", "name of this server in the identity headers")
	flags.StringVar(&cfg.Data, "data", "analytics-data", "directory for the content")
	flags.StringVar(&cfg.AdminURL, "admin-url", "", "base URL of Prokura, without /v1 (required)")
	flags.StringVar(&cfg.Plan, "plan", "starter", "plan of the sites that Create Site makes")
	flags.StringVar(&cfg.WebURL, "web-url", "", "where people look at content; makes webpageUrl")
	tokenFile := flags.String("admin-token-file", "", "file with the operator's token for /v1 (required)")
	if err := flags.Parse(args); err != nil {
		return err
	}
	token, err := os.ReadFile(*tokenFile)
	if err != nil {
		return fmt.Errorf("reading the operator's token: %w", err)
	}
	cfg.AdminToken = strings.TrimSpace(string(token))
	cfg.Log = slog.New(slog.NewTextHandler(stderr, nil))
	server, err := analytics.New(cfg)
	if err != nil {
		return err
	}
	defer server.Close()
	listener, err := net.Listen("tcp", *listen)
	if err != nil {
		return fmt.Errorf("listening: %w", err)
	}
	fmt.Fprintf(stdout, "listening on http://%s\n", listener.Addr())
	web := &http.Server{Handler: server, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute}
	ended := make(chan error, 1)
	go func() { ended <- web.Serve(listener) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serving: %w", err)
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
	defer cancel()
	return web.Shutdown(grace)
}
