/* Runs of training, under test. */
#include <iphase/threads.h>
#include "training.h"

static void open_data(struct ip_test_training *r)
{
	static const size_t count[IP_TEST_SPECIMENS] = { 2, 1, 2 };
	char *path[IP_TEST_SPECIMENS], name[16];
	size_t i;

	for (i = 0; i < IP_TEST_SPECIMENS; i++) {
		snprintf(name, sizeof name, "s%zu.ipt", i);
		path[i] = ip_test_data_file(name, count[i], 32, 64, i + 1);
	}
	r->d = ip_test_dataset((const char *const *)path, IP_TEST_SPECIMENS);
	for (i = 0; i < IP_TEST_SPECIMENS; i++)
		free(path[i]);
	for (i = 0; i < 5; i++)
		r->list[i] = i;
}

void ip_test_training_open(struct ip_test_training *r,
	const struct ip_learning *learning)
{
	const struct ip_net_shape shape = { 11, 1, 12, IP_SWIN_UNETR };
	struct ip_bundle weights = { 0 };

	memset(r, 0, sizeof *r);
	ip_threads_set(1);	/* two would mostly wait for each other */
	open_data(r);
	assert_int_equal(ip_dev_open(&r->dev, NULL), 0);
	assert_int_equal(ip_net_init(&weights, &shape, 1), 0);
	assert_int_equal(ip_trainer_open(&r->t, r->dev, &shape, &weights,
		learning), 0);
	r->how = (struct ip_training){ .learn = { r->d, r->list, 5 },
		.feeding = { .metadata = IP_METADATA_SINCOS7, .scale = 9000,
			.seed = 4 },
		.schedule = { 1e-3, 0, 2, 0 }, .batch = 2, .part = 1,
		.epochs = 2 };
}

void ip_test_training_close(struct ip_test_training *r)
{
	ip_run_free(&r->run);
	ip_trainer_close(r->t);
	ip_dataset_close(r->d);
	ip_dev_close(r->dev);
	ip_attrs_free(&r->same);
}

void ip_test_training_hold(struct ip_test_training *r)
{
	r->how.learn.count = 3;
	r->how.check = (struct ip_pictures){ r->d, r->list + 3, 2 };
}

static int on_step(void *ctx, const struct ip_run *run)
{
	struct ip_test_training *r = ctx;

	assert_ptr_equal(run, &r->run);
	return ++r->steps == r->end_after;
}

static int on_epoch(void *ctx, const struct ip_run *run)
{
	struct ip_test_training *r = ctx;

	assert_int_equal(run->rows, run->epoch);
	assert_int_equal(run->row[run->rows - 1].epoch, run->epoch);
	r->epochs++;
	return 0;
}

static int on_save(void *ctx, const struct ip_run *run)
{
	struct ip_test_training *r = ctx;
	const struct ip_attrs about = { 0 };

	r->saves++;
	return r->checkpoint ? ip_checkpoint_save(r->checkpoint, r->t, run,
		&r->same, &about) : 0;
}

int ip_test_training_run(struct ip_test_training *r)
{
	const struct ip_train_calls calls = { r, on_step, on_epoch, on_save };

	r->steps = r->epochs = r->saves = 0;
	return ip_train(r->t, &r->how, &r->run, &calls);
}

int ip_test_training_equal(struct ip_test_training *a,
	struct ip_test_training *b)
{
	struct ip_bundle v = { 0 }, w = { 0 };
	const struct ip_tensor *t;
	int equal = 1;
	size_t i;

	assert_int_equal(ip_run_weights(&a->run, a->t, 0, &v), 0);
	assert_int_equal(ip_run_weights(&b->run, b->t, 0, &w), 0);
	assert_int_equal(v.count, w.count);
	for (i = 0; i < v.count; i++) {
		t = &v.items[i].tensor;
		equal &= !memcmp(t->data, w.items[i].tensor.data,
			ip_tensor_count(t) * ip_dtype_size(t->dtype));
	}
	ip_bundle_free(&v);
	ip_bundle_free(&w);
	return equal;
}
