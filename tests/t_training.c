/* A run of training: what is held back, its epochs, and where it ends. */
#include <math.h>
#include "support/training.h"

static const struct ip_learning reference = IP_LEARNING_REFERENCE;

/* ---- specimens for validation ---- */

/* Every picture once; those of a specimen on one side. */
static size_t hold(const struct ip_dataset *d, double share, uint64_t seed,
	int held[5])
{
	size_t list[9], learn, n = ip_dataset_count(d), i;
	int seen[9] = { 0 };

	memset(held, 0, 5 * sizeof *held);
	assert_int_equal(ip_dataset_hold(d, share, seed, list, &learn), 0);
	for (i = 0; i < n; i++) {
		assert_true(list[i] < n && !seen[list[i]]++);
		assert_true(i == 0 || i == learn || list[i] > list[i - 1]);
		if (i >= learn)
			held[ip_dataset_specimen(d, list[i])] = 1;
	}
	for (i = 0; i < learn; i++)
		assert_false(held[ip_dataset_specimen(d, list[i])]);
	assert_in_range(learn, 1, n - 1);
	return n - learn;
}

static int count(const int held[5])
{
	return held[0] + held[1] + held[2] + held[3] + held[4];
}

static void specimens(void **state)
{
	char *path[5], name[32];
	int held[5], again[5], often[5] = { 0 }, i;
	struct ip_dataset *d;
	uint64_t seed;

	(void)state;
	for (i = 0; i < 5; i++) {
		snprintf(name, sizeof name, "h%d.ipt", i);
		path[i] = ip_test_data_file(name, i == 0 ? 4 : i == 3 ? 2 : 1,
			4, 4, 1);
	}
	d = ip_test_dataset((const char *const *)path, 5);
	for (seed = 0; seed < 100; seed++) {
		hold(d, 0.4, seed, held);
		assert_int_equal(count(held), 2);
		hold(d, 0.4, seed, again);
		assert_memory_equal(held, again, sizeof held);
		for (i = 0; i < 5; i++)
			often[i] += held[i];
	}
	/* 40 of 100 each, with a deviation of 4.9 */
	for (i = 0; i < 5; i++)
		assert_in_range(often[i], 20, 60);
	hold(d, 0.35, 1, held);		/* 1.75 of them */
	assert_int_equal(count(held), 2);
	hold(d, 1e-9, 1, held);
	assert_int_equal(count(held), 1);
	hold(d, 0.99, 1, held);
	assert_int_equal(count(held), 4);
	ip_dataset_close(d);
	for (i = 0; i < 5; i++)
		free(path[i]);
}

static void not_held(void **state)
{
	char *path = ip_test_data_file("one.ipt", 3, 4, 4, 1);
	const char *paths[] = { path };
	struct ip_dataset *d = ip_test_dataset(paths, 1);
	size_t list[3], learn;

	(void)state;
	ip_test_log_capture();
	assert_int_equal(ip_dataset_hold(d, 0.5, 1, list, &learn), IP_EINVAL);
	ip_test_assert_logged("of one specimen");
	ip_test_log_capture();
	assert_int_equal(ip_dataset_hold(d, 1, 1, list, &learn), IP_EINVAL);
	ip_test_assert_logged("a share of 1");
	ip_dataset_close(d);
	free(path);
}

/* ---- epochs ---- */

