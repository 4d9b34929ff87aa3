/*
 * Structures as tensors: positions (n, 3), numbers (n), cell (3, 3), and
 * displacements (n) and occupancies (n) where atoms have them; and cube files
 * as a structure and the tensor potential.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <iphase/formats.h>
#include "atoms.h"
#include "cli.h"

int ip_cli_atoms_name(const char *name)
{
	static const char *const names[] = { "positions", "numbers", "cell",
		"displacements", "u", "occupancies" };
	size_t i;

	for (i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(names[i], name) == 0)
			return 1;
	return 0;
}

/* A new tensor in b; its memory in *data. */
static int add(struct ip_bundle *b, const char *name, const char *unit,
	enum ip_dtype dtype, int ndim, size_t n0, void *data)
{
	const size_t shape[2] = { n0, 3 };
	struct ip_tensor t = { 0 };
	struct ip_item *item;
	void *p;
	int rc;

	rc = ip_tensor_new(&t, dtype, ndim, shape);
	p = t.data;
	if (rc == 0)
		rc = ip_bundle_add(b, name, &t, &item);
	if (rc == 0 && unit)
		rc = ip_attrs_text(&item->attrs, "unit", unit);
	ip_tensor_free(&t);
	memcpy(data, &p, sizeof p);
	return rc;
}

int ip_cli_atoms_add(struct ip_bundle *b, const struct ip_structure *s)
{
	double *r = NULL, *u = NULL, *o = NULL, *cell = NULL;
	int32_t *z = NULL;
	int rc, any = 0, part = 0, closed = 0;
	size_t i;

	for (i = 0; i < s->count; i++) {
		any |= s->atoms[i].u != 0;
		part |= s->atoms[i].occupancy != 1;
	}
	for (i = 0; i < 9; i++)
		closed |= s->cell[i / 3][i % 3] != 0;
	rc = add(b, "positions", "Angstrom", IP_F64, 2, s->count, &r);
	if (rc == 0)
		rc = add(b, "numbers", NULL, IP_I32, 1, s->count, &z);
	if (rc == 0 && closed)
		rc = add(b, "cell", "Angstrom", IP_F64, 2, 3, &cell);
	if (rc == 0 && any)
		rc = add(b, "displacements", "Angstrom", IP_F64, 1, s->count,
			&u);
	if (rc == 0 && part)
		rc = add(b, "occupancies", NULL, IP_F64, 1, s->count, &o);
	if (rc < 0)
		return rc;
	if (cell)
		memcpy(cell, s->cell, sizeof s->cell);
	for (i = 0; i < s->count; i++) {
		memcpy(r + 3 * i, s->atoms[i].r, sizeof s->atoms[i].r);
		z[i] = s->atoms[i].z;
		if (u)
			u[i] = s->atoms[i].u;
		if (o)
			o[i] = s->atoms[i].occupancy;
	}
	return 0;
}

/* n numbers of tensor name as dtype; {0} if there is none and need is 0. */
static int get(const char *path, const struct ip_bundle *b, const char *name,
	enum ip_dtype dtype, size_t n, int need, struct ip_tensor *t)
{
	const struct ip_item *item = ip_bundle_find(b, name);

	if (!item && !need)
		return 0;
	if (!item)
		return ip_cli_error(IP_ENOTFOUND, "%s: no atoms: there is no"
			" tensor '%s'", path, name);
	if (ip_tensor_count(&item->tensor) != n)
		return ip_cli_error(IP_EINVAL, "%s: tensor '%s' has %zu"
			" numbers, expected %zu", path, name,
			ip_tensor_count(&item->tensor), n);
	return ip_tensor_convert(t, dtype, &item->tensor);
}

static int fill(const char *path, struct ip_structure *s, size_t n,
	const double *r, const int32_t *z, const double *u,
	const double *o)
{
	size_t i;

	s->atoms = calloc(n ? n : 1, sizeof *s->atoms);
	if (!s->atoms)
		return ip_cli_error(IP_ENOMEM, "%s: out of memory", path);
	s->count = n;
	for (i = 0; i < n; i++) {
		memcpy(s->atoms[i].r, r + 3 * i, sizeof s->atoms[i].r);
		s->atoms[i].z = z[i];
		s->atoms[i].u = u ? u[i] : 0;
		s->atoms[i].occupancy = o ? o[i] : 1;
	}
	return 0;
}

