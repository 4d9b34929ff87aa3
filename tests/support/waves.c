#include "support/waves.h"
#include <math.h>

#define PI 3.14159265358979323846

enum { N = IP_TEST_WAVES };

void ip_test_waves_open(struct ip_test_waves *w)
{
	w->probe = fftw_malloc(sizeof *w->probe * N * N);
	w->psi = fftw_malloc(sizeof *w->psi * N * N);
	w->to_k = fftw_plan_dft_2d(N, N, w->psi, w->psi, FFTW_FORWARD,
		FFTW_ESTIMATE);
	w->to_r = fftw_plan_dft_2d(N, N, w->probe, w->probe, FFTW_BACKWARD,
		FFTW_ESTIMATE);
}

void ip_test_waves_close(struct ip_test_waves *w)
{
	fftw_destroy_plan(w->to_k);
	fftw_destroy_plan(w->to_r);
	fftw_free(w->probe);
	fftw_free(w->psi);
}

double ip_test_waves_k(size_t i)
{
	return (i < N / 2 ? (double)i : (double)i - N) / IP_TEST_WAVES_BOX;
}

double ip_test_waves_aperture(double k, double k0)
{
	return fmin(fmax((k0 - k) * IP_TEST_WAVES_BOX + 0.5, 0), 1);
}

void ip_test_waves_grating(struct ip_test_waves *w, int gx, int gy, double at,
	double e)
{
	size_t i;

	for (i = 0; i < N * N; i++)
		w->psi[i] = w->probe[i] * cexp(I * e * cos(2 * PI
			* (gx * (double)(i / N) + gy * (double)(i % N)) / N
			+ at));
	fftw_execute(w->to_k);
}
