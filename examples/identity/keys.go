package identity

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// How long keys are used, and how often they are asked for.
const (
	// KeysFresh is how long fetched keys are used before they are fetched again, so that a removed key goes away.
	KeysFresh = 10 * time.Minute
	// KeysUsable is how long they are used when the issuer cannot be reached.
	KeysUsable = time.Hour
	// KeysPause keeps a flood of unknown key IDs from becoming a flood of fetches.
	KeysPause = 10 * time.Second
	// KeysRetry is the pause after a fetch that came to nothing.
	KeysRetry = time.Second
)

// keysSize bounds the document.
const keysSize = 256 << 10

// errKeyUnknown: the issuer was asked and has no such key.
var errKeyUnknown = errors.New("the issuer has no such key")

// keySet is the issuer's public keys, fetched when they are first needed, when they are old, and when a key ID is
// unknown, but never twice within a pause.
type keySet struct {
	url  string
	http *http.Client
	now  func() time.Time

	mu      sync.Mutex
	keys    map[string]*ecdsa.PublicKey
	fetched time.Time // when keys was last replaced
	tried   time.Time // when a fetch was last begun
	failed  error     // why the last fetch came to nothing
}

// find gives the key with that ID. Callers queue behind a fetch in progress and then find its result.
func (k *keySet) find(ctx context.Context, id string) (*ecdsa.PublicKey, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.now()
	key, known := k.keys[id]
	if known && now.Sub(k.fetched) < KeysFresh {
		return key, nil
	}
	pause := KeysPause
	if k.failed != nil {
		pause = KeysRetry
	}
	if k.tried.IsZero() || now.Sub(k.tried) >= pause {
		k.tried = now
		// The fetch serves everybody who waits: it must not end because the one who began it has gone away.
		if keys, err := k.fetch(context.WithoutCancel(ctx)); err != nil {
			k.failed = err
		} else {
			k.keys, k.fetched, k.failed = keys, now, nil
		}
	}
	key, known = k.keys[id]
	switch {
	case known && now.Sub(k.fetched) < KeysUsable:
		return key, nil
	case k.failed != nil:
		return nil, fmt.Errorf("fetching the issuer's keys: %w", k.failed)
	}
	return nil, errKeyUnknown
}

func (k *keySet) fetch(ctx context.Context) (map[string]*ecdsa.PublicKey, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, k.url, nil)
	if err != nil {
		return nil, err
	}
	resp, err := k.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answered %s", k.url, resp.Status)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, keysSize+1))
	if err != nil {
		return nil, err
	}
	if len(body) > keysSize {
		return nil, fmt.Errorf("%s answered more than %d bytes", k.url, keysSize)
	}
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(body, &set); err != nil {
		return nil, fmt.Errorf("reading %s: %w", k.url, err)
	}
	// Keys of other kinds may stand beside ours (RFC 7517 §5): they are passed over, not an error.
	keys := make(map[string]*ecdsa.PublicKey)
	for _, raw := range set.Keys {
		var jwk jose.JSONWebKey
		if jwk.UnmarshalJSON(raw) != nil || jwk.KeyID == "" || (jwk.Use != "" && jwk.Use != "sig") {
			continue
		}
		if pub, ok := jwk.Key.(*ecdsa.PublicKey); ok && pub.Curve == elliptic.P256() {
			keys[jwk.KeyID] = pub
		}
	}
	return keys, nil
}
