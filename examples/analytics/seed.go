package analytics

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"time"

	"prokura/examples/identity"
)

// SeedSite is content for one site. Owners are ids of users of that tenant; where a part names none, the part above
// it says whose it is.
type SeedSite struct {
	ID       string
	Owner    string
	Projects []SeedProject
}

// SeedProject is a project at the top of a site. One named "default" is the site's own.
type SeedProject struct {
	Name, Description, Owner string
	Workbooks                []SeedWorkbook
	DataSources              []SeedDataSource
}

// SeedWorkbook is a workbook; its file is made from its table and the names of its sheets.
type SeedWorkbook struct {
	Name, Description, Owner string
	Sheets, Dashboards       []string
	Table                    Table
}

// SeedDataSource is a data source; its file is made from its table.
type SeedDataSource struct {
	Name, Description, Owner string
	Certified                bool
	Table                    Table
}

// Table is the data in a seeded file.
type Table struct {
	Columns []string
	Rows    [][]string
}

// Seed puts content into a site, through the same code as publishing. What is there already, by name, is left as it is,
// so that seeding at every start does no harm.
func (s *Server) Seed(ctx context.Context, site SeedSite) error {
	if !isID(site.ID) || !isID(site.Owner) {
		return fmt.Errorf("seeding site %q: site and owner are named by their ids", site.ID)
	}
	sp, err := s.spaces.of(site.ID, site.Owner)
	if err != nil {
		return fmt.Errorf("seeding site %s: %w", site.ID, err)
	}
	for _, p := range site.Projects {
		owner := first(p.Owner, site.Owner)
		in, err := s.seedProject(sp, p, owner)
		if err != nil {
			return fmt.Errorf("seeding project %q: %w", p.Name, err)
		}
		for _, w := range p.Workbooks {
			if err := ctx.Err(); err != nil {
				return fmt.Errorf("seeding site %s: %w", site.ID, err)
			}
			if err := s.seedWorkbook(sp, site.ID, in, w, first(w.Owner, owner)); err != nil {
				return fmt.Errorf("seeding workbook %q: %w", w.Name, err)
			}
		}
		for _, d := range p.DataSources {
			if err := ctx.Err(); err != nil {
				return fmt.Errorf("seeding site %s: %w", site.ID, err)
			}
			if err := s.seedDataSource(sp, site.ID, in, d, first(d.Owner, owner)); err != nil {
				return fmt.Errorf("seeding data source %q: %w", d.Name, err)
			}
		}
	}
	return nil
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// seedProject gives the id of the project of that name at the top of the site, made where it is missing.
func (s *Server) seedProject(sp *space, p SeedProject, owner string) (id string, err error) {
	err = sp.write(func() error {
		for _, o := range sp.projects.rows {
			if o.Parent == "" && strings.EqualFold(o.Name, p.Name) {
				id = o.ID
				return nil
			}
		}
		now := s.now()
		made := project{ID: newID(), ContentPermissions: managedByOwner, Owner: owner, Created: now, Updated: now}
		if err := made.apply(&element{attrs: map[string]string{"name": p.Name, "description": p.Description}}, sp); err != nil {
			return err
		}
		id = made.ID
		return sp.projects.put(id, made)
	})
	return id, err
}

// seeder is a call in the owner's name, as the gateway would bring it.
func seeder(sp *space, site, owner string) *call {
	return &call{who: caller{identity.Caller{User: owner, Tenant: site}}, space: sp}
}

// seedPayload is the payload of a publishing.
func seedPayload(kind, name, description, project string) *element {
	return &element{name: kind, attrs: map[string]string{"name": name, "description": description},
		kids: []*element{{name: "project", attrs: map[string]string{"id": project}}}}
}

func (s *Server) seedWorkbook(sp *space, site, in string, w SeedWorkbook, owner string) error {
	sp.mu.RLock()
	_, exists := sp.workbookNamed(in, w.Name)
	sp.mu.RUnlock()
	if exists {
		return nil
	}
	raw, err := workbookPackage(w)
	if err != nil {
		return err
	}
	file, err := sp.keep(bytes.NewReader(raw), s.cfg.MaxFile)
	if err != nil {
		return err
	}
	file.Type = "twbx"
	payload := seedPayload("workbook", w.Name, w.Description, in)
	payload.attrs["showTabs"] = "true"
	if _, err := s.storeWorkbook(seeder(sp, site, owner), publication{payload, file}, false); err != nil {
		sp.discard(file)
		return err
	}
	return nil
}

func (s *Server) seedDataSource(sp *space, site, in string, d SeedDataSource, owner string) error {
	sp.mu.RLock()
	_, exists := sp.datasourceNamed(in, d.Name)
	sp.mu.RUnlock()
	if exists {
		return nil
	}
	raw, err := dataSourcePackage(d)
	if err != nil {
		return err
	}
	file, err := sp.keep(bytes.NewReader(raw), s.cfg.MaxFile)
	if err != nil {
		return err
	}
	file.Type = "tdsx"
	payload := seedPayload("datasource", d.Name, d.Description, in)
	payload.attrs["isCertified"] = fmt.Sprint(d.Certified)
	if _, err := s.storeDatasource(seeder(sp, site, owner), publication{payload, file}, publishFlags{}); err != nil {
		sp.discard(file)
		return err
	}
	return nil
}

// DemoSite is content that a demo can show: two projects besides the default one, with workbooks and data sources.
// The publisher owns what an ordinary user would have published, the owner everything else.
func DemoSite(id, owner, publisher string) SeedSite {
	orders, budget := demoOrders(), demoBudget()
	return SeedSite{ID: id, Owner: owner, Projects: []SeedProject{
		{Name: "Sales", Description: "What was sold, where, and when.",
			Workbooks: []SeedWorkbook{
				{Name: "Sales Overview", Description: "Orders by region and month.", Owner: publisher, Table: orders,
					Sheets: []string{"Orders by Region", "Orders by Month"}, Dashboards: []string{"Overview"}},
				{Name: "Order Details", Description: "Every single order.", Table: orders, Sheets: []string{"All Orders"}},
			},
			DataSources: []SeedDataSource{
				{Name: "Orders", Description: "All orders of the year.", Certified: true, Table: orders},
			}},
		{Name: "Finance", Description: "Budgets and what became of them.",
			Workbooks: []SeedWorkbook{
				{Name: "Budget", Description: "Budget and spending by department.", Table: budget,
					Sheets: []string{"By Department"}, Dashboards: []string{"Budget at a Glance"}},
			},
			DataSources: []SeedDataSource{
				{Name: "Budget Lines", Description: "Budget by department and quarter.", Owner: publisher, Table: budget},
			}},
	}}
}

// demoOrders makes a year of orders. The figures follow from their position, so that two demos show the same.
func demoOrders() Table {
	t := Table{Columns: []string{"Order", "Date", "Region", "Amount"}}
	regions := []string{"North", "East", "South", "West"}
	day := time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)
	for i := range 240 {
		t.Rows = append(t.Rows, []string{fmt.Sprintf("O-%04d", i+1), day.AddDate(0, 0, i*3/2).Format(time.DateOnly),
			regions[i*7%len(regions)], fmt.Sprintf("%d.%02d", 40+i*37%460, i*13%100)})
	}
	return t
}

func demoBudget() Table {
	t := Table{Columns: []string{"Department", "Quarter", "Budget", "Spent"}}
	for i, department := range []string{"Development", "Marketing", "Support"} {
		for quarter := range 4 {
			t.Rows = append(t.Rows, []string{department, fmt.Sprintf("Q%d", quarter+1),
				fmt.Sprint(50000 + 10000*i), fmt.Sprint(41000 + 9300*i + 2700*quarter)})
		}
	}
	return t
}
