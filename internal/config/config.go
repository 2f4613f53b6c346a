package config

import "time"

//go:generate go test -run TestComments -update .
//go:generate go test -run TestReference -update .

// Config is everything that can be set. The comments of its fields are the reference: `prokura config reference`
// prints them. The zero Config starts nothing; [Default] is where to begin.
type Config struct {
	// The addresses to listen on, as host:port; one, or a list. Anything but loopback needs tls.
	Listen []string `yaml:"listen,one" env:"LISTEN"`
	// The certificate for https. Without it only loopback addresses may be listened on.
	TLS TLS `yaml:"tls" envPrefix:"TLS_"`
	// The URL under which clients reach this server, without trailing slash. It stands in everything we sign, so
	// changing it ends all sessions. https, unless the host is loopback. Without it, that of the first loopback address.
	Issuer string `yaml:"issuer" env:"ISSUER"`
	// The host names that requests may carry. Without it, the issuer's and those of loopback.
	Hosts []string `yaml:"hosts,one" env:"HOSTS"`
	// The directory of the database, our sealed keys and the operator's token. It is created with mode 0700. A relative
	// path counts from this file.
	Data string `yaml:"data" env:"DATA"`
	// Where state is kept.
	Storage Storage `yaml:"storage" envPrefix:"STORAGE_"`
	// Descriptions of APIs besides the built-in one, which is named analytics.
	Catalogs []Catalog `yaml:"catalogs" env:"-"`
	// Which paths go to which API behind the gateway. The longest prefix wins.
	Routes []Route `yaml:"routes" env:"-"`
	// What one caller, or all of them, may use up.
	Limits Limits `yaml:"limits" envPrefix:"LIMITS_"`
	// How long people stay logged in to the pages.
	Login Login `yaml:"login" envPrefix:"LOGIN_"`
	// The mail server for invitations and forgotten passwords. Without it, administrators are shown the links.
	Mail Mail `yaml:"mail" envPrefix:"MAIL_"`
	// How sign-in with a connected app's JWT behaves.
	Tableau Tableau `yaml:"tableau" envPrefix:"TABLEAU_"`
	// How long the audit books are kept.
	Audit Audit `yaml:"audit" envPrefix:"AUDIT_"`
	// Where people reach the vendor about what only the vendor changes, such as the plan of their account: a mail address, or
	// the https address of a page. It is shown where something is refused for that reason.
	Contact string `yaml:"contact" env:"CONTACT"`
	// What is logged, to standard error.
	Log Log `yaml:"log" envPrefix:"LOG_"`
}

// TLS is a certificate, or the statement that somebody else holds it.
type TLS struct {
	// The file with the certificate chain, PEM.
	Certificate string `yaml:"certificate" env:"CERTIFICATE"`
	// The file with the certificate's private key, PEM, readable by this user only.
	Key string `yaml:"key" env:"KEY"`
	// True when a proxy in front of this server ends TLS. Only then are addresses other than loopback served without a
	// certificate; tokens cross the network between the two in the clear. The caller's address is then the last one in
	// X-Forwarded-For, which the proxy must add.
	InFront bool `yaml:"in_front" env:"IN_FRONT"`
}

// Storage is where state is kept.
type Storage struct {
	// sqlite (a file in data, one process) or postgres (several processes may share it).
	Engine Engine `yaml:"engine" env:"ENGINE"`
	// For postgres: a file that holds the connection URL, readable by this user only.
	URLFile string `yaml:"url_file" env:"URL_FILE"`
	// For postgres: how many connections to keep at most.
	Connections int `yaml:"connections" env:"CONNECTIONS"`
}

// Catalog names a file that describes an API.
type Catalog struct {
	// The name that routes use.
	Name string `yaml:"name"`
	// The catalog file. See docs/catalog.md for its form.
	File string `yaml:"file"`
}

// Route says who answers the paths below a prefix.
type Route struct {
	// The path prefix, such as /api. It begins with a slash and does not end with one.
	Prefix string `yaml:"prefix"`
	// The catalog whose methods can be called here.
	Catalog string `yaml:"catalog"`
	// The form of errors and credentials: tableau, hubspot or genesys.
	Dialect string `yaml:"dialect"`
	// Where calls go: scheme, host and, where needed, port of the API. Plain http is for networks you trust.
	Upstream string `yaml:"upstream"`
	// The aud claim of the signed identity header. The API must check it; each API has its own.
	Audience string `yaml:"audience"`
	// How long the API may take.
	Timeouts Timeouts `yaml:"timeouts"`
	// Further headers of requests that the API gets. Everything not on the built-in list or here is dropped.
	RequestHeaders []string `yaml:"request_headers"`
	// Further headers of answers that clients get.
	ResponseHeaders []string `yaml:"response_headers"`
}

