/* Structures from files or by name, and what they are called. */
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <iphase/bundle.h>
#include <iphase/formats.h>
#include <iphase/invent.h>
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

/* Where data is installed, and where it comes from. */
static const char *const places[] = { IP_DATADIR, IP_SOURCE_DATADIR };
enum { PLACES = sizeof places / sizeof *places };

int ip_cli_data_find(char *path, size_t size, const char *folder,
	const char *name, const char *ext)
{
	for (int i = 0; i < PLACES; i++) {
		int n = snprintf(path, size, "%s/%s/%s%s", places[i], folder,
			name, ext);
		if (n < 0 || (size_t)n >= size)
			return ip_cli_error(IP_ELIMIT, "'%.40s': its path is "
				"longer than %zu bytes", name, size);
		if (access(path, F_OK) == 0)
			return 1;
	}
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* The names of crystals in a place, in order, into text, or "". */
static void list(const char *place, char *text, size_t size)
{
	enum { NAMES = 64 };
	char names[NAMES][32];
	size_t n = 0, used = 0;
	struct dirent *e;
	DIR *d;

	snprintf(text, size, "%s/crystals", place);
	d = opendir(text);
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

	for (int i = 0; i < PLACES; i++) {
		list(places[i], text, sizeof text);
		if (text[0])
			return ip_cli_error(IP_ENOTFOUND, "crystal '%s': there "
				"are %s; or give a file that ends in .cif, "
				".cube, .xyz, .extxyz or .ipt", name, text);
	}
	return ip_cli_error(IP_ENOTFOUND, "crystal '%s': no crystals are in "
		"%s/crystals, where they are installed; give a file", name,
		places[0]);
}

#define INVENTED "invented:"

int ip_cli_crystal_is_invented(const char *name)
{
	return strncmp(name, INVENTED, strlen(INVENTED)) == 0;
}

/* "invented:SEED:NUMBER" */
static int invent(const char *name, struct ip_structure *s)
{
	uint64_t n[2];

	if (ip_cli_u64_pair(name + strlen(INVENTED), ':', n))
		return ip_cli_error(IP_EINVAL, "crystal '%.80s': expected two "
			"whole numbers from 0 on, a seed and which crystal, "
			"as in " INVENTED "1:17", name);
	return ip_crystal_invent(n[0], n[1], s);
}

int ip_cli_crystal_is_file(const char *name)
{
	return !ip_cli_crystal_is_invented(name) &&
		(reader_of(name) || strchr(name, '/'));
}

int ip_cli_crystal_read(const char *name, struct ip_structure *s, char *path,
	size_t size)
{
	int found, invented = ip_cli_crystal_is_invented(name);

	if (!invented && !ip_cli_crystal_is_file(name)) {
		found = ip_cli_data_find(path, size, "crystals", name, ".cif");
		if (found <= 0)
			return found < 0 ? found : no_crystal(name);
	} else if ((size_t)snprintf(path, size, "%s", name) >= size) {
		return ip_cli_error(IP_ELIMIT, "crystal '%.40s': its path is "
			"longer than %zu bytes", name, size);
	}
	return invented ? invent(name, s) : ip_cli_structure_read(path, s);
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
