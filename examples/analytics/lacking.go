package analytics

// lacking lists the methods of the dialect that this server does not have yet, so that it can say so instead of
// pretending that they do not exist.
func lacking() []route {
	const (
		site        = "/sites/{site}"
		workbook    = site + "/workbooks/{workbook}"
		view        = site + "/views/{view}"
		datasource  = site + "/datasources/{datasource}"
		project     = site + "/projects/{project}"
		customView  = site + "/customviews/{customview}"
		metric      = site + "/metrics/{metric}"
		permissions = "/permissions"
		defaults    = project + "/default-permissions/{type}"
		grant       = "/{grantees}/{grantee}/{capability}/{mode}"
	)
	rows := []route{
		on("GET", site+"/content/recent", nil),

		on("PUT", datasource+"/connections/{connection}", nil),
		on("POST", datasource+"/refresh", nil),
		on("PUT", workbook+"/connections/{connection}", nil),
		on("POST", workbook+"/refresh", nil),
		on("GET", workbook+"/previewImage", nil),
		on("GET", workbook+"/pdf", nil),
		on("GET", workbook+"/powerpoint", nil),
		on("GET", workbook+"/revisions/{revision}/content", nil),
		on("GET", workbook+"/views/{view}/previewImage", nil),

		on("GET", view+"/data", nil),
		on("GET", view+"/pdf", nil),
		on("GET", view+"/image", nil),
		on("GET", view+"/crosstab/excel", nil),
		on("GET", site+"/customviews", nil),
		on("GET", customView, nil),
		on("PUT", customView, nil),
		on("DELETE", customView, nil),
		on("GET", customView+"/image", nil),

		on("POST", site+"/flows", nil),
		on("POST", site+"/fileUploads", nil),
		on("PUT", site+"/fileUploads/{upload}", nil),

		on("GET", site+"/metrics", nil),
		on("GET", metric, nil),
		on("PUT", metric, nil),
		on("DELETE", metric, nil),
		on("GET", metric+"/data", nil),
	}
	for _, object := range []string{workbook + permissions, view + permissions, datasource + permissions,
		project + permissions, defaults} {
		rows = append(rows, on("GET", object, nil), on("PUT", object, nil), on("DELETE", object+grant, nil))
	}
	for i := range rows {
		rows[i].handler = notBuilt
	}
	return rows
}

func notBuilt(c *call) (*reply, error) {
	return nil, refuse(codeLacking, "This content server does not have the method %s %s yet.", c.r.Method, c.r.URL.Path)
}
