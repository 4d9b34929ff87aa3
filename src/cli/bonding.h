/* Bonding terms and the table of free atoms, from files or by name. */
#ifndef IP_CLI_BONDING_H
#define IP_CLI_BONDING_H

#include <iphase/bonding.h>

/* A file of iphase-bonding's; crystal and term. */
int ip_cli_bonding_read(const char *path, struct ip_bonding *b);
/* That of the shipped crystal of this name, potentials/NAME.ipt, or
 * IP_ENOTFOUND. */
int ip_cli_bonding_find(const char *name, struct ip_bonding *b);
/* file, or if NULL the table that is shipped: potentials/free_atoms.ipt. */
int ip_cli_free_atoms_read(const char *file, struct ip_free_atoms *a);

#endif
