/* Structures and cube files as tensors, and back. */
#ifndef IP_CLI_ATOMS_H
#define IP_CLI_ATOMS_H

#include <iphase/bundle.h>
#include <iphase/structure.h>

/*
 * Add positions (n, 3) and, where an atom moves, displacements (n), float64
 * in Angstrom, numbers (n) int32, the cell, if there is one, as cell (3, 3),
 * its rows the vectors, and, where one is below 1, occupancies (n) float64.
 */
int ip_cli_atoms_add(struct ip_bundle *b, const struct ip_structure *s);
/* From such tensors of any real type; without cell there is none. path is for
 * messages. s must be empty, and may hold something on failure. */
int ip_cli_atoms_get(const char *path, const struct ip_bundle *b,
	struct ip_structure *s);
/* Whether a tensor of this name is one of them. */
int ip_cli_atoms_name(const char *name);

/* The tensor potential, its attribute origin (Angstrom), the atoms, and the
 * attribute title of the whole. */
int ip_cli_cube_load(const char *path, struct ip_bundle *b);
/* From grid, which is an item of b, and the atoms. */
int ip_cli_cube_save(const char *path, const struct ip_bundle *b,
	const struct ip_item *grid);

#endif
