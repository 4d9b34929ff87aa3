/* Plain loops that the compiler vectorises for IP_SIMD_ISA. */
#include "loops.h"

#define PASTE_(a, b) a##b
#define PASTE(a, b) PASTE_(a, b)
#define LOOPS PASTE(ip_loops_, IP_SIMD_ISA)

/* A complex number as one movable unit. */
struct pair { ip_real re, im; };

static void multiply(ip_real *restrict x, const ip_real *restrict y, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		ip_real re = x[2 * i] * y[2 * i] - x[2 * i + 1] * y[2 * i + 1];
		ip_real im = x[2 * i] * y[2 * i + 1] + x[2 * i + 1] * y[2 * i];

		x[2 * i] = re;
		x[2 * i + 1] = im;
	}
}

static void panel_in(ip_real *restrict out, size_t dist,
	const ip_real *restrict in, size_t pitch, size_t n, size_t m)
{
	const struct pair *a = (const struct pair *)in;
	struct pair *b = (struct pair *)out;
	size_t i, j;

	if (m == 8) {
		for (i = 0; i < n; i++)
			for (j = 0; j < 8; j++)
				b[j * dist + i] = a[i * pitch + j];
		return;
	}
	for (i = 0; i < n; i++)
		for (j = 0; j < m; j++)
			b[j * dist + i] = a[i * pitch + j];
}

static void panel_out(ip_real *restrict out, size_t pitch,
	const ip_real *restrict in, size_t dist, size_t n, size_t m)
{
	const struct pair *a = (const struct pair *)in;
	struct pair *b = (struct pair *)out;
	size_t i, j;

	if (m == 8) {
		for (i = 0; i < n; i++)
			for (j = 0; j < 8; j++)
				b[i * pitch + j] = a[j * dist + i];
		return;
	}
	for (i = 0; i < n; i++)
		for (j = 0; j < m; j++)
			b[i * pitch + j] = a[j * dist + i];
}

static void add_norm(double *restrict sum, const ip_real *restrict x,
	double weight, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		double re = x[2 * i], im = x[2 * i + 1];

		sum[i] += weight * (re * re + im * im);
	}
}

extern const struct ip_loops LOOPS;
const struct ip_loops LOOPS = { multiply, panel_in, panel_out, add_norm };
