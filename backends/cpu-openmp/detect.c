/* Detector sums of waves, each in the order of the rows. */
#include <string.h>
#include <iphase/threads.h>
#include "cpu.h"

static void one_wave(const ip_real *psi, const struct ip_pixels *p,
	double *sum, ip_real *out)
{
	size_t r, e;

	memset(sum, 0, p->channels * sizeof(*sum));
	for (r = 0; r < p->rows; r++) {
		double re = psi[2 * p->pixel[r]];
		double im = psi[2 * p->pixel[r] + 1];
		double norm = re * re + im * im;

		for (e = p->first[r]; e < p->first[r + 1]; e++)
			sum[p->channel[e]] += (double)p->weight[e] * norm;
	}
	for (e = 0; e < p->channels; e++)
		out[e] = (ip_real)sum[e];
}

int ip_cpu_detect(struct ip_dev *dev, struct ip_buf *out,
	const struct ip_buf *waves, const struct ip_pixels *pixels,
	const struct ip_band *band, size_t n)
{
	size_t size = (2 * band->hx + 1) * (2 * band->hy + 1);
	double *sums;
	long w;
	int rc;

	(void)dev;
	if ((rc = ip_op_check_detect(out, waves, pixels, band, n)) < 0)
		return rc;
	if ((sums = ip_alloc_array(n * pixels->channels, sizeof(*sums))) == NULL)
		return IP_ENOMEM;
#pragma omp parallel for num_threads(ip_threads()) schedule(static)
	for (w = 0; w < (long)n; w++)
		one_wave((const ip_real *)ip_cpu_at(waves) + 2 * (size_t)w * size,
			pixels, sums + (size_t)w * pixels->channels,
			(ip_real *)ip_cpu_at(out) + (size_t)w * pixels->channels);
	ip_free(sums);
	return IP_OK;
}
