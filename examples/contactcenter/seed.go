package contactcenter

// User is somebody who works in an organization. The ID is the user's at the gateway.
type User struct{ ID, Name, Email string }

// seed fills an organization that was never filled. Users who came since are added.
func (o *organization) seed(users []User) error {
	return o.change(func(k *kept) error {
		if k.Items == nil {
			k.Items = map[string]map[string]item{}
		}
		for _, u := range users {
			if k.Items["users"][u.ID] == nil {
				k.put("users", item{"id": u.ID, "name": u.Name, "email": u.Email, "title": "", "department": "Support", "presence": "Available"})
			}
		}
		if k.Seeded {
			return nil
		}
		k.Seeded = true
		for _, q := range [][3]string{{"Support", "Questions about orders", "german"}, {"Billing", "Invoices and payments", "english"}, {"Callback", "Whoever asked to be called", ""}} {
			k.put("queues", item{"id": newID(), "name": q[0], "description": q[1], "skill": q[2]})
		}
		for _, c := range [][5]string{{"Clara", "Weiss", "clara.weiss@example.com", "+49 40 5550101", "Weiss GmbH"},
			{"Jonas", "Okafor", "jonas.okafor@example.net", "+49 40 5550102", "Okafor Design"}} {
			contact := item{"id": newID(), "firstName": c[0], "lastName": c[1], "workEmail": c[2], "workPhone": c[3], "company": c[4]}
			k.put("contacts", contact)
			talk := item{"id": newID(), "media": "voice", "direction": "inbound", "externalContactId": contact["id"], "state": "disconnected"}
			k.put("conversations", talk)
			k.put("recordings", item{"id": newID(), "conversationId": talk["id"], "media": "audio", "duration": "PT3M20S"})
		}
		return nil
	})
}
