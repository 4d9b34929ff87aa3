/* CIF 1.1 (Hall, Allen, Brown 1991): words, and the data that count. */
#ifndef IP_FORMATS_CIF_H
#define IP_FORMATS_CIF_H

#include <stddef.h>
#include <stdint.h>
#include <iphase/structure.h>
#include "scan.h"

/* ---- words ---- */

enum ip_cif_kind { IP_CIF_END, IP_CIF_DATA, IP_CIF_LOOP, IP_CIF_TAG,
	IP_CIF_VALUE };

/* In the file's memory. Of IP_CIF_DATA the name, without data_. */
struct ip_cif_text {
	const char *p;
	uint32_t n, line, column;
	int bare;		/* not quoted: "?" and "." mean nothing known */
};

int ip_cif_next(struct ip_scan *s, enum ip_cif_kind *kind,
	struct ip_cif_text *text);

/* ---- data ---- */

enum ip_cif_key { IP_CIF_LENGTH_A, IP_CIF_LENGTH_B, IP_CIF_LENGTH_C,
	IP_CIF_ALPHA, IP_CIF_BETA, IP_CIF_GAMMA, IP_CIF_VOLUME,
	IP_CIF_OPERATOR, IP_CIF_OPERATOR_OLD,
	IP_CIF_GROUP, IP_CIF_GROUP_OLD, IP_CIF_GROUP_ALT, IP_CIF_NUMBER,
	IP_CIF_NUMBER_OLD, IP_CIF_HALL, IP_CIF_HALL_OLD, IP_CIF_FORMULA,
	IP_CIF_LABEL, IP_CIF_TYPE, IP_CIF_X, IP_CIF_Y, IP_CIF_Z,
	IP_CIF_CARTESIAN, IP_CIF_OCCUPANCY, IP_CIF_U, IP_CIF_B, IP_CIF_CALC,
	IP_CIF_ANISO, IP_CIF_U11, IP_CIF_U22, IP_CIF_U33, IP_CIF_U12,
	IP_CIF_U13, IP_CIF_U23, IP_CIF_B11, IP_CIF_B22, IP_CIF_B33, IP_CIF_B12,
	IP_CIF_B13, IP_CIF_B23, IP_CIF_KEYS };

struct ip_cif_column {
	struct ip_cif_text *v;	/* ip_alloc'ed */
	size_t count, cap;
	size_t loop;		/* line of its loop_; 0: one value alone */
};

/* What is known of one data block. */
struct ip_cif_block {
	struct ip_cif_text name;
	struct ip_cif_column key[IP_CIF_KEYS];
};

/* "_cell_length_a" */
const char *ip_cif_key_name(enum ip_cif_key key);
/*
 * The first data block with atoms (a warning if there are more), in the
 * memory of s, which is read to the end. *b is {0} on failure.
 */
int ip_cif_block_read(struct ip_scan *s, struct ip_cif_block *b);
void ip_cif_block_free(struct ip_cif_block *b);

/* Entry row of a column; NULL if there is none, or it is "?" or ".". */
const struct ip_cif_text *ip_cif_get(const struct ip_cif_block *b,
	enum ip_cif_key key, size_t row);
/* IP_EFORMAT: t stands where something else was expected. */
int ip_cif_bad(const char *path, enum ip_cif_key key,
	const struct ip_cif_text *t, const char *expected);
/* A number, "3.189(2)" being 3.189. *v stays, *known 0, if ip_cif_get gives
 * NULL; known may be NULL. */
int ip_cif_real(const char *path, const struct ip_cif_block *b,
	enum ip_cif_key key, size_t row, double *v, int *known);

/* ---- atoms ---- */

struct ip_cif_site {
	double f[3];		/* of the cell */
	double u;		/* mean square along one axis, Angstrom^2 */
	double occupancy;
	size_t row;
	int z;
	unsigned char known, mean;	/* u; of an anisotropic one */
};

/* Rows of _atom_site_ with occupancy; *sites is ip_alloc'ed. */
int ip_cif_sites(const char *path, const struct ip_cif_block *b,
	const double cell[3][3], struct ip_cif_site **sites, size_t *count);
/* "Ga1" for messages: label or type of a row. */
const struct ip_cif_text *ip_cif_name(const struct ip_cif_block *b,
	size_t row);
/* The element of "Ga1", "O2-", "D"; 0 if it is none, -1 if it may be two. */
int ip_cif_element(const char *p, size_t n, int type);
/* A warning if the cell's atoms are not in the ratio of the formula. */
void ip_cif_compare_formula(const char *path, const struct ip_cif_block *b,
	const struct ip_structure *s);

#endif
