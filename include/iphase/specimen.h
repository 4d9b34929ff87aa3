/* Specimens in a box: from a unit cell to atoms in front of the beam. */
#ifndef IPHASE_SPECIMEN_H
#define IPHASE_SPECIMEN_H

#include <iphase/structure.h>

#ifdef __cplusplus
extern "C" {
#endif

/* v <- Ry(ry) Rx(rx) Rz(rz) v: rz about z first, then rx, then ry; degree. */
void ip_euler_matrix(const double euler[3], double m[3][3]);
/* The angles of a rotation m: -180 < rz, ry <= 180, -90 <= rx <= 90; rz is 0
 * where rx, a quarter turn, lets only rz and ry together be told. */
void ip_euler_angles(double m[3][3], double euler[3]);
/*
 * A crystal turned by rx about x and then ry about y has its zone axis along
 * (tan ry, -tan rx / cos ry, 1): by each unit of depth its lattice moves over
 * the picture's x and y by slope, the negative of that; rz does not count.
 */
void ip_euler_slope(const double euler[3], double slope[2]);
/* The rx and ry that move it so; rz stays. */
void ip_slope_euler(const double slope[2], double euler[3]);

/*
 * The reference's specimen: repeat x repeat unit cells in the plane, turned
 * by rz and centred in the field; every atom whose depth below the topmost is
 * at most thickness + extra; then tilted by rx and ry about the axes through
 * the box's corner, and centred in the field again.
 */
struct ip_island {
	int repeat;		/* cells an in-plane axis; 0: as many as fit */
	double thickness;	/* nm, > 0 */
	double extra;		/* Angstrom; the reference has two slices, 6 */
	double euler[3];	/* rz, rx, ry, degree */
	double fov[2];		/* box, Angstrom */
	double vacuum;		/* above and below, Angstrom; 5 */
};

/* Free room that repeat = 0 leaves at each side of the field, Angstrom. */
#define IP_ISLAND_MARGIN 2.0

/*
 * box gets the orthogonal cell (fov, Lz) and the atoms. surface, if not
 * NULL, gets the z of the entrance surface at the middle of the field,
 * Angstrom: depths count from it. IP_EPHYSICS if the island does not fit
 * the box; IP_EINVAL for a cell whose third vector is not along z.
 */
int ip_island_build(const struct ip_structure *cell,
	const struct ip_island *how, struct ip_structure *box,
	double *surface);
/*
 * The atoms of such a box moved along the zone axis to where their columns
 * meet the entrance surface, and z = surface + the depth below it: what
 * potential_zone is summed over. The caller frees it; {0} after a failure.
 */
int ip_island_upright(const struct ip_structure *box, const double euler[3],
	double surface, struct ip_structure *upright);

#ifdef __cplusplus
}
#endif
#endif
