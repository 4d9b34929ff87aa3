/* FFTW behind one cache of plans. */
#include <fftw3.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <iphase/backend.h>
#include "core/core.h"
#include "core/fft.h"

struct ip_fft {
	int is_double, sign;
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

/* Plans made in another mode must not be reused. The plans leak on purpose:
 * another thread may hold one; a mode is set once, at the start. */
int ip_plan_mode_set(enum ip_plan_mode mode)
{
	if (mode != IP_PLAN_ESTIMATE && mode != IP_PLAN_MEASURE)
		return ip_fail(IP_EINVAL, "plan mode %d is unknown", (int)mode);
	if (mode != plan_mode)
		cache = NULL;
	plan_mode = mode;
	return IP_OK;
}

static int make_plan(struct ip_fft *f)
{
	unsigned flags = plan_mode == IP_PLAN_MEASURE ? FFTW_MEASURE
	    : FFTW_ESTIMATE;
	int n = (int)f->n, many = (int)f->howmany, dist = (int)f->dist;
	void *x = ip_alloc_array(f->howmany * f->dist, 2 * sizeof(double));

	if (x == NULL)
		return IP_ENOMEM;
	if (f->is_double)
		f->d = fftw_plan_many_dft(1, &n, many, x, NULL, 1, dist, x,
		    NULL, 1, dist, f->sign, flags);
	else
		f->s = fftwf_plan_many_dft(1, &n, many, x, NULL, 1, dist, x,
		    NULL, 1, dist, f->sign, flags);
	ip_free(x);
	return f->d != NULL || f->s != NULL ? IP_OK : IP_ENOMEM;
}

static int find_or_plan(const struct ip_fft **out, const struct ip_fft *want)
{
	struct ip_fft *f;
	int rc;

	for (f = cache; f != NULL; f = f->next)
		if (f->is_double == want->is_double && f->n == want->n &&
		    f->howmany == want->howmany && f->dist == want->dist &&
		    f->sign == want->sign) {
			*out = f;
			return IP_OK;
		}
	if ((f = malloc(sizeof(*f))) == NULL)
		return IP_ENOMEM;
	*f = *want;
	if ((rc = make_plan(f)) < 0) {
		free(f);
		return rc;
	}
	f->next = cache;
	cache = f;
	*out = f;
	return IP_OK;
}

int ip_fft_rows(const struct ip_fft **f, int is_double, size_t n, size_t howmany,
    size_t dist, int sign)
{
	struct ip_fft want;
	int rc;

	if (!ip_fft_size_ok(n) || n > INT32_MAX / 2 || howmany == 0)
		return ip_fail(IP_EINVAL, "an FFT of %zu points: sizes must "
		    "have no factors but 2, 3, 5, 7; take %zu", n,
		    ip_fft_size(n));
	memset(&want, 0, sizeof(want));
	want.is_double = is_double;
	want.sign = sign < 0 ? FFTW_FORWARD : FFTW_BACKWARD;
	want.n = n;
	want.howmany = howmany;
	want.dist = dist;
#pragma omp critical(ip_fft_cache)
	rc = find_or_plan(f, &want);
	return rc < 0 ? ip_fail(rc, "an FFT of %zu points: no plan", n) : IP_OK;
}

void ip_fft_run(const struct ip_fft *f, void *rows)
{
	if (f->is_double)
		fftw_execute_dft(f->d, rows, rows);
	else
		fftwf_execute_dft(f->s, rows, rows);
}

/* Rows through an aligned scratch, then columns eight at a time. */
enum { PANEL = 8 };

static void rows_pass(const struct ip_fft *f, double *x, size_t nx, size_t ny, double *w)
{
	size_t i;

	for (i = 0; i < nx; i++) {
		memcpy(w, x + 2 * i * ny, 2 * ny * sizeof(double));
		ip_fft_run(f, w);
		memcpy(x + 2 * i * ny, w, 2 * ny * sizeof(double));
	}
}

static void columns_pass(const struct ip_fft *f, double *x, size_t nx, size_t ny,
    double *w)
{
	size_t c, i, j, m;

	for (c = 0; c < ny; c += PANEL) {
		m = ny - c < PANEL ? ny - c : PANEL;
		for (i = 0; i < nx; i++)
			for (j = 0; j < m; j++) {
				w[2 * (j * f->dist + i)] = x[2 * (i * ny + c + j)];
				w[2 * (j * f->dist + i) + 1] =
				    x[2 * (i * ny + c + j) + 1];
			}
		ip_fft_run(f, w);
		for (i = 0; i < nx; i++)
			for (j = 0; j < m; j++) {
				x[2 * (i * ny + c + j)] = w[2 * (j * f->dist + i)];
				x[2 * (i * ny + c + j) + 1] =
				    w[2 * (j * f->dist + i) + 1];
			}
	}
}

int ip_fft2_double(double *x, size_t nx, size_t ny, int sign)
{
	const struct ip_fft *fx, *fy;
	size_t dist = (nx + 7) / 8 * 8 + 8;
	double *w;
	int rc;

	if ((rc = ip_fft_rows(&fy, 1, ny, 1, ny, sign)) < 0 ||
	    (rc = ip_fft_rows(&fx, 1, nx, PANEL, dist, sign)) < 0)
		return rc;
	w = ip_alloc_array(PANEL * dist > ny ? PANEL * dist : ny,
	    2 * sizeof(double));
	if (w == NULL)
		return IP_ENOMEM;
	rows_pass(fy, x, nx, ny, w);
	columns_pass(fx, x, nx, ny, w);
	ip_free(w);
	return IP_OK;
}
