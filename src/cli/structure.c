/* Structures from files, and what they are called. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <iphase/bundle.h>
#include <iphase/formats.h>
#include <iphase/ipt.h>
#include "atoms.h"
#include "cli.h"
#include "structure.h"

static int read_cube(const char *path, struct ip_structure *s)
{
	struct ip_cube cube = { 0 };
	int rc = ip_cube_read(path, &cube);

	if (rc < 0)
		return rc;
	rc = ip_structure_copy(s, &cube.structure);
	ip_cube_free(&cube);
	return rc;
}

static int read_ipt(const char *path, struct ip_structure *s)
{
	struct ip_bundle b = { 0 };
	int rc = ip_ipt_load(path, &b);

	if (rc == 0)
		rc = ip_cli_atoms_get(path, &b, s);
	ip_bundle_free(&b);
	return rc;
}

int ip_cli_structure_read(const char *path, struct ip_structure *s)
{
	struct ip_structure t = { 0 };
	int rc;

	if (ip_cli_has_ext(path, ".cube") || ip_cli_has_ext(path, ".cub"))
		rc = read_cube(path, &t);
	else if (ip_cli_has_ext(path, ".xyz") ||
			ip_cli_has_ext(path, ".extxyz"))
		rc = ip_xyz_read(path, &t);
	else if (ip_cli_has_ext(path, ".cif"))
		rc = ip_cif_read(path, &t);
	else if (ip_cli_has_ext(path, ".ipt"))
		rc = read_ipt(path, &t);
	else
		return ip_cli_error(IP_ENOTSUP, "%s: cannot tell what kind of "
			"structure this is; the name must end in .cif, .cube, "
			".xyz, .extxyz or .ipt", path);
	if (rc < 0) {
		ip_structure_free(&t);
		return rc;
	}
	*s = t;
	return 0;
}

static size_t gcd(size_t a, size_t b)
{
	return b ? gcd(b, a % b) : a;
}

/* How often it is there, if that is a whole number but for digits; or 0. */
static size_t whole(double n)
{
	return fabs(n - nearbyint(n)) < IP_OCCUPANCY_SLACK ?
		(size_t)nearbyint(n) : 0;
}

void ip_cli_formula(const struct ip_structure *s, char *text, size_t size)
{
	enum { ELEMENTS = 128 };
	double count[ELEMENTS] = { 0 }, sum = 0, n;
	size_t order[ELEMENTS], kinds = 0, all, used = 0;

	for (size_t i = 0; i < s->count; i++) {
		int z = s->atoms[i].z;
		if (z < 1 || z >= ELEMENTS || !ip_element_symbol(z))
			continue;
		if (count[z] == 0)
			order[kinds++] = (size_t)z;
		count[z] += s->atoms[i].occupancy;
		sum += s->atoms[i].occupancy;
	}
	all = whole(sum);
	for (size_t k = 0; k < kinds; k++)
		all = gcd(whole(count[order[k]]), all);
	text[0] = 0;
	for (size_t k = 0; k < kinds && used < size; k++) {
		const char *symbol = ip_element_symbol((int)order[k]);
		int m;

		n = count[order[k]] / (double)(all ? all : 1);
		m = whole(n) == 1 ? snprintf(text + used, size - used, "%s",
			symbol) : snprintf(text + used, size - used, "%s%.9g",
			symbol, whole(n) ? (double)whole(n) : n);
		used += m > 0 ? (size_t)m : 0;
	}
}
