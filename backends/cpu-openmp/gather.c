/* Columns of the scattering matrix: what the detector sees of each wave. */
#include <iphase/threads.h>
#include "cpu.h"

int ip_cpu_gather(struct ip_dev *dev, struct ip_buf *s,
	const struct ip_buf *waves, const struct ip_pixels *pixels,
	const struct ip_band *band, size_t n, size_t column, size_t columns)
{
	static const char op[] = "gather";
	size_t size = (2 * band->hx + 1) * (2 * band->hy + 1);
	size_t pair = 2 * sizeof(ip_real);
	const ip_real *psi = ip_cpu_at(waves);
	ip_real *out = ip_cpu_at(s);
	long r;
	int rc;

	(void)dev;
	if ((rc = ip_op_check_band(op, band)) < 0 ||
		(rc = ip_op_check_pixels(op, pixels, band)) < 0 ||
		(rc = ip_op_check(op, "waves", waves, n, size, 1, pair)) < 0 ||
		(rc = ip_op_check(op, "s", s, pixels->rows, columns, 1,
			pair)) < 0)
		return rc;
	if (column > columns || n > columns - column)
		return ip_fail(IP_EINVAL, "%s: waves %zu..%zu of %zu columns",
			op, column, column + n, columns);
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
