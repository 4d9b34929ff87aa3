/* instance_norm_grad against plain loops, and what it promises besides. */
#include <math.h>
#include "ref/ref.h"
#include "support/differences.h"
#include "support/op.h"

#define EPS 1e-5

/* A block adds up to 256 numbers a column, whose roundings add up to some 16
 * as they come; twice that is allowed. */
static const double tolerance = 32 * IP_TEST_EPSILON;

struct shape { struct ip_map in; struct ip_slot slot; int add; double slope; };
static const struct shape shapes[] = {
	{ { 1, 1, 2, 1 }, { 1, 0 }, 0, 1 },
	{ { 1, 1, 2, 1536 }, { 1536, 0 }, 1, 0.01 },
	{ { 2, 3, 5, 7 }, { 7, 0 }, 1, 0.01 },
	{ { 3, 7, 11, 13 }, { 20, 7 }, 0, 0.01 },
	{ { 2, 16, 16, 12 }, { 24, 12 }, 1, 0.01 },
	{ { 1, 64, 64, 12 }, { 12, 0 }, 0, 0.01 },
	{ { 1, 37, 48, 48 }, { 96, 48 }, 1, 0.01 },
	{ { 2, 31, 33, 65 }, { 67, 1 }, 1, 0.5 },
	{ { 1, 129, 131, 1 }, { 1, 0 }, 0, 1 },
	{ { 2, 8, 8, 768 }, { 768, 0 }, 1, 0.01 },
	{ { 1, 16, 16, 384 }, { 385, 1 }, 0, 0.01 },
};
#define SHAPES (sizeof(shapes) / sizeof(shapes[0]))

/* What an op takes and gives, for one shape; drop with drop(). x and packed
 * are what y and dy were made of. */
struct rooms {
	struct ip_test_room add, y, dy, stats, dx, dadd;
	size_t pixels, n;
	double *x, *packed;
};

/* y and stats come from plain loops: rounding cannot move y across 0. */
static struct rooms make(const struct shape *s)
{
	size_t i, c = s->in.c;
	uint64_t seed = s->in.h;
	double *y, *at, *stats = malloc(2 * s->in.b * c * sizeof(*stats));
	struct rooms r;

	r.pixels = s->in.b * s->in.h * s->in.w;
	r.n = r.pixels * c;
	r.x = malloc(r.n * sizeof(*r.x));
	for (i = 0; i < r.n; i++)
		r.x[i] = 2 * ip_test_uniform(&seed) - 1;
	r.add = ip_test_room(dev, r.n, 2, 1);
	y = malloc(r.n * sizeof(*y));
	ip_ref_instance_norm(y, stats, r.x, s->add ? r.add.host : NULL, &s->in,
		EPS, s->slope);
	at = calloc(r.pixels * s->slot.pitch, sizeof(*at));
	for (i = 0; i < r.n; i++)
		at[i / c * s->slot.pitch + s->slot.first + i % c] = y[i];
	free(y);
	r.y = ip_test_room_of(dev, at, r.pixels * s->slot.pitch);
	r.stats = ip_test_room_of(dev, stats, 2 * s->in.b * c);
	r.dy = ip_test_room(dev, r.pixels * s->slot.pitch, 3, 1);
	r.packed = ip_test_packed(r.dy.host, &s->slot, r.pixels, c);
	r.dx = ip_test_room(dev, r.n, 4, 1);
	r.dadd = ip_test_room(dev, r.n, 5, 1);
	return r;
}

static void drop(struct rooms *r)
{
	ip_test_room_drop(&r->add);
	ip_test_room_drop(&r->y);
	ip_test_room_drop(&r->dy);
	ip_test_room_drop(&r->stats);
	ip_test_room_drop(&r->dx);
	ip_test_room_drop(&r->dadd);
	free(r->x);
	free(r->packed);
}

static int run(const struct shape *s, struct rooms *r)
{
	return ops->instance_norm_grad(dev, &r->dx.buf, s->add ? &r->dadd.buf :
		NULL, &r->dy.buf, &r->y.buf, &s->slot, &r->stats.buf,
		s->add ? &r->add.buf : NULL, &s->in, s->slope);
}

static double largest(const double *x, size_t n, size_t step)
{
	double most = 0;
	size_t i;

	for (i = 0; i < n; i += step)
		most = fmax(most, fabs(x[i]));
	return most;
}

/* dx is the rest of terms as large as scale g, which may take each other away
 * all but wholly: what is rounded follows these. */
