/* Atoms as rows of a CIF: elements, places, occupancies, displacements. */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <iphase/structure.h>
#include "../core/core.h"
#include "cif.h"

#define PI 3.14159265358979323846
#define FAR 1e3			/* cells: further off no digit is left */

/* The labels of the rows in order, to be found by name. */
struct label {
	const struct ip_cif_text *text;
	size_t row;
};

/* ---- elements ---- */

static int find_symbol(char a, char b)
{
	const char *s;
	int z;

	a = (char)toupper((unsigned char)a);
	b = (char)tolower((unsigned char)b);
	if (a == 'D' && !b)
		return 1;	/* deuterium */
	for (z = 1; (s = ip_element_symbol(z)) != NULL; z++)
		if (s[0] == a && s[1] == b)
			return z;
	return 0;
}

static int letter(const char *p, size_t n, size_t i)
{
	return i < n && isalpha((unsigned char)p[i]);
}

int ip_cif_element(const char *p, size_t n, int type)
{
	int one, two;

	if (!letter(p, n, 0))
		return 0;
	one = find_symbol(p[0], 0);
	two = letter(p, n, 1) ? find_symbol(p[0], p[1]) : 0;
	/* CA1 is a carbon or calcium, Ca1 is not */
	if (one && two && !type && isupper((unsigned char)p[1]))
		return -1;
	return two ? two : one;
}

const struct ip_cif_text *ip_cif_name(const struct ip_cif_block *b, size_t row)
{
	static const struct ip_cif_text none = { "?", 1, 0, 0, 1 };
	const struct ip_cif_text *t = ip_cif_get(b, IP_CIF_LABEL, row);

	if (!t)
		t = ip_cif_get(b, IP_CIF_TYPE, row);
	return t ? t : &none;
}

static int get_element(const char *path, const struct ip_cif_block *b,
	struct ip_cif_site *s)
{
	enum ip_cif_key key = IP_CIF_TYPE;
	const struct ip_cif_text *t = ip_cif_get(b, key, s->row);

	if (!t) {
		key = IP_CIF_LABEL;
		t = ip_cif_get(b, key, s->row);
	}
	if (!t)
		return ip_fail(IP_EFORMAT, "%s: line %lu: an atom with neither"
			" %s nor %s", path, (unsigned long)
			b->key[IP_CIF_X].v[s->row].line,
			ip_cif_key_name(IP_CIF_TYPE),
			ip_cif_key_name(IP_CIF_LABEL));
	s->z = ip_cif_element(t->p, t->n, key == IP_CIF_TYPE);
	if (s->z < 0)
		return ip_cif_bad(path, key, t, "one element only: add"
			" _atom_site_type_symbol, or write its second letter"
			" small");
	return s->z ? 0 : ip_cif_bad(path, key, t, "an element from H to Lr"
		" at its start");
}

/* ---- displacements ---- */

static int check_square(const char *path, const struct ip_cif_block *b,
	enum ip_cif_key key, size_t row, double u)
{
	/* an rms of 3 Angstrom is no site */
	if (u >= 0 && u < 10)
		return 0;
	return ip_cif_bad(path, key, ip_cif_get(b, key, row), "a mean square"
		" displacement, 0 or more (Angstrom^2)");
}

static int get_isotropic(const char *path, const struct ip_cif_block *b,
	struct ip_cif_site *s)
{
	enum ip_cif_key key = IP_CIF_U;
	int known, rc;

	rc = ip_cif_real(path, b, key, s->row, &s->u, &known);
	if (rc == 0 && !known) {
		key = IP_CIF_B;
		rc = ip_cif_real(path, b, key, s->row, &s->u, &known);
		s->u /= 8 * PI * PI;
	}
	s->known = (unsigned char)known;
	if (rc == 0 && known)
		rc = check_square(path, b, key, s->row, s->u);
	return rc;
}

/* a*_i a*_j (a_i . a_j) / 3: the weight of U_ij in their mean over directions,
 * twice for i != j. Fischer and Tillmanns, Acta Cryst. C44 (1988) 775. */
