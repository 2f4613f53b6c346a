package refusal

// The parts that a flaw can be in, where no name that was sent says it.
const (
	Path      = "path"
	Body      = "body"
	Header    = "header"    // of a JWT
	Claims    = "claims"    // of a JWT
	Signature = "signature" // of a JWT
)

// parts are written as subjects that begin a clause: after a colon, German begins with a capital letter.
var parts = map[string]Text{
	"":        say("it", "Es"),
	Path:      say("the path", "Der Pfad"),
	Body:      say("the body", "Der Textteil"),
	Header:    say("the header", "Der Header"),
	Claims:    say("the part with the claims", "Der Teil mit den Claims"),
	Signature: say("the signature", "Die Signatur"),
}

// The flaws of anything.
const (
	IsEmpty  Flaw = "empty"
	TooLong  Flaw = "too_long"
	TooDeep  Flaw = "too_deep"
	NotUTF8  Flaw = "not_utf8"
	HasTwice Flaw = "twice"
)

// The flaws of a JWT.
const (
	IsMissing         Flaw = "missing"
	IsEncrypted       Flaw = "encrypted"
	WrongDots         Flaw = "wrong_dots"
	IsPadded          Flaw = "padded"
	HasLineEnd        Flaw = "line_end"
	IsPlainBase64     Flaw = "plain_base64"
	NotBase64URL      Flaw = "not_base64url"
	HeaderNotText     Flaw = "header_not_text"
	HeaderOtherType   Flaw = "header_other_type"
	HeaderNameUnknown Flaw = "header_name_unknown"
)

// The flaws of a body.
const (
	NotObject       Flaw = "not_object"
	JSONMalformed   Flaw = "json_malformed"
	GoesOn          Flaw = "goes_on"
	XMLMalformed    Flaw = "xml_malformed"
	HasInstruction  Flaw = "processing_instruction"
	HasDoctype      Flaw = "doctype"
	HasText         Flaw = "text_between"
	EndWithoutStart Flaw = "end_without_start"
	NotClosed       Flaw = "not_closed"
	RootTwice       Flaw = "root_twice"
	RootOther       Flaw = "root_other"
	ElementTwice    Flaw = "element_twice"
	ElementMissing  Flaw = "element_missing"
	Misplaced       Flaw = "misplaced"
	OtherCase       Flaw = "other_case"
	OtherNamespace  Flaw = "other_namespace"
	TooManyAttrs    Flaw = "attributes_too_many"
	AttrMissing     Flaw = "attribute_missing"
	AttrPrefixed    Flaw = "attribute_prefixed"
	PrefixUnbound   Flaw = "prefix_unbound"
	NotText         Flaw = "not_text"
	TwoCredentials  Flaw = "two_credentials"
	NeitherForm     Flaw = "neither_form"
	CameLate        Flaw = "late"
	EndedEarly      Flaw = "ended_early"
	WrongFraming    Flaw = "wrong_framing"
	ParametersInURL Flaw = "parameters_in_url"
)

// The kinds of credential that are not taken.
const (
	KindPersonalToken Flaw = "personal_access_token"
	KindPassword      Flaw = "name_and_password"
	KindUnifiedToken  Flaw = "unified_access_token"
)

// The flaws of a path or a query.
const (
	NoSlash         Flaw = "no_slash"
	SlashTwice      Flaw = "slash_twice"
	DotSegment      Flaw = "dot_segment"
	TooManySegments Flaw = "segments_too_many"
	TooManyParams   Flaw = "parameters_too_many"
	ParamIsVerb     Flaw = "parameter_is_verb"
	EscapeBroken    Flaw = "escape_broken"
	EscapeSeparator Flaw = "escape_separator"
	EscapePercent   Flaw = "escape_percent"
	EscapeSemicolon Flaw = "escape_semicolon"
	EscapeControl   Flaw = "escape_control"
	EscapeNeedless  Flaw = "escape_needless"
	EscapeLowerCase Flaw = "escape_lower_case"
	EscapesNotUTF8  Flaw = "escapes_not_utf8"
	SegmentControl  Flaw = "segment_control"
	Backslash       Flaw = "backslash"
	Semicolon       Flaw = "semicolon"
	ControlChar     Flaw = "control_character"
	PathEnd         Flaw = "path_end"
	BeyondASCII     Flaw = "beyond_ascii"
	MustEscape      Flaw = "must_escape"
)

