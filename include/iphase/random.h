/*
 * Counter-based random numbers: a pure function of (seed, stream, index), so
 * that any thread or shard draws the same number for the same thing.
 * Philox4x32-10: Salmon, Moraes, Dror, Shaw, SC'11,
 * doi 10.1145/2063384.2063405.
 */
#ifndef IPHASE_RANDOM_H
#define IPHASE_RANDOM_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Streams keep uses apart: one number each, never reused for another use. */
enum ip_stream {
	IP_STREAM_TEST = 0,
	IP_STREAM_DOSE = 1,
	IP_STREAM_PHONONS = 2,		/* these: iphase/disorder.h */
	IP_STREAM_VACANCIES = 3,
	IP_STREAM_SUBSTITUTION = 4,
	IP_STREAM_AMORPHOUS = 5,
	IP_STREAM_OCCUPANCY = 6,
	IP_STREAM_WEIGHTS = 7,		/* a network's first */
	IP_STREAM_ORDER = 8,		/* these: iphase/dataset.h */
	IP_STREAM_CHANGE = 9,
	IP_STREAM_COUNTS = 10,
	IP_STREAM_NOISE = 11,
	IP_STREAM_HELD = 12,		/* specimens for validation */
	IP_STREAM_INVENT = 13,		/* iphase/invent.h */
	IP_STREAM_PLAN = 14,		/* these: iphase/plan.h */
	IP_STREAM_SPLIT = 15
};

/* The four 32-bit words of block (seed, stream, index). */
void ip_philox(uint64_t seed, uint32_t stream, uint64_t index,
	uint32_t block, uint32_t out[4]);

/* Uniform in [0, 1) with 53 bits. */
double ip_uniform(uint64_t seed, uint32_t stream, uint64_t index);

/* Standard normal (Box-Muller). */
double ip_normal(uint64_t seed, uint32_t stream, uint64_t index);

/*
 * Poisson with mean >= 0, exact for any mean up to 1e15 (inversion below 10,
 * transformed rejection PTRS above: Hormann, Insurance: Math. Econ. 12 (1993)
 * 39). A mean that is NaN, negative or above 1e15 gives -1.
 */
int64_t ip_poisson(uint64_t seed, uint32_t stream, uint64_t index, double mean);

#ifdef __cplusplus
}
#endif
#endif
