/* Columns of the scattering matrix: what the detector sees of each wave. */
#include <iphase/threads.h>
#include "cpu.h"

int ip_cpu_gather(struct ip_dev *dev, struct ip_buf *s,
	const struct ip_buf *waves, const struct ip_pixels *pixels,
	const struct ip_band *band, size_t n, size_t column, size_t columns)
{
	size_t size = (2 * band->hx + 1) * (2 * band->hy + 1);
	const ip_real *psi = ip_cpu_at(waves);
	ip_real *out = ip_cpu_at(s);
	long r;
	int rc;

	(void)dev;
	if ((rc = ip_op_check_gather(s, waves, pixels, band, n, column,
		columns)) < 0)
		return rc;
#pragma omp parallel for num_threads(ip_threads()) schedule(static)
	for (r = 0; r < (long)pixels->rows; r++) {
		const ip_real *from = psi + 2 * (size_t)pixels->pixel[r];
		ip_real *to = out + 2 * ((size_t)r * columns + column);
		size_t w;

		for (w = 0; w < n; w++) {
			to[2 * w] = from[2 * w * size];
			to[2 * w + 1] = from[2 * w * size + 1];
		}
	}
	return IP_OK;
}