/* The mean loss of the pictures of batches that are learned one by one. */
static void epochs(void **state)
{
	struct ip_test_training r;
	struct ip_loss_parts loss, sum = { 0 };
	const struct ip_tensor *x, *target;
	struct ip_loader *l;
	const struct ip_epoch *row;
	uint64_t steps;

	(void)state;
	ip_test_training_open(&r, &reference);
	assert_int_equal(ip_training_steps(&r.how, &steps), 0);
	assert_int_equal(steps, 6);
	/* without a step: the first epoch's pictures by first weights */
	assert_int_equal(ip_loader_open(&l, r.d, r.list, 5, 1,
		&r.how.feeding), 0);
	assert_int_equal(ip_loader_begin(l, 0, 0), 0);
	while (ip_loader_next(l, &x, &target) == 0) {
		assert_int_equal(ip_trainer_learn(r.t, x, target, 0, &loss,
			NULL), 0);
		sum.total += loss.total / 5;
		sum.pixel += loss.pixel / 5;
		sum.fourier += loss.fourier / 5;
		sum.gradient += loss.gradient / 5;
	}
	ip_loader_close(l);
	r.how.schedule.rate = 1e-30;
	assert_int_equal(ip_test_training_run(&r), 0);
	assert_true(r.steps == 6 && r.epochs == 2 && r.saves == 2);
	assert_int_equal(r.run.rows, 2);
	for (row = r.run.row; row < r.run.row + 2; row++) {
		assert_int_equal(row->steps, 3 * row->epoch);
		assert_true(fabs(row->loss.total / sum.total - 1) < 1e-6);
		assert_true(fabs(row->loss.pixel / sum.pixel - 1) < 1e-6);
		assert_true(fabs(row->loss.fourier / sum.fourier - 1) < 1e-6);
		assert_true(fabs(row->loss.gradient / sum.gradient - 1) <
			1e-6);
		assert_true(isnan(row->check.total) && isnan(row->mae) &&
			isnan(row->pearson));
		assert_true(row->norm > 0 && row->rate == 1e-30);
	}
	/* means of the same weights' gradients, in other batches */
	assert_true(fabs(r.run.row[1].norm / r.run.row[0].norm - 1) < 0.2);
	assert_true(ip_run_finished(&r.run, &r.how));
	assert_int_equal(ip_test_training_run(&r), 0);
	assert_int_equal(r.steps, 0);
	ip_test_training_close(&r);
}

/* The rate is that of each step, and what is learned is learned. */
static void learns(void **state)
{
	struct ip_test_training r;

	(void)state;
	ip_test_training_open(&r, &reference);
	r.how.schedule = (struct ip_schedule){ 1e-3, 0.5, 2, 12 };
	r.how.epochs = 4;
	r.how.checkpoint = 4;
	assert_int_equal(ip_test_training_run(&r), 0);
	assert_true(r.steps == 12 && r.epochs == 4 && r.saves == 4 + 2);
	assert_true(r.run.row[0].rate ==
		ip_schedule_rate(&r.how.schedule, 3));
	assert_true(r.run.row[3].rate == 0.5e-3);
	assert_true(r.run.row[3].loss.total < 0.9 * r.run.row[0].loss.total);
	ip_test_training_close(&r);
}

/*
 * A batch in parts is the batch, up to the rounding of sums: of one step, for
 * later ones differ by more, signs being in the loss.
 */
static void parts(void **state)
{
	struct ip_test_training one, two;
	const struct ip_epoch *a, *b;

	(void)state;
	ip_test_training_open(&one, &reference);
	ip_test_training_open(&two, &reference);
	two.how.part = 2;
	one.how.epochs = two.how.epochs = 1;
	one.how.learn.count = two.how.learn.count = 2;
	assert_int_equal(ip_test_training_run(&one), 0);
	assert_int_equal(ip_test_training_run(&two), 0);
	assert_true(one.steps == 1 && two.steps == 1);
	a = one.run.row;
	b = two.run.row;
	assert_true(fabs(a->loss.total / b->loss.total - 1) < 1e-6);
	assert_true(fabs(a->norm / b->norm - 1) < 1e-5);
	ip_test_training_close(&one);
	ip_test_training_close(&two);
}

/* ---- validation ---- */

