// Package text holds sentences in both languages of the product.
package text

// Text is a sentence or two in English and German.
type Text struct {
	EN string `json:"en" yaml:"en"`
	DE string `json:"de" yaml:"de"`
}

// In is the text in the language given: "de", or anything else for English.
func (t Text) In(lang string) string {
	if lang == "de" {
		return t.DE
	}
	return t.EN
}
