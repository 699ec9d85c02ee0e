package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Table is a table with rows of enrolments.
type Table struct {
	Name string
	Key  string // the column that names the enrolment
	// Except are columns that no digest covers, each with what protects it instead.
	Except map[string]string
}

// Covered are the tables that an enrolment's chain covers entirely.
var Covered = []Table{
	{"enrolments", "id", map[string]string{"entries": "the number of entries, compared with the chain itself"}},
	{"transitions", "enrolment", nil},
	{"consents", "enrolment", nil},
	{"certificates", "enrolment", nil},
	{"audit", "enrolment", nil},
	{"letters", "enrolment", nil},
	{"attempts", "enrolment", nil},
	{"undelivered", "enrolment", nil},
}

// Uncovered are the other tables, each with what protects it instead.
var Uncovered = map[string]string{
	"manifest":          "the chain itself: hashes and signatures",
	"evidence_keys":     "a key that was changed decrypts nothing that the chain lists",
	"receipts":          "each is signed, and its hash lies in the log outside of the database",
	"unlogged":          "copies of the chain on their way to the log",
	"address_codes":     "letters that ask for a confirmation; the confirmation itself is a transition of the record",
	"appointments":      "copies of the records' appointments, to count those of a slot",
	"ended_logins":      "logins that were ended: about no enrolment",
	"test_certificates": "the test authority's own register: its certificates are signed",
	"step_certificates": "copies of what an authority issued: its certificates are signed",
	"signings":          "requests to sign, for an hour; what came of each is in the audit, which the chain covers",
	"sites":             "who may ask: about no enrolment",
	"audit_sites":       "an index of the entries about no enrolment",
	"site_logos":        "pictures of sites: about no enrolment",
	"site_keys":         "hashes of keys: about no enrolment",
	"verifications":     "what a site sees of an enrolment: derived from its transitions, which the chain covers",
	"site_events":       "what a site was told: derived from the transitions",
	"endpoints":         "addresses of sites: about no enrolment",
	"deliveries":        "what was sent to sites, which the transitions tell",
	"site_requests":     "requests of sites, for a day: about no enrolment",
}

// Digest is the digest of the rows of one table.
type Digest struct {
	Columns []string `json:"columns"` // that were there, sorted
	Rows    int      `json:"rows"`
	SHA256  string   `json:"sha256"` // hex, over the rows in the order of their bytes
}

// Digests returns the digest of each covered table's rows of an enrolment.
func (t *Tx) Digests(ctx context.Context, id string) (map[string]Digest, error) {
	r, err := t.readCovered(ctx)
	if err != nil {
		return nil, err
	}
	found, err := t.digests(ctx, r, id)
	if err != nil {
		return nil, err
	}
	out := make(map[string]Digest, len(Covered))
	for i, table := range Covered {
		out[table.Name] = found[i]
	}
	return out, nil
}

// readCovered returns the reading of all covered tables, which every transition makes: it is written once.
func (t *Tx) readCovered(ctx context.Context) (*reading, error) {
	if r := t.store.covered.Load(); r != nil {
		return r, nil
	}
	columns := make([][]string, len(Covered))
	for i, table := range Covered {
		var err error
		if columns[i], err = t.columns(ctx, table); err != nil {
			return nil, err
		}
	}
	r := newReading(Covered, columns)
	t.store.covered.Store(r)
	return r, nil
}

// Digest returns the digest of some columns of a table's rows of an enrolment.
func (t *Tx) Digest(ctx context.Context, table Table, columns []string, id string) (Digest, error) {
	known, err := t.columns(ctx, table)
	if err != nil {
		return Digest{}, err
	}
	for _, c := range columns {
		if !slices.Contains(known, c) { // also what keeps a name from being more than one
			return Digest{Columns: columns, SHA256: "column " + c + " is gone"}, nil
		}
	}
	found, err := t.digests(ctx, newReading([]Table{table}, [][]string{columns}), id)
	if err != nil {
		return Digest{}, err
	}
	return found[0], nil
}

