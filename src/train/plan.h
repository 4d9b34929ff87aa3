/* Inside plans of datasets: what a plan's text has become. */
#ifndef IP_TRAIN_PLAN_H
#define IP_TRAIN_PLAN_H

#include <iphase/plan.h>

/* EACH: one number from each of the ranges v[0] .. v[1], v[2] .. v[3], ... */
enum ip_plan_kind { IP_PLAN_ONE, IP_PLAN_UNIFORM, IP_PLAN_LOG, IP_PLAN_NORMAL,
	IP_PLAN_ONE_OF, IP_PLAN_EACH };

struct ip_plan_range {
	enum ip_plan_kind kind;
	size_t count;		/* of v */
	double v[2 * IP_PLAN_THICKNESSES];
};

struct ip_plan_words {
	size_t count;
	const char *w[IP_PLAN_WORDS];
};

struct ip_plan_group {
	const char *name;
	struct ip_plan_words crystals, zones, options;
	size_t invented;	/* crystals, if there are no names */
	size_t specimens, rotations, pixels;
	double pixel, width, sampling;
	struct ip_plan_range thickness, tilt, angle, defocus, source, dose;
	int island, dft;
};

/* A specimen's place in the plan. */
struct ip_plan_place {
	uint32_t group, crystal, number;
	double at;		/* 0 .. 1, among those of its crystal */
};

struct ip_plan {
	char *path, *text;	/* what names and words point into */
	uint64_t seed;
	struct ip_plan_group *groups;
	size_t group_count, group_cap;
	struct ip_plan_place *places;	/* in the order of specimens */
	size_t count;
};

/* Bounds of what an index of random numbers holds: see plan.c. */
#define IP_PLAN_GROUPS 4096
#define IP_PLAN_EACH_MOST 1048576	/* crystals, specimens of one */

/*
 * A number, "uniform 0 1", "log 10 1000", "normal 0.3", or "normal 0.3 0.5" of
 * which none lies beyond 0.5, "one of 1 2 3"; nonzero if it is none of these.
 * There is one word at least.
 */
int ip_plan_range_parse(const struct ip_plan_words *w,
	struct ip_plan_range *r);
/* Also "each 5..20 20..50", and "20 50" as "each 20..20 50..50". */
int ip_plan_list_parse(const struct ip_plan_words *w,
	struct ip_plan_range *r);
/* The smallest that can be drawn; -INFINITY of a normal one. */
double ip_plan_range_lowest(const struct ip_plan_range *r);
/* Number index of the plan's random numbers as one of r, of IP_PLAN_EACH from
 * range k. */
double ip_plan_range_draw(const struct ip_plan_range *r, uint64_t seed,
	uint64_t index, size_t k);

/* All of a number that is whole, from 0 up to most; or nonzero. */
int ip_plan_whole(const char *text, uint64_t most, uint64_t *v);
int ip_plan_number(const char *text, double *v);	/* finite */

#endif
