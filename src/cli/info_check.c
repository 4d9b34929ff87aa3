/*
 * iphase-info --check: each operation of each device on a small case, against
 * cpu-openmp. Not a test of what the numbers should be, but of a driver.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <iphase/backend.h>
#include <iphase/random.h>
#include "cli.h"
#include "info.h"

/* What float32 may differ by, if its sums are of some thousand numbers in
 * whatever order; a wrong number differs by far more. */
#define ALLOWED 1e-4

enum { BUFFERS = 8, MISSING = 1 };

/* ---- the cases: no sizes that fit vectors and work groups ---- */

static const struct ip_map map = { 2, 18, 20, 22 };
static const struct ip_slot slot = { 75, 13 };
static const struct ip_band band = { 60, 48, 14, 11 };
static const struct ip_windows windows = { 2, 18, 20, 3, 10, { 7, 7 },
	{ 3, 3 }, 7 };
static const struct ip_adamw adamw = { 0.01, 0.9, 0.999, 1e-8, 0.1, 0.5, 3 };
static const double weight[2] = { 1, 0.1 };

static const uint32_t pixel[] = { 3, 40, 41, 333 }, first[] = { 0, 1, 3, 4, 6 };
static const uint32_t channel[] = { 0, 0, 1, 1, 2, 0 };
static const ip_real share[] = { 1, (ip_real)0.5, (ip_real)0.25, 1, 2, 1 };
static const struct ip_pixels pixels = { 4, 3, pixel, first, channel, share };
static const uint32_t place[] = { 0, 7, 7, 100, 500 };

/* Numbers of pictures of the map, of c channels. */
#define MAP(c) ((size_t)2 * 18 * 20 * (c))
enum { C = 22, OUT = 30, SIDE = 13 * 13 };
enum { GRID = 60 * 48, BAND = 29 * 23, WAVES = 5 };

struct sizes { size_t n[BUFFERS]; int positive; };
#define SIZES(...) { { __VA_ARGS__ }, 0 }
#define SIZES_POSITIVE(...) { { __VA_ARGS__ }, 1 }

/* b[0], ... have as many numbers each, in the order of the op's arguments. */
#define CASE(op, room, ...) \
static const struct sizes op##_sizes = room; \
static int op##_call(const struct ip_ops *ops, struct ip_dev *dev, \
	struct ip_buf *b) \
{ \
	return ops->op ? ops->op(dev, __VA_ARGS__) : MISSING; \
}

CASE(fft2, SIZES(2 * 2 * GRID), &b[0], 60, 48, 2, -1)
CASE(transmission, SIZES(2 * 2 * GRID, 2 * GRID, BAND), &b[0], &b[1], &b[2],
	&band, 0.5, 2)
CASE(multislice, SIZES(2 * WAVES * BAND, 2 * 2 * GRID, 2 * BAND), &b[0], &b[1],
	&b[2], 0, &band, WAVES, 0, 2)
CASE(detect, SIZES(WAVES * 3, 2 * WAVES * BAND), &b[0], &b[1], &pixels, &band,
	WAVES)
CASE(gather, SIZES(2 * 4 * 8, 2 * WAVES * BAND), &b[0], &b[1], &pixels, &band,
	WAVES, 2, 8)
CASE(scan, SIZES(3 * 24 * 28, 2 * 4 * 5, 2 * 5), &b[0], &b[1], &b[2], place,
	&pixels, 5, 24, 28)
CASE(conv, SIZES(MAP(OUT), MAP(C), 9 * C * OUT, OUT), &b[0], &b[1], &b[2],
	&b[3], &map, OUT, 3)
CASE(conv_transpose, SIZES(4 * MAP(75), MAP(C), 4 * C * OUT), &b[0], &slot,
	&b[1], &b[2], &map, OUT)
CASE(instance_norm, SIZES(MAP(75), 2 * 2 * C, MAP(C), MAP(C)), &b[0], &slot,
	&b[1], &b[2], &b[3], &map, 1e-5, 0.01)
CASE(modulate, SIZES(MAP(75), MAP(C), 2 * 2 * C, MAP(C)), &b[0], &slot, &b[1],
	&b[2], &b[3], &map, 1, 0.01)
CASE(layer_norm, SIZES(MAP(75), MAP(C), C, C), &b[0], &slot, &b[1], &b[2],
	&b[3], &map, 1e-5)
