package analytics

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"fmt"
	"strings"
)

// workbookPackage makes a .twbx: a zip with the workbook's description and its data.
func workbookPackage(w SeedWorkbook) ([]byte, error) {
	var b strings.Builder
	b.WriteString("<?xml version='1.0' encoding='utf-8' ?>\n<workbook version='18.1' xmlns:user='http://www.tableausoftware.com/xml/user'>\n")
	b.WriteString(" <datasources>\n" + describe(w.Name, w.Table, "  ") + " </datasources>\n <worksheets>\n")
	for _, name := range w.Sheets {
		fmt.Fprintf(&b, "  <worksheet name='%s'>\n   <table><view><datasources><datasource caption='%s' name='data' /></datasources></view></table>\n  </worksheet>\n",
			escape(name), escape(w.Name))
	}
	b.WriteString(" </worksheets>\n <dashboards>\n")
	for _, name := range w.Dashboards {
		fmt.Fprintf(&b, "  <dashboard name='%s'><zones /></dashboard>\n", escape(name))
	}
	b.WriteString(" </dashboards>\n</workbook>\n")
	return pack(w.Name+".twb", b.String(), w.Name, w.Table)
}

// dataSourcePackage makes a .tdsx: a zip with the data source's description and its data.
func dataSourcePackage(d SeedDataSource) ([]byte, error) {
	return pack(d.Name+".tds", "<?xml version='1.0' encoding='utf-8' ?>\n"+describe(d.Name, d.Table, ""), d.Name, d.Table)
}

// describe writes the description of a data source that reads a text file in the same package.
func describe(name string, t Table, indent string) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, indent+format+"\n", args...) }
	n := escape(name)
	line("<datasource formatted-name='data' caption='%s' inline='true' version='18.1'>", n)
	line(" <connection class='federated'>")
	line("  <named-connections>")
	line("   <named-connection caption='%s' name='textscan.data'>", n)
	line("    <connection class='textscan' directory='Data' filename='%s.csv' password='' server='' />", n)
	line("   </named-connection>")
	line("  </named-connections>")
	line("  <relation connection='textscan.data' name='%s.csv' table='[%s#csv]' type='table' />", n, n)
	line(" </connection>")
	for _, column := range t.Columns {
		line(" <column caption='%s' datatype='string' name='[%s]' role='dimension' type='nominal' />", escape(column), escape(column))
	}
	line("</datasource>")
	return b.String()
}

// pack makes a package of a description and a table. It holds no times, so that the same content gives the same bytes.
func pack(description, text, name string, t Table) ([]byte, error) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create(description)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write([]byte(text)); err != nil {
		return nil, err
	}
	if w, err = z.Create("Data/" + name + ".csv"); err != nil {
		return nil, err
	}
	rows := csv.NewWriter(w)
	if err := rows.Write(t.Columns); err != nil {
		return nil, err
	}
	if err := rows.WriteAll(t.Rows); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func escape(s string) string {
	var b strings.Builder
	xml.EscapeText(&b, []byte(s)) // writing to a builder does not fail
	return b.String()
}
