package analytics

import (
	"fmt"
	"strings"
	"testing"

	"prokura/examples/identity"
)

func TestUsers_are_those_of_the_sign_in(t *testing.T) {
	w := newWorld(t)
	a := w.call(uma, "GET", "/sites/{site}/users?fields=_all_", "").want(200)
	if got, want := a.names("user"), "ada@example.com,sam@example.com,uma@example.com,ulf@example.com"; got != want {
		t.Errorf("users are %s, want %s", got, want)
	}
	var roles []string
	for _, u := range a.tree().all("user") {
		roles = append(roles, u.attr("siteRole"))
	}
	if got, want := strings.Join(roles, " "), "SiteAdministratorCreator SiteAdministratorCreator Creator Creator"; got != want {
		t.Errorf("site roles are %s, want %s", got, want)
	}
	u := w.call(uma, "GET", "/sites/{site}/users/"+sam, "").want(200).one("user")
	if u.attr("id") != sam || u.attr("fullName") != "Sam Berg" || u.all("domain")[0].attr("name") != "local" {
		t.Errorf("user is %v", u)
	}
	w.call(uma, "GET", "/sites/{site}/users/"+nobody, "").refused(404002)
	w.call(uma, "GET", "/sites/{site}/users/"+ola, "").refused(404002) // of another site
	w.call(uma, "GET", "/sites/{site}/users/..%2f..%2ftenants", "").refused(404950)
	w.call(uma, "GET", "/sites/{site}/users/x", "").refused(404002)

	for filter, want := range map[string]string{
		"filter=name:eq:uma@example.com":                "uma@example.com",
		"filter=siteRole:eq:SiteAdministratorCreator":   "ada@example.com,sam@example.com",
		"filter=friendlyName:has:uma":                   "uma@example.com",
		"filter=luid:eq:" + ulf:                         "ulf@example.com",
		"sort=name:desc&pageSize=2":                     "uma@example.com,ulf@example.com",
		"filter=lastLogin:gt:2026-01-01T00:00:00Z":      "",
		"sort=friendlyName:asc&pageSize=3&pageNumber=2": "uma@example.com",
	} {
		if got := w.call(sam, "GET", "/sites/{site}/users?"+filter, "").want(200).names("user"); got != want {
			t.Errorf("%s: %s, want %s", filter, got, want)
		}
	}
}

func TestUsers_more_than_one_page_of_the_directory(t *testing.T) {
	w := newWorld(t)
	for i := range 2345 {
		w.v1.addUser(siteID, member{ID: newID(), Name: fmt.Sprintf("u%04d", i), Roles: []string{roleUser}})
	}
	a := w.call(uma, "GET", "/sites/{site}/users?pageSize=1000&pageNumber=3", "").want(200)
	if got := a.one("pagination").attr("totalAvailable"); got != "2349" {
		t.Errorf("totalAvailable is %s", got)
	}
	if got := len(a.tree().all("user")); got != 349 {
		t.Errorf("the last page has %d", got)
	}
}

func TestUsers_added_changed_and_removed_at_the_sign_in(t *testing.T) {
	w := newWorld(t)
	u := w.call(sam, "POST", "/sites/{site}/users", `<user name="eva@example.com" siteRole="Viewer" authSetting="SAML"/>`).want(201).one("user")
	eva := u.attr("id")
	if u.attr("siteRole") != "Viewer" || u.attr("name") != "eva@example.com" {
		t.Errorf("added %v", u)
	}
	there := func() member {
		w.v1.mu.Lock()
		defer w.v1.mu.Unlock()
		for _, m := range w.v1.tenants[siteID].users {
			if m.ID == eva {
				return m
			}
		}
		t.Fatal("the user is not at the sign-in")
		return member{}
	}
	if m := there(); fmt.Sprint(m.Roles) != "[user]" || m.Email != "eva@example.com" {
		t.Errorf("at the sign-in: %+v", m)
	}
	// The finer role is kept here, also over a restart, while the standing at the sign-in agrees.
	w.start()
	role := func() string {
		return w.call(uma, "GET", "/sites/{site}/users/"+eva, "").want(200).one("user").attr("siteRole")
	}
	if got := role(); got != "Viewer" {
		t.Errorf("site role is %s", got)
	}
	w.call(sam, "PUT", "/sites/{site}/users/"+eva, `{"user":{"siteRole":"SiteAdministratorExplorer","fullName":"Eva Falk"}}`).want(200)
	if m := there(); fmt.Sprint(m.Roles) != "[site_admin]" || m.FullName != "Eva Falk" || role() != "SiteAdministratorExplorer" {
		t.Errorf("at the sign-in: %+v, shown as %s", m, role())
	}
	w.call(sam, "PUT", "/sites/{site}/users/"+eva, `<user siteRole="Unlicensed"/>`).want(200)
	if m := there(); !m.Disabled || role() != "Unlicensed" {
		t.Errorf("at the sign-in: %+v, shown as %s", m, role())
	}
	u = w.call(sam, "PUT", "/sites/{site}/users/"+eva, `<user siteRole="Explorer"/>`).want(200).one("user")
	if m := there(); m.Disabled || fmt.Sprint(m.Roles) != "[user]" || u.attr("siteRole") != "Explorer" || u.attr("id") != "" {
		t.Errorf("at the sign-in: %+v, shown as %s", m, role())
	}
	// What changes there is shown here, and makes the note void.
	w.v1.mu.Lock()
	w.v1.tenants[siteID].users[4].Roles = []string{roleAdmin}
	w.v1.mu.Unlock()
	if got := role(); got != "SiteAdministratorCreator" {
		t.Errorf("site role is %s", got)
	}
	w.call(sam, "DELETE", "/sites/{site}/users/"+eva, "").want(204)
	w.call(sam, "GET", "/sites/{site}/users/"+eva, "").refused(404002)
}

