/* Inside iphase-simulate: its options, and one run from structure to file. */
#ifndef IP_CLI_SIMULATE_H
#define IP_CLI_SIMULATE_H

#include <iphase/em.h>
#include <iphase/simulate.h>
#include "cli.h"

enum { IP_SIM_ISLAND, IP_SIM_BOX };

struct ip_sim_options {
	/* specimen */
	int specimen;
	struct ip_reals fov, thickness, euler;
	long repeat;
	double vacuum;
	const char *displacement;
	/* potential */
	struct ip_reals grid;
	double sampling, slice;
	int factors, deposit;
	/* beam */
	double energy, semiangle;	/* keV, mrad */
	int aperture;
	const char *defocus;
	struct ip_texts aberrations;
	struct ip_reals tilt;
	/* detectors */
	double inner, outer, rotation;	/* mrad, mrad, degree */
	long segments, rings;
	struct ip_reals offset;
	struct ip_texts annular;
	int total, com;
	/* scan */
	struct ip_reals pixels, scan;
	double source, dose;
	/* how */
	int method, plan;
	double memory;			/* MiB */
	const char *wisdom, *png;
};

struct ip_sim {
	const struct ip_cli *cli;
	const struct ip_sim_options *o;
	struct ip_structure cell, box;
	char material[64];
	double surface;			/* z of the entrance surface, Angstrom */
	struct ip_potential *potential;
	struct ip_potential *truth;	/* static, exact; may be potential */
	size_t *planes;
	double *asked, *depth;		/* nm, of each plane */
	struct ip_detector *detectors;
	struct ip_simulation s;
	struct ip_cost cost;
	struct ip_tensor images, projected;
};

/* Option texts into numbers, and all that needs no device. */
int ip_sim_setup(struct ip_sim *m);
/* images and projected (after ip_simulate) into the output file, pictures. */
int ip_sim_save(struct ip_sim *m);
void ip_sim_free(struct ip_sim *m);

#endif
