/*
 * Plans of datasets: a text says which specimens there are and what is drawn
 * for each from distributions; iphase-dataset(1) has the grammar. What is
 * drawn for a specimen is a function of the plan's seed, the group, the crystal
 * and the specimen's number among those of its crystal, and so the same in
 * every shard and however many others there are.
 */
#ifndef IPHASE_PLAN_H
#define IPHASE_PLAN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ip_plan;

/*
 * From a file. IP_EFORMAT: the message has file, line, what was found and what
 * was expected.
 */
int ip_plan_read(struct ip_plan **p, const char *path);
void ip_plan_free(struct ip_plan *p);		/* NULL is fine */
uint64_t ip_plan_seed(const struct ip_plan *p);
size_t ip_plan_count(const struct ip_plan *p);	/* specimens */

#define IP_PLAN_THICKNESSES 32
#define IP_PLAN_ROTATIONS 64
#define IP_PLAN_WORDS 64

/* Texts are the plan's and end with it. Lengths in Angstrom, angles in
 * degree. */
struct ip_plan_specimen {
	const char *group;
	const char *crystal;	/* as in the plan; NULL: an invented one, */
	uint64_t invented;	/* this, of the plan's seed (iphase/invent.h) */
	const char *zone;	/* "0,0,1" */
	int island;		/* or a crystal without a box */
	int dft;		/* wherever the bonding term is known */
	size_t thicknesses, rotations, pixels;
	double thickness[IP_PLAN_THICKNESSES];	/* nm, ascending */
	double rotation[IP_PLAN_ROTATIONS];
	double tilt[2];		/* rx, ry; the first rotation's */
	double defocus, source;
	double dose;		/* electrons per square Angstrom; 0: no noise */
	double pixel, origin[2];	/* of the scan; no islands' */
	double width, sampling;	/* 0: not said */
	uint64_t seed;		/* below 2^31 */
	const char *const *options;	/* passed on as they are */
	size_t option_count;
};

/*
 * Specimen i, 0 <= i < count. All groups and crystals are mixed, so that the
 * first specimens of a plan are a fair sample of it. Thicknesses are rounded
 * to 0.01 nm and at least 0.5 nm apart where their ranges have room, rotations
 * to 0.001 degree, tilts to 0.0001 degree, lengths to 0.001 Angstrom, doses to
 * four digits; origins are multiples of 1/128 Angstrom below 128.
 */
int ip_plan_draw(const struct ip_plan *p, size_t i,
	struct ip_plan_specimen *s);

#ifdef __cplusplus
}
#endif
#endif
