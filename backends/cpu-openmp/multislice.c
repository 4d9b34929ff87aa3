/*
 * Waves through slices. A wave, or a group of them, stays with one thread and
 * in its cache through all slices; the slices stream past.
 */
#include <omp.h>
#include <iphase/threads.h>
#include "cpu.h"

/* A group's z should fit a second-level cache. */
enum { GROUP_BYTES = 512 * 1024 };

struct job {
	struct ip_field f;
	const ip_real *t, *prop;
	ip_real *waves, *shared;	/* shared: the propagator as set */
	size_t n, count, unit;		/* unit: waves at once */
	int per_wave;
};

static void one_unit(const struct job *j, struct ip_room *r, ip_real *own,
	size_t unit)
{
	const struct ip_field *f = &j->f;
	size_t first = unit * j->unit, size = 2 * f->bx * f->by, i;
	size_t waves = j->n - first < j->unit ? j->n - first : j->unit;
	const ip_real *prop = j->shared;

	if (j->per_wave) {
		ip_prop_set(f, r, own, j->prop + first * size, waves, 1,
			(ip_real)(1.0 / ((double)f->band.nx *
			(double)f->band.ny)));
		prop = own;
	}
	ip_field_enter(f, r, j->waves + first * size, waves);
	for (i = 0; i < j->count; i++) {
		ip_field_through(f, r, j->t + 2 * i * f->band.nx *
			f->band.ny);
		if (i + 1 < j->count)
			ip_field_between(f, r, prop, j->per_wave);
	}
	ip_field_leave(f, r, prop, j->per_wave, j->waves + first * size,
		waves);
}

static int run(struct job *j)
{
	size_t room = ip_field_room(&j->f), units = (j->n + j->unit - 1) /
		j->unit, prop, each;
	int threads = ip_threads();
	char *memory;
	long u;

	if ((size_t)threads > units)
		threads = (int)units;
	prop = (ip_prop_size(&j->f, j->per_wave) * sizeof(ip_real) + 63) /
		64 * 64;
	each = room + (j->per_wave ? prop : 0);
	memory = ip_alloc(each * (size_t)threads + prop);
	if (memory == NULL)
		return IP_ENOMEM;
	j->shared = (ip_real *)(void *)(memory + each * (size_t)threads);
	if (!j->per_wave) {
		struct ip_room r;

		ip_field_settle(&j->f, &r, memory);
		ip_prop_set(&j->f, &r, j->shared, j->prop, 1, 0, (ip_real)
			(1.0 / ((double)j->f.band.nx * (double)j->f.band.ny)));
	}
#pragma omp parallel for num_threads(threads) schedule(dynamic, 1)
	for (u = 0; u < (long)units; u++) {
		char *mine = memory + (size_t)omp_get_thread_num() * each;
		struct ip_room r;

		ip_field_settle(&j->f, &r, mine);
		one_unit(j, &r, (ip_real *)(void *)(mine + room), (size_t)u);
	}
	ip_free(memory);
	return IP_OK;
}

/* Many waves on a small grid share vectors; the threads have no say in it. */
static int worth_grouping(const struct ip_band *b, size_t n)
{
	size_t lanes = ip_loops()->lanes;

	return 2 * n > lanes && (2 * b->hx + 3) * (b->ny + 1) * 2 * lanes *
		sizeof(ip_real) <= GROUP_BYTES;
}

int ip_cpu_multislice(struct ip_dev *dev, struct ip_buf *waves,
	const struct ip_buf *t, const struct ip_buf *prop, int per_wave,
	const struct ip_band *band, size_t n, size_t first, size_t count)
{
	struct job j;
	int rc;

	(void)dev;
	if ((rc = ip_op_check_multislice(waves, t, prop, per_wave, band, n,
		first, count)) < 0 || n == 0 || count == 0)
		return rc;
	rc = ip_field_init(&j.f, band, worth_grouping(band, n));
	if (rc < 0)
		return rc;
	j.t = (const ip_real *)ip_cpu_at(t) + 2 * first * band->nx * band->ny;
	j.prop = ip_cpu_at(prop);
	j.waves = ip_cpu_at(waves);
	j.n = n;
	j.count = count;
	j.unit = j.f.grouped ? j.f.cell / 2 : 1;
	j.per_wave = per_wave != 0;
	rc = run(&j);
	ip_field_free(&j.f);
	return rc;
}
