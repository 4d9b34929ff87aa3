/* Bonding terms and free atoms from files. */
#include <iphase/ipt.h>
#include "atoms.h"
#include "bonding.h"
#include "cli.h"
#include "structure.h"

int ip_cli_bonding_read(const char *path, struct ip_bonding *b)
{
	struct ip_bundle in = { 0 };
	struct ip_structure crystal = { 0 };
	int rc = ip_ipt_load(path, &in);

	if (rc == 0)
		rc = ip_cli_atoms_get(path, &in, &crystal);
	if (rc == 0)
		rc = ip_bonding_load(b, path, &in, &crystal);
	ip_structure_free(&crystal);
	ip_bundle_free(&in);
	return rc;
}

int ip_cli_bonding_find(const char *name, struct ip_bonding *b)
{
	char path[4096];
	int found = ip_cli_data_find(path, sizeof path, "potentials", name,
		".ipt");

	if (found == 0)
		return ip_cli_error(IP_ENOTFOUND, "no bonding term of '%s' is "
			"shipped; give --bonding=FILE of iphase-bonding", name);
	return found < 0 ? found : ip_cli_bonding_read(path, b);
}

int ip_cli_free_atoms_read(const char *file, struct ip_free_atoms *a)
{
	struct ip_bundle in = { 0 };
	char path[4096];
	int rc = 1;

	if (!file) {
		rc = ip_cli_data_find(path, sizeof path, "potentials",
			"free_atoms", ".ipt");
		file = path;
	}
	if (rc == 0)
		return ip_cli_error(IP_ENOTFOUND, "the table of free atoms is "
			"not where data is installed; give --free-atoms=FILE");
	if (rc > 0)
		rc = ip_ipt_load(file, &in);
	if (rc == 0)
		rc = ip_free_atoms_load(a, file, &in);
	ip_bundle_free(&in);
	return rc;
}