/* The row's figures, from answers of the network, pixel by pixel. */
static void checked(void **state)
{
	struct ip_test_training r;
	struct ip_checked c;
	const ip_real *y, *t;
	double sum = 0, n = 2 * 32 * 64;
	size_t i, k;

	(void)state;
	ip_test_training_open(&r, &reference);
	ip_test_training_hold(&r);
	r.how.epochs = 1;
	r.how.feeding.change.turns = 1;
	assert_int_equal(ip_test_training_run(&r), 0);
	for (i = 3; i < 5; i++) {
		assert_int_equal(ip_check_picture(r.t, &r.how, r.d, i, &c),
			0);
		assert_true(c.y.ndim == 4 && c.x.shape[1] == 11);
		y = c.y.data;
		t = c.target.data;
		for (k = 0; k < 32 * 64; k++)
			sum += fabs((double)y[k] - (double)t[k]);
		ip_checked_free(&c);
	}
	/* sums of float32 */
	assert_true(fabs(r.run.row[0].check.pixel / (sum / n) - 1) < 1e-5);
	assert_true(fabs(r.run.row[0].mae / (9000 * sum / n) - 1) < 1e-5);
	assert_true(fabs(r.run.row[0].pearson) <= 1);
	assert_int_equal(r.run.best_epoch, 1);
	ip_test_training_close(&r);
}

/* A picture that is flat has no Pearson: the mean is the others'. */
static void checked_flat(void **state)
{
	const size_t shape[] = { 32, 64 };
	struct ip_test_training r, alone;
	struct ip_dataset *both;
	struct ip_bundle b;
	char *paths[2];

	(void)state;
	ip_test_training_open(&r, &reference);
	ip_test_training_open(&alone, &reference);
	paths[0] = ip_test_data_file("other.ipt", 1, 32, 64, 9);
	ip_test_data(&b, 1, 32, 64, 10);
	ip_test_replace(&b, "potential_beam", IP_F32, 2, shape, 4000);
	paths[1] = ip_test_bundle_file("flat.ipt", &b);
	both = ip_test_dataset((const char *const *)paths, 2);
	r.how.epochs = alone.how.epochs = 1;
	r.how.check = (struct ip_pictures){ both, r.list, 2 };
	alone.how.check = (struct ip_pictures){ both, r.list, 1 };
	assert_int_equal(ip_test_training_run(&r), 0);
	assert_int_equal(ip_test_training_run(&alone), 0);
	assert_true(r.run.row[0].pearson == alone.run.row[0].pearson);
	assert_true(r.run.row[0].mae != alone.run.row[0].mae);
	ip_test_training_close(&r);
	ip_test_training_close(&alone);
	ip_dataset_close(both);
	free(paths[0]);
	free(paths[1]);
}

/* One that any change would change: whole periods, with a mirror, and of a
 * series that a ramp can be made of. */
static struct ip_dataset *changeable(void)
{
	const int64_t one = 1;
	const double line = 30;
	struct ip_dataset *d;
	struct ip_bundle b;
	char *path;

	ip_test_data(&b, 2, 64, 64, 3);
	((double *)ip_bundle_find(&b, "thickness")->tensor.data)[1] = 24;
	assert_int_equal(ip_attrs_i64(&b.attrs, "periodic", &one, 1), 0);
	assert_int_equal(ip_attrs_f64(&b.attrs, "mirrors", &line, 1), 0);
	assert_int_equal(ip_attrs_number(&b.attrs, "rotation", 0), 0);
	assert_int_equal(ip_attrs_number(&b.attrs, "semiangle", 20), 0);
	assert_int_equal(ip_attrs_number(&b.attrs, "inner", 10), 0);
	assert_int_equal(ip_attrs_number(&b.attrs, "outer", 50), 0);
	path = ip_test_bundle_file("change.ipt", &b);
	d = ip_test_dataset((const char *const *)&path, 1);
	free(path);
	return d;
}