// The flaws of what should be the name of a scope.
const (
	ScopeCharacter Flaw = "scope_character"
	TooManyScopes  Flaw = "scopes_too_many"
)

// The flaws of a redirect URI that somebody wants to register.
const (
	URINoScheme     Flaw = "uri_no_scheme"
	URINoAuthority  Flaw = "uri_no_authority"
	URIScheme       Flaw = "uri_scheme"
	URISchemePublic Flaw = "uri_scheme_public"
	URIPlainHTTP    Flaw = "uri_plain_http"
	URIUserinfo     Flaw = "uri_userinfo"
	URIFragment     Flaw = "uri_fragment"
	URIWildcard     Flaw = "uri_wildcard"
	URIHost         Flaw = "uri_host"
	URIPort         Flaw = "uri_port"
	URIParameter    Flaw = "uri_parameter"
)

// The flaws of a client's keys and logo.
const (
	KeyPrivate   Flaw = "key_private"
	KeySymmetric Flaw = "key_symmetric"
	KeyNoID      Flaw = "key_no_id"
	KeyKind      Flaw = "key_kind"
	KeyTooMany   Flaw = "key_too_many"
	ImageKind    Flaw = "image_kind"
	ImageWebP    Flaw = "image_webp"
	ImageBroken  Flaw = "image_broken"
	ImagePixels  Flaw = "image_pixels"
)