func TestUsers_refusals(t *testing.T) {
	w := newWorld(t)
	w.call(sam, "POST", "/sites/{site}/users", `<user name="uma@example.com" siteRole="Viewer"/>`).refused(409000)
	w.call(sam, "POST", "/sites/{site}/users", `<user name="x" siteRole="ServerAdministrator"/>`).refused(400013)
	w.call(sam, "POST", "/sites/{site}/users", `<user name="x" siteRole="King"/>`).refused(400013)
	w.call(sam, "POST", "/sites/{site}/users", `<user name="x"/>`).refused(400003)
	w.call(sam, "POST", "/sites/{site}/users", "").refused(400003)
	w.call(sam, "PUT", "/sites/{site}/users/"+sam, `<user siteRole="Viewer"/>`).refused(403009)
	w.call(sam, "PUT", "/sites/{site}/users/"+sam, `<user fullName="Samuel Berg"/>`).want(200)
	w.call(sam, "PUT", "/sites/{site}/users/"+uma, `<user password="secret"/>`).refused(400000)
	w.call(sam, "PUT", "/sites/{site}/users/"+nobody, `<user fullName="x"/>`).refused(404002)
	w.call(sam, "DELETE", "/sites/{site}/users/"+sam, "").refused(403009)
	w.call(sam, "DELETE", "/sites/{site}/users/"+nobody, "").refused(404002)
	for _, verb := range []string{"PUT", "DELETE"} {
		// A site administrator does not reach above itself, although this server could.
		w.call(sam, verb, "/sites/{site}/users/"+ada, `<user fullName="x"/>`).refused(403004)
		w.call(uma, verb, "/sites/{site}/users/"+ulf, `<user fullName="x"/>`).refused(403004)
	}
	w.call(uma, "POST", "/sites/{site}/users", `<user name="x" siteRole="Viewer"/>`).refused(403004)

	// Another operator, who is an ordinary user of this site.
	w.v1.mu.Lock()
	w.v1.tenants[siteID].users[3].PlatformRoles = []string{roleOperator}
	w.v1.mu.Unlock()
	w.call(sam, "DELETE", "/sites/{site}/users/"+ulf, "").refused(403004)
	w.call(ada, "PUT", "/sites/{site}/users/"+ulf, `<user fullName="U. Ek"/>`).want(200)
}

func TestUsers_the_directory_is_away(t *testing.T) {
	w := newWorld(t)
	claims := w.claimsOf(uma)
	w.v1.mu.Lock()
	w.v1.down = true
	w.v1.mu.Unlock()
	h := map[string][]string{identity.Header: {w.header(claims)}}
	w.send("GET", "/api/3.21/sites/"+siteID+"/users", nil, h).refused(503000)
	w.send("GET", "/api/3.21/sites/"+siteID+"/projects", nil, h).want(200) // content needs nobody
}