CASE(linear, SIZES(MAP(OUT), MAP(OUT), MAP(C), C * OUT, OUT, MAP(OUT)), &b[0],
	&b[1], &b[2], &b[3], &b[4], &b[5], &map, OUT, IP_ACT_GELU)
CASE(attention, SIZES(MAP(30), MAP(90), 90, SIDE * 3), &b[0], &b[1], &b[2],
	&b[3], &windows)
CASE(merge, SIZES(MAP(C), MAP(C)), &b[0], &b[1], &map)
CASE(shrink, SIZES(2 * 6 * 4 * 7, MAP(C)), &b[0], &b[1], &map, 3, 7, 3, 5)
CASE(conv_grad, SIZES(MAP(C), 9 * C * OUT, OUT, MAP(OUT), MAP(C), 9 * C * OUT),
	&b[0], &b[1], &b[2], &b[3], &b[4], &b[5], &map, OUT, 3, 1)
CASE(conv_transpose_grad, SIZES(MAP(C), 4 * C * OUT, 4 * MAP(75), MAP(C),
	4 * C * OUT), &b[0], &b[1], &b[2], &slot, &b[3], &b[4], &map, OUT)
CASE(instance_norm_grad, SIZES(MAP(C), MAP(C), MAP(75), MAP(75), 2 * 2 * C,
	MAP(C)), &b[0], &b[1], &b[2], &b[3], &slot, &b[4], &b[5], &map, 0.1)
CASE(modulate_grad, SIZES(MAP(C), 2 * 2 * C, MAP(C), MAP(75), MAP(75), MAP(C),
	2 * 2 * C), &b[0], &b[1], &b[2], &b[3], &b[4], &slot, &b[5], &b[6],
	&map, 1, 0.1)
CASE(layer_norm_grad, SIZES(MAP(C), C, C, MAP(75), MAP(C), C), &b[0], &b[1],
	&b[2], &b[3], &slot, &b[4], &b[5], &map, 1e-5, 1)
CASE(linear_grad, SIZES(MAP(C), C * OUT, OUT, MAP(OUT), MAP(OUT), MAP(C),
	C * OUT), &b[0], &b[1], &b[2], &b[3], &b[4], &b[5], &b[6], &map, OUT)
CASE(attention_grad, SIZES(MAP(90), 90, SIDE * 3, MAP(30), MAP(90), 90,
	SIDE * 3), &b[0], &b[1], &b[2], &b[3], &b[4], &b[5], &b[6], &windows)
CASE(merge_grad, SIZES(MAP(C), MAP(C)), &b[0], &b[1], &map, 1)
CASE(loss_space, SIZES(2, MAP(C), MAP(C), MAP(C)), &b[0], &b[1], &b[2], &b[3],
	&map, weight)
CASE(loss_fourier, SIZES(1, MAP(C), MAP(C), MAP(C)), &b[0], &b[1], &b[2],
	&b[3], &map, 0, 0.1)
CASE(sum_squares, SIZES(1, MAP(C)), &b[0], &b[1], MAP(C))
/* second moments of no sign but one */
CASE(adamw, SIZES_POSITIVE(MAP(C), MAP(C), MAP(C), MAP(C)), &b[0], &b[1],
	&b[2], &b[3], MAP(C), &adamw)
CASE(blend, SIZES(MAP(C), MAP(C)), &b[0], &b[1], MAP(C), 0.1)
CASE(fill, SIZES(MAP(C)), &b[0], MAP(C), 0.75)

static const struct check {
	const char *op;
	const struct sizes *sizes;
	int (*call)(const struct ip_ops *, struct ip_dev *, struct ip_buf *);
} checks[] = {
#define CHECK(op) { #op, &op##_sizes, op##_call },
	IP_OPS(CHECK)
#undef CHECK
};
enum { CHECKS = sizeof checks / sizeof *checks };

/* ---- one op on one device ---- */

/* Of [0, 1) or of [-1, 1). */
static void random_numbers(ip_real *x, size_t n, uint32_t what, int positive)
{
	uint32_t word[4];

	for (size_t i = 0; i < n; i++) {
		if (i % 4 == 0)
			ip_philox(1, IP_STREAM_TEST, i / 4, what, word);
		x[i] = (ip_real)(word[i % 4] / 4294967296.);
		if (!positive)
			x[i] = 2 * x[i] - 1;
	}
}

