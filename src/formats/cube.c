/*
 * Cube files as Gaussian and CP2K write them: two titles; number of atoms and
 * origin; three lines of number of voxels and voxel vector; a line an atom of
 * number, charge and position; the values, the last axis fastest.
 *
 * Lengths are in bohr, or in Angstrom where the numbers of voxels are
 * negative. A negative number of atoms announces a line with the number of
 * orbitals and their indices.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <iphase/formats.h>
#include "../core/core.h"
#include "number.h"
#include "scan.h"

struct head {
	long atoms, n[3], values;	/* signs as in the file */
	double unit;			/* Angstrom */
};

static int get_vector(struct ip_scan *s, const char *what, double v[3])
{
	int k, rc = 0;

	for (k = 0; k < 3 && rc == 0; k++)
		rc = ip_scan_real(s, what, &v[k]);
	return rc;
}

static int get_titles(struct ip_scan *s, struct ip_cube *c)
{
	const char *text;
	size_t n, max = sizeof c->title[0] - 1;
	int k;

	for (k = 0; k < 2; k++) {
		if (!ip_scan_line(s, &text, &n))
			return ip_scan_bad(s, "two title lines of a cube");
		memcpy(c->title[k], text, n < max ? n : max);
	}
	return 0;
}

/* The number of atoms and the grid. */
static int get_head(struct ip_scan *s, struct ip_cube *c, struct head *h)
{
	int k, m, rc;

	rc = ip_scan_int(s, "the number of atoms", &h->atoms);
	if (rc == 0)
		rc = get_vector(s, "the origin", c->origin);
	h->values = 1;
	if (rc == 0 && !ip_scan_at_end(s))
		rc = ip_scan_int(s, "the number of values a point", &h->values);
	if (rc == 0)
		rc = ip_scan_end_line(s);
	for (k = 0; k < 3 && rc == 0; k++) {
		rc = ip_scan_int(s, "a number of voxels", &h->n[k]);
		if (rc == 0 && h->n[k] == 0)
			rc = ip_fail(IP_EFORMAT, "%s: line %zu: no voxels"
				" along axis %d", s->path, s->line, k);
		if (rc == 0)
			rc = get_vector(s, "a voxel vector", c->voxel[k]);
		if (rc == 0)
			rc = ip_scan_end_line(s);
	}
	if (rc < 0)
		return rc;
	if ((h->n[0] < 0) != (h->n[1] < 0) || (h->n[0] < 0) != (h->n[2] < 0))
		return ip_fail(IP_EFORMAT, "%s: line 4: numbers of voxels %ld,"
			" %ld and %ld; expected all positive (bohr) or all"
			" negative (Angstrom)", s->path, h->n[0], h->n[1],
			h->n[2]);
	h->unit = h->n[0] < 0 ? 1 : IP_BOHR;
	for (k = 0; k < 3; k++) {
		c->origin[k] *= h->unit;
		for (m = 0; m < 3; m++) {
			c->voxel[k][m] *= h->unit;
			c->structure.cell[k][m] = c->voxel[k][m] *
				(double)labs(h->n[k]);
		}
	}
	return ip_cell_check(s->path, (const double (*)[3])c->structure.cell);
}

static int get_atom(struct ip_scan *s, const struct ip_cube *c,
	const struct head *h, struct ip_atom *a)
{
	double charge;
	long z;
	int k, rc;

	rc = ip_scan_int(s, "an atomic number", &z);
	if (rc == 0 && !ip_element_symbol((int)z))
		rc = ip_fail(IP_EFORMAT, "%s: line %zu: atomic number %ld,"
			" expected 1 to 103", s->path, s->line, z);
	if (rc == 0)
		rc = ip_scan_real(s, "a nuclear charge", &charge);
	if (rc == 0)
		rc = get_vector(s, "a position", a->r);
	if (rc == 0)
		rc = ip_scan_end_line(s);
	a->z = (int)z;
	a->occupancy = 1;
	for (k = 0; k < 3 && rc == 0; k++) {
		a->r[k] = a->r[k] * h->unit - c->origin[k];
		if (!isfinite(a->r[k]))
			rc = ip_fail(IP_EFORMAT, "%s: line %zu: a position that"
				" is not finite", s->path, s->line - 1);
	}
	return rc;
}

