package crm

import (
	"net/http"
	"slices"
)

// objectType is a type of objects with its properties.
type objectType struct {
	ID         string     `json:"objectTypeId"`
	Name       string     `json:"name"`
	Label      string     `json:"label"`
	Properties []property `json:"properties"`
}

type property struct {
	Name  string `json:"name"`
	Label string `json:"label"`
	Type  string `json:"type"`
}

// standard are the properties of the types that every account has. Each type has this one name.
func standard(name string) ([]property, bool) {
	switch name {
	case "contacts":
		return []property{{"firstname", "First name", "string"}, {"lastname", "Last name", "string"}, {"email", "Email", "string"},
			{"company", "Company", "string"}, {"lifecyclestage", "Lifecycle stage", "enumeration"}}, true
	case "companies":
		return []property{{"name", "Name", "string"}, {"domain", "Domain", "string"}, {"city", "City", "string"}, {"industry", "Industry", "enumeration"}}, true
	case "deals":
		return []property{{"dealname", "Deal name", "string"}, {"amount", "Amount", "number"}, {"dealstage", "Deal stage", "enumeration"}, {"closedate", "Close date", "date"}}, true
	}
	return nil, false
}

// knows says whether the account has such a type.
func (k *kept) knows(name string) bool {
	_, ok := standard(name)
	return ok || slices.ContainsFunc(k.Types, func(t objectType) bool { return t.Name == name })
}

func listProperties(c *call) (int, any, error) {
	list, ok := standard(c.in.PathValue("type"))
	if !ok {
		return 0, nil, notFound("There is no standard type %s.", c.in.PathValue("type"))
	}
	return http.StatusOK, map[string]any{"results": list}, nil
}

func listPipelines(*call) (int, any, error) {
	type stage struct {
		ID    string `json:"id"`
		Label string `json:"label"`
	}
	stages := []stage{{"appointmentscheduled", "Appointment scheduled"}, {"qualifiedtobuy", "Qualified to buy"},
		{"contractsent", "Contract sent"}, {"closedwon", "Closed won"}, {"closedlost", "Closed lost"}}
	return http.StatusOK, map[string]any{"results": []any{map[string]any{"id": "default", "label": "Sales pipeline", "stages": stages}}}, nil
}

func listSchemas(c *call) (int, any, error) {
	list := []objectType{}
	err := c.look(func(k *kept) error {
		list = append(list, k.Types...)
		return nil
	})
	return http.StatusOK, map[string]any{"results": list}, err
}

func getSchema(c *call) (int, any, error) {
	var found objectType
	err := c.look(func(k *kept) error {
		i := slices.IndexFunc(k.Types, func(t objectType) bool { return t.Name == c.in.PathValue("type") })
		if i < 0 {
			return notFound("The account has no custom type %s.", c.in.PathValue("type"))
		}
		found = k.Types[i]
		return nil
	})
	return http.StatusOK, found, err
}

func listOwners(c *call) (int, any, error) {
	list := []Owner{}
	err := c.look(func(k *kept) error {
		list = append(list, k.Owners...)
		return nil
	})
	return http.StatusOK, map[string]any{"results": list}, err
}