func TestUsers_who_own_content_are_removed_with_an_heir(t *testing.T) {
	w := newWorld(t)
	wb, ds := w.workbook(uma, "Hers"), w.datasource(uma, "Hers too")
	w.call(sam, "DELETE", "/sites/{site}/users/"+uma, "").refused(409003)
	w.call(sam, "DELETE", "/sites/{site}/users/"+uma+"?mapAssetsTo="+nobody, "").refused(404002)
	w.call(sam, "DELETE", "/sites/{site}/users/"+uma+"?mapAssetsTo="+uma, "").refused(400000)
	w.call(sam, "DELETE", "/sites/{site}/users/"+uma+"?mapAssetsTo="+ulf, "").want(204)
	for path, kind := range map[string]string{"/workbooks/" + wb.attr("id"): "workbook", "/datasources/" + ds.attr("id"): "datasource"} {
		got := w.call(sam, "GET", "/sites/{site}"+path, "").want(200).one(kind).all("owner")[0].attr("id")
		if got != ulf {
			t.Errorf("the %s belongs to %s", kind, got)
		}
	}
}

func TestGroups_from_making_to_deleting(t *testing.T) {
	w := newWorld(t)
	g := w.call(sam, "POST", "/sites/{site}/groups", `<group name="Sales" minimumSiteRole="Viewer"/>`).want(201).one("group")
	id := g.attr("id")
	if g.attr("minimumSiteRole") != "Viewer" || g.all("import")[0].attr("siteRole") != "Viewer" || g.all("domain")[0].attr("name") != "local" {
		t.Errorf("made %v", g)
	}
	w.call(sam, "POST", "/sites/{site}/groups", `<group name="sales"/>`).refused(409009) // case is no difference
	w.call(sam, "POST", "/sites/{site}/groups", `<group name="Finance"/>`).want(201)
	w.call(sam, "PUT", "/sites/{site}/groups/"+id, `<group name="FINANCE"/>`).refused(409009)
	w.call(sam, "PUT", "/sites/{site}/groups/"+id+"?asJob=True", `<group name="SALES"/>`).want(200)

	u := w.call(sam, "POST", "/sites/{site}/groups/"+id+"/users", `<user id="`+uma+`"/>`).want(200).one("user")
	if u.attr("name") != "uma@example.com" || u.attr("siteRole") != "Creator" {
		t.Errorf("added %v", u)
	}
	w.call(sam, "POST", "/sites/{site}/groups/"+id+"/users", `<user id="`+uma+`"/>`).refused(409011)
	w.call(sam, "POST", "/sites/{site}/groups/"+id+"/users", `<user id="`+nobody+`"/>`).refused(404002)
	w.call(sam, "POST", "/sites/{site}/groups/"+id+"/users", `<user/>`).refused(404002)
	w.call(sam, "POST", "/sites/{site}/groups/"+nobody+"/users", `<user id="`+uma+`"/>`).refused(404012)
	// Several at once: one that is wrong leaves all out.
	w.call(sam, "POST", "/sites/{site}/groups/"+id+"/users", `<users><user id="`+ulf+`"/><user id="`+nobody+`"/></users>`).refused(404002)
	w.call(sam, "POST", "/sites/{site}/groups/"+id+"/users", `<users><user id="`+ulf+`"/><user id="`+sam+`"/></users>`).want(200)
	if got := w.call(uma, "GET", "/sites/{site}/groups/"+id+"/users?pageSize=2", "").want(200).names("user"); got != "sam@example.com,uma@example.com" {
		t.Errorf("members are %s", got)
	}
	if got := w.call(uma, "GET", "/sites/{site}/users/"+ulf+"/groups", "").want(200).names("group"); got != "SALES" {
		t.Errorf("groups of the user are %s", got)
	}
	w.call(uma, "GET", "/sites/{site}/users/"+nobody+"/groups", "").refused(404002)
	counted := w.call(uma, "GET", "/sites/{site}/groups?filter=userCount:gt:2&fields=_all_", "").want(200).one("group")
	if counted.attr("name") != "SALES" || counted.attr("userCount") != "3" {
		t.Errorf("counted %v", counted)
	}
	if got := w.call(uma, "GET", "/sites/{site}/groups?filter=name:eq:Finance,isLocal:eq:true", "").want(200).names("group"); got != "Finance" {
		t.Errorf("filtered %s", got)
	}
	w.call(sam, "DELETE", "/sites/{site}/groups/"+id+"/users/"+ulf, "").want(204)
	w.call(sam, "DELETE", "/sites/{site}/groups/"+id+"/users/"+ulf, "").refused(404002)
	w.call(sam, "DELETE", "/sites/{site}/groups/"+nobody+"/users/"+ulf, "").refused(404012)
	w.call(sam, "DELETE", "/sites/{site}/groups/"+id, "").want(204)
	w.call(sam, "DELETE", "/sites/{site}/groups/"+id, "").refused(404012)
	w.call(sam, "GET", "/sites/{site}/groups/"+id+"/users", "").refused(404012)

	w.call(sam, "POST", "/sites/{site}/groups", `<group name="AD"><import source="ActiveDirectory" domainName="x"/></group>`).refused(403011)
	w.call(sam, "POST", "/sites/{site}/groups", `<group name="G" minimumSiteRole="King"/>`).refused(400013)
	w.call(sam, "POST", "/sites/{site}/groups", `<group/>`).refused(400003)
	for _, c := range []struct{ verb, path, body string }{
		{"POST", "/groups", `<group name="Mine"/>`}, {"PUT", "/groups/" + id, `<group name="Mine"/>`}, {"DELETE", "/groups/" + id, ""},
		{"POST", "/groups/" + id + "/users", `<user id="` + uma + `"/>`}, {"DELETE", "/groups/" + id + "/users/" + uma, ""},
	} {
		w.call(uma, c.verb, "/sites/{site}"+c.path, c.body).refused(403004)
	}
}