static int get_atoms(struct ip_scan *s, struct ip_cube *c,
	const struct head *h)
{
	size_t n = (size_t)labs(h->atoms), i;
	int rc = 0;

	if (n > (size_t)(s->end - s->p) / 10 + 1)	/* "1 0 0 0 0\n" */
		return ip_fail(IP_ETRUNCATED, "%s: %zu atoms announced, more"
			" than the file has room for", s->path, n);
	if (n == 0)
		return 0;
	c->structure.atoms = calloc(n, sizeof *c->structure.atoms);
	if (!c->structure.atoms)
		return ip_fail(IP_ENOMEM, "out of memory: %zu atoms", n);
	c->structure.count = n;
	for (i = 0; i < n && rc == 0; i++)
		rc = get_atom(s, c, h, &c->structure.atoms[i]);
	return rc;
}

/* The line that lists orbitals: one is a plain grid. */
static int get_orbitals(struct ip_scan *s, const struct head *h)
{
	long n = h->values, index;
	int rc = 0;

	if (h->atoms < 0) {
		rc = ip_scan_int(s, "the number of orbitals", &n);
		if (rc == 0 && n == 1)
			rc = ip_scan_int(s, "the orbital's index", &index);
		if (rc == 0 && n == 1)
			rc = ip_scan_end_line(s);
	}
	if (rc == 0 && (n != 1 || h->values != 1))
		return ip_fail(IP_ENOTSUP, "%s: line %zu: %ld values at each"
			" point, expected one; write each into a cube of its"
			" own", s->path, s->line, n == 1 ? h->values : n);
	return rc;
}

static int get_values(struct ip_scan *s, struct ip_cube *c,
	const struct head *h)
{
	size_t shape[3], n, i;
	float *out;
	double v;
	int k, rc;

	for (k = 0; k < 3; k++)
		shape[k] = (size_t)labs(h->n[k]);
	if (ip_mul_size(shape[0], shape[1], &n) ||
	    ip_mul_size(n, shape[2], &n) ||
	    n > (size_t)(s->end - s->p) / 2 + 1)
		return ip_fail(IP_ETRUNCATED, "%s: %zu x %zu x %zu values"
			" announced, more than the file has room for", s->path,
			shape[0], shape[1], shape[2]);
	rc = ip_tensor_new(&c->grid, IP_F32, 3, shape);
	if (rc < 0)
		return rc;
	out = c->grid.data;
	for (i = 0; i < n; i++) {
		ip_scan_at_eof(s);
		rc = ip_scan_real(s, "a value", &v);
		if (rc < 0)
			return rc;
		if (fabs(v) >= 0x1.ffffffp127)	/* would round to infinity */
			return ip_fail(IP_EFORMAT, "%s: line %zu: value %g does"
				" not fit float32", s->path, s->line, v);
		out[i] = (float)v;
	}
	if (!ip_scan_at_eof(s))
		return ip_scan_bad(s, "the end of the file after the last"
			" value");
	ip_scan_warn_open_end(s);
	return 0;
}

int ip_cube_read(const char *path, struct ip_cube *out)
{
	struct ip_cube c = { 0 };
	struct head h = { 0 };
	struct ip_scan s;
	int rc;

	rc = ip_scan_open(&s, path);
	if (rc < 0)
		return rc;
	rc = get_titles(&s, &c);
	if (rc == 0)
		rc = get_head(&s, &c, &h);
	if (rc == 0)
		rc = get_atoms(&s, &c, &h);
	if (rc == 0)
		rc = get_orbitals(&s, &h);
	if (rc == 0)
		rc = get_values(&s, &c, &h);
	ip_scan_close(&s);
	if (rc < 0)
		ip_cube_free(&c);
	else
		*out = c;
	return rc;
}

void ip_cube_free(struct ip_cube *c)
{
	ip_structure_free(&c->structure);
	ip_tensor_free(&c->grid);
	memset(c, 0, sizeof *c);
}

/* ---- writing ---- */

/* A count or an atom, then numbers with twelve decimals. */
static int put_line(struct ip_outfile *o, size_t first, const double *v,
	int n)
{
	char text[5 * 360], *p = text;
	int k;

	for (k = 0; k < n; k++) {
		snprintf(p, 340, " %17.12f", v[k]);
		ip_number_point(p);
		p += strlen(p);
	}
	return ip_outfile_printf(o, "%5zu%s\n", first, text);
}

