/* A run of training: steps, epochs, and when it ends. */
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include "core/core.h"
#include "example.h"
#include "run.h"

/* What serves a run, and whether a call has asked for its end. */
struct job {
	struct ip_trainer *t;
	const struct ip_training *how;
	struct ip_run *run;
	const struct ip_train_calls *calls;
	struct ip_loader *loader;
	int ended;
	int steps;		/* up to two: of this call */
};

void ip_run_free(struct ip_run *run)
{
	ip_free(run->row);
	ip_bundle_free(&run->best);
	memset(run, 0, sizeof(*run));
}

int ip_run_finished(const struct ip_run *run, const struct ip_training *how)
{
	return run->epoch >= how->epochs || (how->patience && run->best_epoch
		&& run->epoch - run->best_epoch >= how->patience);
}

int ip_run_add(struct ip_run *run, const struct ip_epoch *row)
{
	size_t cap = run->rows;
	int rc = 0;

	if (!(cap & (cap - 1)))		/* room grows at the powers of two */
		rc = ip_grow(&run->row, &cap, cap + 1, sizeof(*run->row));
	if (rc == 0)
		run->row[run->rows++] = *row;
	return rc;
}

int ip_run_best(const struct ip_run *run, const char *prefix,
	struct ip_bundle *b)
{
	struct ip_tensor view;
	char *name;
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < run->best.count; i++) {
		view = run->best.items[i].tensor;
		view.owner = NULL;	/* the bundle copies it */
		name = ip_format("%s%s", prefix, run->best.items[i].name);
		if (!name)
			return IP_ENOMEM;
		rc = ip_bundle_add(b, name, &view, NULL);
		ip_free(name);
	}
	return rc;
}

int ip_run_weights(const struct ip_run *run, struct ip_trainer *t,
	int averaged, struct ip_bundle *b)
{
	int rc;

	if (!run->best_epoch)
		return ip_trainer_get(t, averaged ? IP_TRAINED_AVERAGED :
			IP_TRAINED_WEIGHTS, b);
	rc = ip_run_best(run, "", b);
	if (rc < 0)
		ip_bundle_free(b);
	return rc;
}

void ip_loss_add(struct ip_loss_parts *sum, double by,
	const struct ip_loss_parts *add)
{
	sum->total += by * add->total;
	sum->pixel += by * add->pixel;
	sum->fourier += by * add->fourier;
	sum->gradient += by * add->gradient;
}

/* Of a batch from picture at on, as many as are on the device at once. */
static int take_part(const struct job *j, const struct ip_tensor *x,
	const struct ip_tensor *target, size_t at, struct ip_tensor *a,
	struct ip_tensor *b)
{
	size_t left = x->shape[0] - at;
	size_t count = left < j->how->part ? left : j->how->part;
	int rc = ip_tensor_slice(a, x, 0, at, count);

	return rc < 0 ? rc : ip_tensor_slice(b, target, 0, at, count);
}

/* ---- what is not finite ---- */

/* The files of count pictures, as many as there is room for. */
static void name_files(const struct ip_dataset *d, const size_t *list,
	size_t count, char *text, size_t size)
{
	size_t n = 0, i;

	for (i = 0; i < count && n + 1 < size; i++)
		n += (size_t)snprintf(text + n, size - n, "%s%s", i ? ", " :
			"", ip_dataset_path(d, list[i]));
	if (n >= size)
		memcpy(text + size - 4, "...", 4);
}

/*
 * The first part of the batch that has it. Gradients are spoiled, and the run
 * ends here: they may be added to once more.
 */