int ip_cli_atoms_get(const char *path, const struct ip_bundle *b,
	struct ip_structure *s)
{
	const struct ip_item *item = ip_bundle_find(b, "numbers");
	size_t n = item ? ip_tensor_count(&item->tensor) : 0;
	struct ip_tensor r = { 0 }, z = { 0 }, u = { 0 }, o = { 0 };
	struct ip_tensor cell = { 0 };
	int rc;

	rc = get(path, b, "numbers", IP_I32, n, 1, &z);
	if (rc == 0)
		rc = get(path, b, "positions", IP_F64, 3 * n, 1, &r);
	if (rc == 0)
		rc = get(path, b, "cell", IP_F64, 9, 0, &cell);
	if (rc == 0)
		rc = get(path, b, ip_bundle_find(b, "displacements") ?
			"displacements" : "u", IP_F64, n, 0, &u);
	if (rc == 0)
		rc = get(path, b, "occupancies", IP_F64, n, 0, &o);
	if (rc == 0)
		rc = fill(path, s, n, r.data, z.data, u.data, o.data);
	if (rc == 0 && cell.data)
		memcpy(s->cell, cell.data, sizeof s->cell);
	ip_tensor_free(&r);
	ip_tensor_free(&z);
	ip_tensor_free(&u);
	ip_tensor_free(&o);
	ip_tensor_free(&cell);
	return rc;
}

/* ---- cubes ---- */

int ip_cli_cube_load(const char *path, struct ip_bundle *b)
{
	struct ip_cube c = { 0 };
	char title[sizeof c.title + 2];
	struct ip_item *item;
	int rc;

	rc = ip_cube_read(path, &c);
	if (rc < 0)
		return rc;
	snprintf(title, sizeof title, "%s\n%s", c.title[0], c.title[1]);
	rc = ip_attrs_text(&b->attrs, "title", title);
	if (rc == 0)
		rc = ip_bundle_add(b, "potential", &c.grid, &item);
	if (rc == 0)
		rc = ip_attrs_text(&item->attrs, "unit", "atomic units, as in"
			" the cube file");
	if (rc == 0)
		rc = ip_attrs_f64(&item->attrs, "origin", c.origin, 3);
	if (rc == 0 && c.structure.count)
		rc = ip_cli_atoms_add(b, &c.structure);
	ip_cube_free(&c);
	return rc;
}

static void set_titles(struct ip_cube *c, const char *title)
{
	const size_t max = sizeof c->title[0] - 1;
	size_t n;
	int i;

	for (i = 0; i < 2 && title; i++) {
		n = strcspn(title, "\n");
		memcpy(c->title[i], title, n < max ? n : max);
		title = title[n] ? title + n + 1 : NULL;
	}
}

int ip_cli_cube_save(const char *path, const struct ip_bundle *b,
	const struct ip_item *grid)
{
	const struct ip_attr *origin = ip_attrs_find(&grid->attrs, "origin");
	struct ip_cube c = { 0 };
	int i, k, rc;

	if (grid->tensor.ndim != 3)
		return ip_cli_error(IP_EINVAL, "%s: tensor '%s' has %d axes, a"
			" cube file takes three", path, grid->name,
			grid->tensor.ndim);
	rc = ip_cli_atoms_get(path, b, &c.structure);
	if (rc < 0)
		return rc;
	c.grid = grid->tensor;	/* borrowed */
	set_titles(&c, ip_attrs_get_text(&b->attrs, "title"));
	for (i = 0; i < 3; i++) {
		if (origin && origin->type == IP_ATTR_F64 && origin->count == 3)
			c.origin[i] = origin->v.f64[i];
		for (k = 0; k < 3; k++)
			c.voxel[i][k] = c.structure.cell[i][k] /
				(double)(c.grid.shape[i] ? c.grid.shape[i] : 1);
	}
	rc = ip_cube_write(path, &c);
	ip_structure_free(&c.structure);
	return rc;
}
