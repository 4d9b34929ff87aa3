/* Central differences: see differences.h. */
#include "differences.h"

static double with(struct ip_test_room *x, size_t at, double value,
	double (*loss)(void *of), void *of)
{
	const struct ip_backend *b = ip_dev_backend(x->dev);
	ip_real real = (ip_real)value;

	assert_int_equal(b->put(x->dev, &x->buf, at * sizeof(real), &real,
		sizeof(real)), 0);
	return loss == NULL ? 0 : loss(of);
}

void ip_test_expect_differences(const char *what, struct ip_test_room *x,
	const double *grad, double step, double tolerance,
	double (*loss)(void *of), void *of)
{
	double *d = malloc(x->n * sizeof(*d) + 1);
	size_t i;

	ip_test_room_get(x);
	for (i = 0; i < x->n; i++) {
		double v = x->host[i];

		d[i] = with(x, i, v + step, loss, of);
		d[i] = (d[i] - with(x, i, v - step, loss, of)) / (2 * step);
		with(x, i, v, NULL, NULL);
	}
	ip_test_assert_close(what, d, grad, x->n, tolerance);
	free(d);
}

double ip_test_weighted(struct ip_test_room *r, const struct ip_slot *slot,
	const double *weight, size_t pixels, size_t c)
{
	size_t pitch = slot ? slot->pitch : c, first = slot ? slot->first : 0;
	const double *y = ip_test_room_get(r);
	double sum = 0;
	size_t p, i;

	for (p = 0; p < pixels; p++)
		for (i = 0; i < c; i++)
			sum += weight[p * c + i] * y[p * pitch + first + i];
	return sum;
}
