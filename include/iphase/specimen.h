/* Specimens in a box: from a unit cell to atoms in front of the beam. */
#ifndef IPHASE_SPECIMEN_H
#define IPHASE_SPECIMEN_H

#include <iphase/structure.h>

#ifdef __cplusplus
extern "C" {
#endif

/* v <- Ry(ry) Rx(rx) Rz(rz) v: rz about z first, then rx, then ry; degree. */
void ip_euler_matrix(const double euler[3], double m[3][3]);

/*
 * The reference's specimen: repeat x repeat unit cells in the plane, as many
 * along the third axis as the thickness asks for, turned by euler (rz, rx,
 * ry) and centred in a vacuum box.
 */
struct ip_island {
	int repeat;		/* cells an in-plane axis; 0: as many as fit */
	double thickness;	/* nm, > 0 */
	double euler[3];	/* degree */
	double fov[2];		/* box, Angstrom */
	double margin;		/* vacuum above and below, Angstrom */
};

/*
 * box gets the orthogonal cell (fov, Lz) and the atoms. surface, if not
 * NULL, gets the z of the entrance surface, Angstrom: depths count from it.
 * IP_EPHYSICS if the island does not fit the box.
 */
int ip_island_build(const struct ip_structure *cell,
	const struct ip_island *how, struct ip_structure *box,
	double *surface);

#ifdef __cplusplus
}
#endif
#endif
