/*
 * Extended XYZ: the number of atoms; a line of KEY=VALUE, of which Lattice
 * (nine numbers, Angstrom) and Properties (NAME:TYPE:COLUMNS, ..) count; a
 * line an atom. A second line without Properties is a comment, and atoms are
 * then SYMBOL X Y Z.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <iphase/formats.h>
#include "../core/core.h"
#include "number.h"
#include "scan.h"

enum use { SPECIES, NUMBER, POSITION, RMS, SQUARE, OCCUPANCY, SKIP };

#define COLUMNS_MAX 256

struct columns {
	size_t n;
	int loose;		/* more may follow on each line */
	unsigned char use[COLUMNS_MAX];
};

/* ---- the second line ---- */

static int same(const char *text, size_t n, const char *word)
{
	return strlen(word) == n && memcmp(text, word, n) == 0;
}

static int same_key(const char *text, size_t n, const char *key)
{
	return strlen(key) == n && strncasecmp(text, key, n) == 0;
}

/* The next field of a:b:c up to end. */
static size_t field(const char **p, const char *end, const char **text)
{
	size_t n = 0;

	*text = *p;
	while (*p + n < end && (*p)[n] != ':')
		n++;
	*p += n + (*p + n < end);
	return n;
}

static int bad_properties(const struct ip_scan *s, const char *why)
{
	return ip_fail(IP_EFORMAT, "%s: line 2: Properties: %s; expected"
		" species:S:1:pos:R:3 and more of NAME:TYPE:COLUMNS", s->path,
		why);
}

static int add_columns(const struct ip_scan *s, struct columns *c,
	const char *name, size_t n, char type, size_t count)
{
	static const struct { const char *name; char type; size_t count;
		enum use use; } known[] = {
		{ "species", 'S', 1, SPECIES }, { "Z", 'I', 1, NUMBER },
		{ "pos", 'R', 3, POSITION }, { "u_rms", 'R', 1, RMS },
		{ "u_iso", 'R', 1, SQUARE }, { "occupancy", 'R', 1, OCCUPANCY },
	};
	enum use use = SKIP;
	size_t i;

	for (i = 0; i < sizeof known / sizeof *known; i++)
		if (same(name, n, known[i].name)) {
			if (type != known[i].type || count != known[i].count)
				return bad_properties(s, "a known name with"
					" another type or number of columns");
			use = known[i].use;
		}
	if (count > COLUMNS_MAX - c->n)
		return bad_properties(s, "too many columns");
	if (use != SKIP && memchr(c->use, use, c->n))
		return bad_properties(s, "a name twice");
	memset(c->use + c->n, use, count);
	c->n += count;
	return 0;
}

static int get_properties(const struct ip_scan *s, struct columns *c,
	const char *p, size_t size)
{
	const char *end = p + size, *name, *type, *count;
	size_t n, m, columns;
	int rc;

	c->n = 0;
	c->loose = 0;
	while (p < end) {
		n = field(&p, end, &name);
		m = field(&p, end, &type);
		if (!n || m != 1 || !strchr("SRIL", *type))
			return bad_properties(s, "a type that is none of S, R,"
				" I, L");
		m = field(&p, end, &count);
		for (columns = 0; m && columns < 1000; m--, count++) {
			if (*count < '0' || *count > '9')
				return bad_properties(s, "a bad number of"
					" columns");
			columns = 10 * columns + (size_t)(*count - '0');
		}
		if (columns == 0)
			return bad_properties(s, "a bad number of columns");
		rc = add_columns(s, c, name, n, *type, columns);
		if (rc < 0)
			return rc;
	}
	if (!memchr(c->use, POSITION, c->n))
		return bad_properties(s, "no pos");
	if (!memchr(c->use, SPECIES, c->n) && !memchr(c->use, NUMBER, c->n))
		return bad_properties(s, "no species");
	return 0;
}

static int get_lattice(const struct ip_scan *s, const char *p, size_t n,
	double cell[3][3])
{
	const char *end = p + n;
	int i;

	for (i = 0; i < 9; i++) {
		while (p < end && strchr(" \t,", *p) && *p)
			p++;
		if (ip_number_get(&p, end, &cell[i / 3][i % 3]))
			break;
	}
	while (p < end && *p == ' ')
		p++;
	if (i < 9 || p < end)
		return ip_fail(IP_EFORMAT, "%s: line 2: Lattice: number %d of"
			" 9 is wrong; expected three vectors in Angstrom",
			s->path, i + 1);
	return ip_cell_check(s->path, (const double (*)[3])cell);
}