func TestSites_ones_own_and_all_for_the_operator(t *testing.T) {
	w := newWorld(t)
	a := w.call(uma, "GET", "/sites", "").want(200)
	if a.names("site") != "My Company" || a.one("site").attr("contentUrl") != "mycompany" || a.one("site").attr("id") != siteID {
		t.Errorf("sites are %s", a.body)
	}
	if got := w.call(ola, "GET", "/sites", "").want(200).names("site"); got != "Other Company" {
		t.Errorf("sites are %s", got)
	}
	if got := w.call(ada, "GET", "/sites?includeUsage=true", "").want(200); got.names("site") != "My Company,Other Company" ||
		got.one("usage").attr("numUsers") != "4" {
		t.Errorf("sites are %s", got.body)
	}
	w.call(uma, "GET", "/sites?pageNumber=2", "").refused(400006)
}

func TestSites_made_changed_and_deleted(t *testing.T) {
	w := newWorld(t)
	w.call(sam, "POST", "/sites", `<site name="New" contentUrl="new"/>`).refused(403004)
	s := w.call(ada, "POST", "/sites", `<site name="New" contentUrl="new" adminMode="ContentAndUsers" userQuota="5" flowsEnabled="true"/>`).want(201).one("site")
	w.v1.mu.Lock()
	users := w.v1.tenants[s.attr("id")].users
	plan := w.v1.tenants[s.attr("id")].Plan
	w.v1.mu.Unlock()
	if len(users) != 1 || users[0].Name != "ada@example.com" || fmt.Sprint(users[0].Roles) != "[super_admin]" || plan != "starter" {
		t.Errorf("first administrator is %+v, plan %s", users, plan)
	}
	w.call(ada, "POST", "/sites", `<site name="New" contentUrl="new2"/>`).refused(409001)
	w.call(ada, "POST", "/sites", `<site name="New2" contentUrl="new"/>`).refused(409002)
	w.call(ada, "POST", "/sites", `<site name="New3" contentUrl="new3" userQuota="0"/>`).refused(400000)
	w.call(ada, "POST", "/sites", `<site name="New3" contentUrl="new3" adminMode="Chaos"/>`).refused(400013)
	w.call(ada, "POST", "/sites", `<site name="New3"/>`).refused(400003)
	w.call(ada, "POST", "/sites?key=name", `<site name="New3" contentUrl="new3"/>`).refused(400000)

	w.call(uma, "PUT", "/sites/{site}", `<site name="Mine"/>`).refused(403004)
	w.call(sam, "PUT", "/sites/{site}?key=name", `<site name="Renamed"/>`).refused(400000)
	w.call(sam, "PUT", "/sites/{site}", `<site name="Other Company"/>`).refused(409001)
	if got := w.call(sam, "PUT", "/sites/{site}", `<site name="Renamed" revisionLimit="25"/>`).want(200).one("site"); got.attr("name") != "Renamed" ||
		got.attr("contentUrl") != "mycompany" {
		t.Errorf("renamed to %v", got)
	}
	w.workbook(ada, "Lost")
	w.call(sam, "DELETE", "/sites/{site}", "").refused(403004)
	w.call(ada, "DELETE", "/sites/{site}?key=contentUrl", "").refused(400000)
	claims := w.claimsOf(ada)
	w.call(ada, "DELETE", "/sites/{site}", "").want(204)
	h := map[string][]string{identity.Header: {w.header(claims)}}
	if got := w.send("GET", "/api/3.21/sites/"+siteID+"/workbooks", nil, h).want(200).names("workbook"); got != "" {
		t.Errorf("content outlived its site: %s", got)
	}
}
