/* Checkpoints: a run that goes on from one, and files that are none. */
#include <math.h>
#include <iphase/ipt.h>
#include "support/training.h"

static struct ip_learning averaged = IP_LEARNING_REFERENCE;

static void open_run(struct ip_test_training *r)
{
	averaged.average = 0.9;
	ip_test_training_open(r, &averaged);
	ip_test_training_hold(r);
	r->how.averaged = 1;
	r->how.feeding.change.turns = 1;
	r->how.schedule = (struct ip_schedule){ 1e-3, 0.1, 1, 4 };
	r->checkpoint = ip_test_tmp("run.ipt");
	assert_int_equal(ip_attrs_number(&r->same, "--batch", 2), 0);
	assert_int_equal(ip_attrs_text(&r->same, "--truth", "beam"), 0);
}

/* The files of a and b have the same bytes. */
static void assert_same(const char *a, const char *b)
{
	size_t n, m;
	unsigned char *p = ip_test_read(a, &n), *q = ip_test_read(b, &m);

	assert_int_equal(n, m);
	assert_memory_equal(p, q, n);
	free(p);
	free(q);
}

/* Stopped after each step, with a new trainer each time. */
static void goes_on(void **state)
{
	char whole[4096], parts[4096];
	struct ip_test_training r;
	int sessions = 0, done;

	(void)state;
	snprintf(whole, sizeof whole, "%s", ip_test_tmp("whole.ipt"));
	snprintf(parts, sizeof parts, "%s", ip_test_tmp("parts.ipt"));
	open_run(&r);
	r.checkpoint = whole;
	assert_int_equal(ip_test_training_run(&r), 0);
	ip_test_training_close(&r);
	do {
		open_run(&r);
		r.checkpoint = parts;
		r.end_after = 1;
		if (sessions)
			assert_int_equal(ip_checkpoint_load(parts, r.t,
				&r.run, &r.same), 0);
		assert_int_equal(ip_test_training_run(&r), 0);
		done = ip_run_finished(&r.run, &r.how);
		ip_test_training_close(&r);
	} while (++sessions < 9 && !done);
	assert_int_equal(sessions, 5);	/* 4 steps, the last validation */
	assert_same(whole, parts);
}

/* All of it comes back. */
static void state_kept(void **state)
{
	struct ip_test_training r, s;
	const struct ip_run *a = &r.run, *b = &s.run;

	(void)state;
	open_run(&r);
	r.end_after = 3;
	assert_int_equal(ip_test_training_run(&r), 0);
	assert_true(a->batch == 1 && a->epoch == 1 && a->rows == 1);
	open_run(&s);
	assert_int_equal(ip_checkpoint_load(r.checkpoint, s.t, &s.run,
		&s.same), 0);
	assert_int_equal(b->epoch, a->epoch);
	assert_int_equal(b->batch, a->batch);
	assert_int_equal(b->pictures, a->pictures);
	assert_memory_equal(&b->sum, &a->sum, sizeof a->sum);
	assert_true(b->norm == a->norm && b->rate == a->rate);
	assert_memory_equal(b->row, a->row, sizeof *a->row);
	assert_int_equal(b->best_epoch, 1);
	assert_true(ip_test_training_equal(&r, &s));
	assert_int_equal(ip_trainer_steps(s.t), 3);
	ip_test_training_close(&r);
	ip_test_training_close(&s);
}

/* ---- refused ---- */

/* One that is whole, in run.ipt and in *b. */
static void make(struct ip_test_training *r, struct ip_bundle *b)
{
	memset(b, 0, sizeof *b);
	open_run(r);
	r->end_after = 3;
	assert_int_equal(ip_test_training_run(r), 0);
	assert_int_equal(ip_ipt_load(r->checkpoint, b), 0);
	ip_run_free(&r->run);
}

static void assert_refused(struct ip_test_training *r, int status,
	const char *why)
{
	const struct ip_run none = { 0 };

	ip_test_log_capture();
	assert_int_equal(ip_checkpoint_load(r->checkpoint, r->t, &r->run,
		&r->same), status);
	ip_test_assert_logged(why);
	assert_memory_equal(&r->run, &none, sizeof none);
}

