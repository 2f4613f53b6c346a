package page

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"path"
	"strings"
)

// AssetPrefix is the beginning of the paths of style sheet, script and icon. They have their content's hash in them, so that
// they may be kept for good.
const AssetPrefix = "/assets/"

type asset struct {
	media string
	body  []byte
}

// assets are the files of assets/, by path and by name.
type assets struct {
	byPath map[string]asset
	paths  map[string]string
}

func loadAssets() (*assets, error) {
	a := &assets{byPath: map[string]asset{}, paths: map[string]string{}}
	list, err := files.ReadDir("assets")
	if err != nil {
		return nil, err
	}
	media := map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
	for _, f := range list {
		m, ok := media[path.Ext(f.Name())]
		if !ok {
			return nil, fmt.Errorf("asset %s: unknown media type", f.Name())
		}
		b, err := files.ReadFile("assets/" + f.Name())
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(b)
		at := AssetPrefix + hex.EncodeToString(sum[:8]) + "/" + f.Name()
		a.byPath[at], a.paths[f.Name()] = asset{m, b}, at
	}
	return a, nil
}

func (a *assets) path(name string) string { return a.paths[name] }

// Assets answers the paths below [AssetPrefix].
func (p *Renderer) Assets(w http.ResponseWriter, r *http.Request) {
	f, ok := p.assets.byPath[r.URL.Path]
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Content-Security-Policy", "default-src 'none'")
	switch {
	case !ok:
		h.Set("Cache-Control", "no-store")
		http.Error(w, "not found", http.StatusNotFound)
		return
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		h.Set("Allow", "GET, HEAD")
		http.Error(w, "only GET and HEAD", http.StatusMethodNotAllowed)
		return
	}
	h.Set("Content-Type", f.media)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	if r.Method == http.MethodGet {
		_, _ = w.Write(f.body)
	}
}

// Owns says whether a path is one of the assets'. Logos are not among them: they are in the database.
func Owns(path string) bool {
	return strings.HasPrefix(path, AssetPrefix) && !strings.HasPrefix(path, LogoPrefix)
}

// LogoPrefix is where logos of apps are served from.
const LogoPrefix = AssetPrefix + "logo/"

// LogoPath is where the logo of a sum is; empty: there is none.
func LogoPath(sum string) string {
	if sum == "" {
		return ""
	}
	return LogoPrefix + sum
}
