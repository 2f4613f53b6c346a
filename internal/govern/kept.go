package govern

import "prokura/internal/policy"

// Kept are the terms that stand: what a change leaves out stays as they say. False: nothing stands that a change could leave as it is,
// since nobody decided, or what was decided was revoked. Of an authorization that expired, the end stays too, and is refused as past:
// who makes it hold again says until when.
//
// Scopes that the app registered only since are in none: who approves them names them. Of a connected app, no scope is named, which
// leaves those that are assigned.
func (s *Seen) Kept() (Terms, bool) {
	if s.App.Kind == ConnectedAppKind {
		return Terms{Admission: policy.Admission{All: true}, Version: s.Version}, true
	}
	if s.Version == 0 && !s.Virtual || s.Standing.Dead() || s.Origin == policy.ByUser {
		return Terms{}, false
	}
	t := Terms{Uncapped: s.Uncapped, Scopes: s.Ceiling, Admission: s.Admission, ForItself: s.ForItself, Expires: s.Expires, Version: s.Version}
	if s.Uncapped && s.Standing.Limited {
		t.Uncapped, t.Scopes = false, s.Standing.Ceiling
	}
	return t, true
}