static int put_head(struct ip_outfile *o, const struct ip_cube *c)
{
	const struct ip_atom *a;
	double v[4];
	size_t i;
	int k, m, rc;

	rc = ip_outfile_printf(o, "%.*s\n%.*s\n",
		(int)strcspn(c->title[0], "\r\n"), c->title[0],
		(int)strcspn(c->title[1], "\r\n"), c->title[1]);
	for (k = 0; k < 3; k++)
		v[k] = c->origin[k] / IP_BOHR;
	if (rc == 0)
		rc = put_line(o, c->structure.count, v, 3);
	for (m = 0; m < 3 && rc == 0; m++) {
		for (k = 0; k < 3; k++)
			v[k] = c->voxel[m][k] / IP_BOHR;
		rc = put_line(o, c->grid.shape[m], v, 3);
	}
	for (i = 0; i < c->structure.count && rc == 0; i++) {
		a = &c->structure.atoms[i];
		v[0] = 0;
		for (k = 0; k < 3; k++)
			v[k + 1] = (a->r[k] + c->origin[k]) / IP_BOHR;
		rc = put_line(o, (size_t)a->z, v, 4);
	}
	return rc;
}

static int put_values(struct ip_outfile *o, const struct ip_tensor *grid)
{
	size_t rows = grid->shape[0] * grid->shape[1], n = grid->shape[2], i, k;
	const float *v = grid->data;
	char text[32];
	int rc = 0;

	for (i = 0; i < rows; i++)
		for (k = 0; k < n && rc == 0; k++) {
			/* nine digits bring a float32 back */
			snprintf(text, sizeof text, " %15.8E%s", *v++,
				k % 6 == 5 || k + 1 == n ? "\n" : "");
			ip_number_point(text);
			rc = ip_outfile_write(o, text, strlen(text));
		}
	return rc;
}

static int check(const char *path, const struct ip_cube *c)
{
	double cell[3][3];
	size_t i;
	int k, m, rc;

	if (c->grid.ndim != 3 || ip_tensor_count(&c->grid) == 0)
		return ip_fail(IP_EINVAL, "%s: a grid of %d dimensions,"
			" expected three that are not empty", path,
			c->grid.ndim);
	for (k = 0; k < 3; k++)
		for (m = 0; m < 3; m++)
			cell[k][m] = c->voxel[k][m] * (double)c->grid.shape[k];
	rc = ip_cell_check(path, (const double (*)[3])cell);
	if (rc == 0 && c->structure.count)
		rc = ip_structure_check(&c->structure, 0);
	for (k = 0; k < 3 && rc == 0; k++)
		if (!isfinite(c->origin[k]))
			rc = ip_fail(IP_EINVAL, "%s: the origin is not"
				" finite", path);
	for (i = 0; i < c->structure.count && rc == 0; i++)
		if (c->structure.atoms[i].occupancy != 1)
			rc = ip_fail(IP_ENOTSUP, "%s: atom %zu has an occupancy"
				" of %g, which a cube file cannot say; write"
				" .xyz or .ipt", path, i,
				c->structure.atoms[i].occupancy);
	for (i = 0; i < c->structure.count && rc == 0; i++)
		if (c->structure.atoms[i].u != 0) {
			ip_warn("%s: displacements of atoms have no place in"
				" a cube file and are left out", path);
			break;
		}
	return rc;
}

int ip_cube_write(const char *path, const struct ip_cube *c)
{
	struct ip_tensor grid = { 0 };
	struct ip_outfile *o = NULL;
	int rc;

	rc = check(path, c);
	if (rc == 0)
		rc = ip_tensor_convert(&grid, IP_F32, &c->grid);
	if (rc == 0)
		rc = ip_tensor_check_finite(&grid, path);
	if (rc == 0)
		rc = ip_outfile_open(&o, path);
	if (rc == 0)
		rc = put_head(o, c);
	if (rc == 0)
		rc = put_values(o, &grid);
	ip_tensor_free(&grid);
	if (rc < 0) {
		ip_outfile_abort(o);
		return rc;
	}
	return ip_outfile_commit(o);
}
