/* A network that learns, under test. */
#include <math.h>
#include "trainer.h"

/* In the test's precision. */
static struct ip_tensor picture(const struct ip_bundle *b, const char *name)
{
	struct ip_tensor t;

	assert_int_equal(ip_tensor_convert(&t, IP_REAL_DTYPE,
		&ip_bundle_find(b, name)->tensor), 0);
	return t;
}

void ip_test_trainer_open(struct ip_test_trainer *t,
	const struct ip_learning *how)
{
	struct ip_bundle weights, forward;
	struct ip_net_shape s;

	memset(t, 0, sizeof(*t));
	assert_int_equal(ip_dev_open(&t->dev, NULL), 0);
	ip_test_golden("model_weights.npz", &weights);
	ip_test_golden("model_forward.npz", &forward);
	ip_test_golden("model_steps.npz", &t->golden);
	assert_int_equal(ip_net_shape_of(&weights, &s), 0);
	assert_int_equal(ip_trainer_open(&t->t, t->dev, &s, &weights, how), 0);
	t->x = picture(&forward, "64/input");
	t->target = picture(&t->golden, "target");
	ip_bundle_free(&forward);
}

void ip_test_trainer_close(struct ip_test_trainer *t)
{
	ip_tensor_free(&t->x);
	ip_tensor_free(&t->target);
	ip_bundle_free(&t->golden);
	ip_trainer_close(t->t);
	ip_dev_close(t->dev);
}

struct ip_tensor ip_test_f64(const struct ip_tensor *t)
{
	struct ip_tensor d;

	assert_int_equal(ip_tensor_convert(&d, IP_F64, t), 0);
	return d;
}

/*
 * Golden gradients of weights are whole multiples of 2^-13 times the power of
 * two below the largest one. Each is off by up to half of that, evenly; n
 * squares of that have the mean n / 12 and the deviation sqrt(n / 180), of
 * which five are allowed.
 */
static double rounding(double largest, size_t n)
{
	return ldexp(1, ilogb(largest) - 13) * sqrt((double)n / 12 +
		5 * sqrt((double)n / 180));
}

/* Golden numbers are m of n, evenly from first to last. Returns how far off
 * they are, in units of what is allowed. */
static double compare(const char *name, const struct ip_tensor *got,
	const struct ip_tensor *golden, int rounded, double tolerance)
{
	struct ip_tensor g = ip_test_f64(got), w = ip_test_f64(golden);
	size_t n = ip_tensor_count(&g), m = ip_tensor_count(&w), i;
	const double *a = g.data, *b = w.data;
	double difference = 0, length = 0, most = 0, limit;

	for (i = 0; i < n; i++)
		most = fmax(most, fabs(a[i]));
	for (i = 0; i < m; i++) {
		double d = a[i * n / m] - b[i];

		difference += d * d;
		length += b[i] * b[i];
	}
	difference = sqrt(difference);
	length = sqrt(length);
	limit = hypot(tolerance * length, rounded ? rounding(most, m) : 0);
	if (!(difference <= limit))
		fail_msg("gradient of %s: off by %g of its length, %g allowed",
			name, difference / length, limit / length);
	ip_tensor_free(&g);
	ip_tensor_free(&w);
	return difference / limit;
}

int ip_test_trainer_gradients(struct ip_test_trainer *t,
	const struct ip_bundle *golden, const char *prefix,
	const struct ip_tensor *dx, double tolerance)
{
	struct ip_bundle g = { 0 };
	const struct ip_item *want;
	double worst = 0, input;
	char key[100];
	size_t i;

	assert_int_equal(ip_trainer_get(t->t, IP_TRAINED_GRADIENTS, &g), 0);
	for (i = 0; i < g.count; i++) {
		snprintf(key, sizeof(key), "%s/%s", prefix, g.items[i].name);
		want = ip_bundle_find(golden, key);
		assert_non_null(want);
		worst = fmax(worst, compare(key, &g.items[i].tensor,
			&want->tensor, 1, tolerance));
	}
	input = compare("input", dx, &ip_bundle_find(golden, "input")->tensor,
		0, tolerance);
	print_message("gradients: off by at most %.2f of what is allowed; by "
		"the input %.1e of its length\n", worst, input * tolerance);
	ip_bundle_free(&g);
	return (int)i + 1;
}

double *ip_test_trainer_numbers(struct ip_test_trainer *t,
	enum ip_trained what, size_t *n)
{
	struct ip_bundle b = { 0 };
	double *v = NULL;
	size_t i;

	assert_int_equal(ip_trainer_get(t->t, what, &b), 0);
	for (*n = 0, i = 0; i < b.count; i++) {
		struct ip_tensor d = ip_test_f64(&b.items[i].tensor);
		size_t m = ip_tensor_count(&d);

		v = realloc(v, (*n + m) * sizeof(*v));
		memcpy(v + *n, d.data, m * sizeof(*v));
		*n += m;
		ip_tensor_free(&d);
	}
	ip_bundle_free(&b);
	return v;
}
