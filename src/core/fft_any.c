/* Transforms of any size, primes included, and any number of axes. */
#include <fftw3.h>
#include "core/core.h"
#include "core/fft.h"

int ip_fft_any(double *x, int axes, const size_t *n, int sign)
{
	fftw_complex *z = (fftw_complex *)x;
	int size[3];
	fftw_plan p;

	for (int i = 0; i < axes; i++) {
		if (axes > 3 || n[i] == 0 || n[i] > 1 << 30)
			return ip_fail(IP_ELIMIT, "Fourier transform: axis %d "
				"of %zu points is too long", i, n[i]);
		size[i] = (int)n[i];
	}
	p = fftw_plan_dft(axes, size, z, z, sign, FFTW_ESTIMATE);
	if (p == NULL)
		return ip_fail(IP_ENOMEM, "Fourier transform: no plan for %d "
			"axes, the first of %zu points", axes, n[0]);
	fftw_execute(p);
	fftw_destroy_plan(p);
	return 0;
}