var flaws = []FlawDefinition{
	{IsEmpty, say("{in} is empty", "{in} ist leer")},
	{TooLong, say("{got} bytes were sent, at most {want} are read", "Gesendet wurden {got} Byte, gelesen werden höchstens {want}")},
	{TooDeep, say("{in} nests more than {want} deep", "{in} ist mehr als {want} Ebenen tief verschachtelt")},
	{NotUTF8, say("{in} is not UTF-8", "{in} ist kein UTF-8")},
	{HasTwice, say("{in} has “{got}” twice", "{in} enthält „{got}“ doppelt")},

	{IsMissing, say("there is none", "Es gibt keines")},
	{IsEncrypted, say("it has five parts, so it is encrypted (JWE); only signed tokens are read",
		"Es hat fünf Teile, ist also verschlüsselt (JWE); gelesen werden nur signierte Token")},
	{WrongDots, say("the number of dots in it is {got}, not two", "Die Zahl der Punkte darin ist {got}, nicht zwei")},
	{IsPadded, say("{in} is padded with =, which a compact token is not", "{in} ist mit = aufgefüllt, was es in einem kompakten Token nicht gibt")},
	{HasLineEnd, say("{in} has a line end in it", "{in} enthält ein Zeilenende")},
	{IsPlainBase64, say("{in} has + or / in it: it is base64, not base64url", "{in} enthält + oder /: Das ist base64, nicht base64url")},
	{NotBase64URL, say("{in} is not canonical base64url", "{in} ist kein kanonisches base64url")},
	{HeaderNotText, say("“{got}” in the header is not a text", "„{got}“ im Header ist kein Text")},
	{HeaderOtherType, say("typ in the header is not JWT", "typ im Header ist nicht JWT")},
	{HeaderNameUnknown, say("the header has “{got}”, which an assertion does not have", "Der Header enthält „{got}“, was hier in keinen Header gehört")},

	{NotObject, say("{in} is not a JSON object", "{in} ist kein JSON-Objekt")},
	{JSONMalformed, say("{in} is not well-formed JSON at byte {at} (the parser says: {got})",
		"{in} ist bei Byte {at} kein wohlgeformtes JSON (Meldung des Parsers: {got})")},
	{GoesOn, say("{in} goes on after the end of the JSON object, at byte {at}", "{in} geht nach dem Ende des JSON-Objekts weiter, ab Byte {at}")},
	{XMLMalformed, say("{in} is not well-formed XML in line {at} (the parser says: {got})",
		"{in} ist in Zeile {at} kein wohlgeformtes XML (Meldung des Parsers: {got})")},
	{HasInstruction, say("processing instructions are not accepted", "Verarbeitungsanweisungen werden nicht angenommen")},
	{HasDoctype, say("a DOCTYPE is not accepted", "Ein DOCTYPE wird nicht angenommen")},
	{HasText, say("there is text between the elements", "Zwischen den Elementen steht Text")},
	{EndWithoutStart, say("the end tag “{got}” closes nothing", "Das Endtag „{got}“ schließt nichts")},
	{NotClosed, say("“{got}” is not closed", "„{got}“ ist nicht geschlossen")},
	{RootTwice, say("there is more than one root element", "Es gibt mehr als ein Wurzelelement")},
	{RootOther, say("the root element is “{got}”, not {want}", "Das Wurzelelement ist „{got}“, nicht {want}")},
	{ElementTwice, say("there is more than one {got}", "Das Element {got} kommt mehr als einmal vor")},
	{ElementMissing, say("there is no {want}", "Das Element {want} fehlt")},
	{Misplaced, say("{got} stands in the wrong place", "Das Element {got} steht an der falschen Stelle")},
	{OtherCase, say("“{got}” is written {want}", "„{got}“ schreibt man {want}")},
	{OtherNamespace, say("“{got}” is in another namespace than {want}", "„{got}“ steht in einem anderen Namensraum als {want}")},
	{TooManyAttrs, say("“{got}” has more than {want} attributes", "„{got}“ hat mehr als {want} Attribute")},
	{AttrMissing, say("{in} has no {want}", "Im Element {in} fehlt {want}")},
	{AttrPrefixed, say("the attribute “{got}” has a namespace prefix", "Das Attribut „{got}“ hat ein Namensraum-Präfix")},
	{PrefixUnbound, say("the prefix “{got}” is bound to nothing", "Das Präfix „{got}“ ist an nichts gebunden")},
	{NotText, say("{got} is not a text", "Der Wert von {got} ist kein Text")},
	{TwoCredentials, say("it has jwt and {got} at once", "Sie enthält jwt und {got} zugleich")},
	{NeitherForm, say("{in} begins neither like XML nor like JSON", "{in} beginnt weder wie XML noch wie JSON")},
	{CameLate, say("{in} did not arrive within {want} seconds", "{in} ist nicht innerhalb von {want} Sekunden angekommen")},
	{EndedEarly, say("{in} ended early", "{in} endete vorzeitig")},
	{WrongFraming, say("{in} is not framed as HTTP wants it (the parser says: {got})",
		"{in} ist nicht so übertragen, wie HTTP es verlangt (Meldung des Parsers: {got})")},

	{ParametersInURL, say("there are parameters in the URL", "In der URL stehen Parameter")},

	{KindPersonalToken, say("a personal access token", "einem persönlichen Zugriffstoken")},
	{KindPassword, say("name and password", "Name und Kennwort")},
	{KindUnifiedToken, say("a unified access token (isUat)", "einem vereinheitlichten Zugriffstoken (isUat)")},

	{NoSlash, say("{in} does not begin with a slash", "{in} beginnt nicht mit einem Schrägstrich")},
	{SlashTwice, say("position {at}: two slashes in a row", "Position {at}: zwei Schrägstriche hintereinander")},
	{DotSegment, say("position {at}: a dot segment", "Position {at}: ein Punktsegment")},
	{TooManySegments, say("position {at}: more than {want} segments", "Position {at}: mehr als {want} Segmente")},
	{TooManyParams, say("{got} parameters were sent, at most {want} are read", "Gesendet wurden {got} Parameter, gelesen werden höchstens {want}")},
	{ParamIsVerb, say("the parameter {got} names a verb", "Der Parameter {got} nennt ein Verb")},
	{EscapeBroken, say("position {at}: % is not followed by two hexadecimal digits", "Position {at}: Auf % folgen keine zwei hexadezimalen Ziffern")},
	{EscapeSeparator, say("position {at}: {got} hides a separator", "Position {at}: {got} verbirgt ein Trennzeichen")},
	{EscapePercent, say("position {at}: {got} is a percent sign, which means an escape to whoever decodes twice",
		"Position {at}: {got} ist ein Prozentzeichen; wer zweimal dekodiert, liest es als Maskierung")},
	{EscapeSemicolon, say("position {at}: {got} is a semicolon, which begins a parameter for some servers",
		"Position {at}: {got} ist ein Semikolon, mit dem für manche Server ein Parameter beginnt")},
	{EscapeControl, say("position {at}: {got} is a control character", "Position {at}: {got} ist ein Steuerzeichen")},
	{EscapeNeedless, say("position {at}: {got} stands for “{want}”, which is written without an escape",
		"Position {at}: {got} steht für „{want}“, das man ohne Maskierung schreibt")},
	{EscapeLowerCase, say("position {at}: {got} is written with capital letters: {want}", "Position {at}: {got} schreibt man mit Großbuchstaben: {want}")},
	{EscapesNotUTF8, say("position {at}: the escapes of this segment are not UTF-8", "Position {at}: Die Maskierungen dieses Segments ergeben kein UTF-8")},
	{SegmentControl, say("position {at}: the segment holds a control character", "Position {at}: Das Segment enthält ein Steuerzeichen")},
	{Backslash, say("position {at}: a backslash", "Position {at}: ein Rückstrich")},
	{Semicolon, say("position {at}: a semicolon", "Position {at}: ein Semikolon")},
	{ControlChar, say("position {at}: a space or a control character", "Position {at}: ein Leerzeichen oder ein Steuerzeichen")},
	{PathEnd, say("position {at}: “{got}” ends a path", "Position {at}: „{got}“ beendet einen Pfad")},
	{BeyondASCII, say("position {at}: a character beyond ASCII that is not escaped", "Position {at}: ein Zeichen jenseits von ASCII, das nicht maskiert ist")},
	{MustEscape, say("position {at}: “{got}” must be escaped", "Position {at}: „{got}“ muss maskiert werden")},

	{URINoScheme, say("it does not begin with a scheme such as https://", "Es steht kein Schema wie https:// am Anfang")},
	{URINoAuthority, say("it does not begin with {want}", "Am Anfang steht nicht {want}")},
	{URIScheme, say("the scheme {got} is not allowed", "Das Schema {got} ist nicht erlaubt")},
	{URISchemePublic, say("the scheme {got} is allowed for public clients only", "Das Schema {got} ist nur für öffentliche Clients erlaubt")},
	{URIPlainHTTP, say("http is not encrypted, and {got} is not this machine itself", "http ist nicht verschlüsselt, und {got} ist nicht der eigene Rechner")},
	{URIUserinfo, say("before the host stands a user name ({got})", "Vor dem Host steht ein Benutzername ({got})")},
	{URIFragment, say("it has a fragment ({got})", "Sie hat ein Fragment ({got})")},
	{URIWildcard, say("it has a wildcard (*)", "Sie enthält einen Platzhalter (*)")},
	{URIHost, say("“{got}” is not a host name or an address in its usual form", "„{got}“ ist kein Hostname und keine Adresse in der üblichen Form")},
	{URIPort, say("“{got}” is not a port", "„{got}“ ist kein Port")},
	{URIParameter, say("its query has “{got}”, which the answer itself carries", "Ihre Abfrage enthält „{got}“, was die Antwort selbst mitbringt")},

	{KeyPrivate, say("the key “{got}” is a private one", "Der Schlüssel „{got}“ ist ein privater")},
	{KeySymmetric, say("the key “{got}” is symmetric", "Der Schlüssel „{got}“ ist symmetrisch")},
	{KeyNoID, say("a key has no kid", "Einem Schlüssel fehlt die kid")},
	{KeyKind, say("the key “{got}” is of no kind that is verified with here", "Mit der Art des Schlüssels „{got}“ wird hier nicht geprüft")},
	{KeyTooMany, say("there are {got} keys, at most {want} are taken", "Es sind {got} Schlüssel, angenommen werden höchstens {want}")},
	{ImageKind, say("it is neither PNG nor JPEG", "Es ist weder PNG noch JPEG")},
	{ImageWebP, say("it is a WebP, which is not read here", "Es ist ein WebP, das hier nicht gelesen wird")},
	{ImageBroken, say("it cannot be decoded", "Es lässt sich nicht dekodieren")},
	{ImagePixels, say("it has {got} pixels, at most {want} are shown", "Es hat {got} Pixel, gezeigt werden höchstens {want}")},

	{TooManyScopes, say("{in} names more than {want} scopes", "{in} nennt mehr als {want} Bereiche")},
	{ScopeCharacter, say("byte {at} of it is {got}, which no scope has", "Das Byte {at} darin ist {got}, was in keinem Bereich vorkommt")},
}
