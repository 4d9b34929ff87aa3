/* Transforms of any size: their tables. */
#include <math.h>
#include "chirp.h"
#include "core/fft.h"

#define PI 3.14159265358979323846

/* to [n]: exp(-i pi k^2 / n); then [m], its conjugate, periodic in -n < k < n,
 * transformed, divided by m. b [m] is for that. */
static int fill_chirp(ip_real *to, double *b, size_t n, size_t m)
{
	size_t k, i;
	int rc;

	for (k = 0; k < n; k++) {
		/* k^2 modulo 2 n, exact for n < 2^32 */
		double turn = PI * (double)((uint64_t)k * k % (2 * n)) /
			(double)n;

		to[2 * k] = (ip_real)cos(turn);
		to[2 * k + 1] = (ip_real)-sin(turn);
		i = k ? m - k : 0;
		b[2 * k] = b[2 * i] = cos(turn);
		b[2 * k + 1] = b[2 * i + 1] = sin(turn);
	}
	if ((rc = ip_fft_any(b, 1, &m, -1)) < 0)
		return rc;
	for (k = 0; k < 2 * m; k++)
		to[2 * n + k] = (ip_real)(b[k] / (double)m);
	return IP_OK;
}

static int put_chirp(struct ip_dev *dev, struct ip_cl_any *a)
{
	size_t m = a->fft.n, size = (a->n + m) * 2 * sizeof(ip_real);
	ip_real *host = ip_alloc(size);
	double *b = ip_alloc_array(m, 2 * sizeof *b);
	int rc = host && b ? fill_chirp(host, b, a->n, m) : IP_ENOMEM;

	if (rc == 0)
		rc = ip_cl_alloc(dev, &a->chirp, size);
	if (rc == 0 && (rc = ip_cl_put(dev, &a->chirp, 0, host, size)) < 0)
		ip_cl_free(dev, &a->chirp);
	ip_free(host);
	ip_free(b);
	return rc;
}

int ip_cl_any(struct ip_dev *dev, struct ip_cl_any *a, size_t n)
{
	size_t i;
	int rc;

	*a = (struct ip_cl_any){ .n = n };
	if (n <= IP_GRID_MAX && ip_fft_size_ok(n))
		return ip_cl_fft(dev, &a->fft, n);
	for (i = 0; i < dev->any_count; i++)
		if (dev->anys[i].n == n) {
			*a = dev->anys[i];
			return IP_OK;
		}
	if (n > (size_t)1 << 28)
		return ip_fail(IP_ELIMIT, "opencl: a transform of %zu points,"
			" at most %d", n, 1 << 28);
	if ((rc = ip_grow(&dev->anys, &dev->any_cap, dev->any_count + 1,
			sizeof(*dev->anys))) < 0 ||
		(rc = ip_cl_fft(dev, &a->fft, ip_fft_size(2 * n - 1))) < 0 ||
		(rc = put_chirp(dev, a)) < 0)
		return rc;
	dev->anys[dev->any_count++] = *a;
	return IP_OK;
}

void ip_cl_any_arg(struct ip_cl_call *c, const struct ip_cl_any *a)
{
	ip_cl_fft_arg(c, &a->fft);
	ip_cl_size(c, a->n);
	ip_cl_buf(c, &a->chirp);
}