static void another(void **state)
{
	struct ip_test_training r;
	struct ip_bundle b;

	(void)state;
	make(&r, &b);
	ip_attrs_number(&r.same, "--batch", 3);
	assert_refused(&r, IP_EINVAL, "--batch was 2, and is now 3");
	ip_attrs_number(&r.same, "--batch", 2);
	ip_attrs_text(&r.same, "--truth", "zone");
	assert_refused(&r, IP_EINVAL, "--truth was beam, and is now zone");
	ip_attrs_text(&r.same, "--truth", "beam");
	ip_attrs_text(&r.same, "--new", "1");
	assert_refused(&r, IP_EINVAL, "--new was not known, and is now 1");
	/* one that begins alike */
	ip_attrs_f64(&b.attrs, "--batch", (double[]){ 2, 3 }, 2);
	assert_int_equal(ip_ipt_save(r.checkpoint, &b, 1), 0);
	assert_refused(&r, IP_EINVAL, "--batch was 2,3, and is now 2");
	ip_test_training_close(&r);
	ip_bundle_free(&b);
}

/* Written with an attribute changed, which must be refused; and put back. */
static void try_count(struct ip_test_training *r, struct ip_bundle *b,
	const char *key, int64_t v, const char *why)
{
	int64_t was = ip_attrs_find(&b->attrs, key)->v.i64[0];

	ip_attrs_i64(&b->attrs, key, &v, 1);
	assert_int_equal(ip_ipt_save(r->checkpoint, b, 1), 0);
	assert_refused(r, IP_EFORMAT, why);
	ip_attrs_i64(&b->attrs, key, &was, 1);
}

/* Without this tensor, or with one of its numbers another; put back. */
static void try_tensor(struct ip_test_training *r, struct ip_bundle *b,
	const char *name, size_t at, double v, const char *why)
{
	struct ip_item *item = ip_bundle_find(b, name);
	double *d = item->tensor.data, was = d[at];

	d[at] = v;
	assert_int_equal(ip_ipt_save(r->checkpoint, b, 1), 0);
	assert_refused(r, IP_EFORMAT, why);
	d[at] = was;
}

static void damaged(void **state)
{
	static const char best[] = "best/out.conv.conv.bias";
	struct ip_test_training r;
	struct ip_bundle b;
	struct ip_item *item;
	float *v;

	(void)state;
	make(&r, &b);
	try_count(&r, &b, "checkpoint", 2, "not a checkpoint of training");
	try_count(&r, &b, "epoch", 2, "'log' is not of its epochs");
	try_count(&r, &b, "epoch", -1, "do not say where it is");
	try_count(&r, &b, "batch", 0, "do not say where it is");
	try_count(&r, &b, "best_epoch", 2, "'log' is not of its epochs");
	try_tensor(&r, &b, "log", 0, 2, "'log' is not of its epochs");
	try_tensor(&r, &b, "log", 1, NAN, "'log' is not of its epochs");
	item = ip_bundle_find(&b, best);
	v = item->tensor.data;
	v[0] = INFINITY;
	assert_int_equal(ip_ipt_save(r.checkpoint, &b, 1), 0);
	assert_refused(&r, IP_EFORMAT, best);
	strcpy(item->name, "another");
	v[0] = 0;
	assert_int_equal(ip_ipt_save(r.checkpoint, &b, 1), 0);
	assert_refused(&r, IP_EFORMAT, "'best' is not the network's");
	ip_test_training_close(&r);
	ip_bundle_free(&b);
}

/* What a disk that is full would do. */
static void no_room(void **state)
{
	struct ip_test_training r;

	(void)state;
	open_run(&r);
	r.checkpoint = "/no/such/folder/run.ipt";
	ip_test_log_capture();
	assert_int_equal(ip_test_training_run(&r), IP_EIO);
	ip_test_assert_logged("/no/such/folder/run.ipt");
	ip_test_training_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(goes_on),
		cmocka_unit_test(state_kept),
		cmocka_unit_test(another),
		cmocka_unit_test(damaged),
		cmocka_unit_test(no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