static void compare(const struct shape *s)
{
	struct rooms r = make(s);
	double *dx = malloc(2 * r.n * sizeof(*dx)), *dadd = dx + r.n;
	double terms;

	ip_ref_instance_norm_grad(dx, dadd, r.packed, r.x, s->add ?
		r.add.host : NULL, &s->in, EPS, s->slope);
	terms = largest(r.stats.host + 1, r.stats.n - 1, 2) *
		largest(dadd, r.n, 1);
	assert_int_equal(run(s, &r), 0);
	ip_test_room_expect("dx", &r.dx, dx, tolerance * terms /
		largest(dx, r.n, 1));
	if (s->add)
		ip_test_room_expect("dadd", &r.dadd, dadd, tolerance);
	free(dx);
	drop(&r);
}

static void test_loops(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < SHAPES; i++)
		compare(&shapes[i]);
}

/* dx or dadd may be dy; the one that is not there changes nothing. */
static void test_in_place(void **state)
{
	static const struct shape s = { { 2, 9, 10, 12 }, { 12, 0 }, 1, 0.01 };
	struct rooms r = make(&s), t = make(&s), u = make(&s);

	(void)state;
	assert_int_equal(run(&s, &r), 0);
	ip_test_room_get(&r.dx);
	ip_test_room_get(&r.dadd);
	assert_int_equal(ops->instance_norm_grad(dev, &t.dy.buf, &t.dadd.buf,
		&t.dy.buf, &t.y.buf, NULL, &t.stats.buf, &t.add.buf, &s.in,
		s.slope), 0);
	ip_test_room_expect("dx is dy", &t.dy, r.dx.host, 0);
	ip_test_room_expect("dadd", &t.dadd, r.dadd.host, 0);
	assert_int_equal(ops->instance_norm_grad(dev, &u.dx.buf, NULL,
		&u.dy.buf, &u.y.buf, NULL, &u.stats.buf, &u.add.buf, &s.in,
		s.slope), 0);
	ip_test_room_expect("no dadd", &u.dx, r.dx.host, 0);
	assert_int_equal(ops->instance_norm_grad(dev, &u.dx.buf, &u.dy.buf,
		&u.dy.buf, &u.y.buf, NULL, &u.stats.buf, &u.add.buf, &s.in,
		s.slope), 0);
	ip_test_room_expect("dx", &u.dx, r.dx.host, 0);
	ip_test_room_expect("dadd is dy", &u.dy, r.dadd.host, 0);
	drop(&r);
	drop(&t);
	drop(&u);
}

static void once(const void *of, struct ip_test_bytes *bytes)
{
	struct rooms r = make(of);

	assert_int_equal(run(of, &r), 0);
	ip_test_keep(bytes, &r.dx);
	ip_test_keep(bytes, &r.dadd);
	drop(&r);
}

/* The same bytes by any number of threads, and for a picture alone. */
static void test_same_bytes(void **state)
{
	static const struct shape s = { { 3, 33, 64, 12 }, { 30, 5 }, 1, 0.01 };
	size_t wide = 33 * 64 * 30 * sizeof(ip_real);
	size_t map = 33 * 64 * 12 * sizeof(ip_real);
	struct rooms r = make(&s), t = make(&s);
	struct shape one = s;
	size_t n;

	(void)state;
	ip_test_same_by_threads(once, &s);
	assert_int_equal(run(&s, &r), 0);
	one.in.b = 1;
	for (n = 0; n < 3; n++) {
		struct ip_buf y = r.y.buf, dy = r.dy.buf, add = r.add.buf;
		struct ip_buf stats = r.stats.buf;
		struct ip_buf want = ip_test_third(r.dx.buf, n);

		y.offset += n * wide;
		dy.offset += n * wide;
		add.offset += n * map;
		stats.offset += n * 2 * 12 * sizeof(ip_real);
		stats.size -= n * 2 * 12 * sizeof(ip_real);
		y.size = dy.size = wide;
		add.size = map;
		assert_int_equal(ops->instance_norm_grad(dev, &t.dx.buf,
			&t.dadd.buf, &dy, &y, &s.slot, &stats, &add, &one.in,
			s.slope), 0);
		ip_test_buf_same(dev, &want, &t.dx.buf);
	}
	drop(&r);
	drop(&t);
}

