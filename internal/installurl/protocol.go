package installurl

import (
	"slices"
	"strconv"
	"strings"

	"prokura/internal/refusal"
)

const (
	// MaxState bounds the state, which goes back byte by byte (A014).
	MaxState = 1 << 10
	// challengeLength is that of the base64url form of a SHA-256 (RFC 7636 §4.2).
	challengeLength = 43
)

// Protocol is what is wrong with the parameters by the rules of the protocol, whoever asks: nothing here depends on scopes. A
// client that uses install URLs may leave response_type out (A011); a public one must send a challenge.
func (p *Params) Protocol(installURL, public bool) []refusal.Finding {
	var out []refusal.Finding
	find := func(f refusal.Finding) { out = append(out, f) }
	for _, name := range []string{"request", "request_uri"} { // nothing is fetched, and nothing unsigned believed (A013)
		if p.Has(name) {
			find(refusal.Finding{Code: refusal.RequestObjectNotOffered, Got: name})
		}
	}
	if len(p.State) > MaxState {
		find(refusal.Finding{Code: refusal.ParameterTooLong, Got: "state", Want: strconv.Itoa(MaxState)})
	}
	switch {
	case p.ResponseType == "code":
	case p.ResponseType != "":
		find(refusal.Finding{Code: refusal.ResponseTypeNotOffered, Got: p.ResponseType}) // nothing can switch implicit on (A011)
	case !installURL:
		find(refusal.Finding{Code: refusal.ResponseTypeMissing})
	}
	if m := p.ResponseMode; m != "" && m != "query" {
		find(refusal.Finding{Code: refusal.ResponseModeNotOffered, Got: m})
	}
	// Only S256 is offered, and a method that was left out means plain (RFC 7636 §4.3, A055).
	switch {
	case p.Has("code_challenge") || p.Has("code_challenge_method"):
		if p.CodeChallengeMethod != "S256" || !isChallenge(p.CodeChallenge) {
			find(refusal.Finding{Code: refusal.ChallengeMalformed})
		}
	case public:
		find(refusal.Finding{Code: refusal.ChallengeMissing})
	}
	prompts := strings.Fields(p.Prompt)
	known := []string{"none", "login", "consent", "select_account"}
	if slices.ContainsFunc(prompts, func(s string) bool { return !slices.Contains(known, s) }) || slices.Contains(prompts, "none") && len(prompts) > 1 {
		find(refusal.Finding{Code: refusal.PromptMalformed, Got: p.Prompt})
	}
	return out
}

// isChallenge says whether the text is the one form that a SHA-256 has in base64url: the last character has two bits to spare,
// which are zero (A056).
func isChallenge(s string) bool {
	if len(s) != challengeLength {
		return false
	}
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	for i := range len(s) {
		if strings.IndexByte(alphabet, s[i]) < 0 {
			return false
		}
	}
	return strings.IndexByte(alphabet, s[challengeLength-1])%4 == 0
}
