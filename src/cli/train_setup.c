/* iphase-train: the network, and how it learns. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "measurement.h"
#include "train_tool.h"

#define MIB 1048576.0
#define FEATURES 48
/* V Angstrom: what 100 nm of a crystal have, so that outputs are about 1 */
#define MODULATED_SCALE 30000.0
#define LAST 0.01	/* what a cosine leaves of the rate */

/* ---- the network ---- */

/* What --init was is kept: what it has seen, the new model has seen. */
static int note_init(struct ip_train_job *job, struct ip_model *from)
{
	const char *slash = strrchr(job->o->init, '/');
	struct ip_attrs *a = &job->model.attrs;
	char crc[16], text[IP_CLI_MATERIALS];
	const char *materials = ip_cli_materials(&from->attrs, text,
		sizeof text);
	int rc;

	snprintf(crc, sizeof crc, "%08" PRIx32, from->crc32);
	rc = ip_attrs_text(a, "init_model", slash ? slash + 1 : job->o->init);
	if (rc == 0)
		rc = ip_attrs_text(a, "init_crc32", crc);
	if (rc == 0 && materials)
		rc = ip_attrs_text(a, "init_materials", materials);
	return rc;
}

static int from_model(struct ip_train_job *job)
{
	const struct ip_train_options *o = job->o;
	struct ip_model from = { 0 };
	int rc = ip_cli_model_load(o->init, &from);

	if (rc < 0)
		return rc;
	job->model.shape = from.shape;
	job->model.metadata = from.metadata;
	if (ip_cli_is_zone(&from.attrs, "truth") == o->truth)
		job->model.scale = from.scale;
	job->model.weights = from.weights;
	from.weights = (struct ip_bundle){ 0 };
	rc = note_init(job, &from);
	if (rc == 0 && from.shape.out != 1)
		rc = ip_cli_error(IP_ENOTSUP, "%s: a network of %zu outputs;"
			" only one, the potential, can be trained", o->init,
			from.shape.out);
	if (rc == 0 && o->architecture && o->architecture - 1 !=
	    (int)from.shape.architecture)
		rc = ip_cli_usage(job->cli, "--architecture: %s is %s",
			o->init, ip_architecture_name(
			from.shape.architecture));
	if (rc == 0 && o->features && (size_t)o->features !=
	    from.shape.features)
		rc = ip_cli_usage(job->cli, "--feature-size: %ld, but %s has"
			" %zu", o->features, o->init, from.shape.features);
	ip_model_free(&from);
	return rc;
}

static double usual_scale(enum ip_architecture a, int zone)
{
	return (a == IP_MODULATED ? MODULATED_SCALE : IP_MODEL_SCALE) /
		(zone ? 100 : 1);	/* zone: V Angstrom per nm */
}

static int make_model(struct ip_train_job *job)
{
	const struct ip_train_options *o = job->o;
	struct ip_model *m = &job->model;
	size_t inputs;
	int rc = 0;

	m->shape.architecture = o->architecture ?
		(enum ip_architecture)(o->architecture - 1) : IP_SWIN_UNETR;
	m->metadata = m->shape.architecture == IP_MODULATED ?
		IP_METADATA_TILT3 : IP_METADATA_SINCOS7;
	m->scale = NAN;
	if (o->init)
		rc = from_model(job);
	if (rc)
		return rc;
	if (isnan(m->scale))
		m->scale = usual_scale(m->shape.architecture, o->truth);
	if (o->metadata)
		m->metadata = (enum ip_metadata)(o->metadata - 1);
	if (!isnan(o->scale))
		m->scale = o->scale;
	inputs = IP_NET_SEGMENTS + ip_metadata_channels(m->metadata);
	if (!o->init) {
		m->shape = (struct ip_net_shape){ inputs, 1, o->features ?
			(size_t)o->features : FEATURES, m->shape.architecture };
		return ip_net_init(&m->weights, &m->shape, job->cli->seed);
	}
	return inputs == m->shape.in ? 0 : ip_cli_error(IP_EINVAL,
		"--metadata: %s makes %zu inputs with the segments, but %s"
		" takes %zu", ip_metadata_name(m->metadata), inputs, o->init,
		m->shape.in);
}

static size_t parameters(const struct ip_net_shape *s)
{
	struct ip_net_weight w;
	size_t n = 0, k, i;
	int d;

	for (i = 0; ip_net_weight(s, i, &w) == 0; i++) {
		for (k = 1, d = 0; d < w.ndim; d++)
			k *= w.shape[d];
		n += k;
	}
	return n;
}

static int tell_memory(const struct ip_train_job *job)
{
	const struct ip_model *m = &job->model;
	struct ip_net_memory mem;
	size_t h, w, n = job->how.part;
	int rc;

	ip_train_largest(job, &h, &w);
	rc = ip_trainer_memory(job->t, n, h, w, &mem);
	if (rc < 0)
		return rc;
	ip_cli_info("a network of %zu inputs, feature size %zu: %zu weights;"
		" %.1f MiB, and %.1f MiB for %zu picture%s of %zu x %zu",
		m->shape.in, m->shape.features, parameters(&m->shape),
		(double)mem.weights / MIB, (double)mem.work / MIB, n,
		n == 1 ? "" : "s", h, w);
	ip_cli_check_memory(job->dev, mem.weights + mem.work, "a smaller"
		" --micro-batch, --crop or --feature-size takes less");
	return 0;
}

