package store

import "prokura/internal/id"

// The names of the records that memories may hold. The engines write them into the feed; memories compare them.

// KeysRecord stands for our signing keys, all together.
const KeysRecord RecordName = "keys"

// EnforcementSetting is the setting that holds the stage of tenants which never said how they decide on apps, as text.
// EnforcementRecord names it.
const (
	EnforcementSetting            = "enforcement"
	EnforcementRecord  RecordName = "enforcement"
)

// TenantRecord names a tenant.
func TenantRecord(in id.Tenant) RecordName { return RecordName("tenant " + in.String()) }

// TenantGoneRecord says that a tenant was deleted with everything it owned. The single records are not named beside
// it, since they may be many: a memory drops whatever it holds of the tenant.
func TenantGoneRecord(in id.Tenant) RecordName { return RecordName("tenant_gone " + in.String()) }

// ContentURLRecord names what a content URL leads to, also where it leads to nothing.
func ContentURLRecord(contentURL string) RecordName { return RecordName("content_url " + contentURL) }

// UserRecord names a user.
func UserRecord(in id.Tenant, user id.User) RecordName {
	return RecordName("user " + in.String() + " " + user.String())
}

// UserNameRecord names what a user name leads to, also where it leads to nothing.
func UserNameRecord(in id.Tenant, name string) RecordName {
	return RecordName("user_name " + in.String() + " " + name)
}

// ConnectedAppRecord names a connected app with its secrets. Client identifiers are unique across tenants.
func ConnectedAppRecord(client id.Client) RecordName {
	return RecordName("connected_app " + client.String())
}

// PersonRecord names a person.
func PersonRecord(person id.Person) RecordName { return RecordName("person " + person.String()) }

// LoginRecord names what a login leads to, also where it leads to nothing.
func LoginRecord(login string) RecordName { return RecordName("login " + login) }

// ClientRecord names a registered app, in all its versions, with its secrets. When it is deleted, what hung on it in all
// tenants is not named beside it, since it may be much: a memory drops whatever it holds of the client.
func ClientRecord(client id.Client) RecordName { return RecordName("client " + client.String()) }

// RightsRecord names the roles and single entitlements of a tenant, all together.
func RightsRecord(in id.Tenant) RecordName { return RecordName("rights " + in.String()) }

// AuthorizationRecord names a tenant's decision on a client.
func AuthorizationRecord(in id.Tenant, client id.Client) RecordName {
	return RecordName("authorization " + in.String() + " " + client.String())
}

// GovernanceRecord names how a tenant decides on apps.
func GovernanceRecord(in id.Tenant) RecordName { return RecordName("governance " + in.String()) }
