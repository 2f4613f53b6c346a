package ledger

import (
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"prokura/internal/store"
)

// height of a tile: store.AuditTileWidth is two to its power.
const height = 8

// tiles reads the tree's tiles from one state of the store. Package tlog checks what it is given against the signed root.
type tiles struct {
	r    store.Reader
	held map[[2]int64][]byte // those above the leaves, which are read again and again
}

var _ tlog.TileReader = (*tiles)(nil)

func newTiles(r store.Reader) *tiles { return &tiles{r, map[[2]int64][]byte{}} }

// Height is the height of a tile.
func (t *tiles) Height() int { return height }

// SaveTiles does nothing: they are stored already.
func (t *tiles) SaveTiles([]tlog.Tile, [][]byte) {}

// ReadTiles reads tiles. One that grew since the tree had the size in question begins with what it was.
func (t *tiles) ReadTiles(list []tlog.Tile) ([][]byte, error) {
	out := make([][]byte, len(list))
	for i, tile := range list {
		data, ok := t.held[[2]int64{int64(tile.L), tile.N}]
		if need := tile.W * tlog.HashSize; !ok || len(data) < need {
			stored, err := t.r.AuditTile(tile.L, tile.N)
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				return nil, err
			}
			if data = stored.Hashes; len(data) < need {
				return nil, fmt.Errorf("tile %d of level %d is cut short: %w", tile.N, tile.L, errShort)
			}
			if tile.L > 0 {
				t.held[[2]int64{int64(tile.L), tile.N}] = data
			}
		}
		out[i] = data[:tile.W*tlog.HashSize]
	}
	return out, nil
}

// errShort: a tile has fewer hashes than the signed tree.
var errShort = errors.New("hashes are missing")

// growth is a tree that gets new leaves.
type growth struct {
	old   tlog.HashReader
	fresh map[int64]tlog.Hash // by their index among all stored hashes
}

// ReadHashes reads new hashes from memory and old ones from the store.
func (g *growth) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	var missing []int64
	for i, index := range indexes {
		h, ok := g.fresh[index]
		if !ok {
			missing = append(missing, index)
		}
		out[i] = h
	}
	if len(missing) == 0 {
		return out, nil
	}
	old, err := g.old.ReadHashes(missing)
	if err != nil {
		return nil, err
	}
	for i, index := range indexes {
		if _, ok := g.fresh[index]; !ok {
			out[i], old = old[0], old[1:]
		}
	}
	return out, nil
}

// add appends leaves to a tree of a size.
func (g *growth) add(size int64, leaves []tlog.Hash) (tlog.Tree, error) {
	for _, leaf := range leaves {
		hashes, err := tlog.StoredHashesForRecordHash(size, leaf, g)
		if err != nil {
			return tlog.Tree{}, err
		}
		first := tlog.StoredHashIndex(0, size)
		for i, h := range hashes {
			g.fresh[first+int64(i)] = h
		}
		size++
	}
	root, err := tlog.TreeHash(size, g)
	return tlog.Tree{N: size, Hash: root}, err
}

// tiles are those that are new or grew, with the names of the entries beside the leaves.
func (g *growth) tiles(r store.Reader, from, to int64, refs []store.AuditRef) ([]store.AuditTile, error) {
	var out []store.AuditTile
	for _, tile := range tlog.NewTiles(height, from, to) {
		data, err := tlog.ReadTileData(tile, g)
		if err != nil {
			return nil, err
		}
		t := store.AuditTile{Level: tile.L, N: tile.N, Hashes: data}
		if tile.L == 0 {
			begin := tile.N * store.AuditTileWidth
			if begin < from { // it was begun before
				was, err := r.AuditTile(0, tile.N)
				if err != nil || int64(len(was.Refs)) != from-begin {
					return nil, fmt.Errorf("tile %d has %d names: %w", tile.N, len(was.Refs), errors.Join(err, errShort))
				}
				t.Refs, begin = was.Refs, from
			}
			t.Refs = append(t.Refs, refs[begin-from:min(begin-from+int64(tile.W-len(t.Refs)), int64(len(refs)))]...)
		}
		out = append(out, t)
	}
	return out, nil
}