static int open_trainer(struct ip_train_job *job)
{
	const struct ip_train_options *o = job->o;
	struct ip_learning how = IP_LEARNING_REFERENCE;
	int rc = ip_dev_open(&job->dev, job->cli->backend);

	how.loss = (struct ip_loss){ o->loss.v[0], o->loss.v[1], o->loss.v[2],
		o->orthonormal };
	how.decay = o->decay;
	how.clip = o->clip;
	how.average = o->average;
	if (rc == 0)
		rc = ip_trainer_open(&job->t, job->dev, &job->model.shape,
			&job->model.weights, &how);
	return rc < 0 ? rc : tell_memory(job);
}

/* ---- the run ---- */

static int plan(struct ip_train_job *job)
{
	const struct ip_train_options *o = job->o;
	struct ip_training *how = &job->how;
	int rc;

	how->feeding.metadata = job->model.metadata;
	how->feeding.scale = job->model.scale;
	how->feeding.seed = job->cli->seed;
	how->batch = (size_t)o->batch;
	how->part = (size_t)o->part;
	how->epochs = (uint64_t)o->epochs;
	how->patience = (uint64_t)o->patience;
	how->checkpoint = (uint64_t)o->checkpoint;
	how->averaged = o->average > 0;
	rc = ip_training_steps(how, &job->steps);
	how->schedule = (struct ip_schedule){ o->rate, LAST,
		(uint64_t)o->warmup, o->constant ? 0 : job->steps };
	return rc;
}

/* What a model file says of what it was trained on. */
static int describe(struct ip_train_job *job)
{
	struct ip_attrs *a = &job->model.attrs;
	int rc = ip_dataset_describe(job->learned, a);

	if (rc == 0)
		rc = ip_attrs_text(a, "truth", job->o->truth ?
			"potential_zone" : "potential_beam");
	if (rc == 0)
		rc = ip_attrs_text(a, "version", ip_version());
	if (rc == 0)
		rc = ip_attrs_text(a, "provenance", job->cli->command);
	return rc < 0 ? rc : ip_cli_provenance(job->cli, &job->about);
}

/* ---- what a later session must have equal ---- */

static int same_numbers(struct ip_train_job *job)
{
	const struct ip_train_options *o = job->o;
	const struct { const char *name; double v; } all[] = {
		{ "--feature-size", (double)job->model.shape.features },
		{ "--scale", job->model.scale },
		{ "--batch", (double)o->batch },
		{ "--micro-batch", (double)o->part }, { "--rate", o->rate },
		{ "--warmup", (double)o->warmup }, { "--decay", o->decay },
		{ "--clip", o->clip }, { "--average", o->average },
		{ "--orthonormal", o->orthonormal }, { "--turns", o->turns },
		{ "--mirrors", o->mirrors }, { "--shifts", o->shifts },
		{ "--ramps", o->ramps }, { "--empty", o->empty },
		{ "--crop", (double)o->crop },
		{ "--validate-share", isnan(o->share) ? 0 : o->share },
	};
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < sizeof all / sizeof *all; i++)
		rc = ip_attrs_number(&job->same, all[i].name, all[i].v);
	if (rc == 0)
		rc = ip_attrs_f64(&job->same, "--loss", o->loss.v, 3);
	if (rc == 0)
		rc = ip_attrs_f64(&job->same, "--dose",
			job->how.feeding.change.dose, 2);
	/* a cosine knows its end; without one, epochs may be added */
	if (rc == 0 && !o->constant)
		rc = ip_attrs_number(&job->same, "--epochs",
			(double)o->epochs);
	return rc;
}

static int same_texts(struct ip_train_job *job)
{
	const struct ip_train_options *o = job->o;
	const char *init = ip_attrs_get_text(&job->model.attrs, "init_crc32");
	char seed[32];
	const struct { const char *name, *v; } all[] = {
		{ "--schedule", o->constant ? "constant" : "cosine" },
		{ "--truth", o->truth ? "zone" : "beam" },
		{ "--architecture", ip_architecture_name(
			job->model.shape.architecture) },
		{ "--metadata", ip_metadata_name(job->model.metadata) },
		{ "--augment", o->reference ? "reference" : "none" },
		{ "--init", init ? init : "none" }, { "--seed", seed },
	};
	size_t i;
	int rc = 0;

	snprintf(seed, sizeof seed, "%" PRIu64, job->cli->seed);
	for (i = 0; rc == 0 && i < sizeof all / sizeof *all; i++)
		rc = ip_attrs_text(&job->same, all[i].name, all[i].v);
	return rc;
}

int ip_train_setup(struct ip_train_job *job)
{
	int rc = make_model(job);

	if (rc == 0)
		rc = plan(job);
	if (rc == 0)
		rc = describe(job);
	if (rc == 0)
		rc = same_texts(job);
	if (rc == 0)
		rc = same_numbers(job);
	if (rc == 0)
		rc = ip_train_data_same(job);
	return rc ? rc : open_trainer(job);
}

void ip_train_close(struct ip_train_job *job)
{
	ip_run_free(&job->run);
	ip_trainer_close(job->t);
	ip_dev_close(job->dev);
	ip_model_free(&job->model);
	ip_attrs_free(&job->same);
	ip_attrs_free(&job->about);
	ip_train_data_close(job);
}