// Timeouts of an upstream. A body that keeps moving is never cut off, however large it is.
type Timeouts struct {
	// To connect.
	Connect time.Duration `yaml:"connect"`
	// From the end of the request to the first byte of the answer.
	ResponseHeader time.Duration `yaml:"response_header"`
	// Between two bytes in either direction.
	Idle time.Duration `yaml:"idle"`
}

// Limits bound what callers use up.
type Limits struct {
	// How many tokens and JWTs that were not seen before are verified at the same time.
	Verifications int `yaml:"verifications" env:"VERIFICATIONS"`
	// The largest body of a sign-in.
	SignInBody Size `yaml:"sign_in_body" env:"SIGN_IN_BODY"`
	// Requests a minute from one address that may fail verification, before further failures are answered 429.
	FailuresPerMinute int `yaml:"failures_per_minute" env:"FAILURES_PER_MINUTE"`
	// Memory for verified tokens.
	TokenCache Size `yaml:"token_cache" env:"TOKEN_CACHE"`
	// The largest header of a request, all fields together.
	RequestHeader Size `yaml:"request_header" env:"REQUEST_HEADER"`
	// How long a client may take to send the header of a request.
	HeaderTimeout time.Duration `yaml:"header_timeout" env:"HEADER_TIMEOUT"`
	// How long a connection without request is kept.
	IdleTimeout time.Duration `yaml:"idle_timeout" env:"IDLE_TIMEOUT"`
	// How long open requests may go on after the signal to stop.
	ShutdownGrace time.Duration `yaml:"shutdown_grace" env:"SHUTDOWN_GRACE"`
}

// Login is how long people stay logged in to the pages.
type Login struct {
	// How long a login lasts, used or not; from 5m to 720h.
	Life time.Duration `yaml:"life" env:"LIFE"`
	// How long it lasts without being used; from 5m to life.
	Idle time.Duration `yaml:"idle" env:"IDLE"`
}

// Mail is the operator's mail server.
type Mail struct {
	// The mail server. Empty: no mail is sent.
	Host string `yaml:"host" env:"HOST"`
	// Its port.
	Port int `yaml:"port" env:"PORT"`
	// The sender: an address, or a name and an address in angle brackets.
	From string `yaml:"from" env:"FROM"`
	// The user to log in to the mail server as. Empty: it asks for none.
	User string `yaml:"user" env:"USER"`
	// A file with that user's password, readable by this user only.
	PasswordFile string `yaml:"password_file" env:"PASSWORD_FILE"`
	// starttls, implicit (encrypted from the first byte, usually port 465), or none for a mail server on this machine.
	TLS MailTLS `yaml:"tls" env:"TLS"`
}

// Tableau is the behavior of the Tableau-shaped sign-in.
type Tableau struct {
	// seed answers the codes 16, 10084 and 10085; extended also 10091 for a JWT used twice and 10099 for a missing scp,
	// and 16 for an exp too far ahead, as newer servers do.
	ErrorCodes ErrorCodes `yaml:"error_codes" env:"ERROR_CODES"`
	// How long a session lasts, used or not; at most 48h.
	Session time.Duration `yaml:"session" env:"SESSION"`
}

// Audit is how long the audit books are kept.
type Audit struct {
	// How long an entry is kept, such as 8760h for a year; at least 24h. 0s keeps all for good. What is deleted stays in the
	// sealed log as a hash, under a signed statement that it was too old.
	Retention time.Duration `yaml:"retention" env:"RETENTION"`
}

// Log is what is logged.
type Log struct {
	// debug, info, warn or error. Tokens and secrets are in none of them.
	Level Level `yaml:"level" env:"LEVEL"`
	// text or json.
	Format Format `yaml:"format" env:"FORMAT"`
}

// Default is the configuration of a server that was told nothing.
func Default() Config {
	return Config{
		Listen:  []string{"127.0.0.1:8080"},
		Data:    "prokura-data",
		Storage: Storage{Engine: SQLite, Connections: 16},
		Limits: Limits{
			Verifications:     64,
			SignInBody:        64 << 10,
			FailuresPerMinute: 120,
			TokenCache:        32 << 20,
			RequestHeader:     32 << 10,
			HeaderTimeout:     5 * time.Second,
			IdleTimeout:       2 * time.Minute,
			ShutdownGrace:     20 * time.Second,
		},
		Login:   Login{Life: 12 * time.Hour, Idle: time.Hour},
		Mail:    Mail{Port: 587, TLS: StartTLS},
		Tableau: Tableau{ErrorCodes: SeedCodes, Session: 240 * time.Minute},
		Log:     Log{Level: "info", Format: "text"},
	}
}

// defaultTimeouts fill what a route leaves out.
var defaultTimeouts = Timeouts{Connect: 5 * time.Second, ResponseHeader: 60 * time.Second, Idle: 60 * time.Second}
