package directory

import (
	"encoding/base64"
	"encoding/binary"
	"time"

	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/seal"
)

// A browser in which a person logged in gets a sealed value that says so. With it, attempts are counted by that value alone,
// so that what strangers guess at the same login or from the same network never stops the person. Without the password it
// gives nothing.

// deviceLife is how long a browser is known, deviceSize what is sealed: a random name, and when it was given.
const (
	deviceLife  = 400 * 24 * time.Hour
	deviceNonce = 16
	deviceSize  = deviceNonce + 8
)

func devicePlace(person id.Person) seal.Place {
	return seal.Place{Table: "persons", Row: person.String(), Column: "device"}
}

// newDevice makes the value for a browser in which the person just logged in; empty where nothing can be sealed.
func (d *Directory) newDevice(person id.Person) string {
	if d.sealer == nil {
		return ""
	}
	plain := binary.BigEndian.AppendUint64(entropy.Bytes(deviceNonce), uint64(d.now().Unix()))
	sealed, err := d.sealer.Seal(plain, devicePlace(person))
	if err != nil {
		return "" // the person is logged in all the same
	}
	return base64.RawURLEncoding.EncodeToString(sealed)
}

// device answers the random name of a browser that is known for the person, or false.
func (d *Directory) device(person id.Person, value string) (string, bool) {
	if d.sealer == nil || value == "" || len(value) > 512 {
		return "", false
	}
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(value)
	if err != nil {
		return "", false
	}
	secret, err := d.sealer.Open(sealed, devicePlace(person))
	if err != nil {
		return "", false
	}
	plain := secret.Reveal()
	if len(plain) != deviceSize {
		return "", false
	}
	given := time.Unix(int64(binary.BigEndian.Uint64(plain[deviceNonce:])), 0)
	if age := d.now().Sub(given); age < 0 || age > deviceLife {
		return "", false
	}
	return string(plain[:deviceNonce]), true
}
