/* iphase-evaluate: the network of --model. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "evaluate.h"
#include "segments.h"

struct ip_eval_network {
	struct ip_model model;
	struct ip_dev *dev;
	struct ip_net *net;
	int zone;		/* it answers with potential_zone */
};

static int start(struct ip_eval_network *n, const char *path,
	const char *backend)
{
	int rc;

	rc = ip_cli_model_load(path, &n->model);
	if (rc < 0)
		return rc;
	if (n->model.shape.out != 1)
		return ip_cli_error(IP_ENOTSUP, "%s: a network of %zu outputs;"
			" only one, the potential, can be evaluated", path,
			n->model.shape.out);
	n->zone = ip_cli_is_zone(&n->model.attrs, "truth");
	rc = ip_dev_open(&n->dev, backend);
	return rc < 0 ? rc : ip_net_open(&n->net, n->dev, &n->model.shape,
		&n->model.weights);
}

int ip_eval_network_open(struct ip_eval_network **out, const char *path,
	const char *backend, double scale)
{
	struct ip_eval_network *n = calloc(1, sizeof *n);
	int rc;

	*out = NULL;
	if (!n)
		return ip_cli_error(IP_ENOMEM, "out of memory");
	rc = start(n, path, backend);
	if (rc < 0) {
		ip_eval_network_close(n);
		return rc;
	}
	if (!isnan(scale))
		n->model.scale = scale;
	*out = n;
	return 0;
}

void ip_eval_network_close(struct ip_eval_network *n)
{
	if (!n)
		return;
	ip_net_close(n->net);
	ip_dev_close(n->dev);
	ip_model_free(&n->model);
	free(n);
}

const struct ip_model *ip_eval_network_model(const struct ip_eval_network *n)
{
	return &n->model;
}

/* ---- which potential it is judged by ---- */

int ip_eval_network_smears(const struct ip_eval_network *n, const char *truth)
{
	int k, beam = 0;

	for (k = 0; k < 2; k++)
		beam |= !strcmp(truth, ip_measured_name(IP_MEASURED_TRUTH, k));
	return n->zone && beam;
}

static int check(const struct ip_eval_network *n, const struct ip_measured *f,
	const char *truth)
{
	if (!f->segments)
		return ip_cli_error(IP_ENOTFOUND, "%s: no segments in it for"
			" the network", f->path);
	if (!f->thickness || !f->euler)
		return ip_cli_error(IP_ENOTFOUND, "%s: no %s in it, which the"
			" network must know", f->path, f->thickness ?
			"Euler angles" : "thickness");
	if (!n->zone && ip_eval_is_zone(truth))
		return ip_cli_error(IP_ENOTSUP, "%s: the network answers with"
			" the potential along the beam, which potential_zone"
			" does not judge", f->path);
	return 0;
}

/* ---- what it is shown ---- */

static int copy_of(struct ip_tensor *t)
{
	struct ip_tensor copy = { 0 };
	int rc = ip_tensor_convert(&copy, IP_F64, t);

	*t = copy;
	return rc;
}

static int multiply(struct ip_tensor *t, double by)
{
	size_t i;
	int rc = copy_of(t);

	for (i = 0; rc == 0 && i < ip_tensor_count(t); i++)
		((double *)t->data)[i] *= by;
	return rc;
}

/* The next segment in the place of each. */
static int permute(struct ip_tensor *t)
{
	size_t next[IP_NET_SEGMENTS], i;

	for (i = 0; i < IP_NET_SEGMENTS; i++)
		next[i] = (i + 1) % IP_NET_SEGMENTS;
	return ip_cli_reorder(t, next);
}

