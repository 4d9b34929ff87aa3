/*
 * The data blocks of a CIF. Only names that count here are kept; those of
 * later dictionaries (_cell.length_a) are the same with a point.
 */
#include <math.h>
#include <string.h>
#include "../core/core.h"
#include "cif.h"
#include "number.h"

#define FILE_MAX ((size_t)1 << 28)
#define ROWS_MAX 1000000
#define TAGS_MAX 1024		/* of one loop */

static const char *const names[IP_CIF_KEYS] = {
	[IP_CIF_LENGTH_A] = "_cell_length_a",
	[IP_CIF_LENGTH_B] = "_cell_length_b",
	[IP_CIF_LENGTH_C] = "_cell_length_c",
	[IP_CIF_ALPHA] = "_cell_angle_alpha",
	[IP_CIF_BETA] = "_cell_angle_beta",
	[IP_CIF_GAMMA] = "_cell_angle_gamma",
	[IP_CIF_VOLUME] = "_cell_volume",
	[IP_CIF_OPERATOR] = "_space_group_symop_operation_xyz",
	[IP_CIF_OPERATOR_OLD] = "_symmetry_equiv_pos_as_xyz",
	[IP_CIF_GROUP] = "_space_group_name_H-M",
	[IP_CIF_GROUP_OLD] = "_symmetry_space_group_name_H-M",
	[IP_CIF_GROUP_ALT] = "_space_group_name_H-M_alt",
	[IP_CIF_NUMBER] = "_space_group_IT_number",
	[IP_CIF_NUMBER_OLD] = "_symmetry_Int_Tables_number",
	[IP_CIF_HALL] = "_space_group_name_Hall",
	[IP_CIF_HALL_OLD] = "_symmetry_space_group_name_Hall",
	[IP_CIF_FORMULA] = "_chemical_formula_sum",
	[IP_CIF_LABEL] = "_atom_site_label",
	[IP_CIF_TYPE] = "_atom_site_type_symbol",
	[IP_CIF_X] = "_atom_site_fract_x",
	[IP_CIF_Y] = "_atom_site_fract_y",
	[IP_CIF_Z] = "_atom_site_fract_z",
	[IP_CIF_CARTESIAN] = "_atom_site_Cartn_x",
	[IP_CIF_OCCUPANCY] = "_atom_site_occupancy",
	[IP_CIF_U] = "_atom_site_U_iso_or_equiv",
	[IP_CIF_B] = "_atom_site_B_iso_or_equiv",
	[IP_CIF_CALC] = "_atom_site_calc_flag",
	[IP_CIF_ANISO] = "_atom_site_aniso_label",
	[IP_CIF_U11] = "_atom_site_aniso_U_11",
	[IP_CIF_U22] = "_atom_site_aniso_U_22",
	[IP_CIF_U33] = "_atom_site_aniso_U_33",
	[IP_CIF_U12] = "_atom_site_aniso_U_12",
	[IP_CIF_U13] = "_atom_site_aniso_U_13",
	[IP_CIF_U23] = "_atom_site_aniso_U_23",
	[IP_CIF_B11] = "_atom_site_aniso_B_11",
	[IP_CIF_B22] = "_atom_site_aniso_B_22",
	[IP_CIF_B33] = "_atom_site_aniso_B_33",
	[IP_CIF_B12] = "_atom_site_aniso_B_12",
	[IP_CIF_B13] = "_atom_site_aniso_B_13",
	[IP_CIF_B23] = "_atom_site_aniso_B_23",
};

const char *ip_cif_key_name(enum ip_cif_key key)
{
	return names[key];
}

static char plain(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c == '.' ? '_' :
		c;
}

/* IP_CIF_KEYS if it does not count. */
static enum ip_cif_key find_key(const struct ip_cif_text *t)
{
	int k;
	size_t i;

	for (k = 0; k < IP_CIF_KEYS; k++) {
		if (strlen(names[k]) != t->n)
			continue;
		for (i = 0; i < t->n && plain(names[k][i]) == plain(t->p[i]);
		    i++)
			;
		if (i == t->n)
			break;
	}
	return (enum ip_cif_key)k;
}

/* ---- reading ---- */

