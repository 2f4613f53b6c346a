package crm

import (
	"net/http"
	"time"
)

// flow is a workflow: what starts it, and what it does. Nothing here runs it.
type flow struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Enabled bool      `json:"isEnabled"`
	Trigger string    `json:"trigger"`
	Actions []string  `json:"actions"`
	Updated time.Time `json:"updatedAt"`
}

func listFlows(c *call) (int, any, error) {
	list := []flow{}
	err := c.look(func(k *kept) error {
		for _, id := range sorted(k.Flows) {
			list = append(list, k.Flows[id])
		}
		return nil
	})
	return http.StatusOK, map[string]any{"results": list}, err
}

func getFlow(c *call) (int, any, error) {
	var f flow
	err := c.look(func(k *kept) (err error) {
		f, err = k.flow(c.in)
		return err
	})
	return http.StatusOK, f, err
}

// flow finds the workflow of the path.
func (k *kept) flow(in *http.Request) (flow, error) {
	f, ok := k.Flows[in.PathValue("flow")]
	if !ok {
		return flow{}, notFound("There is no workflow with the number %s.", in.PathValue("flow"))
	}
	return f, nil
}

func createFlow(c *call) (int, any, error) {
	f, err := c.readFlow()
	if err != nil {
		return 0, nil, err
	}
	err = c.change(func(k *kept) error {
		f.ID = k.number()
		k.Flows[f.ID] = f
		return nil
	})
	return http.StatusCreated, f, err
}

// readFlow reads a workflow from the body. Its number is ours.
func (c *call) readFlow() (flow, error) {
	var f flow
	if err := c.read(&f); err != nil {
		return flow{}, err
	}
	if f.Name == "" {
		return flow{}, invalid("name is missing.")
	}
	if f.Actions == nil {
		f.Actions = []string{}
	}
	f.Updated = c.now().UTC().Truncate(time.Millisecond)
	return f, nil
}

func updateFlow(c *call) (int, any, error) {
	f, err := c.readFlow()
	if err != nil {
		return 0, nil, err
	}
	err = c.change(func(k *kept) error {
		old, err := k.flow(c.in)
		if err != nil {
			return err
		}
		f.ID = old.ID
		k.Flows[f.ID] = f
		return nil
	})
	return http.StatusOK, f, err
}

func deleteFlow(c *call) (int, any, error) {
	err := c.change(func(k *kept) error {
		f, err := k.flow(c.in)
		if err == nil {
			delete(k.Flows, f.ID)
		}
		return err
	})
	return http.StatusNoContent, nil, err
}