/* Each segment has its mean everywhere, as above nothing. */
static int flatten(struct ip_tensor *t)
{
	size_t n = ip_tensor_count(t) / t->shape[0], i, k;
	double sum, *v;
	int rc = copy_of(t);

	for (i = 0; rc == 0 && i < t->shape[0]; i++) {
		v = (double *)t->data + i * n;
		for (sum = 0, k = 0; k < n; k++)
			sum += v[k];
		for (k = 0; k < n; k++)
			v[k] = sum / (double)n;
	}
	return rc;
}

/* in: views, of which what changes is replaced by a tensor of its own. */
static int change(struct ip_measurement *in, enum ip_eval_method method)
{
	switch (method) {
	case IP_EVAL_NETWORK_BLIND:
		return multiply(&in->segments, 0);
	case IP_EVAL_NO_METADATA:
		memset(in->euler, 0, sizeof in->euler);
		return multiply(&in->thickness, 0);
	case IP_EVAL_THIN:
		return multiply(&in->thickness, 0.8);
	case IP_EVAL_THICK:
		return multiply(&in->thickness, 1.2);
	case IP_EVAL_TILT:
		in->euler[1] = -in->euler[1];
		in->euler[2] = -in->euler[2];
		return 0;
	case IP_EVAL_PERMUTED:
		return permute(&in->segments);
	case IP_EVAL_EMPTY:
		return flatten(&in->segments);
	default:
		return 0;
	}
}

static void release(struct ip_measurement *changed,
	const struct ip_measurement *in)
{
	if (changed->segments.data != in->segments.data)
		ip_tensor_free(&changed->segments);
	if (changed->thickness.data != in->thickness.data)
		ip_tensor_free(&changed->thickness);
}

/* *changed, a measurement, becomes what method shows; what is answered. */
static int answer(struct ip_eval_network *n, const struct ip_measured *f,
	const char *truth, enum ip_eval_method method,
	struct ip_measurement *changed, struct ip_tensor *potential)
{
	int rc = check(n, f, truth);

	if (rc == 0)
		rc = change(changed, method);
	return rc < 0 ? rc : ip_infer(n->net, &n->model, changed, NULL,
		potential, NULL);
}

int ip_eval_network_run(struct ip_eval_network *n,
	const struct ip_measured *f, const struct ip_measurement *in,
	const char *truth, enum ip_eval_method method,
	struct ip_tensor *potential)
{
	struct ip_measurement changed = *in;
	int rc = answer(n, f, truth, method, &changed, potential);

	/* who knows no metadata must still know what the beam went through */
	if (rc == 0 && ip_eval_network_smears(n, truth))
		rc = ip_measured_beam(f, method == IP_EVAL_NO_METADATA ? in :
			&changed, potential);
	release(&changed, in);
	return rc;
}

/* ---- how far to trust it ---- */

int ip_eval_network_check(struct ip_eval_network *n,
	const struct ip_measured *f, const struct ip_measurement *in,
	const struct ip_microscope *q, enum ip_eval_method method,
	struct ip_consistency *c)
{
	struct ip_measurement changed = *in;
	struct ip_tensor potential = { 0 };
	int rc = answer(n, f, "", method, &changed, &potential);

	if (rc == 0)
		rc = ip_trust_check(n->dev, &changed, &potential, n->zone, q,
			IP_TRUST_REGIONS, c);
	ip_tensor_free(&potential);
	release(&changed, in);
	return rc;
}

int ip_eval_network_ensemble(struct ip_eval_network *n,
	const struct ip_measured *f, const struct ip_measurement *in,
	const char *truth, struct ip_tensor *mean, struct ip_tensor *spread)
{
	int rc = check(n, f, truth);

	if (rc == 0)
		rc = ip_infer_ensemble(n->net, &n->model, in, ip_attrs_get(
			&f->b.attrs, "rotation", 0), NULL, mean, spread, NULL);
	if (rc == 0 && ip_eval_network_smears(n, truth))
		rc = ip_measured_beam(f, in, mean);
	if (rc == 0 && ip_eval_network_smears(n, truth))
		rc = ip_measured_beam(f, in, spread);
	return rc;
}