/* KEY=VALUE or KEY="VALUE" at *p; the key is empty at the end. */
static void get_pair(const char **p, const char *end, const char **key,
	size_t *kn, const char **value, size_t *vn)
{
	const char *q = *p, *stop;

	while (q < end && (*q == ' ' || *q == '\t'))
		q++;
	*key = q;
	while (q < end && *q != ' ' && *q != '\t' && *q != '=')
		q++;
	*kn = (size_t)(q - *key);
	*value = q;
	*vn = 0;
	if (q < end && *q == '=') {
		stop = ++q < end && *q == '"' ? "\"" : " \t";
		q += *stop == '"';
		*value = q;
		while (q < end && *q != stop[0] && *q != stop[1])
			q++;
		*vn = (size_t)(q - *value);
		q += q < end;
	}
	*p = q;
}

static int get_second_line(struct ip_scan *s, struct ip_structure *r,
	struct columns *c)
{
	static const unsigned char plain[4] = { SPECIES, POSITION, POSITION,
		POSITION };
	const char *text, *end, *key, *value;
	int lattice = 0, properties = 0, rc = 0;
	size_t n, kn, vn;

	/* until Properties says otherwise; charges or forces may follow */
	memcpy(c->use, plain, sizeof plain);
	c->n = sizeof plain;
	c->loose = 1;
	if (!ip_scan_line(s, &text, &n))
		return ip_scan_bad(s, "a second line with Lattice and"
			" Properties");
	for (end = text + n; text < end && rc == 0; ) {
		get_pair(&text, end, &key, &kn, &value, &vn);
		if (same_key(key, kn, "Lattice") && !lattice++)
			rc = get_lattice(s, value, vn, r->cell);
		else if (same_key(key, kn, "Properties") && !properties++)
			rc = get_properties(s, c, value, vn);
		else if (same_key(key, kn, "Lattice") ||
		    same_key(key, kn, "Properties"))
			rc = ip_fail(IP_EFORMAT, "%s: line 2: %.*s twice",
				s->path, (int)kn, key);
	}
	return rc;
}

/* ---- atoms ---- */

/* In any case of letters, as ip_element_number; 0 if it is none. */
static int find_element(const char *text, size_t n)
{
	const char *symbol;
	int z;

	for (z = 1; (symbol = ip_element_symbol(z)) != NULL; z++)
		if (same_key(text, n, symbol))
			return z;
	return 0;
}

static int get_species(struct ip_scan *s, int *z)
{
	const char *text;
	int rc, found;
	size_t n;

	rc = ip_scan_word(s, "an element", &text, &n);
	if (rc < 0)
		return rc;
	found = find_element(text, n);
	if (found && (!*z || *z == found)) {
		*z = found;
		return 0;
	}
	s->p = text;
	return ip_scan_bad(s, found ? "the element of the Z before it" :
		"an element from H to Lr");
}

static int get_column(struct ip_scan *s, enum use use, struct ip_atom *a,
	int *axis)
{
	const char *text;
	double v;
	size_t n;
	long z;
	int rc;

	switch (use) {
	case SPECIES:
		return get_species(s, &a->z);
	case NUMBER:
		rc = ip_scan_int(s, "an atomic number", &z);
		if (rc == 0 && !ip_element_symbol((int)z))
			rc = ip_fail(IP_EFORMAT, "%s: line %zu: atomic number"
				" %ld, expected 1 to 103", s->path, s->line, z);
		if (rc == 0 && a->z && a->z != z)
			rc = ip_fail(IP_EFORMAT, "%s: line %zu: species and Z"
				" differ", s->path, s->line);
		a->z = (int)z;
		return rc;
	case POSITION:
		return ip_scan_real(s, "a coordinate", &a->r[(*axis)++]);
	case RMS: case SQUARE:
		rc = ip_scan_real(s, "a displacement", &v);
		if (rc == 0 && v < 0)
			rc = ip_fail(IP_EFORMAT, "%s: line %zu: displacement"
				" %g, expected 0 or more", s->path, s->line, v);
		if (rc == 0)
			a->u = use == RMS ? v : sqrt(v);
		return rc;
	case OCCUPANCY:
		rc = ip_scan_real(s, "an occupancy", &a->occupancy);
		if (rc == 0 && !(a->occupancy > 0 && a->occupancy <= 1))
			rc = ip_fail(IP_EFORMAT, "%s: line %zu: occupancy %g,"
				" expected more than 0, at most 1", s->path,
				s->line, a->occupancy);
		return rc;
	default:
		return ip_scan_word(s, "a column more", &text, &n);
	}
}

static int get_atom(struct ip_scan *s, const struct columns *c,
	struct ip_atom *a)
{
	const char *text;
	size_t i, n;
	int axis = 0, rc = 0;

	a->occupancy = 1;
	for (i = 0; i < c->n && rc == 0; i++)
		rc = get_column(s, (enum use)c->use[i], a, &axis);
	if (rc == 0 && !c->loose)
		rc = ip_scan_end_line(s);
	else if (rc == 0)
		ip_scan_line(s, &text, &n);
	return rc;
}