// reading reads some columns of tables in one statement: every transition of an enrolment waits for it.
type reading struct {
	columns [][]string // of each table
	widest  int        // the most columns of a table
	query   string     // $1: the enrolment
}

func newReading(tables []Table, columns [][]string) *reading {
	r := &reading{columns: columns}
	for _, names := range columns {
		r.widest = max(r.widest, len(names))
	}
	reads := make([]string, len(tables))
	for i, table := range tables {
		fields := []string{strconv.Itoa(i)}
		for _, c := range columns[i] {
			fields = append(fields, "CAST("+c+" AS TEXT)")
		}
		for len(fields) <= r.widest {
			fields = append(fields, "CAST(NULL AS TEXT)")
		}
		reads[i] = fmt.Sprintf("SELECT %s FROM %s WHERE %s = $1", strings.Join(fields, ", "), table.Name, table.Key)
	}
	r.query = strings.Join(reads, " UNION ALL ")
	return r
}

// digests returns the digest of each table's rows of an enrolment.
func (t *Tx) digests(ctx context.Context, r *reading, id string) ([]Digest, error) {
	rows := make([][]string, len(r.columns))
	err := t.query(ctx, func(scan func(...any) error) error {
		var of int
		values, into := make([]*string, r.widest), []any{&of}
		for i := range values {
			into = append(into, &values[i])
		}
		if err := scan(into...); err != nil {
			return err
		}
		row, err := json.Marshal(values[:len(r.columns[of])])
		rows[of] = append(rows[of], string(row))
		return err
	}, r.query, id)
	if err != nil {
		return nil, err
	}
	out := make([]Digest, len(r.columns))
	for i := range out {
		slices.Sort(rows[i]) // an order that no collation changes
		sum := sha256.Sum256([]byte(strings.Join(rows[i], "\n")))
		out[i] = Digest{Columns: r.columns[i], Rows: len(rows[i]), SHA256: hex.EncodeToString(sum[:])}
	}
	return out, nil
}

// NewColumns returns the columns of the covered tables that a chain's entry does not
// name, added by a newer version. Sorted, as table.column.
func (t *Tx) NewColumns(ctx context.Context, covered map[string]Digest) ([]string, error) {
	var out []string
	for _, table := range Covered {
		columns, err := t.columns(ctx, table)
		if err != nil {
			return nil, err
		}
		for _, c := range columns {
			if !slices.Contains(covered[table.Name].Columns, c) {
				out = append(out, table.Name+"."+c)
			}
		}
	}
	return out, nil
}

// Schema returns the columns of every table, by table.
func (t *Tx) Schema(ctx context.Context) (map[string][]string, error) {
	query := `SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table'`
	if t.Postgres != nil {
		query = `SELECT table_name::text, column_name::text FROM information_schema.columns
			WHERE table_schema = current_schema()`
	}
	out := map[string][]string{}
	err := t.query(ctx, func(scan func(...any) error) error {
		var table, column string
		err := scan(&table, &column)
		out[table] = append(out[table], column)
		return err
	}, query)
	for _, columns := range out {
		slices.Sort(columns)
	}
	return out, err
}

// columns returns the columns of a table that digests cover, sorted. The schema is read
// once: a newer version that adds a column may run beside this one, which goes on
// covering the columns it knows.
func (t *Tx) columns(ctx context.Context, table Table) ([]string, error) {
	t.store.schemaMu.Lock()
	defer t.store.schemaMu.Unlock()
	if t.store.schema == nil {
		schema, err := t.Schema(ctx)
		if err != nil {
			return nil, err
		}
		if len(schema[table.Name]) == 0 {
			return nil, fmt.Errorf("store: table %s is not there", table.Name)
		}
		t.store.schema = maps.Clone(schema)
	}
	return slices.DeleteFunc(slices.Clone(t.store.schema[table.Name]), func(c string) bool {
		return table.Except[c] != ""
	}), nil
}
