package crm

// Owner is a user that records can be assigned to.
type Owner struct {
	ID    string `json:"id"`
	Email string `json:"email"`
	Name  string `json:"name"`
}

// Content is what an account begins with.
type Content struct {
	Owners []Owner
	// CustomObjects says whether the account has a custom type, cars, and some objects of it.
	CustomObjects bool
	// Workflows says whether it has workflows.
	Workflows bool
}

// seed fills an account that was never filled.
func (a *account) seed(c Content) error {
	done := false
	if err := a.look(func(k *kept) error { done = k.Seeded; return nil }); err != nil || done {
		return err
	}
	return a.change(func(k *kept) error {
		k.Seeded, k.Owners = true, c.Owners
		now := a.now()
		for _, p := range [][5]string{
			{"Clara", "Weiss", "clara.weiss@example.com", "Weiss GmbH", "customer"},
			{"Jonas", "Okafor", "jonas.okafor@example.net", "Okafor Design", "lead"},
			{"Mei", "Tanaka", "mei.tanaka@example.org", "Tanaka Foods", "opportunity"},
		} {
			k.add("contacts", map[string]string{"firstname": p[0], "lastname": p[1], "email": p[2], "company": p[3], "lifecyclestage": p[4]}, now)
		}
		for _, p := range [][4]string{{"Weiss GmbH", "example.com", "Hamburg", "MANUFACTURING"}, {"Tanaka Foods", "example.org", "Osaka", "FOOD_PRODUCTION"}} {
			k.add("companies", map[string]string{"name": p[0], "domain": p[1], "city": p[2], "industry": p[3]}, now)
		}
		k.add("deals", map[string]string{"dealname": "Pump hall 4", "amount": "48000", "dealstage": "contractsent", "closedate": "2027-01-31"}, now)
		k.add("deals", map[string]string{"dealname": "New packaging", "amount": "12500", "dealstage": "qualifiedtobuy", "closedate": "2027-03-15"}, now)
		if c.CustomObjects {
			k.Types = []objectType{{ID: "2-1001", Name: "cars", Label: "Cars", Properties: []property{
				{"plate", "Number plate", "string"}, {"model", "Model", "string"}}}}
			k.add("cars", map[string]string{"plate": "HH-PK 17", "model": "Van, blue"}, now)
			k.add("cars", map[string]string{"plate": "HH-PK 18", "model": "Estate, white"}, now)
		}
		if c.Workflows {
			id := k.number()
			k.Flows[id] = flow{ID: id, Name: "Welcome new customers", Enabled: true, Trigger: "lifecyclestage is customer",
				Actions: []string{"send email", "create task"}, Updated: now.UTC()}
		}
		return nil
	})
}