/* Under a seed by which how changes it, the picture is checked as it is. */
static void checked_plain(struct ip_test_training *r,
	const struct ip_dataset *d, struct ip_augmentation change)
{
	size_t size = 11 * 64 * 64 * sizeof(ip_real);
	struct ip_feeding plain = r->how.feeding;
	struct ip_tensor x, y, as, target;
	struct ip_checked c;
	int same = 1;

	r->how.feeding.change = change;
	assert_int_equal(ip_dataset_example(d, 0, 0, &plain, &as, &target), 0);
	ip_tensor_free(&target);
	for (int i = 0; same && i < 40; i++) {
		r->how.feeding.seed++;
		assert_int_equal(ip_dataset_example(d, 0, 0, &r->how.feeding,
			&x, &y), 0);
		same = memcmp(x.data, as.data, size) == 0;
		ip_tensor_free(&x);
		ip_tensor_free(&y);
	}
	assert_false(same);
	assert_int_equal(ip_check_picture(r->t, &r->how, d, 0, &c), 0);
	assert_memory_equal(c.x.data, as.data, size);
	ip_checked_free(&c);
	ip_tensor_free(&as);
	r->how.feeding = plain;
}

static void checked_unchanged(void **state)
{
	struct ip_dataset *d = changeable();
	struct ip_test_training r;

	(void)state;
	ip_test_training_open(&r, &reference);
	checked_plain(&r, d, (struct ip_augmentation){ .turns = 1 });
	checked_plain(&r, d, (struct ip_augmentation){ .mirrors = 1 });
	checked_plain(&r, d, (struct ip_augmentation){ .shifts = 1 });
	checked_plain(&r, d, (struct ip_augmentation){ .ramps = 1 });
	checked_plain(&r, d, (struct ip_augmentation){ .empty = 1 });
	checked_plain(&r, d, (struct ip_augmentation){ .reference = 1 });
	ip_test_training_close(&r);
	ip_dataset_close(d);
}

/* Averaged weights give the answers, and are those that are kept. */
static void averages(void **state)
{
	struct ip_learning how = IP_LEARNING_REFERENCE;
	struct ip_bundle all = { 0 };
	struct ip_test_training r;
	struct ip_checked c;
	struct ip_tensor y;
	size_t size = 32 * 64 * sizeof(ip_real);

	(void)state;
	how.average = 0.9;
	ip_test_training_open(&r, &how);
	ip_test_training_hold(&r);
	r.how.averaged = r.how.epochs = 1;
	assert_int_equal(ip_test_training_run(&r), 0);
	assert_int_equal(ip_check_picture(r.t, &r.how, r.d, 3, &c), 0);
	assert_int_equal(ip_tensor_new(&y, c.y.dtype, 4, c.y.shape), 0);
	assert_int_equal(ip_trainer_run(r.t, 0, &c.x, &y), 0);
	assert_memory_not_equal(c.y.data, y.data, size);
	assert_int_equal(ip_trainer_run(r.t, 1, &c.x, &y), 0);
	assert_memory_equal(c.y.data, y.data, size);
	ip_tensor_free(&y);
	ip_checked_free(&c);
	assert_int_equal(ip_trainer_get(r.t, IP_TRAINED_AVERAGED, &all), 0);
	assert_int_equal(all.count, r.run.best.count);
	assert_memory_equal(all.items[0].tensor.data,
		r.run.best.items[0].tensor.data, 1000);
	ip_bundle_free(&all);
	ip_test_training_close(&r);
}

