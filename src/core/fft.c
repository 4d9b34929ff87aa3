/* FFTW behind one cache of plans. */
#include <fftw3.h>
#include <stdint.h>
#include <string.h>
#include <iphase/backend.h>
#include "core/core.h"
#include "core/fft.h"

struct ip_fft {
	int is_double, sign;
	enum ip_plan_mode mode;		/* that it was made in */
	size_t n, howmany, dist;
	fftw_plan d;
	fftwf_plan s;
	struct ip_fft *next;
};

static struct ip_fft *cache;
static enum ip_plan_mode plan_mode = IP_PLAN_ESTIMATE;

int ip_fft_size_ok(size_t n)
{
	static const size_t factor[] = { 2, 3, 5, 7 };
	size_t i;

	if (n == 0)
		return 0;
	for (i = 0; i < 4; i++)
		while (n % factor[i] == 0)
			n /= factor[i];
	return n == 1;
}

size_t ip_fft_size(size_t n)
{
	for (; n < SIZE_MAX / 2; n++)
		if (ip_fft_size_ok(n))
			return n;
	return 0;
}

int ip_plan_mode_set(enum ip_plan_mode mode)
{
	if (mode != IP_PLAN_ESTIMATE && mode != IP_PLAN_MEASURE)
		return ip_fail(IP_EINVAL, "plan mode %d is unknown", (int)mode);
	plan_mode = mode;
	return IP_OK;
}

static int make_plan(struct ip_fft *f)
{
	unsigned flags = (f->mode == IP_PLAN_MEASURE ? FFTW_MEASURE
		: FFTW_ESTIMATE) | FFTW_PRESERVE_INPUT;
	int n = (int)f->n, many = (int)f->howmany, dist = (int)f->dist;
	char *x;
	size_t size;

	/* dist is below 2^30, see ip_fft_rows */
	x = ip_alloc_array(f->howmany, 4 * sizeof(double) * f->dist);
	if (x == NULL)
		return IP_ENOMEM;
	size = 2 * sizeof(double) * f->howmany * f->dist;
	if (f->is_double)
		f->d = fftw_plan_many_dft(1, &n, many, (void *)x, NULL, 1,
			dist, (void *)(x + size), NULL, 1, dist, f->sign,
			flags);
	else
		f->s = fftwf_plan_many_dft(1, &n, many, (void *)x, NULL, 1,
			dist, (void *)(x + size), NULL, 1, dist, f->sign,
			flags);
	ip_free(x);
	if (f->d == NULL && f->s == NULL)
		return ip_fail(IP_ENOMEM, "FFTW has no plan for %zu points",
			f->n);
	return IP_OK;
}

static int find_or_plan(const struct ip_fft **out, const struct ip_fft *want)
{
	struct ip_fft *f;
	int rc;

	for (f = cache; f != NULL; f = f->next)
		if (f->is_double == want->is_double && f->n == want->n &&
			f->howmany == want->howmany && f->dist == want->dist &&
			f->mode == want->mode && f->sign == want->sign) {
			*out = f;
			return IP_OK;
		}
	if ((f = ip_alloc(sizeof(*f))) == NULL)
		return IP_ENOMEM;
	*f = *want;
	if ((rc = make_plan(f)) < 0) {
		ip_free(f);
		return rc;
	}
	f->next = cache;
	cache = f;
	*out = f;
	return IP_OK;
}

int ip_fft_rows(const struct ip_fft **f, int is_double, size_t n,
	size_t howmany, size_t dist, int sign)
{
	struct ip_fft want;
	int rc;

	if (!ip_fft_size_ok(n) || n > INT32_MAX / 2 ||
		howmany == 0 || howmany > INT32_MAX / 2 || dist < n ||
		dist > INT32_MAX / 2)
		return ip_fail(IP_EINVAL, "an FFT of %zu points: sizes must "
			"have no factors but 2, 3, 5, 7; take %zu", n,
			ip_fft_size(n));
	memset(&want, 0, sizeof(want));
	want.is_double = is_double;
	want.mode = plan_mode;
	want.sign = sign < 0 ? FFTW_FORWARD : FFTW_BACKWARD;
	want.n = n;
	want.howmany = howmany;
	want.dist = dist;
#pragma omp critical(ip_fft_cache)
	rc = find_or_plan(f, &want);
	return rc;
}

