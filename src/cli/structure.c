/* Structures from files or by name, and what they are called. */
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <iphase/bundle.h>
#include <iphase/formats.h>
#include <iphase/ipt.h>
#include "config.h"
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

typedef int reader(const char *path, struct ip_structure *s);

/* By the name's end; NULL if it is none of these. */
static reader *reader_of(const char *path)
{
	static const struct { const char *ext; reader *read; } all[] = {
		{ ".cube", read_cube }, { ".cub", read_cube },
		{ ".xyz", ip_xyz_read }, { ".extxyz", ip_xyz_read },
		{ ".cif", ip_cif_read }, { ".ipt", read_ipt },
	};

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (ip_cli_has_ext(path, all[i].ext))
			return all[i].read;
	return NULL;
}

int ip_cli_structure_read(const char *path, struct ip_structure *s)
{
	reader *r = reader_of(path);
	struct ip_structure t = { 0 };
	int rc;

	if (!r)
		return ip_cli_error(IP_ENOTSUP, "%s: cannot tell what kind of "
			"structure this is; the name must end in .cif, .cube, "
			".xyz, .extxyz or .ipt", path);
	rc = r(path, &t);
	if (rc < 0) {
		ip_structure_free(&t);
		return rc;
	}
	*s = t;
	return 0;
}

/* ---- crystals by name ---- */

/* Where they are installed, and where they come from. */
static const char *const crystals[] = { IP_DATADIR "/crystals",
	IP_SOURCE_DATADIR "/crystals" };

static int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* The names in dir, in order, into text; "" if there are none. */
static void list(const char *dir, char *text, size_t size)
{
	enum { NAMES = 64 };
	char names[NAMES][32];
	size_t n = 0, used = 0;
	struct dirent *e;
	DIR *d = opendir(dir);

	text[0] = 0;
	while (d && n < NAMES && (e = readdir(d)) != NULL) {
		size_t stem = strlen(e->d_name);
		if (!ip_cli_has_ext(e->d_name, ".cif") ||
				(stem -= 4) >= sizeof names[0])
			continue;
		memcpy(names[n], e->d_name, stem);
		names[n++][stem] = 0;
	}
	if (d)
		closedir(d);
	qsort(names, n, sizeof names[0], by_name);
	for (size_t i = 0; i < n && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%s",
			i ? ", " : "", names[i]);
}

static int no_crystal(const char *name)
{
	char text[1024];

	for (size_t i = 0; i < sizeof crystals / sizeof *crystals; i++) {
		list(crystals[i], text, sizeof text);
		if (text[0])
			return ip_cli_error(IP_ENOTFOUND, "crystal '%s': there "
				"are %s; or give a file that ends in .cif, "
				".cube, .xyz, .extxyz or .ipt", name, text);
	}
	return ip_cli_error(IP_ENOTFOUND, "crystal '%s': no crystals are in "
		"%s, where they are installed; give a file", name,
		crystals[0]);
}

int ip_cli_crystal_read(const char *name, struct ip_structure *s, char *path,
	size_t size)
{
	int file = reader_of(name) || strchr(name, '/');
	size_t tries = file ? 1 : sizeof crystals / sizeof *crystals;

	for (size_t i = 0; i < tries; i++) {
		int n = file ? snprintf(path, size, "%s", name) :
			snprintf(path, size, "%s/%s.cif", crystals[i], name);
		if (n < 0 || (size_t)n >= size)
			return ip_cli_error(IP_ELIMIT, "crystal '%.40s': its "
				"path is longer than %zu bytes", name, size);
		if (file || access(path, F_OK) == 0)
			return ip_cli_structure_read(path, s);
	}
	return no_crystal(name);
}

/* ---- names ---- */

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
