/* iphase-bonding: what bonds add to independent atoms, from CP2K's cubes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <iphase/ipt.h>
#include "atoms.h"
#include "bonding.h"
#include "cli.h"
#include "structure.h"

/* 1/Angstrom: a little beyond what a bonding term asks of the table. */
#define ATOM_REACH (IP_BONDING_REACH + 0.2)

static const char *crystal, *table, *source;
static int make_table;

static const struct ip_opt options[] = {
	{ "crystal", 0, "NAME", "the crystal that it is for; indices and atoms "
		"become those of its cell", IP_OPT_TEXT, &crystal },
	{ "free-atoms", 0, "FILE", "another table of free atoms than the "
		"shipped one", IP_OPT_TEXT, &table },
	{ "source", 0, "TEXT", "what made the cubes, for whoever reads the "
		"output", IP_OPT_TEXT, &source },
	{ "make-table", 0, NULL, "make such a table, from cubes of single "
		"atoms named Ga-q13... after their valence", IP_OPT_FLAG,
		&make_table },
	{ 0 }
};

static int finish(const struct ip_cli *c, struct ip_bundle *out)
{
	int rc = source ? ip_attrs_text(&out->attrs, "source", source) : 0;

	if (rc == 0)
		rc = ip_cli_provenance(c, &out->attrs);
	return rc ? rc : ip_ipt_save(c->output, out, 0);
}

/* ---- a table of free atoms ---- */

/* "dir/Ga-q13-v_hartree-1_0.cube" has 13 valence electrons. */
static int valence_of(const char *path, int *valence)
{
	const char *name = strrchr(path, '/');
	char symbol[4];

	name = name ? name + 1 : path;
	if (sscanf(name, "%3[A-Za-z]-q%d", symbol, valence) != 2)
		return ip_cli_error(IP_EINVAL, "%s: the name of an atom's cube "
			"must begin with its element and its number of valence "
			"electrons, as in Ga-q13.cube", path);
	return 0;
}

static int add_atom(struct ip_free_atoms *a, const char *path)
{
	struct ip_cube cube = { 0 };
	int valence, rc = valence_of(path, &valence);

	if (rc == 0)
		rc = ip_cube_read(path, &cube);
	if (rc == 0)
		rc = ip_free_atoms_add(a, &cube, valence, ATOM_REACH);
	ip_cube_free(&cube);
	return rc;
}

static int tabulate(const struct ip_cli *c)
{
	struct ip_free_atoms a = { 0 };
	struct ip_bundle out = { 0 };
	int rc = 0;

	for (int i = 0; rc == 0 && i < c->count; i++)
		rc = add_atom(&a, c->operands[i]);
	if (rc == 0)
		rc = ip_free_atoms_save(&a, &out);
	if (rc == 0)
		rc = finish(c, &out);
	ip_bundle_free(&out);
	ip_free_atoms_free(&a);
	return rc;
}

/* ---- a bonding term ---- */

static int from_table(const struct ip_cli *c, const struct ip_cube *scf,
	struct ip_bonding *b)
{
	struct ip_free_atoms a = { 0 };
	int rc = ip_cli_free_atoms_read(table, &a);

	if (rc == 0)
		rc = ip_bonding_from_atoms(b, scf, &a, c->operands[0]);
	ip_free_atoms_free(&a);
	return rc;
}

static int from_cubes(const struct ip_cli *c, const struct ip_cube *scf,
	struct ip_bonding *b)
{
	const char *names[2] = { c->operands[0], c->operands[1] };
	struct ip_cube free = { 0 };
	int rc = ip_cube_read(names[1], &free);

	if (rc == 0)
		rc = ip_bonding_from_cubes(b, scf, &free, names);
	ip_cube_free(&free);
	return rc;
}

static int recast(struct ip_bonding *b)
{
	struct ip_structure s = { 0 };
	char path[4096];
	int rc = ip_cli_crystal_read(crystal, &s, path, sizeof path);

	if (rc == 0)
		rc = ip_bonding_recast(b, &s);
	ip_structure_free(&s);
	return rc;
}

static int save(const struct ip_cli *c, const struct ip_bonding *b)
{
	struct ip_bundle out = { 0 };
	int rc = ip_bonding_save(b, &out);

	if (rc == 0)
		rc = ip_cli_atoms_add(&out, &b->crystal);
	if (rc == 0)
		rc = ip_attrs_text(&out.attrs, "free_atoms", c->count == 2 ?
			"of the second cube" : "of the table");
	if (rc == 0)
		rc = finish(c, &out);
	ip_bundle_free(&out);
	return rc;
}

static int make(const struct ip_cli *c)
{
	struct ip_bonding b = { 0 };
	struct ip_cube scf = { 0 };
	int rc = ip_cube_read(c->operands[0], &scf);

	if (rc == 0)
		rc = c->count == 2 ? from_cubes(c, &scf, &b) :
			from_table(c, &scf, &b);
	ip_cube_free(&scf);
	if (rc == 0 && crystal)
		rc = recast(&b);
	if (rc == 0)
		rc = save(c, &b);
	if (rc == 0)
		ip_cli_info("%s: %zu terms up to %g 1/A; iphase-info "
			"--reflections=1 shows them", c->output, b.count,
			IP_BONDING_REACH);
	ip_bonding_free(&b);
	return rc;
}

static int run(const struct ip_cli *c)
{
	if (!c->output || !ip_cli_has_ext(c->output, ".ipt"))
		return ip_cli_usage(c, "give -o FILE.ipt");
	if (make_table ? c->count == 0 : c->count < 1 || c->count > 2)
		return ip_cli_usage(c, make_table ? "give the cubes of the "
			"atoms" : "give the cube of the crystal, and if there "
			"is one that of its superposed free atoms");
	if (table && (make_table || c->count == 2))
		return ip_cli_usage(c, "--free-atoms is for the cube of a "
			"crystal alone");
	return make_table ? tabulate(c) : make(c);
}

int main(int argc, char **argv)
{
	struct ip_cli c = { .name = "iphase-bonding",
		.usage = "SCF.cube [FREE.cube] -o FILE.ipt",
		.what = "What chemical bonds add to the potential of "
			"independent atoms: the Hartree\npotential of a "
			"self-consistent run of CP2K less that of its free "
			"atoms.",
		.example = "example: iphase-bonding GaN-v_hartree-1_0.cube "
			"--crystal=GaN -o GaN.ipt",
		.options = options, .common = IP_CLI_OUTPUT | IP_CLI_THREADS };

	return ip_cli_main(&c, argc, argv, run);
}