/* What the op of the same name gives, and its gradient. */
static void golden(const char *name, const struct ip_map *in, int is_add,
	double slope)
{
	struct ip_bundle b;
	size_t n = in->b * in->h * in->w * in->c, i;
	struct ip_test_room room[6];	/* x, add, y, dy, dx, dadd */
	struct ip_test_room stats = ip_test_room(dev, 2 * in->b * in->c, 1, 1);
	static const char *const part[] = { "in/x", "gout", "grad/x" };
	double *v[3];

	ip_test_golden("model_ops.npz", &b);
	for (i = 0; i < 3; i++)
		v[i] = ip_test_nhwc(ip_test_numbers_of(&b, name, part[i], n),
			in->b, in->c, in->h, in->w);
	room[is_add] = ip_test_room_of(dev, v[0], n);
	room[!is_add] = ip_test_room(dev, n, 1, 0);
	room[3] = ip_test_room_of(dev, v[1], n);
	room[2] = ip_test_room(dev, n, 1, 1);
	room[4] = ip_test_room(dev, n, 1, 1);
	room[5] = ip_test_room(dev, n, 1, 1);
	assert_int_equal(ops->instance_norm(dev, &room[2].buf, NULL,
		&stats.buf, &room[0].buf, &room[1].buf, in, EPS, slope), 0);
	assert_int_equal(ops->instance_norm_grad(dev, &room[4].buf,
		&room[5].buf, &room[3].buf, &room[2].buf, NULL, &stats.buf,
		&room[1].buf, in, slope), 0);
	ip_test_room_expect(name, &room[4 + is_add], v[2], 2e-5);
	free(v[2]);
	for (i = 0; i < 6; i++)
		ip_test_room_drop(&room[i]);
	ip_test_room_drop(&stats);
	ip_bundle_free(&b);
}

static void test_golden(void **state)
{
	static const struct ip_map norm = { 2, 7, 5, 4 };
	static const struct ip_map relu = { 3, 1, 17, 1 };

	(void)state;
	golden("instance_norm", &norm, 0, 1);
	golden("leaky_relu", &relu, 1, 0.01);
}

#ifdef IP_DOUBLE
struct forward {
	const struct shape *s;
	struct ip_test_room *x, *add, *y, *stats;
	const double *dy;
};

static double loss(void *of)
{
	struct forward *f = of;
	const struct ip_map *in = &f->s->in;

	assert_int_equal(ops->instance_norm(dev, &f->y->buf, &f->s->slot,
		&f->stats->buf, &f->x->buf, &f->add->buf, in, EPS,
		f->s->slope), 0);
	return ip_test_weighted(f->y, &f->s->slot, f->dy, in->b * in->h *
		in->w, in->c);
}

static void test_differences(void **state)
{
	static const struct shape s = { { 2, 3, 5, 3 }, { 5, 2 }, 1, 0.1 };
	struct rooms r = make(&s);
	double *x = malloc(r.n * sizeof(*x));
	struct ip_test_room from;
	struct forward f = { &s, &from, &r.add, &r.y, &r.stats, r.packed };

	(void)state;
	memcpy(x, r.x, r.n * sizeof(*x));
	from = ip_test_room_of(dev, x, r.n);
	assert_int_equal(run(&s, &r), 0);
	/* steps of 1e-5 leave 1e-10 of the third derivative and 1e-11 of
	 * rounding; none crosses 0 */
	ip_test_expect_differences("dx", &from, ip_test_room_get(&r.dx), 1e-5,
		1e-7, loss, &f);
	ip_test_expect_differences("dadd", &r.add, ip_test_room_get(&r.dadd),
		1e-5, 1e-7, loss, &f);
	ip_test_room_drop(&from);
	drop(&r);
}
#endif

static void test_refusals(void **state)
{
	static const struct shape fine = { { 2, 3, 4, 5 }, { 9, 4 }, 1, 1 };
	struct rooms r = make(&fine);
	struct shape s = fine;

	(void)state;
	s.in.h = s.in.w = 1;
	ip_test_refused(run(&s, &r), "single pixel");
	s = fine;
	s.in.c = 0;
	ip_test_refused(run(&s, &r), "empty");
	s = fine;
	s.slope = 0;
	ip_test_refused(run(&s, &r), "slope 0, expected above 0");
	s = fine;
	s.slot.first = 5;
	ip_test_refused(run(&s, &r), "do not fit");
	s = fine;
	ip_test_refused_short(&r.dx, run(&s, &r), "dx has");
	ip_test_refused_short(&r.dadd, run(&s, &r), "dadd has");
	ip_test_refused_short(&r.dy, run(&s, &r), "dy has");
	ip_test_refused_short(&r.y, run(&s, &r), "y has");
	ip_test_refused_short(&r.add, run(&s, &r), "add has");
	ip_test_refused_short(&r.stats, run(&s, &r), "stats has");
	assert_true(ip_test_starved(0, run(&s, &r)));
	ip_test_room_untouched(&r.dx);
	ip_test_room_untouched(&r.dadd);
	drop(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_loops),
		cmocka_unit_test(test_in_place),
		cmocka_unit_test(test_same_bytes),
		cmocka_unit_test(test_golden),
#ifdef IP_DOUBLE
		cmocka_unit_test(test_differences),
#endif
	};
	const struct CMUnitTest others[] = {
		ip_test_fresh(test_refusals),
	};

	return ip_test_run_every_isa(tests) + cmocka_run_group_tests(others,
		ip_test_dev_open, ip_test_dev_close);
}