static void mean_weights(const double cell[3][3], double w[6])
{
	static const int at[6][2] = { { 0, 0 }, { 1, 1 }, { 2, 2 }, { 0, 1 },
		{ 0, 2 }, { 1, 2 } };
	double dot[3][3], star[3], v = ip_cell_volume(cell);
	int i, j, k;

	for (i = 0; i < 3; i++)
		for (j = 0; j < 3; j++)
			for (dot[i][j] = 0, k = 0; k < 3; k++)
				dot[i][j] += cell[i][k] * cell[j][k];
	for (i = 0; i < 3; i++) {
		j = (i + 1) % 3;
		k = (i + 2) % 3;
		star[i] = sqrt(fmax(0, dot[j][j] * dot[k][k] -
			dot[j][k] * dot[j][k])) / fabs(v);
	}
	for (k = 0; k < 6; k++) {
		i = at[k][0];
		j = at[k][1];
		w[k] = (i == j ? 1 : 2) * star[i] * star[j] * dot[i][j] / 3;
	}
}

static int by_label(const void *va, const void *vb)
{
	const struct ip_cif_text *a = ((const struct label *)va)->text;
	const struct ip_cif_text *b = ((const struct label *)vb)->text;
	int c;

	if (a->n != b->n)
		return a->n < b->n ? -1 : 1;
	c = memcmp(a->p, b->p, a->n);
	return c;
}

/* One row of _atom_site_aniso_; known stays 0 if a number is missing. */
static int get_tensor(const char *path, const struct ip_cif_block *b,
	enum ip_cif_key first, size_t row, const double w[6], double *u,
	int *known)
{
	int k, rc = 0, have = 1;
	double v = 0, sum = 0;

	for (k = 0; k < 6 && rc == 0 && have; k++) {
		rc = ip_cif_real(path, b, (enum ip_cif_key)((int)first + k),
			row, &v, &have);
		sum += w[k] * v;
	}
	if (rc < 0 || !have)
		return rc;
	*known = 1;
	*u = first == IP_CIF_U11 ? sum : sum / (8 * PI * PI);
	return check_square(path, b, first, row, *u);
}

static int use_tensors(const char *path, const struct ip_cif_block *b,
	const double w[6], const struct label *labels,
	struct ip_cif_site *sites, size_t count)
{
	const struct label *found;
	struct label want;
	struct ip_cif_site *s;
	double u = 0;
	size_t i;
	int rc = 0, known;

	for (i = 0; i < b->key[IP_CIF_ANISO].count && rc == 0; i++) {
		want.text = &b->key[IP_CIF_ANISO].v[i];
		known = 0;
		rc = get_tensor(path, b, IP_CIF_U11, i, w, &u, &known);
		if (rc == 0 && !known)
			rc = get_tensor(path, b, IP_CIF_B11, i, w, &u, &known);
		found = bsearch(&want, labels, count, sizeof *labels,
			by_label);
		if (rc < 0 || !known || !found)
			continue;
		s = &sites[found->row];
		s->mean = 1;
		if (!s->known)
			s->u = u;
		s->known = 1;
	}
	return rc;
}

static int get_anisotropic(const char *path, const struct ip_cif_block *b,
	const double cell[3][3], struct ip_cif_site *sites, size_t count)
{
	struct label *labels;
	double w[6];
	size_t i;
	int rc;

	if (b->key[IP_CIF_ANISO].count == 0 || b->key[IP_CIF_LABEL].count == 0)
		return 0;
	labels = ip_alloc_array(count, sizeof *labels);
	if (!labels)
		return IP_ENOMEM;
	for (i = 0; i < count; i++) {
		labels[i].text = &b->key[IP_CIF_LABEL].v[i];
		labels[i].row = i;
	}
	qsort(labels, count, sizeof *labels, by_label);
	mean_weights(cell, w);
	rc = use_tensors(path, b, w, labels, sites, count);
	ip_free(labels);
	return rc;
}

/* ---- rows ---- */

static int get_place(const char *path, const struct ip_cif_block *b,
	struct ip_cif_site *s)
{
	enum ip_cif_key key;
	int i, known, rc = 0;

	for (i = 0; i < 3 && rc == 0; i++) {
		key = (enum ip_cif_key)(IP_CIF_X + i);
		rc = ip_cif_real(path, b, key, s->row, &s->f[i], &known);
		if (rc == 0 && (!known || !(fabs(s->f[i]) < FAR)))
			rc = ip_cif_bad(path, key, &b->key[key].v[s->row],
				"a coordinate in parts of the cell; leave the"
				" row out if the atom has none");
	}
	return rc;
}