/* Nothing becomes better at a rate of next to nothing. */
static void patience(void **state)
{
	struct ip_learning still = IP_LEARNING_REFERENCE;
	struct ip_test_training r, first;

	(void)state;
	still.decay = 0;
	ip_test_training_open(&r, &still);
	ip_test_training_open(&first, &still);
	ip_test_training_hold(&r);
	ip_test_training_hold(&first);
	r.how.epochs = 9;
	r.how.patience = 2;
	r.how.schedule.rate = first.how.schedule.rate = 1e-30;
	first.how.epochs = 1;
	assert_int_equal(ip_test_training_run(&r), 0);
	assert_int_equal(ip_test_training_run(&first), 0);
	assert_int_equal(r.run.epoch, 3);
	assert_int_equal(r.run.best_epoch, 1);
	assert_true(r.run.row[2].check.total == r.run.row[0].check.total);
	/* weights of the best are kept, whatever comes behind */
	r.how.patience = 0;
	r.how.epochs = 4;
	r.how.schedule.rate = 1;
	assert_int_equal(ip_test_training_run(&r), 0);
	assert_int_equal(r.run.best_epoch, 1);
	assert_true(ip_test_training_equal(&r, &first));
	ip_test_training_close(&r);
	ip_test_training_close(&first);
}

/* ---- what is not finite ---- */

static void not_finite(void **state)
{
	struct ip_test_training r;

	(void)state;
	ip_test_training_open(&r, &reference);
	r.how.schedule = (struct ip_schedule){ 1e25, 0, 0, 0 };
	ip_test_log_capture();
	assert_int_equal(ip_test_training_run(&r), IP_ENUMBER);
	ip_test_assert_logged("epoch 1, step 2: a number is not finite; it "
		"arose in the ");
	assert_non_null(strstr(ip_test_log_error(), ".ipt"));
	assert_int_equal(r.steps, 1);
	assert_int_equal(r.saves, 0);
	ip_test_training_close(&r);
}

static void refused(void **state)
{
	struct ip_test_training r;
	uint64_t steps;

	(void)state;
	ip_test_training_open(&r, &reference);
	r.how.part = 0;
	ip_test_log_capture();
	assert_int_equal(ip_training_steps(&r.how, &steps), IP_EINVAL);
	ip_test_assert_logged("5 pictures in batches of 2, 0 at once");
	r.how.part = 1;
	r.run.batch = 4;
	ip_test_log_capture();
	assert_int_equal(ip_test_training_run(&r), IP_EFORMAT);
	ip_test_assert_logged("batch 4 of epoch 1 cannot be, with 3 batches");
	r.run = (struct ip_run){ .batch = 3, .pictures = 6 };
	ip_test_log_capture();
	assert_int_equal(ip_test_training_run(&r), IP_EFORMAT);
	r.run = (struct ip_run){ .epoch = 1 };
	ip_test_log_capture();
	assert_int_equal(ip_test_training_run(&r), IP_EFORMAT);
	ip_test_assert_logged("with 3 batches and 0 rows");
	assert_int_equal(r.steps, 0);
	ip_test_training_close(&r);
}

/* A picture for validation that cannot be one: not found after an epoch. */
static void refused_check(void **state)
{
	char *path = ip_test_data_file("odd.ipt", 1, 48, 48, 9);
	struct ip_test_training r;
	struct ip_dataset *odd = ip_test_dataset((const char *[]){ path }, 1);
	uint64_t steps;

	(void)state;
	ip_test_training_open(&r, &reference);
	r.how.check = (struct ip_pictures){ odd, r.list, 1 };
	ip_test_log_capture();
	assert_int_equal(ip_training_steps(&r.how, &steps), IP_EINVAL);
	ip_test_log_capture();
	assert_int_equal(ip_test_training_run(&r), IP_EINVAL);
	ip_test_assert_logged("odd.ipt: pictures of 48 x 48 pixels");
	assert_int_equal(r.steps, 0);
	ip_test_training_close(&r);
	ip_dataset_close(odd);
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(specimens),
		cmocka_unit_test(not_held),
		cmocka_unit_test(epochs),
		cmocka_unit_test(learns),
		cmocka_unit_test(parts),
		cmocka_unit_test(checked),
		cmocka_unit_test(checked_flat),
		cmocka_unit_test(checked_unchanged),
		cmocka_unit_test(averages),
		cmocka_unit_test(patience),
		cmocka_unit_test(not_finite),
		cmocka_unit_test(refused),
		cmocka_unit_test(refused_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
