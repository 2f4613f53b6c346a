package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// app is a connected app with the user that it signs in, as a script of the tenant has it.
type app struct {
	ClientID, SecretID, Value, User, ContentURL string
}

// assertion signs a JWT that is good for nine minutes, and once.
func (a *app) assertion(jti string, scopes []string) string {
	list, _ := json.Marshal(scopes)
	header := fmt.Appendf(nil, `{"alg":"HS256","typ":"JWT","kid":%q,"iss":%q}`, a.SecretID, a.ClientID)
	claims := fmt.Appendf(nil, `{"iss":%q,"aud":"tableau","sub":%q,"jti":%q,"exp":%d,"scp":%s}`,
		a.ClientID, a.User, jti, time.Now().Add(9*time.Minute).Unix(), list)
	input := base64.RawURLEncoding.EncodeToString(header) + "." + base64.RawURLEncoding.EncodeToString(claims)
	mac := hmac.New(sha256.New, []byte(a.Value))
	mac.Write([]byte(input))
	return input + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// body is a sign-in with an assertion.
func (a *app) body(assertion string) []byte {
	return fmt.Appendf(nil, `{"credentials":{"jwt":%q,"site":{"contentUrl":%q}}}`, assertion, a.ContentURL)
}

// inParallel calls do for 0 to n-1, by so many goroutines, and answers the first error.
func inParallel(goroutines, n int, do func(i int) error) error {
	var next atomic.Int64
	var wg sync.WaitGroup
	errs := make(chan error, goroutines)
	for range goroutines {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				if err := do(i); err != nil {
					errs <- err
					return
				}
			}
		})
	}
	wg.Wait()
	close(errs)
	return <-errs
}
