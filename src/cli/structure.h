/* Structures from files of any kind a tool takes. */
#ifndef IP_CLI_STRUCTURE_H
#define IP_CLI_STRUCTURE_H

#include <iphase/structure.h>

/* By the name's end: .cube, .xyz or .extxyz, .ipt. */
int ip_cli_structure_read(const char *path, struct ip_structure *s);
/* "KNbO3": elements in the order of their first atoms, counts reduced. */
void ip_cli_formula(const struct ip_structure *s, char *text, size_t size);

#endif
