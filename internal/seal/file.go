package seal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// maxFile bounds what is read as a keyset.
const maxFile = 64 << 10

// ErrKeyFile: the file of the master keyset is not fit for use. Its message says what to do.
var ErrKeyFile = errors.New("master key file")

// OpenFile reads the master keyset of a file, and makes file and keyset where there is none. It refuses a file that
// others may read or write, and one that is damaged: going on with a fresh keyset would leave everything sealed before
// shut for good (A240). Several processes may call it at once; one keyset wins.
func OpenFile(path string) (*Sealer, error) {
	data, err := readFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := createFile(path); err != nil {
			return nil, fmt.Errorf("%w: creating %s: %w", ErrKeyFile, path, err)
		}
		data, err = readFile(path)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKeyFile, err)
	}
	a, err := parse(data)
	if err != nil {
		return nil, fmt.Errorf("%w: %s is damaged or is not a keyset of Prokura: %w; put the file back that this "+
			"database was made with", ErrKeyFile, path, err)
	}
	return &Sealer{a}, nil
}

// readFile judges the file that it opened, not the one that the path names a moment later.
func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a file", path)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return nil, fmt.Errorf("%s has mode %04o, so that others can get at it: chmod 600 it, and ask yourself who has "+
			"read it", path, mode)
	}
	if info.Size() > maxFile {
		return nil, fmt.Errorf("%s has %d bytes, too many for a keyset", path, info.Size())
	}
	return io.ReadAll(io.LimitReader(f, maxFile))
}

func parse(data []byte) (tink.AEAD, error) {
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(data)))
	if err != nil {
		return nil, err
	}
	return aead.New(handle)
}

// createFile writes a fresh keyset beside the path and links it there, so that nobody ever sees half a file and an
// existing one is never overwritten.
func createFile(path string) error {
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return err
	}
	var content bytes.Buffer
	if err := insecurecleartextkeyset.Write(handle, keyset.NewJSONWriter(&content)); err != nil {
		return err
	}
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, ".master-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(content.Bytes())
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	// What is sealed from now on must not outlive the name of the file.
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
