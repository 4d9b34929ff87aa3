/* Transforms of real numbers, of which half are kept. */
#include <fftw3.h>
#include "core/core.h"
#include "core/fft.h"

struct ip_fft_half {
	int is_double;
	size_t h, w;
	fftw_plan forth, back;
	fftwf_plan forth_single, back_single;
	struct ip_fft_half *next;
};

static struct ip_fft_half *cache;

/* These plans do not touch what they are made for. */
static int make_plans(struct ip_fft_half *f, void *x)
{
	int h = (int)f->h, w = (int)f->w;

	if (f->is_double) {
		f->forth = fftw_plan_dft_r2c_2d(h, w, x, x, FFTW_ESTIMATE);
		f->back = fftw_plan_dft_c2r_2d(h, w, x, x, FFTW_ESTIMATE);
		return f->forth != NULL && f->back != NULL;
	}
	f->forth_single = fftwf_plan_dft_r2c_2d(h, w, x, x, FFTW_ESTIMATE);
	f->back_single = fftwf_plan_dft_c2r_2d(h, w, x, x, FFTW_ESTIMATE);
	return f->forth_single != NULL && f->back_single != NULL;
}

static int find_or_plan(const struct ip_fft_half **out, int is_double,
	size_t h, size_t w)
{
	struct ip_fft_half *f;
	void *x;
	int made;

	for (f = cache; f != NULL; f = f->next)
		if (f->is_double == is_double && f->h == h && f->w == w) {
			*out = f;
			return IP_OK;
		}
	if ((x = ip_alloc_array(h, (w + 2) * sizeof(double))) == NULL)
		return IP_ENOMEM;
	if ((f = ip_alloc(sizeof(*f))) == NULL) {
		ip_free(x);
		return IP_ENOMEM;
	}
	f->is_double = is_double;
	f->h = h;
	f->w = w;
	made = make_plans(f, x);
	ip_free(x);
	if (!made) {
		ip_free(f);
		return ip_fail(IP_ENOMEM, "FFTW has no plan for %zu x %zu "
			"points", h, w);
	}
	f->next = cache;
	cache = f;
	*out = f;
	return IP_OK;
}

int ip_fft_half(const struct ip_fft_half **f, int is_double, size_t h,
	size_t w)
{
	int rc;

	if (h == 0 || w == 0 || h > 1 << 30 || w > 1 << 30)
		return ip_fail(IP_ELIMIT, "Fourier transform of %zu x %zu "
			"points: 1 to %d an axis", h, w, 1 << 30);
	/* the same lock as for the other plans: FFTW plans for one at once */
#pragma omp critical(ip_fft_cache)
	rc = find_or_plan(f, is_double, h, w);
	return rc;
}

void ip_fft_half_forth(const struct ip_fft_half *f, void *x)
{
	if (f->is_double)
		fftw_execute_dft_r2c(f->forth, x, x);
	else
		fftwf_execute_dft_r2c(f->forth_single, x, x);
}

void ip_fft_half_back(const struct ip_fft_half *f, void *x)
{
	if (f->is_double)
		fftw_execute_dft_c2r(f->back, x, x);
	else
		fftwf_execute_dft_c2r(f->back_single, x, x);
}
