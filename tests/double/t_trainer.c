/*
 * Gradients of the whole network in double: against PyTorch's, those of the
 * input to what float32 leaves of them and those of weights to the rounding in
 * their file, and against differences of the loss.
 */
#include <math.h>
#include "../support/trainer.h"

static const struct ip_learning reference = IP_LEARNING_REFERENCE;

static void golden(void **state)
{
	struct ip_test_trainer t;
	struct ip_loss_parts loss;
	struct ip_tensor dx;

	(void)state;
	ip_test_trainer_open(&t, &reference);
	assert_int_equal(ip_tensor_new(&dx, IP_REAL_DTYPE, 4, t.x.shape), 0);
	assert_int_equal(ip_trainer_learn(t.t, &t.x, &t.target, 1, &loss,
		&dx), 0);
	assert_int_equal(ip_test_trainer_gradients(&t, &t.golden, "grad", &dx,
		1e-7), 152);
	ip_tensor_free(&dx);
	ip_test_trainer_close(&t);
}

static double loss_at(struct ip_test_trainer *t, const struct ip_bundle *b)
{
	struct ip_loss_parts loss;
	struct ip_tensor y;

	assert_int_equal(ip_trainer_restore(t->t, b), 0);
	assert_int_equal(ip_tensor_new(&y, IP_F64, 4, t->target.shape), 0);
	assert_int_equal(ip_trainer_run(t->t, 0, &t->x, &y), 0);
	assert_int_equal(ip_trainer_loss(t->t, &y, &t->target, &loss), 0);
	ip_tensor_free(&y);
	return loss.total;
}

/*
 * The loss where a tensor's numbers are moved together, each by its own random
 * share, there and back by 1e-7 of the shares' length: against the sum of
 * gradient times share. The loss is rounded to some 1e-14 of itself, which is
 * 1e-5 of that; a step that crosses the kink of some |x| is wrong by as much
 * as that pixel's share. Hence 1e-4 of what the gradient's length allows.
 */
static void one_tensor(struct ip_test_trainer *t, struct ip_bundle *b,
	const struct ip_item *gradient, size_t at)
{
	double *v = b->items[at].tensor.data, length = 0, slope = 0, got = 0;
	size_t n = ip_tensor_count(&b->items[at].tensor), i;
	const double *g = gradient->tensor.data;
	double *d = malloc(n * sizeof(*d)), *was = malloc(n * sizeof(*was));
	double h = 1e-7 / sqrt((double)n / 3);
	uint64_t seed = at;
	int side;

	memcpy(was, v, n * sizeof(*v));
	for (i = 0; i < n; i++) {
		d[i] = 2 * ip_test_uniform(&seed) - 1;
		slope += g[i] * d[i];
		length += g[i] * g[i] / 3;
	}
	for (side = -1; side <= 1; side += 2) {
		for (i = 0; i < n; i++)
			v[i] = was[i] + side * h * d[i];
		got += side / (2 * h) * loss_at(t, b);
	}
	memcpy(v, was, n * sizeof(*v));
	if (!(fabs(got - slope) <= 1e-4 * sqrt(length) + 1e-6))
		fail_msg("%s: %g, expected %g; length %g", gradient->name, got,
			slope, sqrt(length));
	free(d);
	free(was);
}

/* Every so many of the weights of t, against the gradients of a call. */
static void all_tensors(struct ip_test_trainer *t, size_t step)
{
	struct ip_bundle b = { 0 }, g = { 0 };
	struct ip_loss_parts loss;
	size_t i;

	assert_int_equal(ip_trainer_learn(t->t, &t->x, &t->target, 1, &loss,
		NULL), 0);
	assert_int_equal(ip_trainer_get(t->t, IP_TRAINED_GRADIENTS, &g), 0);
	assert_int_equal(ip_trainer_save(t->t, &b), 0);
	for (i = 0; i < g.count; i += step)
		one_tensor(t, &b, &g.items[i], i);
	ip_bundle_free(&g);
	ip_bundle_free(&b);
}

static void differences(void **state)
{
	struct ip_test_trainer t;

	(void)state;
	ip_test_trainer_open(&t, &reference);
	/* 64 x 32 pixels of one picture: fewer kinks, and faster */
	ip_tensor_free(&t.x);
	t.x = ip_test_network_pictures(1, 11, 64, 32, 1);
	ip_tensor_free(&t.target);
	t.target = ip_test_network_pictures(1, 1, 64, 32, 2);
	/* 31 of 151, of every kind of layer */
	all_tensors(&t, 5);
	ip_test_trainer_close(&t);
}

/* Metadata that are the same at all pixels, and maps of them. */
static void modulated(void **state)
{
	struct ip_net_shape s = { 7, 1, 12, IP_MODULATED };
	struct ip_test_trainer t = { 0 };
	struct ip_bundle weights;
	size_t i, n = 64 * 32;
	double *v;
	int flat;

	(void)state;
	assert_int_equal(ip_dev_open(&t.dev, "cpu-openmp"), 0);
	t.target = ip_test_network_pictures(1, 1, 64, 32, 2);
	for (flat = 0; flat < 2; flat++) {
		ip_test_network_weights(&weights, &s, 3);
		assert_int_equal(ip_trainer_open(&t.t, t.dev, &s, &weights,
			&reference), 0);
		t.x = ip_test_network_pictures(1, 7, 64, 32, 1);
		v = t.x.data;
		for (i = 0; flat && i < 7 * n; i++)
			if (i / n >= IP_NET_SEGMENTS)
				v[i] = v[i / n * n];
		all_tensors(&t, flat ? 23 : 19);
		ip_tensor_free(&t.x);
		ip_trainer_close(t.t);
	}
	ip_tensor_free(&t.target);
	ip_dev_close(t.dev);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(golden),
		cmocka_unit_test(differences),
		cmocka_unit_test(modulated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