static int not_finite(struct job *j, const struct ip_tensor *x,
	const struct ip_tensor *target, size_t first)
{
	char where[160] = "nowhere", files[1024] = "";
	const size_t *list = ip_loader_pictures(j->loader);
	size_t n = x->shape[0], at;
	struct ip_tensor a, b;
	struct ip_loss_parts loss;

	for (at = first; at < n && !strcmp(where, "nowhere") &&
	     take_part(j, x, target, at, &a, &b) == 0; at += a.shape[0]) {
		if (ip_trainer_learn(j->t, &a, &b, 1, &loss, NULL) !=
		    IP_ENOMEM)
			ip_trainer_blame(j->t, &a, &b, where, sizeof(where));
		name_files(j->how->learn.set, list + at, a.shape[0], files,
			sizeof(files));
	}
	return ip_fail(IP_ENUMBER, "epoch %" PRIu64 ", step %" PRIu64 ": a "
		"number is not finite; it arose in %s, with %s; what was "
		"saved before is as it was", j->run->epoch + 1,
		ip_trainer_steps(j->t) + 1, where, files);
}

/* ---- one step ---- */

/* Gradients of a batch, part by part; loss: their mean. */
static int learn(struct job *j, const struct ip_tensor *x,
	const struct ip_tensor *target, struct ip_loss_parts *loss)
{
	size_t n = x->shape[0], at;
	struct ip_loss_parts part;
	struct ip_tensor a, b;
	double share;
	int rc = 0;

	for (at = 0; rc == 0 && at < n; at += a.shape[0]) {
		rc = take_part(j, x, target, at, &a, &b);
		if (rc < 0)
			return rc;
		share = (double)a.shape[0] / (double)n;
		rc = ip_trainer_learn(j->t, &a, &b, share, &part, NULL);
		if (rc == IP_ENUMBER || (rc == 0 && !isfinite(part.total)))
			return not_finite(j, x, target, at);
		if (rc == 0)
			ip_loss_add(loss, share, &part);
	}
	return rc;
}

/* Once, for it is the same in every step but the first, which also moves the
 * tables that a device keeps. */
static void tell_moved(struct job *j, const uint64_t before[2])
{
	uint64_t now[2];

	if (j->steps == 2 || ++j->steps == 1)
		return;
	ip_trainer_moved(j->t, now);
	ip_debug("a step moves %" PRIu64 " bytes to the device, and %" PRIu64
		" back", now[0] - before[0], now[1] - before[1]);
}

static int step(struct job *j)
{
	const struct ip_tensor *x, *target;
	struct ip_loss_parts loss = { 0 };
	struct ip_run *run = j->run;
	uint64_t before[2];
	double rate, norm;
	int rc;

	ip_trainer_moved(j->t, before);
	rc = ip_loader_next(j->loader, &x, &target);
	if (rc == 0)
		rc = learn(j, x, target, &loss);
	if (rc < 0)
		return rc;
	rate = ip_schedule_rate(&j->how->schedule, ip_trainer_steps(j->t) + 1);
	rc = ip_trainer_step(j->t, rate, &norm);
	if (rc == IP_ENUMBER)
		return not_finite(j, x, target, 0);
	if (rc < 0)
		return rc;
	tell_moved(j, before);
	ip_loss_add(&run->sum, (double)x->shape[0], &loss);
	run->norm += norm;
	run->rate = rate;
	run->pictures += x->shape[0];
	run->batch++;
	if (j->calls->step)
		rc = j->calls->step(j->calls->ctx, run);
	j->ended = rc > 0;
	return rc < 0 ? rc : IP_OK;
}

/* ---- epochs ---- */

static int save(struct job *j)
{
	return j->calls->save ? j->calls->save(j->calls->ctx, j->run) : IP_OK;
}

/* Row, the newest, becomes the best if it is. */
static int keep_best(struct job *j, const struct ip_epoch *row)
{
	struct ip_run *run = j->run;
	struct ip_bundle b = { 0 };
	int rc;

	if (j->how->check.count == 0 || (run->best_epoch && !(row->check.total
	    < run->row[run->best_epoch - 1].check.total)))
		return IP_OK;
	rc = ip_trainer_get(j->t, j->how->averaged ? IP_TRAINED_AVERAGED :
		IP_TRAINED_WEIGHTS, &b);
	if (rc < 0)
		return rc;
	ip_bundle_free(&run->best);
	run->best = b;
	run->best_epoch = row->epoch;
	return IP_OK;
}

