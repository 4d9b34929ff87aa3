/* Structures from files of any kind a tool takes. */
#ifndef IP_CLI_STRUCTURE_H
#define IP_CLI_STRUCTURE_H

#include <iphase/structure.h>

/* By the name's end: .cube, .xyz or .extxyz, .ipt. */
int ip_cli_structure_read(const char *path, struct ip_structure *s);
/* "KNbO3", "La0.7Sr0.3MnO3": elements in the order of their first atoms,
 * reduced until the whole numbers, that of all atoms included, share no factor.
 */
void ip_cli_formula(const struct ip_structure *s, char *text, size_t size);

#endif
