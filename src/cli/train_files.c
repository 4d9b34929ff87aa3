/* iphase-train: the checkpoint, and what follows from it. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <iphase/formats.h>
#include "train_tool.h"

#define ROW 320		/* bytes of a row of the log, at most */
#define MODEL_EVERY 60	/* seconds, without validation */

/* ---- names ---- */

/* A later session would take the model for data. */
static int check_folder(const struct ip_train_job *job, const char *data)
{
	const char *slash = strrchr(job->cli->output, '/');
	char folder[sizeof job->log] = ".";

	if (slash)	/* "/" stays */
		snprintf(folder, sizeof folder, "%.*s", (int)(slash -
			job->cli->output) + (slash == job->cli->output),
			job->cli->output);
	return ip_cli_same_file(folder, data) ? ip_cli_usage(job->cli,
		"%s: would be among the data of %s: choose another folder for"
		" it", job->cli->output, data) : 0;
}

static int check_input(const struct ip_train_job *job, const char *input)
{
	const char *out[] = { job->cli->output, job->checkpoint, job->log };
	size_t i;

	for (i = 0; input && i < 3; i++)
		if (ip_cli_same_file(out[i], input))
			return ip_cli_usage(job->cli, "%s is an input: choose"
				" another output", input);
	return input ? check_folder(job, input) : 0;
}

static int check_inputs(const struct ip_train_job *job)
{
	const struct ip_texts *v = &job->o->validate;
	int rc = check_input(job, job->o->init), k;
	size_t i;

	for (k = 0; rc == 0 && k < job->cli->count; k++)
		rc = check_input(job, job->cli->operands[k]);
	for (i = 0; rc == 0 && i < v->count; i++)
		rc = check_input(job, v->v[i]);
	return rc;
}

int ip_train_names(struct ip_train_job *job)
{
	const char *out = job->cli->output, *log = job->o->log;
	int rc;

	job->stem = out;
	job->stem_size = strlen(out) - strlen(".ipt");
	if (strlen(out) + 32 > sizeof job->log || (log && strlen(log) >=
	    sizeof job->log))
		return ip_cli_error(IP_EINVAL, "%s: the name is too long",
			log ? log : out);
	snprintf(job->checkpoint, sizeof job->checkpoint, "%.*s.last.ipt",
		(int)job->stem_size, job->stem);
	if (log)
		snprintf(job->log, sizeof job->log, "%s", log);
	else
		snprintf(job->log, sizeof job->log, "%.*s.csv",
			(int)job->stem_size, job->stem);
	rc = check_inputs(job);
	if (rc == 0)
		rc = ip_cli_can_write(out);
	if (rc == 0)
		rc = ip_cli_can_write(job->log);
	if (rc == 0 && !job->o->resume && access(job->checkpoint, F_OK) == 0)
		rc = ip_cli_error(IP_EIO, "%s: is there, of an earlier run: go"
			" on with it by --resume, or remove it to begin anew",
			job->checkpoint);
	return rc;
}

/* ---- the model ---- */

static int put_count(struct ip_attrs *a, const char *key, uint64_t v)
{
	int64_t i = (int64_t)v;

	return ip_attrs_i64(a, key, &i, 1);
}

/* How far it was trained, and how good it was then. */
static int add_state(struct ip_attrs *a, const struct ip_train_job *job)
{
	const struct ip_run *run = &job->run;
	uint64_t best = run->best_epoch;
	const struct ip_epoch *row = best ? &run->row[best - 1] : NULL;
	int rc;

	rc = put_count(a, "epochs", row ? row->epoch : run->epoch);
	if (rc == 0)
		rc = put_count(a, "steps", row ? row->steps :
			ip_trainer_steps(job->t));
	if (rc == 0 && row)
		rc = ip_attrs_number(a, "validation_loss", row->check.total);
	return rc;
}

static int save_model(struct ip_train_job *job)
{
	struct ip_model m = job->model;
	int rc;

	m.attrs = (struct ip_attrs){ 0 };
	m.weights = (struct ip_bundle){ 0 };
	rc = ip_attrs_copy(&m.attrs, &job->model.attrs);
	if (rc == 0)
		rc = add_state(&m.attrs, job);
	if (rc == 0)
		rc = ip_run_weights(&job->run, job->t, job->how.averaged,
			&m.weights);
	if (rc == 0)
		rc = ip_model_save(job->cli->output, &m, IP_F32);
	ip_model_free(&m);
	job->model_epoch = job->run.best_epoch;
	job->model_at = ip_train_seconds();
	return rc;
}

/* ---- the log ---- */

/* Behind a comma; what is not known stays empty. */
static size_t put_number(char *text, double v)
{
	return isnan(v) ? (size_t)sprintf(text, ",") :
		(size_t)sprintf(text, ",%.9g", v);
}

static size_t put_row(char *text, const struct ip_epoch *r)
{
	const double v[] = { r->loss.total, r->loss.pixel, r->loss.fourier,
		r->loss.gradient, r->check.total, r->check.pixel,
		r->check.fourier, r->check.gradient, r->pearson, r->mae,
		r->rate, r->norm };
	size_t n, i;

	n = (size_t)sprintf(text, "%" PRIu64 ",%" PRIu64, r->epoch, r->steps);
	for (i = 0; i < sizeof v / sizeof *v; i++)
		n += put_number(text + n, v[i]);
	text[n++] = '\n';
	return n;
}

static int save_log(struct ip_train_job *job)
{
	static const char head[] = "epoch,steps,loss,pixel,fourier,gradient,"
		"validation_loss,validation_pixel,validation_fourier,"
		"validation_gradient,pearson,mae,rate,gradient_norm\n";
	const struct ip_run *run = &job->run;
	size_t n = strlen(head), i;
	char *text = malloc(n + 1 + run->rows * ROW);
	int rc;

	if (!text)
		return ip_cli_error(IP_ENOMEM, "out of memory");
	strcpy(text, head);
	for (i = 0; i < run->rows; i++)
		n += put_row(text + n, &run->row[i]);
	rc = ip_text_write(job->log, text, n);
	free(text);
	job->log_rows = run->rows;
	job->log_written = 1;
	return rc;
}

/* ---- the whole ---- */

int ip_train_derive(struct ip_train_job *job, int end)
{
	const struct ip_run *run = &job->run;
	int rc = 0, more = run->rows != job->log_rows || !job->log_written;

	if (run->best_epoch ? run->best_epoch != job->model_epoch : end ||
	    ip_train_seconds() - job->model_at > MODEL_EVERY)
		rc = save_model(job);
	if (rc == 0 && more)
		rc = save_log(job);
	if (rc == 0 && more)
		ip_train_chart(job);
	return rc;
}

/* The checkpoint comes first: the others can be made again from it. */
int ip_train_save(struct ip_train_job *job)
{
	int rc = ip_checkpoint_save(job->checkpoint, job->t, &job->run,
		&job->same, &job->about);

	return rc < 0 ? rc : ip_train_derive(job, 0);
}
