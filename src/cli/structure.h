/* Structures from files of any kind a tool takes. */
#ifndef IP_CLI_STRUCTURE_H
#define IP_CLI_STRUCTURE_H

#include <iphase/structure.h>

/* By the name's end: .cif, .cube or .cub, .xyz or .extxyz, .ipt. */
int ip_cli_structure_read(const char *path, struct ip_structure *s);
/*
 * name is such a file, or "GaN" for the shipped crystals/GaN.cif: in the data
 * folder where it is installed, or else in the source tree this was built from;
 * or "invented:SEED:NUMBER" for one of iphase/invent.h.
 * path [size]: the file read, or the name of what was invented, for messages
 * and provenance. An unknown name is
 * IP_ENOTFOUND; the message lists those there are.
 */
int ip_cli_crystal_read(const char *name, struct ip_structure *s, char *path,
	size_t size);
/* Whether name is a file, not the name of a crystal. */
int ip_cli_crystal_is_file(const char *name);
int ip_cli_crystal_is_invented(const char *name);
/* 1, and path [size] is data's folder/NAME.ext, where it is installed or else
 * in the source tree; 0: it is in neither. */
int ip_cli_data_find(char *path, size_t size, const char *folder,
	const char *name, const char *ext);
/* "KNbO3", "La0.7Sr0.3MnO3": elements in the order of their first atoms,
 * reduced until the whole numbers, that of all atoms included, share no factor.
 */
void ip_cli_formula(const struct ip_structure *s, char *text, size_t size);

#endif
