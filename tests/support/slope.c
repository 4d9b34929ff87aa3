/* Central differences: see slope.h. */
#include "slope.h"

static void set(struct ip_test_room *x, size_t i, double to)
{
	ip_real real = (ip_real)to;

	assert_int_equal(ip_dev_backend(x->dev)->put(x->dev, &x->buf,
		i * sizeof(real), &real, sizeof(real)), 0);
}

void ip_test_slope(const char *what, double (*loss)(void *of), void *of,
	struct ip_test_room *x, const double *grad, size_t count)
{
	double h = 1e-5, *want = malloc(x->n * sizeof(*want) + 1);
	size_t step = x->n / count ? x->n / count : 1, i;

	/* all the others: what the largest is */
	memcpy(want, grad, x->n * sizeof(*want));
	for (i = 0; i < x->n; i += step) {
		double was = x->host[i], above;

		set(x, i, was + h);
		above = loss(of);
		set(x, i, was - h);
		want[i] = (above - loss(of)) / (2 * h);
		set(x, i, was);
	}
	ip_test_assert_close(what, grad, want, x->n, 1e-7);
	free(want);
}
