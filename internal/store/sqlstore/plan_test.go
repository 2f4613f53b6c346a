package sqlstore

import (
	"database/sql"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/store"
)

// sqliteTypes writes a migration in SQLite's types.
var sqliteTypes = strings.NewReplacer("BYTEA", "BLOB", "BIGINT", "INTEGER", "BOOLEAN", "INTEGER", ` COLLATE "C"`, "", "/* sqlite:", "", " */;", ";")

// TestPlans: no statement that is about one client, user, grant, code or token reads a whole table or a whole tenant.
func TestPlans(t *testing.T) {
	db, err := sql.Open("sqlite", filepath.Join(t.TempDir(), "p.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	migrateForTest(t, db)
	statements := []string{
		selectClient, selectClients, selectOwned, selectUnasked, noteAsked, selectClientIDs, updateClient, selectVersions, selectVersionsOlder,
		selectClientSecrets, insertClientSecret, deleteClientSecret, selectLogo, selectInstallURLs, countInstallURL,
		boundInstallURLs, selectTallies, addTally, selectAuthorization, insertAuthorization, replaceAuthorization, noteApproval,
		selectConsent, upsertConsent, deleteConsent, deleteConsents, selectGrant, updateGrant, endGrant, touchGrant, countTenantsOf, selectCode,
		insertCode, useCode, selectToken, selectRefreshable, insertToken, rotateToken, closeGrace, selectLogin, selectLogins,
		deleteLogin, deleteLogins, touchLogin, countUsersOf, selectLink, useLink, endUserLinks, endLinksOf, selectRole,
		selectRoles, updateRole, deleteRole, selectEntitlements, deleteEntitlement, selectEntriesOf, forgetTenant,
		selectSameID, countTenantsOf, grantLives, selectReach, selectReachOfUser, selectUsersOf, selectPast, insertPast, insertDead, insertRecalled, selectEverywhere,
		selectWaiting + ` AND user_id IS NULL`, selectWaiting + ` AND user_id = $3`, closeRequests, selectWaitingClients, selectUses, selectExpiring, selectRevoked, selectRecalled, upsertUse, upsertForeseen,
	}
	statements = append(append(statements, deleteClient[:]...), deleteUser[:]...)
	for _, s := range sweepsOfApps {
		if s.what != "logos" { // few, and looked at one by one
			statements = append(statements, s.query)
		}
	}
	user, client, authorization := entropy.ID[id.User](), entropy.ID[id.Client](), entropy.ID[id.Authorization]()
	for _, f := range []store.GrantFilter{{User: user}, {Client: client}, {Authorization: authorization}, {User: user, Client: client}} {
		where, args := narrow(f, id.Tenant{})
		n := len(args) + 1
		statements = append(statements, listGrantsIn(where, n), listGrantsIn(where+` AND id > $`+strconv.Itoa(n), n+1), endGrantsIn(where, n))
	}
	// The filters of lists, of which none reads all that the tenant decided; that one would is known by no other condition
	// than the order of the list.
	wholeList := regexp.MustCompile(`(?:a|s) USING [A-Z ]+(?:[a-z_]+ )?\(tenant=\? AND client>\?\)`)
	for _, f := range []store.AuthorizationFilter{{Role: "r"}, {Name: "xyz"}, {Expires: time.Unix(1, 0)},
		{States: []policy.State{policy.Open, policy.Authorized, policy.Revoked, policy.Blocked, policy.Lapsed}},
		{States: []policy.State{policy.Revoked}, Role: "r", Name: "xyz"}} {
		l := &listing{args: []any{1, 2}}
		l.until = l.arg(3)
		for _, query := range l.queries(f, f.Name) {
			plan, err := explain(db, query, l.args)
			if err != nil {
				t.Errorf("%s: %v", query, err)
			}
			if found := wholeList.FindString(plan); found != "" {
				t.Errorf("%s\nreads it all: %s, of\n%s", query, found, plan)
			}
		}
	}
	for _, f := range []store.RequestFilter{{User: user}, {Client: client}, {User: user, Client: client, States: []store.RequestState{store.RequestWaiting}}} {
		query, _ := listRequests(id.Tenant{}, f, store.RequestCursor{}, 1)
		statements = append(statements, query)
	}
	last, _ := lastUses(id.Tenant{}, []id.Client{{}, {}})
	statements = append(statements, last)
	whole := regexp.MustCompile(`SCAN (?:a|s|c|d?r|g|grants|authorizations|authorization_requests|uses|foreseen|codes|refresh_tokens|consents|audit|users|logins|links|install_urls)\b` +
		`|SEARCH (?:a|s|authorization_requests) (?:EXISTS )?USING [A-Z ]+\(tenant=\?\)` +
		`|(?:grants|codes|refresh_tokens|consents|audit|users|links) USING [A-Z ]+\(tenant=\?\)`)
	placeholder := regexp.MustCompile(`\$(\d+)`)
	for _, s := range statements {
		most := 0
		for _, m := range placeholder.FindAllStringSubmatch(s, -1) {
			n, _ := strconv.Atoi(m[1]) // digits
			most = max(most, n)
		}
		plan, err := explain(db, s, make([]any, most))
		if err != nil {
			t.Errorf("%s: %v", s, err)
		}
		if found := whole.FindString(plan); found != "" {
			t.Errorf("%s\nreads it all: %s, of\n%s", s, found, plan)
		}
	}
}

func explain(db *sql.DB, statement string, args []any) (string, error) {
	rows, err := db.Query("EXPLAIN QUERY PLAN "+statement, args...)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	var plan strings.Builder
	for rows.Next() {
		var node, parent, unused int
		var what string
		if err := rows.Scan(&node, &parent, &unused, &what); err != nil {
			return "", err
		}
		plan.WriteString(what + "\n")
	}
	return plan.String(), rows.Err()
}