struct parser {
	struct ip_scan *s;
	enum ip_cif_kind kind;	/* of the word that comes next */
	struct ip_cif_text text;
	struct ip_cif_block block;
	int open;		/* a block has begun */
	size_t with_atoms;	/* blocks, so far */
};

static int advance(struct parser *p)
{
	return ip_cif_next(p->s, &p->kind, &p->text);
}

static int bad(const struct parser *p, const char *expected)
{
	struct ip_scan at = *p->s;

	at.line = p->text.line;
	at.p = p->text.p;
	at.line_start = p->text.p - (p->text.column - 1);
	return ip_scan_bad(&at, expected);
}

static int add(struct parser *p, enum ip_cif_key key)
{
	struct ip_cif_column *c = &p->block.key[key];

	if (c->count == ROWS_MAX)
		return ip_fail(IP_ELIMIT, "%s: line %lu: more than %d values of"
			" %s", p->s->path, (unsigned long)p->text.line,
			ROWS_MAX, names[key]);
	if (ip_grow(&c->v, &c->cap, c->count + 1, sizeof *c->v) < 0)
		return IP_ENOMEM;
	c->v[c->count++] = p->text;
	return 0;
}

static int check_new(const struct parser *p, enum ip_cif_key key)
{
	if (p->block.key[key].count == 0)
		return 0;
	return ip_fail(IP_EFORMAT, "%s: line %lu: %s a second time in this"
		" data block", p->s->path, (unsigned long)p->text.line,
		names[key]);
}

static int get_pair(struct parser *p)
{
	enum ip_cif_key key = find_key(&p->text);
	int rc = key < IP_CIF_KEYS ? check_new(p, key) : 0;

	if (rc == 0)
		rc = advance(p);
	if (rc == 0 && p->kind != IP_CIF_VALUE)
		rc = bad(p, "the value of the name before");
	if (rc == 0 && key < IP_CIF_KEYS) {
		p->block.key[key].loop = 0;
		rc = add(p, key);
	}
	return rc < 0 ? rc : advance(p);
}

/* Names up to the first value. */
static int get_header(struct parser *p, unsigned char *keys, size_t *n)
{
	size_t loop = p->text.line;
	enum ip_cif_key key;
	int rc = advance(p);

	for (*n = 0; rc == 0 && p->kind == IP_CIF_TAG; ++*n) {
		key = find_key(&p->text);
		if (*n == TAGS_MAX)
			return ip_fail(IP_ELIMIT, "%s: line %zu: a loop of more"
				" than %d names", p->s->path, loop, TAGS_MAX);
		if (key < IP_CIF_KEYS) {
			rc = check_new(p, key);
			if (rc == 0 && memchr(keys, key, *n))
				rc = bad(p, "each name once in a loop");
			p->block.key[key].loop = loop;
		}
		keys[*n] = (unsigned char)key;
		if (rc == 0)
			rc = advance(p);
	}
	if (rc == 0 && *n == 0)
		rc = bad(p, "a name after loop_");
	return rc;
}

static int get_loop(struct parser *p)
{
	unsigned char keys[TAGS_MAX];
	size_t n, i, loop = p->text.line;
	int rc = get_header(p, keys, &n);

	for (i = 0; rc == 0 && p->kind == IP_CIF_VALUE; i++) {
		if (keys[i % n] < IP_CIF_KEYS)
			rc = add(p, (enum ip_cif_key)keys[i % n]);
		if (rc == 0)
			rc = advance(p);
	}
	if (rc == 0 && i % n)
		rc = ip_fail(p->kind == IP_CIF_END ? IP_ETRUNCATED :
			IP_EFORMAT, "%s: line %lu: the loop of line %zu has"
			" %zu names and %zu values, not a multiple", p->s->path,
			(unsigned long)p->text.line, loop, n, i);
	if (rc == 0 && i == 0)
		ip_warn("%s: line %zu: a loop without values", p->s->path,
			loop);
	return rc;
}

/* Keep the first block with atoms. */
static void end_block(struct parser *p, struct ip_cif_block *first)
{
	int atoms = p->block.key[IP_CIF_X].count > 0 ||
		p->block.key[IP_CIF_CARTESIAN].count > 0;

	if (atoms && p->with_atoms++ == 0)
		*first = p->block;
	else
		ip_cif_block_free(&p->block);
	memset(&p->block, 0, sizeof p->block);
}