static int get_atoms(struct ip_scan *s, struct ip_structure *r, size_t n,
	const struct columns *c)
{
	size_t i;
	int rc = 0;

	r->atoms = calloc(n, sizeof *r->atoms);
	if (!r->atoms)
		return ip_fail(IP_ENOMEM, "out of memory: %zu atoms", n);
	r->count = n;
	for (i = 0; i < n && rc == 0; i++)
		rc = get_atom(s, c, &r->atoms[i]);
	if (rc == 0 && !ip_scan_at_eof(s))
		ip_warn("%s: line %zu: more follows the first %zu atoms; only"
			" they are read", s->path, s->line, n);
	else if (rc == 0)
		ip_scan_warn_open_end(s);
	return rc;
}

int ip_xyz_read(const char *path, struct ip_structure *out)
{
	struct ip_structure r = { 0 };
	struct columns c;
	struct ip_scan s;
	long n;
	int rc;

	rc = ip_scan_open(&s, path);
	if (rc < 0)
		return rc;
	rc = ip_scan_int(&s, "the number of atoms", &n);
	if (rc == 0)
		rc = ip_scan_end_line(&s);
	/* "H 0 0 0\n" is the shortest */
	if (rc == 0 && (n < 1 || n > (s.end - s.p) / 8 + 1))
		rc = ip_fail(IP_EFORMAT, "%s: line 1: %ld atoms announced, in"
			" a file of %lld bytes", path, n,
			(long long)(s.end - s.data));
	if (rc == 0)
		rc = get_second_line(&s, &r, &c);
	if (rc == 0)
		rc = get_atoms(&s, &r, (size_t)n, &c);
	ip_scan_close(&s);
	if (rc < 0)
		ip_structure_free(&r);
	else
		*out = r;
	return rc;
}

/* ---- writing ---- */

static int has_cell(const struct ip_structure *s)
{
	int i, n = 0;

	for (i = 0; i < 9; i++)
		n += s->cell[i / 3][i % 3] != 0;
	return n > 0;
}

static int put_number(struct ip_outfile *o, double v)
{
	char text[IP_NUMBER_MAX + 1] = " ";

	ip_number_put(text + 1, v);
	return ip_outfile_write(o, text, strlen(text));
}

static int put_second_line(struct ip_outfile *o, const struct ip_structure *s,
	int u, int part, const char *comment)
{
	const char *p;
	int i, rc = 0;

	if (has_cell(s)) {
		rc = ip_outfile_printf(o, "Lattice=\"");
		for (i = 0; i < 9 && rc == 0; i++)
			rc = put_number(o, s->cell[i / 3][i % 3]);
		if (rc == 0)
			rc = ip_outfile_printf(o, "\" pbc=\"T T T\" ");
	}
	if (rc == 0)
		rc = ip_outfile_printf(o, "Properties=species:S:1:pos:R:3%s%s",
			u ? ":u_rms:R:1" : "", part ? ":occupancy:R:1" : "");
	if (rc == 0 && comment && *comment) {
		rc = ip_outfile_printf(o, " comment=\"");
		for (p = comment; *p && rc == 0; p++)	/* stay on the line */
			rc = ip_outfile_printf(o, "%c", *p == '"' ? '\'' :
				(unsigned char)*p < ' ' ? ' ' : *p);
		if (rc == 0)
			rc = ip_outfile_printf(o, "\"");
	}
	return rc < 0 ? rc : ip_outfile_printf(o, "\n");
}

static int put_atom(struct ip_outfile *o, const struct ip_atom *a, int u,
	int part)
{
	int k, rc;

	rc = ip_outfile_printf(o, "%s", ip_element_symbol(a->z));
	for (k = 0; k < 3 && rc == 0; k++)
		rc = put_number(o, a->r[k]);
	if (rc == 0 && u)
		rc = put_number(o, a->u);
	if (rc == 0 && part)
		rc = put_number(o, a->occupancy);
	return rc < 0 ? rc : ip_outfile_printf(o, "\n");
}

int ip_xyz_write(const char *path, const struct ip_structure *s,
	const char *comment)
{
	struct ip_outfile *o;
	size_t i;
	int u = 0, part = 0, rc;

	rc = ip_structure_check(s, 0);
	if (rc < 0)
		return rc;
	rc = ip_outfile_open(&o, path);
	if (rc < 0)
		return rc;
	for (i = 0; i < s->count; i++) {
		u |= s->atoms[i].u != 0;
		part |= s->atoms[i].occupancy != 1;
	}
	rc = ip_outfile_printf(o, "%zu\n", s->count);
	if (rc == 0)
		rc = put_second_line(o, s, u, part, comment);
	for (i = 0; i < s->count && rc == 0; i++)
		rc = put_atom(o, &s->atoms[i], u, part);
	if (rc < 0) {
		ip_outfile_abort(o);
		return rc;
	}
	return ip_outfile_commit(o);
}