static int get_occupancy(const char *path, const struct ip_cif_block *b,
	struct ip_cif_site *s)
{
	int rc;

	s->occupancy = 1;
	rc = ip_cif_real(path, b, IP_CIF_OCCUPANCY, s->row, &s->occupancy,
		NULL);
	if (rc == 0 && !(s->occupancy >= 0 &&
	    s->occupancy <= 1 + IP_OCCUPANCY_SLACK))
		rc = ip_cif_bad(path, IP_CIF_OCCUPANCY, ip_cif_get(b,
			IP_CIF_OCCUPANCY, s->row), "an occupancy from 0 to 1");
	s->occupancy = fmin(s->occupancy, 1);
	return rc;
}

/* Placed by a program to draw with, no atom. */
static int dummy(const struct ip_cif_block *b, size_t row)
{
	const struct ip_cif_text *t = ip_cif_get(b, IP_CIF_CALC, row);

	return t && t->n == 3 && memcmp(t->p, "dum", 3) == 0;
}

static int get_site(const char *path, const struct ip_cif_block *b,
	struct ip_cif_site *s)
{
	int rc;

	if (dummy(b, s->row))
		return 0;	/* occupancy 0 */
	rc = get_occupancy(path, b, s);
	if (rc < 0 || s->occupancy == 0)
		return rc;
	rc = get_element(path, b, s);
	if (rc == 0)
		rc = get_place(path, b, s);
	if (rc == 0)
		rc = get_isotropic(path, b, s);
	return rc;
}

/* All columns of a category are one loop, or single values. */
static int check_columns(const char *path, const struct ip_cif_block *b,
	enum ip_cif_key first, enum ip_cif_key last, enum ip_cif_key must)
{
	const struct ip_cif_column *c, *whole = &b->key[must];
	int k;

	for (k = first; k <= (int)last; k++) {
		c = &b->key[k];
		if (c->count && c->loop != whole->loop)
			return ip_fail(IP_EFORMAT, "%s: line %lu: %s is not in"
				" one loop with %s", path,
				(unsigned long)c->v[0].line,
				ip_cif_key_name((enum ip_cif_key)k),
				ip_cif_key_name(must));
	}
	return 0;
}

static int check_loops(const char *path, const struct ip_cif_block *b)
{
	int k, rc;

	if (b->key[IP_CIF_X].count == 0)
		return ip_fail(IP_ENOTSUP, "%s: line %lu: the atoms are given"
			" by %s only; expected _atom_site_fract_x, _y, _z",
			path, (unsigned long)
			b->key[IP_CIF_CARTESIAN].v[0].line,
			ip_cif_key_name(IP_CIF_CARTESIAN));
	for (k = IP_CIF_Y; k <= IP_CIF_Z; k++)
		if (b->key[k].count == 0)
			return ip_fail(IP_EFORMAT, "%s: no %s beside that of"
				" x", path, ip_cif_key_name((enum ip_cif_key)k));
	rc = check_columns(path, b, IP_CIF_LABEL, IP_CIF_CALC, IP_CIF_X);
	if (rc == 0 && b->key[IP_CIF_ANISO].count)
		rc = check_columns(path, b, IP_CIF_ANISO, IP_CIF_B23,
			IP_CIF_ANISO);
	return rc;
}

int ip_cif_sites(const char *path, const struct ip_cif_block *b,
	const double cell[3][3], struct ip_cif_site **sites, size_t *count)
{
	struct ip_cif_site *s;
	size_t i, n = b->key[IP_CIF_X].count;
	int rc = check_loops(path, b);

	if (rc < 0)
		return rc;
	s = ip_alloc_array(n, sizeof *s);
	if (!s)
		return IP_ENOMEM;
	for (i = 0; i < n && rc == 0; i++) {
		s[i].row = i;
		rc = get_site(path, b, &s[i]);
	}
	if (rc == 0)
		rc = get_anisotropic(path, b, cell, s, n);
	if (rc < 0) {
		ip_free(s);
		return rc;
	}
	*sites = s;
	*count = n;
	return 0;
}
