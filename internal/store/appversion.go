package store

// After is the app with the version that a change of an older state gives it: the same where nothing changed.
func (a ConnectedApp) After(old ConnectedApp) ConnectedApp {
	a.Version = old.Version
	if a.Name != old.Name || a.Enabled != old.Enabled || a.AllScopes != old.AllScopes || !a.Scopes.Equal(old.Scopes) ||
		a.Authorization != old.Authorization || a.Revoked != old.Revoked {
		a.Version++
	}
	return a
}
