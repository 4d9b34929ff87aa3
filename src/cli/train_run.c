/* iphase-train: the run, what is said of it, and when it ends. */
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "train_tool.h"

/* ---- the clock, and signals ---- */

static volatile sig_atomic_t asked;	/* to end */

/* A second one ends it at once. */
static void on_signal(int sig)
{
	asked = 1;
	signal(sig, SIG_DFL);
}

double ip_train_seconds(void)
{
	struct timespec t = { 0, 0 };

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double spent(const struct ip_train_job *job)
{
	return ip_train_seconds() - job->began;
}

static uint64_t steps_now(const struct ip_train_job *job)
{
	return ip_trainer_steps(job->t) - job->steps_before;
}

/*
 * To the end of all epochs or of the time, whichever comes first; NAN before
 * the first step.
 */
static double left(const struct ip_train_job *job)
{
	double done = (double)steps_now(job), s = spent(job);
	double to_do = (double)(job->steps - ip_trainer_steps(job->t));

	return done > 0 ? fmin(s / done * to_do, fmax(job->o->seconds - s, 0))
		: NAN;
}

/* ---- a line an epoch ---- */

static void put_time(char *text, size_t size, double s)
{
	unsigned long n = s < 1e8 ? (unsigned long)(s + 0.5) : 99999999;

	if (isnan(s))
		snprintf(text, size, "-");
	else
		snprintf(text, size, "%lu:%02lu:%02lu", n / 3600, n / 60 % 60,
			n % 60);
}

/* A dash for what is not known. */
static const char *put(char *text, size_t size, double v, const char *format)
{
	if (isnan(v))
		snprintf(text, size, "-");
	else
		snprintf(text, size, format, v);
	return text;
}

static void tell_head(const struct ip_train_job *job)
{
	ip_cli_info("%5s %7s %9s %9s %9s %9s %10s %7s %9s %9s %9s %6s %9s",
		"epoch", "steps", "loss", "pixel", "fourier", "gradient",
		"validation", "Pearson", job->o->truth ? "MAE/VA/nm" :
		"MAE/V A", "rate", "norm", "1/s", "left");
}

static void tell_epoch(struct ip_train_job *job)
{
	const struct ip_run *run = &job->run;
	const struct ip_epoch *r = &run->row[run->rows - 1];
	double now = ip_train_seconds(), took = now - job->told_at;
	char check[32], pearson[32], mae[32], time[32];

	put_time(time, sizeof time, left(job));
	ip_cli_info("%5" PRIu64 " %7" PRIu64 " %9.4g %9.4g %9.4g %9.4g %9s%s"
		" %7s %9s %9.3g %9.4g %6.3g %9s", r->epoch, r->steps,
		r->loss.total, r->loss.pixel, r->loss.fourier,
		r->loss.gradient, put(check, sizeof check, r->check.total,
		"%.4g"), run->best_epoch == r->epoch ? "*" : " ",
		put(pearson, sizeof pearson, r->pearson, "%.4f"),
		put(mae, sizeof mae, r->mae, "%.4g"), r->rate, r->norm,
		took > 0 ? (double)job->told_pictures / took : 0, time);
	job->told_pictures = 0;
	job->told_at = now;
}

/* ---- what ip_train calls ---- */

static int on_step(void *ctx, const struct ip_run *run)
{
	struct ip_train_job *job = ctx;

	if (run->batch == 1)
		job->seen = 0;
	job->told_pictures += run->pictures - job->seen;
	job->seen = run->pictures;
	ip_cli_progress("steps", steps_now(job), job->steps -
		job->steps_before);
	job->late = spent(job) >= job->o->seconds;
	return job->late || asked;
}

static int on_epoch(void *ctx, const struct ip_run *run)
{
	(void)run;
	tell_epoch(ctx);
	return ip_train_draw(ctx);
}

static int on_save(void *ctx, const struct ip_run *run)
{
	(void)run;
	return ip_train_save(ctx);
}

/* ---- the whole ---- */

/* Without a checkpoint, killed before the first, a run begins. */
static int go_on(struct ip_train_job *job)
{
	const struct ip_run *run = &job->run;
	int rc;

	if (!job->o->resume)
		return 0;
	if (access(job->checkpoint, F_OK) != 0) {
		ip_cli_info("%s: is not there: the run begins anew",
			job->checkpoint);
		return 0;
	}
	rc = ip_checkpoint_load(job->checkpoint, job->t, &job->run,
		&job->same);
	if (rc == 0)
		rc = ip_train_derive(job, 0);
	if (rc == 0)
		ip_cli_info("goes on after epoch %" PRIu64 " of %" PRIu64
			", step %" PRIu64 " of %" PRIu64, run->epoch,
			job->how.epochs, ip_trainer_steps(job->t),
			job->steps);
	return rc;
}

static void tell_end(const struct ip_train_job *job)
{
	const struct ip_run *run = &job->run;
	uint64_t best = run->best_epoch;

	if (!ip_run_finished(run, &job->how))
		ip_cli_info("%s: step %" PRIu64 " of %" PRIu64 "; --resume"
			" goes on from there", job->late ?
			"the time of --for is over" : "asked to end",
			ip_trainer_steps(job->t), job->steps);
	else if (run->epoch < job->how.epochs)
		ip_cli_info("no better validation in %" PRIu64 " epochs",
			job->how.patience);
	if (best)
		ip_cli_info("%s: the weights after epoch %" PRIu64
			", validation loss %.6g", job->cli->output, best,
			run->row[best - 1].check.total);
	else
		ip_cli_info("%s: the weights after step %" PRIu64,
			job->cli->output, ip_trainer_steps(job->t));
}

int ip_train_run(struct ip_train_job *job)
{
	const struct ip_train_calls calls = { job, on_step, on_epoch,
		on_save };
	int rc = go_on(job);

	if (rc)
		return rc;
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	job->steps_before = ip_trainer_steps(job->t);
	job->seen = job->run.pictures;
	job->began = job->told_at = job->model_at = ip_train_seconds();
	if (!ip_run_finished(&job->run, &job->how)) {
		tell_head(job);
		ip_cli_progress("steps", 0, 1);
	}
	rc = ip_train(job->t, &job->how, &job->run, &calls);
	if (rc == 0)
		rc = ip_train_derive(job, 1);
	if (rc == 0)
		tell_end(job);
	return rc;
}
