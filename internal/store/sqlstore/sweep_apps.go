package sqlstore

import "time"

// How long what apps and logins leave behind is kept, so that an answer can still say what became of it.
const (
	codesKept       = 24 * time.Hour      // beyond their end, so that a replay is noticed
	unredeemedKept  = time.Hour           // grants whose code nobody redeemed
	grantsKept      = 30 * 24 * time.Hour // beyond their end, with their refresh tokens
	linksKept       = 7 * 24 * time.Hour  // beyond their end
	installURLsKept = 90 * 24 * time.Hour // since they were seen last
	talliesKept     = 400 * 24 * time.Hour
	requestsKept    = 400 * 24 * time.Hour // since they were decided
	usesKept        = 92 * 24 * time.Hour
	logosKept       = 24 * time.Hour // without a version that names them
)

// A grant with a refresh token was redeemed, whatever it says of itself.
const unredeemed = `SELECT tenant, id FROM grants WHERE installed = 0 AND ended = 0 AND created < $1
	AND NOT EXISTS (SELECT 1 FROM refresh_tokens r WHERE r.tenant = grants.tenant AND r.grant_id = grants.id)
	ORDER BY created LIMIT $2`

// sweepsOfApps are statements in the order in which they run, each with the age that it takes. A grant that ended goes
// when nothing hangs on it any more.
var sweepsOfApps = [...]struct {
	what  string
	kept  time.Duration
	query string
}{
	{"codes", codesKept, `DELETE FROM codes WHERE (tenant, hash) IN
		(SELECT tenant, hash FROM codes WHERE expires < $1 ORDER BY expires LIMIT $2)`},
	{"codes nobody redeemed", unredeemedKept, `DELETE FROM codes WHERE (tenant, hash) IN (SELECT c.tenant, c.hash
		FROM (` + unredeemed + `) waiting JOIN codes c ON c.tenant = waiting.tenant AND c.grant_id = waiting.id)`},
	{"grants nobody redeemed", unredeemedKept, `DELETE FROM grants WHERE (tenant, id) IN (` + unredeemed + `)`},
	{"expired grants", 0, `UPDATE grants SET ended = expires, ended_by = 'expired' WHERE (tenant, id) IN
		(SELECT tenant, id FROM grants WHERE expires > 0 AND expires < $1 AND ended = 0 ORDER BY expires LIMIT $2)`},
	{"grants of dead authorizations", 0, `UPDATE grants SET ended = $1, ended_by = 'authorization_revoked' WHERE (tenant, id) IN
		(SELECT g.tenant, g.id FROM dead_authorizations d CROSS JOIN grants g
		WHERE g.tenant = d.tenant AND g.authorization_id = d.id AND g.ended = 0 LIMIT $2)`},
	{"consents to dead authorizations", 0, `DELETE FROM consents WHERE (tenant, client, user_id) IN
		(SELECT c.tenant, c.client, c.user_id FROM dead_authorizations d CROSS JOIN consents c
		WHERE c.tenant = d.tenant AND c.authorization_id = d.id AND d.since <= $1 LIMIT $2)`},
	{"dead authorizations", 0, `DELETE FROM dead_authorizations WHERE (tenant, id) IN
		(SELECT tenant, id FROM dead_authorizations d WHERE since <= $1
		AND NOT EXISTS (SELECT 1 FROM grants g WHERE g.tenant = d.tenant AND g.authorization_id = d.id AND g.ended = 0)
		AND NOT EXISTS (SELECT 1 FROM consents c WHERE c.tenant = d.tenant AND c.authorization_id = d.id) LIMIT $2)`},
	{"requests that expired", 0, `UPDATE authorization_requests SET state = 'expired', decided = expires WHERE (tenant, id) IN
		(SELECT tenant, id FROM authorization_requests WHERE state = 'waiting' AND expires < $1 LIMIT $2)`},
	{"old requests", requestsKept, `DELETE FROM authorization_requests WHERE (tenant, id) IN
		(SELECT tenant, id FROM authorization_requests WHERE decided > 0 AND decided < $1 LIMIT $2)`},
	{"uses", usesKept, `DELETE FROM uses WHERE (tenant, client, day, catalog, method) IN
		(SELECT tenant, client, day, catalog, method FROM uses WHERE day < $1 ORDER BY day LIMIT $2)`},
	{"what was foreseen", usesKept, `DELETE FROM foreseen WHERE (tenant, client, user_id, catalog, method, code) IN
		(SELECT tenant, client, user_id, catalog, method, code FROM foreseen WHERE last < $1 ORDER BY last LIMIT $2)`},
	{"codes of ended grants", grantsKept, `DELETE FROM codes WHERE (tenant, hash) IN (SELECT c.tenant, c.hash
		FROM grants g JOIN codes c ON c.tenant = g.tenant AND c.grant_id = g.id
		WHERE g.ended > 0 AND g.ended < $1 LIMIT $2)`},
	{"refresh tokens of ended grants", grantsKept, `DELETE FROM refresh_tokens WHERE (tenant, hash) IN (SELECT r.tenant, r.hash
		FROM grants g JOIN refresh_tokens r ON r.tenant = g.tenant AND r.grant_id = g.id
		WHERE g.ended > 0 AND g.ended < $1 LIMIT $2)`},
	{"ended grants", grantsKept, `DELETE FROM grants WHERE (tenant, id) IN (SELECT tenant, id FROM grants
		WHERE ended > 0 AND ended < $1
		AND NOT EXISTS (SELECT 1 FROM codes c WHERE c.tenant = grants.tenant AND c.grant_id = grants.id)
		AND NOT EXISTS (SELECT 1 FROM refresh_tokens r WHERE r.tenant = grants.tenant AND r.grant_id = grants.id)
		ORDER BY ended LIMIT $2)`},
	{"logins", 0, `DELETE FROM logins WHERE hash IN
		(SELECT hash FROM logins WHERE expires < $1 ORDER BY expires LIMIT $2)`},
	{"links", linksKept, `DELETE FROM links WHERE hash IN
		(SELECT hash FROM links WHERE expires < $1 ORDER BY expires LIMIT $2)`},
	{"install URLs", installURLsKept, `DELETE FROM install_urls WHERE (client, sum) IN
		(SELECT client, sum FROM install_urls WHERE last < $1 ORDER BY last LIMIT $2)`},
	{"tallies", talliesKept, `DELETE FROM tallies WHERE (client, day, kind) IN
		(SELECT client, day, kind FROM tallies WHERE day < $1 ORDER BY day LIMIT $2)`},
	{"logos", logosKept, `DELETE FROM logos WHERE sum IN (SELECT sum FROM logos WHERE created < $1
		AND NOT EXISTS (SELECT 1 FROM client_versions v WHERE v.logo = logos.sum AND v.logo <> '') LIMIT $2)`},
}

// sweepApps deletes what is over of apps and logins, and ends the grants whose refresh token expired.
func (t *Tx) sweepApps(now time.Time, max int) (int64, error) {
	var all int64
	for _, s := range sweepsOfApps {
		n, err := t.exec("sweeping "+s.what, s.query, unix(now.Add(-s.kept)), max)
		if err != nil {
			return 0, err
		}
		all += n
	}
	return all, nil
}