static int get_blocks(struct parser *p, struct ip_cif_block *first)
{
	int rc = advance(p);

	while (rc == 0 && p->kind != IP_CIF_END) {
		if (p->kind == IP_CIF_DATA) {
			end_block(p, first);
			p->open = 1;
			p->block.name = p->text;
			rc = advance(p);
		} else if (!p->open) {
			rc = bad(p, "data_ and the name of a block: is this a"
				" CIF?");
		} else if (p->kind == IP_CIF_LOOP) {
			rc = get_loop(p);
		} else if (p->kind == IP_CIF_TAG) {
			rc = get_pair(p);
		} else {
			rc = bad(p, "a name (_...), loop_ or data_");
		}
	}
	return rc;
}

int ip_cif_block_read(struct ip_scan *s, struct ip_cif_block *b)
{
	struct parser p = { .s = s };
	int rc;

	memset(b, 0, sizeof *b);
	if ((size_t)(s->end - s->data) > FILE_MAX)
		return ip_fail(IP_ELIMIT, "%s: more than %zu bytes", s->path,
			FILE_MAX);
	if (s->end - s->p >= 3 && memcmp(s->p, "\357\273\277", 3) == 0)
		s->line_start = s->p += 3;	/* a byte order mark */
	rc = get_blocks(&p, b);
	if (rc == 0)
		end_block(&p, b);
	ip_cif_block_free(&p.block);
	if (rc == 0 && p.with_atoms == 0)
		rc = ip_fail(s->p == s->data ? IP_ETRUNCATED : IP_EFORMAT,
			"%s: no data block has atoms (_atom_site_fract_x)",
			s->path);
	if (rc == 0 && p.with_atoms > 1)
		ip_warn("%s: %zu data blocks have atoms; the first, '%.*s', is"
			" read", s->path, p.with_atoms, (int)b->name.n,
			b->name.p);
	if (rc < 0)
		ip_cif_block_free(b);
	return rc;
}

void ip_cif_block_free(struct ip_cif_block *b)
{
	int k;

	for (k = 0; k < IP_CIF_KEYS; k++)
		ip_free(b->key[k].v);
	memset(b, 0, sizeof *b);
}

/* ---- values ---- */

const struct ip_cif_text *ip_cif_get(const struct ip_cif_block *b,
	enum ip_cif_key key, size_t row)
{
	const struct ip_cif_text *t;

	if (row >= b->key[key].count)
		return NULL;
	t = &b->key[key].v[row];
	if (t->bare && t->n == 1 && (*t->p == '?' || *t->p == '.'))
		return NULL;
	return t;
}

int ip_cif_bad(const char *path, enum ip_cif_key key,
	const struct ip_cif_text *t, const char *expected)
{
	return ip_fail(IP_EFORMAT, "%s: line %lu, column %lu: %s is '%.*s',"
		" expected %s", path, (unsigned long)t->line,
		(unsigned long)t->column, names[key], t->n < 40 ? (int)t->n :
		40, t->p, expected);
}

/* (2), the standard uncertainty in the last digits. */
static const char *skip_uncertainty(const char *p, const char *end)
{
	const char *q = p;

	if (q == end || *q != '(')
		return p;
	for (q++; q < end && *q >= '0' && *q <= '9'; q++)
		;
	return q < end && *q == ')' ? q + 1 : p;
}

int ip_cif_real(const char *path, const struct ip_cif_block *b,
	enum ip_cif_key key, size_t row, double *v, int *known)
{
	const struct ip_cif_text *t = ip_cif_get(b, key, row);
	const char *p, *end;
	double x;

	if (known)
		*known = t != NULL;
	if (!t)
		return 0;
	p = t->p;
	end = t->p + t->n;
	if (ip_number_get(&p, end, &x) || skip_uncertainty(p, end) != end)
		return ip_cif_bad(path, key, t, "a number such as 3.189(2)");
	if (!isfinite(x))
		return ip_cif_bad(path, key, t, "a number that is finite");
	*v = x;
	return 0;
}
