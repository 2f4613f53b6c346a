// Package browser_test looks at the pages as people do: in a real browser, against the demo. What it needs is Debian's
// chromium and what package.json names.
package browser_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"prokura/examples/world"
)

var (
	demo    *world.Credentials // set by TestMain
	browser context.Context    // set by TestMain
	axe     string             // set by TestMain: the source of axe-core
)

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "prokura-browser-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	src, err := os.ReadFile("node_modules/axe-core/axe.min.js")
	if err != nil {
		fmt.Fprintln(os.Stderr, "axe-core is missing; scripts/install.sh fetches it:", err)
		return 1
	}
	axe = string(src)
	stop, err := startDemo(dir)
	if err != nil {
		fmt.Fprintln(os.Stderr, "starting the demo:", err)
		return 1
	}
	defer stop()
	close, err := startBrowser(dir)
	if err != nil {
		fmt.Fprintln(os.Stderr, "starting chromium:", err)
		return 1
	}
	defer close()
	return m.Run()
}

// startDemo builds and starts the demo, and waits until its credentials file says that everything answers.
func startDemo(dir string) (stop func(), err error) {
	binary := filepath.Join(dir, "demo")
	if out, err := exec.Command("go", "build", "-o", binary, "prokura/examples/demo").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, out)
	}
	file := filepath.Join(dir, "credentials.json")
	var log bytes.Buffer
	cmd := exec.Command(binary, "-listen", "127.0.0.1:0", "-data", filepath.Join(dir, "data"), "-credentials", file)
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	stop = func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		<-ended
	}
	deadline := time.After(2 * time.Minute)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err := <-ended:
			return nil, fmt.Errorf("it ended: %w\n%s", err, log.String())
		case <-deadline:
			stop()
			return nil, fmt.Errorf("no credentials file in time\n%s", log.String())
		case <-tick.C:
			demo, err = world.Read(file)
			if err == nil {
				return stop, nil
			}
			if !errors.Is(err, fs.ErrNotExist) {
				stop()
				return nil, err
			}
		}
	}
}

func startBrowser(dir string) (stop func(), err error) {
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-dev-shm-usage", true),
		chromedp.UserDataDir(filepath.Join(dir, "profile")))
	allocator, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, quit := chromedp.NewContext(allocator)
	if err := chromedp.Do(ctx); err != nil { // starts it
		cancel()
		return nil, err
	}
	browser = ctx
	return func() { quit(); cancel() }, nil
}

// limit is how long one test may look at pages.
const limit = 90 * time.Second

// tab is one tab with cookies of its own, as of a person who has not been here before.
type tab struct {
	t   *testing.T
	ctx context.Context
}

// newTab opens a tab of the width given, in pixels.
func newTab(t *testing.T, width int64) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	ctx, timeout := context.WithTimeout(ctx, limit)
	t.Cleanup(timeout)
	b := &tab{t, ctx}
	b.do(chromedp.EmulateViewport(width, 900))
	return b
}

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.t.Fatalf("%v\nat %s:\n%s", err, b.url(), b.body())
	}
}

// open loads a page.
func (b *tab) open(url string) { b.t.Helper(); b.do(chromedp.Navigate(url)) }

// press clicks what leads to another page, and waits for that page. Where a decision is held back for a moment, it waits
// as a person would.
func (b *tab) press(selector string) {
	b.t.Helper()
	b.do(chromedp.WaitEnabled(chromedp.CSS(selector)))
	if _, err := chromedp.RunResponse(b.ctx, chromedp.Click(chromedp.CSS(selector))); err != nil {
		b.t.Fatalf("pressing %s: %v\nat %s:\n%s", selector, err, b.url(), b.body())
	}
}

// fill types into a field.
func (b *tab) fill(selector, text string) {
	b.t.Helper()
	b.do(chromedp.SetValue(chromedp.CSS(selector), text))
}

func (b *tab) url() string {
	s, err := chromedp.Run(b.ctx, chromedp.Location())
	if err != nil {
		return err.Error()
	}
	return s
}

// body is the page's text, as far as it is visible.
func (b *tab) body() string {
	s, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](`document.body ? document.body.innerText : ""`))
	if err != nil {
		return err.Error()
	}
	return s
}

// shows fails unless each text is on the page.
func (b *tab) shows(texts ...string) {
	b.t.Helper()
	body := b.body()
	for _, want := range texts {
		if !strings.Contains(body, want) {
			b.t.Errorf("the page lacks %q\nat %s:\n%s", want, b.url(), body)
		}
	}
}

// has says whether something is on the page.
func (b *tab) has(selector string) bool {
	b.t.Helper()
	return b.eval(`!!document.querySelector(`+strconv.Quote(selector)+`)`) == true
}

// text is that of the first element that matches, visible or not.
func (b *tab) text(selector string) string {
	b.t.Helper()
	s, _ := b.eval(`document.querySelector(` + strconv.Quote(selector) + `)?.textContent ?? ""`).(string)
	return strings.TrimSpace(s)
}

// openDetails opens all that is folded.
func (b *tab) openDetails() {
	b.t.Helper()
	b.eval(`document.querySelectorAll("details").forEach(d => d.open = true)`)
}

func (b *tab) eval(expression string) any {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[any](expression))
	if err != nil {
		b.t.Fatalf("%s: %v\nat %s", expression, err, b.url())
	}
	return v
}

// dark asks for the dark colors, as a system's setting does.
func dark(on bool) chromedp.Action[chromedp.Void] {
	scheme := "light"
	if on {
		scheme = "dark"
	}
	return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
		return err
	})
}

// violation is what axe-core found.
type violation struct {
	ID    string `json:"id"`
	Help  string `json:"help"`
	Nodes []struct {
		HTML    string `json:"html"`
		Summary string `json:"failureSummary"`
	} `json:"nodes"`
}

// accessible fails for every rule of axe-core that the page breaks, and when it is wider than the window.
func (b *tab) accessible() {
	b.t.Helper()
	b.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := chromedp.Run(ctx, chromedp.Evaluate[bool](axe+`; typeof axe === "object"`))
		return err
	}))
	found, err := chromedp.Run(b.ctx, chromedp.Evaluate[[]violation](
		`axe.run(document).then(r => r.violations)`, chromedp.EvalAwaitPromise, chromedp.EvalAsValue))
	if err != nil {
		b.t.Fatalf("running axe-core at %s: %v", b.url(), err)
	}
	for _, v := range found {
		for _, n := range v.Nodes {
			b.t.Errorf("%s: %s: %s\n%s\n%s", b.url(), v.ID, v.Help, n.HTML, n.Summary)
		}
	}
	wide, err := chromedp.Run(b.ctx, chromedp.Evaluate[int](`document.documentElement.scrollWidth - window.innerWidth`))
	if err != nil || wide > 0 {
		b.t.Errorf("%s is %d pixels wider than the window (%v)", b.url(), wide, err)
	}
}

// shot writes a picture of the whole page into the directory that SCREENSHOTS names; without one it does nothing.
func (b *tab) shot(name string) {
	b.t.Helper()
	dir := os.Getenv("SCREENSHOTS")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), png, 0o600)
	}
	if err != nil {
		b.t.Error(err)
	}
}