void ip_fft_run(const struct ip_fft *f, void *out, void *in)
{
	if (f->is_double)
		fftw_execute_dft(f->d, in, out);
	else
		fftwf_execute_dft(f->s, in, out);
}

/* Columns at once: their rows of 2 x PANEL x 256 numbers fit the cache. */
enum { PANEL = 8 };

/* From one column of a panel to the next. */
static size_t distance(size_t nx)
{
	return (nx + 7) / 8 * 8 + 8;
}

int ip_fft2_plan(struct ip_fft2 *p, int is_double, size_t nx, size_t ny,
	int sign)
{
	int rc;

	p->nx = nx;
	p->ny = ny;
	p->dist = distance(nx);
	p->pair = 2 * (is_double ? sizeof(double) : sizeof(float));
	if ((rc = ip_fft_rows(&p->y, is_double, ny, 1, ny, sign)) < 0)
		return rc;
	return ip_fft_rows(&p->x, is_double, nx, PANEL, p->dist, sign);
}

/* One half of the scratch, in elements, in whole cache lines. */
static size_t half(const struct ip_fft2 *p)
{
	size_t n = PANEL * p->dist;

	return ((n > p->ny ? n : p->ny) + 7) / 8 * 8;
}

size_t ip_fft2_scratch(const struct ip_fft2 *p)
{
	return 2 * half(p) * p->pair;
}

size_t ip_fft2_double_scratch(size_t nx, size_t ny)
{
	struct ip_fft2 p = { .nx = nx, .ny = ny, .dist = distance(nx),
		.pair = 2 * sizeof(double) };

	return ip_fft2_scratch(&p);
}

/* out[j rows + i columns] = in[j rows_in + i columns_in], i < n, j < m */
struct steps { size_t row, column; };
static void move(void *out, struct steps to, const void *in, struct steps from,
	size_t n, size_t m, size_t pair)
{
	struct single { float x[2]; } *s = out;
	const struct single *si = in;
	struct twice { double x[2]; } *d = out;
	const struct twice *di = in;
	size_t i, j;

	for (i = 0; i < n; i++)
		for (j = 0; j < m; j++)
			if (pair == sizeof(*s))
				s[j * to.row + i * to.column] =
					si[j * from.row + i * from.column];
			else
				d[j * to.row + i * to.column] =
					di[j * from.row + i * from.column];
}

void ip_fft2_run(const struct ip_fft2 *p, void *x, void *scratch)
{
	char *a = x, *in = scratch, *out = in + half(p) * p->pair;
	struct steps grid = { 1, p->ny }, panel = { p->dist, 1 };
	size_t i, c, m, row = p->ny * p->pair;

	for (i = 0; i < p->nx; i++) {
		memcpy(in, a + i * row, row);
		ip_fft_run(p->y, out, in);
		memcpy(a + i * row, out, row);
	}
	for (c = 0; c < p->ny; c += PANEL) {
		m = p->ny - c < PANEL ? p->ny - c : PANEL;
		move(in, panel, a + c * p->pair, grid, p->nx, m, p->pair);
		ip_fft_run(p->x, out, in);
		move(a + c * p->pair, grid, out, panel, p->nx, m, p->pair);
	}
}

int ip_fft2_double(double *x, size_t nx, size_t ny, int sign)
{
	struct ip_fft2 p;
	void *scratch;
	int rc;

	if ((rc = ip_fft2_plan(&p, 1, nx, ny, sign)) < 0)
		return rc;
	if ((scratch = ip_alloc(ip_fft2_scratch(&p))) == NULL)
		return IP_ENOMEM;
	ip_fft2_run(&p, x, scratch);
	ip_free(scratch);
	return IP_OK;
}