static int end_epoch(struct job *j)
{
	struct ip_run *run = j->run;
	struct ip_epoch row = { .epoch = run->epoch + 1, .rate = run->rate,
		.steps = ip_trainer_steps(j->t),
		.norm = run->norm / (double)run->batch };
	int rc;

	ip_loss_add(&row.loss, 1 / (double)run->pictures, &run->sum);
	rc = ip_train_check(j->t, j->how, &row);
	if (rc == 0)
		rc = ip_run_add(run, &row);
	if (rc == 0)
		rc = keep_best(j, &row);
	if (rc < 0)
		return rc;
	run->epoch++;
	run->batch = run->pictures = 0;
	run->sum = (struct ip_loss_parts){ 0 };
	run->norm = 0;
	if (j->calls->epoch)
		rc = j->calls->epoch(j->calls->ctx, run);
	return rc < 0 ? rc : save(j);
}

static int epoch(struct job *j)
{
	size_t batches = ip_loader_batches(j->loader);
	uint64_t every = j->how->checkpoint;
	struct ip_run *run = j->run;
	int rc = 0;

	if (run->batch < batches)
		rc = ip_loader_begin(j->loader, run->epoch,
			(size_t)run->batch);
	while (rc == 0 && !j->ended && run->batch < batches) {
		rc = step(j);
		if (rc == 0 && (j->ended || (every && run->batch < batches &&
		    ip_trainer_steps(j->t) % every == 0)))
			rc = save(j);
	}
	return rc < 0 || j->ended ? rc : end_epoch(j);
}

/* A checkpoint of other data would be read past its end. */
static int check_run(const struct job *j)
{
	const struct ip_run *run = j->run;
	const struct ip_training *how = j->how;

	if (run->batch > ip_loader_batches(j->loader) || run->pictures >
	    how->learn.count || run->rows != run->epoch)
		return ip_fail(IP_EFORMAT, "training: batch %" PRIu64 " of "
			"epoch %" PRIu64 " cannot be, with %zu batches and "
			"%zu rows: the checkpoint is of other data",
			run->batch, run->epoch + 1,
			ip_loader_batches(j->loader), run->rows);
	return IP_OK;
}

/* Before the first step, not after an epoch: those checked become examples. */
static int check_pictures(const struct ip_training *how)
{
	size_t size[2], i;
	int rc = 0;

	for (i = 0; rc == 0 && i < how->check.count; i++)
		rc = ip_example_check(how->check.set, how->check.list[i],
			&how->feeding, size);
	return rc;
}

static int open_loader(const struct ip_training *how, struct ip_loader **l)
{
	int rc;

	if (how->learn.count == 0 || how->batch == 0 || how->part == 0)
		return ip_fail(IP_EINVAL, "training: %zu pictures in batches "
			"of %zu, %zu at once: expected at least one each",
			how->learn.count, how->batch, how->part);
	rc = check_pictures(how);
	return rc < 0 ? rc : ip_loader_open(l, how->learn.set, how->learn.list,
		how->learn.count, how->batch, &how->feeding);
}

int ip_training_steps(const struct ip_training *how, uint64_t *steps)
{
	struct ip_loader *l;
	int rc = open_loader(how, &l);

	if (rc < 0)
		return rc;
	*steps = how->epochs * ip_loader_batches(l);
	ip_loader_close(l);
	return IP_OK;
}

int ip_train(struct ip_trainer *t, const struct ip_training *how,
	struct ip_run *run, const struct ip_train_calls *calls)
{
	struct job j = { .t = t, .how = how, .run = run, .calls = calls };
	int rc = open_loader(how, &j.loader);

	if (rc == 0)
		rc = check_run(&j);
	while (rc == 0 && !j.ended && !ip_run_finished(run, how))
		rc = epoch(&j);
	ip_loader_close(j.loader);
	return rc;
}
