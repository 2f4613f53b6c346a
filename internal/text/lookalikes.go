package text

// alike are letters, digits and signs that are taken for Latin letters, beyond what a decomposition of Unicode or its lower case
// shows. It holds those that imitation is made of, not all that Unicode knows. What looks like i, I, 1 or l is l.
var alike = [...]struct{ to, from string }{
	{"a", "4@аɑαᴀɐⲁ⍺ꓮᎪΑ"},
	{"b", "8вьƅɓʙβꓐᏏᏴΒ"},
	{"c", "сϲϹᴄⲥꓚᏟꮯƈ¢"},
	{"d", "ԁđɗðᴅꓓᎠᏧ"},
	{"e", "3еεɛəᴇзєꓰᎬΕ€℮"},
	{"f", "ƒғꜰꓝẝϝϜ"},
	{"g", "ɡԍցɢɠꓖᏀ"},
	{"h", "нһħɦհʜⲏꓧᎻΗ"},
	{"j", "јյϳᴊꓙᎫ"},
	{"k", "кκƙᴋⲕꓗᏦΚ"},
	{"l", "1i|ıłіιɩɪɨɭʟӏլ∣│ǀ׀اוןⲓ⍳ⵏꓡꓲᏞᎥΙ"},
	{"m", "мɱᴍⲙꓟᎷΜ"},
	{"n", "пηոռŋɲɴⲛꓠΝ"},
	{"o", "0оοօøᴏσⲟⵔⵕ〇ဝഠסه٥०০੦૦௦౦೦൦๐໐၀ꓳΟ𐐄𐐬"},
	{"p", "рρþƥᴘⲣ⍴ꓑᏢΡ"},
	{"q", "ԛզ"},
	{"r", "гʀɾꓣᎡᏒ"},
	{"s", "5$ѕʂꜱꓢᏚ"},
	{"t", "7тτŧʈƫᴛⲧꓔᎢΤ"},
	{"u", "υսʉᴜʊꓴ"},
	{"v", "νѵʋᴠꓦᏙ"},
	{"w", "ԝѡաωᴡ⍵ꓪᎳ"},
	{"x", "хχⲭꓫΧ"},
	{"y", "уүγƴʏⲩꓬΥ"},
	{"z", "ʐᴢꓜᏃΖ"},
	{"ae", "æ"}, {"oe", "œ"}, {"ss", "ß"},
}

// The letters of these blocks stand in the order of the alphabet, and decompose into nothing.
var alphabets = [...]rune{0x1F150, 0x1F170, 0x1F1E6} // in black circles, in black squares, of flags

var lookalikes = lookalikesOf()

func lookalikesOf() map[rune]string {
	out := map[rune]string{}
	for _, a := range alike {
		for _, r := range a.from {
			out[r] = a.to
		}
	}
	for _, first := range alphabets {
		for i := range rune(26) {
			if out[first+i] = string('a' + i); i == 'i'-'a' {
				out[first+i] = "l"
			}
		}
	}
	return out
}