/* What the buffers hold afterwards, one behind the other in all. MISSING. */
static int compute(struct ip_dev *dev, const struct check *c, ip_real *all)
{
	const struct ip_backend *back = ip_dev_backend(dev);
	struct ip_buf b[BUFFERS] = { { 0 } };
	ip_real *x = all;
	int rc = 0;

	for (uint32_t i = 0; rc == 0 && i < BUFFERS; i++) {
		size_t n = c->sizes->n[i];

		random_numbers(x, n, i, c->sizes->positive);
		if (n && (rc = back->alloc(dev, &b[i], n * sizeof *x)) == 0)
			rc = back->put(dev, &b[i], 0, x, n * sizeof *x);
		x += n;
	}
	if (rc == 0)
		rc = c->call(back->ops, dev, b);
	for (uint32_t i = 0; i < BUFFERS; i++) {
		size_t n = c->sizes->n[i];

		if (rc == 0 && n)
			rc = back->get(dev, &b[i], 0, all, n * sizeof *all);
		all += n;
		if (b[i].handle)
			back->free(dev, &b[i]);
	}
	return rc;
}

/* The largest difference over the largest number, of the worst buffer; not a
 * number if any is not. */
static double difference(const struct check *c, const ip_real *got,
	const ip_real *want)
{
	double worst = 0;

	for (int i = 0; i < BUFFERS; i++) {
		double most = 0, apart = 0;

		for (size_t k = 0; k < c->sizes->n[i]; k++, got++, want++) {
			double d = fabs((double)*got - (double)*want);

			most = fmax(most, fabs((double)*want));
			if (!(d <= apart) && !isnan(apart))
				apart = d;
		}
		apart /= most > 0 ? most : 1;
		if (!(apart <= worst) && !isnan(worst))
			worst = apart;
	}
	return worst;
}

/* 1 if it is as it should be, or not implemented. */
static int check(struct ip_dev *dev, struct ip_dev *other,
	const struct check *c, ip_real *got, ip_real *want)
{
	int rc = compute(dev, c, got), ok;
	double d = 0;

	printf("  %-20s ", c->op);
	if (rc == MISSING) {
		puts("not implemented");
		return 1;
	}
	ok = rc == 0 && compute(other, c, want) == 0;
	if (ok) {
		d = difference(c, got, want);
		printf("%-10.1e ", d);
		ok = d <= ALLOWED;
	} else {
		printf("%-10s ", "-");
	}
	puts(ok ? "ok" : "failed");
	fflush(stdout);
	return ok;
}

/* ---- all ---- */

static size_t largest(void)
{
	size_t most = 0, n;

	for (int i = 0; i < CHECKS; i++) {
		n = 0;
		for (int k = 0; k < BUFFERS; k++)
			n += checks[i].sizes->n[k];
		most = n > most ? n : most;
	}
	return most;
}

static int check_device(const char *name, const char *what,
	struct ip_dev *other, ip_real *two, size_t n)
{
	struct ip_dev *dev = NULL;
	int failed = 0, rc = ip_dev_open(&dev, name);

	printf("%s: %s\n", name, what);
	if (rc < 0)
		return rc;
	for (int i = 0; i < CHECKS; i++)
		failed += !check(dev, other, &checks[i], two,
			two + n);
	ip_dev_close(dev);
	return failed == 0 ? 0 : ip_cli_error(IP_EDEVICE, "%s: %d of %d"
		" operations failed", name, failed, CHECKS);
}

static int check_backend(const struct ip_backend *b, struct ip_dev *other,
	ip_real *two, size_t n)
{
	char text[256], name[320], *what;
	int i, rc, devices = b->probe(), worst = 0;

	for (i = 0; i < devices; i++) {
		if ((rc = b->describe(i, text, sizeof text)) == 0) {
			what = strchr(text, ':');
			*what = '\0';
			snprintf(name, sizeof name, "%s:%s", b->name, text);
			rc = check_device(name, what + 2, other, two, n);
		}
		worst = rc < 0 ? rc : worst;
	}
	return worst;
}

int ip_info_check(void)
{
	const struct ip_backend *const *b;
	struct ip_dev *other = NULL;
	size_t n = largest();
	ip_real *two = malloc(2 * n * sizeof *two);
	int rc, worst = two ? ip_dev_open(&other, "cpu-openmp") :
		ip_cli_error(IP_ENOMEM, "out of memory");

	for (b = ip_backends(); other && *b; b++)
		if ((rc = check_backend(*b, other, two, n)) < 0)
			worst = rc;
	ip_dev_close(other);
	free(two);
	return worst;
}
