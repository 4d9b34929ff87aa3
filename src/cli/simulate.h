/* Inside iphase-simulate: its options, and one run from structure to file. */
#ifndef IP_CLI_SIMULATE_H
#define IP_CLI_SIMULATE_H

#include <iphase/repeat.h>
#include <iphase/simulate.h>
#include "cli.h"

enum { IP_SIM_ISLAND, IP_SIM_BOX, IP_SIM_CRYSTAL };

struct ip_sim_options {
	/* specimen */
	const char *crystal;
	int specimen;
	struct ip_reals zone, plane, euler, tilt, rotations;
	struct ip_reals fov, thickness;
	long repeat, phonons;
	struct ip_texts vacancies, substitutes, columns, cuts, layers;
	double vacuum, width;
	const char *displacement;
	/* potential */
	int potential;			/* 1: with the bonding term */
	const char *bonding;
	struct ip_reals grid;
	double sampling, slice;
	int factors, deposit;
	/* beam */
	double energy, semiangle;	/* keV, mrad */
	int aperture;
	const char *defocus;
	double focal_spread;		/* rms, Angstrom */
	struct ip_texts aberrations;
	struct ip_reals beam_tilt;
	/* detectors */
	double inner, outer, rotation;	/* mrad, mrad, degree */
	long segments, rings;
	struct ip_reals offset;
	struct ip_texts annular;
	int total, com, edges;
	/* scan */
	struct ip_reals pixels, scan;
	double source, dose;
	/* how */
	int method, plan, check_width, resume, cost;
	double memory;			/* MiB */
	const char *wisdom, *png, *jobs;
};

/* An island or a box of atoms. */
struct ip_sim_box {
	struct ip_structure atoms;
	double surface;			/* z of the entrance surface, Angstrom */
	struct ip_potential *potential;
	struct ip_potential *truth;	/* static, exact; may be potential */
	struct ip_simulation s;
	struct ip_cost cost;
};

/* A crystal: perfect, on its repeat cell, or a supercell of that. */
struct ip_sim_crystal {
	struct ip_repeat_cell cell;
	int super;
	struct ip_repeat_cell crystal;	/* the supercell */
	struct ip_repeat_cell whole;	/* with amorphous layers */
	size_t above, below;		/* slices of layers */
	struct ip_period *period;	/* scatters, if perfect */
	struct ip_period *still;	/* of the crystal at rest */
	struct ip_repeat r;
	struct ip_repeat_view *views;	/* [turns][foci] */
	struct ip_repeat_cost cost;
	size_t *planes;		/* those of r: layers come on top */
	double tilt[2];		/* crystal's frame, mrad */
	double width;		/* Angstrom, of the box that the k grid is */
	double *change;		/* [pictures]: when width doubles; or NULL */
};

/* One of the orientations that a crystal is shown in. */
struct ip_sim_turn {
	double euler[3];	/* rz, rx, ry, degree */
	double rotation;	/* rz, rad */
	double drift[2];	/* tangent of the tilt, picture's frame */
};

struct ip_sim;

/* One way to make pictures of a specimen; 0, or a status, or a usage error. */
struct ip_sim_way {
	/* What needs no device; fills all of ip_sim but the tensors. */
	int (*setup)(struct ip_sim *m);
	void (*tell)(const struct ip_sim *m);
	/* Waves times slices; bytes at the peak. */
	void (*cost)(const struct ip_sim *m, double *steps, size_t *memory);
	/* images, beam and zone */
	int (*run)(struct ip_sim *m, struct ip_dev *dev);
	/* What only this way can say of the output. */
	int (*about)(const struct ip_sim *m, struct ip_attrs *a);
	void (*free)(struct ip_sim *m);
};
extern const struct ip_sim_way ip_sim_box_way, ip_sim_crystal_way;

struct ip_sim {
	const struct ip_cli *cli;
	const struct ip_sim_options *o;
	const struct ip_sim_way *way;
	struct ip_structure cell;
	struct ip_bonding bonding;	/* count 0: independent atoms */
	char material[64];
	struct ip_sim_turn *turns;	/* boxes have one */
	size_t turn_count;
	struct ip_probe probe;
	/* a mean over foci: the probe's alone, or a focal spread */
	struct ip_aberrations foci[IP_FOCI];
	double weights[IP_FOCI];
	size_t focus_count;
	struct ip_detector *detectors;
	size_t detector_count;
	/* exit planes: slices passed; depth asked for and reached, nm */
	size_t plane_count, *planes;
	double *asked, *depth;
	/* turns times planes, planes one after another */
	size_t picture_count;
	/* pixel (i, j) of the pictures at start + (i step[0], j step[1]) */
	struct ip_repeat_frame picture;
	/* of the potential */
	size_t grid[2];
	double sampling;		/* asked for, Angstrom */
	double slice, band_limit;	/* Angstrom, 1/Angstrom */
	const char *method;
	struct ip_tensor images;	/* (pictures, channels, nx, ny) */
	struct ip_tensor beam, zone;	/* (pictures, nx, ny) */
	struct ip_sim_box box;
	struct ip_sim_crystal crystal;
};

/* Option texts into numbers, and all that needs no device. */
int ip_sim_setup(struct ip_sim *m);
void ip_sim_free(struct ip_sim *m);
/* Its parts that any specimen has. */
int ip_sim_probe(struct ip_sim *m);
/* Segments, annular, total, centre of mass: in this order. */
int ip_sim_detectors(struct ip_sim *m);
/* What ip_sim holds (after way->run) into the output file, pictures. */
int ip_sim_save(struct ip_sim *m);

/* The simulations of a job file, each with argv's options but --jobs. */
int ip_sim_jobs(const char *path, int argc, char **argv);

/* ---- supercells ---- */

/* Whether an option asks for what a perfect crystal has not. */
int ip_sim_disordered(const struct ip_sim_options *o);
/* crystal and whole, above and below; r.waves are the cells across. */
int ip_sim_supercell(struct ip_sim *m);
/* The potential of frozen configuration i (without phonons: of the atoms
 * where they are, with their Debye-Waller factors). */
int ip_sim_configuration(const struct ip_sim *m, size_t i,
	struct ip_period **p);

/* ---- for the ways ---- */

/* The bonding term, if there is one, onto slices of a period of c: see
 * ip_period_bond. */
int ip_sim_bond(const struct ip_sim *m, struct ip_period *p,
	const struct ip_repeat_cell *c, size_t first, size_t count);

/* 1 or 2 numbers of an option into v[2]; none: fallback. */
int ip_sim_pair(const struct ip_sim *m, const char *name,
	const struct ip_reals *r, double fallback, double v[2]);
/* A count of points, or a usage error. */
int ip_sim_points(const struct ip_sim *m, const char *name, double v,
	size_t *n);
/*
 * Thicknesses, ascending, to the nearest boundaries of slices: planes, asked
 * and depth. top: from where the first slice begins to the entrance surface;
 * slices: how many there are; both in Angstrom or slices of m->slice.
 */
int ip_sim_planes(struct ip_sim *m, double top, double slices);
/* The picture's pixels: fov wide where no scan is given. */
int ip_sim_picture(struct ip_sim *m, const double fov[2], const size_t n[2]);
/*
 * Whether the picture, of what repeats by the vectors a, turned by rotation
 * (rad), is whole periods wide along both its axes, to a hundredth of a pixel.
 */
int ip_sim_periodic(const struct ip_sim *m, const double a[2][2],
	double rotation);
/* The set of scattering factors asked for. */
enum ip_factors ip_sim_factors(const struct ip_sim *m);

#endif
